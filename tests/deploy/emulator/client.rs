//! Calls to an emulator by AWS's SDK for Python, which has every service and needs no build.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::Tools;

const BRIDGE: &str = include_str!("bridge.py");

/// A client of every service at one endpoint.
#[derive(Debug)]
pub(crate) struct Client {
    // Killed on drop.
    _process: Child,
    pipes: RefCell<Option<Pipes>>,
}

#[derive(Debug)]
struct Pipes {
    calls: ChildStdin,
    results: Lines<BufReader<ChildStdout>>,
}

/// The error of a service.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rejected {
    /// The error code.
    pub(crate) code: String,
    /// The message.
    pub(crate) message: String,
    /// The item that DynamoDB returns with a failed condition, if requested.
    pub(crate) item: Option<Value>,
}

impl fmt::Display for Rejected {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code, self.message)
    }
}

impl Client {
    /// A client of the services at `endpoint`.
    ///
    /// # Errors
    ///
    /// Fails if Python does not start.
    pub(crate) fn new(tools: &Tools, endpoint: &str) -> io::Result<Self> {
        let mut process = Command::new(tools.python())
            .args(["-c", BRIDGE, endpoint])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let pipes = pipes.map(|(calls, results)| Pipes {
            calls,
            results: BufReader::new(results).lines(),
        });
        Ok(Self {
            _process: process,
            pipes: RefCell::new(pipes),
        })
    }

    /// Calls an operation by its name in Python, such as `put_item`. One call at a time.
    ///
    /// # Errors
    ///
    /// Returns the error of the service.
    ///
    /// # Panics
    ///
    /// Panics if another call is in progress, or if Python ends.
    pub(crate) async fn call(
        &self,
        service: &str,
        operation: &str,
        parameters: Value,
    ) -> Result<Value, Rejected> {
        let mut pipes = self.pipes.take().expect("one call at a time");
        let call = json!({ "service": service, "operation": operation, "parameters": parameters });
        let sent = pipes.calls.write_all(format!("{call}\n").as_bytes()).await;
        sent.expect("Python listens");
        let line = pipes.results.next_line().await;
        self.pipes.replace(Some(pipes));
        let line = line.ok().flatten();
        let line = line.unwrap_or_else(|| panic!("no reply to {operation} of {service}"));
        let mut job_result: Value = serde_json::from_str(&line).expect("the bridge writes JSON");
        match job_result.get_mut("error") {
            None => Ok(job_result["reply"].take()),
            Some(error) => Err(Rejected {
                code: error["Code"].as_str().unwrap_or_default().to_owned(),
                message: error["Message"].as_str().unwrap_or_default().to_owned(),
                item: Some(error["Item"].take()).filter(|item| !item.is_null()),
            }),
        }
    }
}
