//! A function that runs as in Lambda: the real `bootstrap`, in separate processes.
//!
//! Each invocation has an execution environment to itself, warm if one is free. An environment that failed, except by
//! an error that the function returned, is not used again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::pin;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use super::environment::Environment;
use super::{Function, FunctionError, Invocation};

/// A function's deployment package and configuration.
#[derive(Clone, Debug)]
pub struct Program {
    /// The function's name.
    pub name: String,
    /// The executable that Lambda calls `bootstrap`.
    pub path: PathBuf,
    /// The region in the environment of the function.
    pub region: String,
    /// The megabytes in the environment of the function; they are not enforced.
    pub memory_mb: u32,
    /// The function's own settings. They override those that Lambda sets, so that a test can set a `PATH`.
    pub settings: BTreeMap<String, String>,
}

/// One line that a function wrote to its standard output or error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The function's name.
    pub function: String,
    /// The line, without its end.
    pub text: String,
}

/// The execution environments of one function. Dropping it kills every process.
pub struct Process {
    program: Program,
    logs: UnboundedSender<LogLine>,
    idle: RefCell<Vec<Environment>>,
    killed: Notify,
}

impl Process {
    /// A function without any environment yet; the first invocation creates the first one. The output of its processes
    /// is sent to `logs`.
    pub fn new(program: Program, logs: UnboundedSender<LogLine>) -> Self {
        Self {
            program,
            logs,
            idle: RefCell::default(),
            killed: Notify::new(),
        }
    }

    /// Kills every process of this function at once. Running invocations fail.
    pub fn kill(&self) {
        self.idle.borrow_mut().clear();
        self.killed.notify_waiters();
    }

    async fn environment(&self) -> Result<Environment, FunctionError> {
        if let Some(warm) = self.warm() {
            return Ok(warm);
        }
        Environment::start(&self.program, &self.logs)
            .await
            .map_err(|error| {
                let path = self.program.path.display();
                FunctionError::new(
                    "Runtime.InvalidEntrypoint",
                    format!("Error: cannot start {path}: {error}"),
                )
            })
    }

    fn warm(&self) -> Option<Environment> {
        let mut idle = self.idle.borrow_mut();
        // A process that ended while it was idle is not a failure of the next invocation.
        idle.retain_mut(Environment::is_alive);
        idle.pop()
    }
}

impl Function for Process {
    async fn invoke(&self, invocation: &Invocation) -> Result<Bytes, FunctionError> {
        let killed = pin!(self.killed.notified());
        // If this future is dropped here, at the end of the function's time, the environment and its process are
        // dropped with it.
        let run = async {
            let mut environment = self.environment().await?;
            let result = environment.run(invocation).await?;
            self.idle.borrow_mut().push(environment);
            result
        };
        tokio::select! {
            biased;
            () = killed => Err(exited(&invocation.request_id, "with error: signal: killed")),
            result = run => result,
        }
    }
}

/// Lambda's error message for a process that has ended.
pub(super) fn exited(request_id: &str, how: &str) -> FunctionError {
    FunctionError::new(
        "Runtime.ExitError",
        format!("RequestId: {request_id} Error: Runtime exited {how}"),
    )
}
