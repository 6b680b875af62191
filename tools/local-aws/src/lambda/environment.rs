//! One execution environment: a process, its Runtime API, and its output.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::process::exited;
use super::runtime_api::{RuntimeApi, Task, Verdict};
use super::{FunctionError, Invocation, LogLine, Program};

/// Handles one event after another. Dropping it kills the process.
pub struct Environment {
    child: Child,
    api: RuntimeApi,
}

impl Environment {
    /// Starts the program, and returns once its process runs.
    ///
    /// # Errors
    ///
    /// When the Runtime API cannot listen, or the program cannot be started.
    pub async fn start(program: &Program, logs: &UnboundedSender<LogLine>) -> io::Result<Self> {
        let api = RuntimeApi::listen().await?;
        let mut child = command(program, &api).spawn()?;
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(copy_lines(stdout, program.name.clone(), logs.clone()));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(copy_lines(stderr, program.name.clone(), logs.clone()));
        }
        Ok(Self { child, api })
    }

    /// The process, while it has not ended.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The function's response or its own error; the outer error is the reason why this environment cannot be used
    /// again.
    pub async fn run(
        &mut self,
        invocation: &Invocation,
    ) -> Result<Result<Bytes, FunctionError>, FunctionError> {
        // If the server has ended, so has the process; its exit status is read below.
        let _ = self.api.tasks.send(task(invocation));
        loop {
            tokio::select! {
                // A response counts even if the process ended right after sending it.
                biased;
                Some(verdict) = self.api.verdicts.recv() => match verdict {
                    Verdict::Ended { request_id, result } if request_id == invocation.request_id => return Ok(result),
                    Verdict::Ended { .. } => {}
                    Verdict::InitFailed(error) => return Err(error),
                },
                status = self.child.wait() => return Err(exited(&invocation.request_id, &how(status))),
            }
        }
    }
}

fn command(program: &Program, api: &RuntimeApi) -> Command {
    let mut command = Command::new(&program.path);
    command
        .env_clear()
        .envs(lambda_settings(program))
        .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string());
    command.envs(&program.settings);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// "Defined runtime environment variables". The credentials are made up: nothing here checks a signature.
fn lambda_settings(program: &Program) -> [(&'static str, String); 16] {
    [
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLEFUNCTION0".into()),
        ("AWS_SECRET_ACCESS_KEY", "not-a-secret".into()),
        ("AWS_SESSION_TOKEN", "not-a-session".into()),
        ("AWS_REGION", program.region.clone()),
        ("AWS_DEFAULT_REGION", program.region.clone()),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023".into()),
        ("AWS_LAMBDA_FUNCTION_NAME", program.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".into()),
        (
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            program.memory_mb.to_string(),
        ),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into()),
        (
            "AWS_LAMBDA_LOG_GROUP_NAME",
            format!("/aws/lambda/{}", program.name),
        ),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "sandbox".into()),
        ("_HANDLER", "bootstrap".into()),
        ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin".into()),
        ("LANG", "en_US.UTF-8".into()),
        ("TZ", ":UTC".into()),
    ]
}

fn task(invocation: &Invocation) -> Task {
    Task {
        request_id: invocation.request_id.clone(),
        function_arn: invocation.function_arn.clone(),
        deadline_ms: wall_clock_ms(invocation.deadline),
        payload: invocation.payload.clone(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a process compares its deadline with the clock on the wall"
)]
fn wall_clock_ms(deadline: Instant) -> u64 {
    let left = deadline.saturating_duration_since(Instant::now());
    let at = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        + left;
    u64::try_from(at.as_millis()).unwrap_or(u64::MAX)
}

fn how(status: io::Result<ExitStatus>) -> String {
    match status.map(|status| status.code()) {
        Ok(Some(0)) => "without providing a reason".to_owned(),
        Ok(Some(code)) => format!("with error: exit status {code}"),
        Ok(None) => "with error: signal: killed".to_owned(),
        Err(error) => format!("with error: {error}"),
    }
}

/// Ends with the process: output from before a kill is still read.
async fn copy_lines(
    output: impl AsyncRead + Unpin,
    function: String,
    logs: UnboundedSender<LogLine>,
) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(text)) = lines.next_line().await {
        let _ = logs.send(LogLine {
            function: function.clone(),
            text,
        });
    }
}
