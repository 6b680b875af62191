//! A Lambda service that invokes a function asynchronously.
//!
//! ```text
//!   EventQueue ──► deliver ──► Function ──┬── in process, on tokio's paused clock
//!    ▲              │                     └── Process: the real `bootstrap`, over the Runtime API
//!    └──────────────┘
//!     retried after 1 and 2 minutes; then to the on-failure destination
//! ```
//!
//! `events` implements the rules of asynchronous invocation and is independent of processes; `process` manages
//! execution environments and is independent of retries. [`Function`] is their common interface.

mod environment;
mod events;
mod process;
mod runtime_api;

use bytes::Bytes;
use tokio::time::Instant;

pub use environment::Environment;
pub use events::{AsyncInvocation, Attempt, DEFAULT_MAXIMUM_AGE, EventQueue, Events, event_queue};
pub use process::{LogLine, Process, Program};

/// What Lambda runs: one attempt at one event.
///
/// The future is dropped when the function's time is up; an implementation must leave nothing running.
pub trait Function {
    /// Runs the function once, and returns its response.
    ///
    /// # Errors
    ///
    /// The function's own error, or the failure of its process: it exited, it was killed, it could not be started.
    fn invoke(&self, invocation: &Invocation)
    -> impl Future<Output = Result<Bytes, FunctionError>>;
}

/// The data of an invocation.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The same for every attempt at one event.
    pub request_id: String,
    /// The ARN under which the function was invoked.
    pub function_arn: String,
    /// The event, byte for byte as it was sent.
    pub payload: Bytes,
    /// When the function's time is up, on tokio's clock; each kind of function passes it on in its own format.
    pub deadline: Instant,
}

/// Why an attempt failed, in the two fields that Lambda reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// Lambda's `errorType`, such as `Runtime.ExitError`, or the function's own.
    pub error_type: String,
    /// Lambda's `errorMessage`.
    pub message: String,
}

impl FunctionError {
    /// An error of the given type, with a readable message.
    pub fn new(error_type: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            error_type: error_type.into(),
            message: message.into(),
        }
    }
}
