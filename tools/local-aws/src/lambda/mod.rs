//! A Lambda service that runs a function as AWS does when nobody waits for its answer.
//!
//! ```text
//!   EventQueue ──► deliver ──► Function ──┬── in process, on tokio's paused clock
//!    ▲              │                     └── Process: the real `bootstrap`, over the Runtime API
//!    └──────────────┘
//!     tried again after 1 and 2 minutes; then to the on-failure destination
//! ```
//!
//! `events` knows the rules of asynchronous invocation and nothing of processes; `process` keeps execution
//! environments and nothing of retries. [`Function`] is all that they have in common.

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
/// The future is dropped when the function's time is up, wherever it stands; an implementation must leave nothing
/// behind that goes on working.
pub trait Function {
    /// Runs the function once, and returns what it answered.
    ///
    /// # Errors
    ///
    /// The function's own error, or what became of it: it exited, it was killed, it could not be started.
    fn invoke(&self, invocation: &Invocation)
    -> impl Future<Output = Result<Bytes, FunctionError>>;
}

/// What a function learns about the event it is to handle.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The same for every attempt at one event.
    pub request_id: String,
    /// The ARN under which the function was invoked.
    pub function_arn: String,
    /// The event, byte for byte as it was sent.
    pub payload: Bytes,
    /// When the function's time is up, on tokio's clock: each kind of function tells it in its own terms.
    pub deadline: Instant,
}

/// Why an attempt failed, in the two words that Lambda reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// Lambda's `errorType`, such as `Runtime.ExitError`, or the function's own.
    pub error_type: String,
    /// Lambda's `errorMessage`.
    pub message: String,
}

impl FunctionError {
    /// An error of the given type, with a message for people.
    pub fn new(error_type: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            error_type: error_type.into(),
            message: message.into(),
        }
    }
}
