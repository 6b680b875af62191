//! One action execution: its parameters, its current job, and its end.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::answer::ExecutionDetails;
use super::event;

/// "If the Lambda function has sent no reply after 20 minutes, the action times out."
const SILENCE_MS: u64 = 20 * 60 * 1_000;
/// "If not successful after 24 hours, CodePipeline sets the state to failed."
const WHOLE_MS: u64 = 24 * 60 * 60 * 1_000;

/// A Lambda invoke action as a pipeline declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The pipeline's name.
    pub pipeline: String,
    /// The stage's name.
    pub stage: String,
    /// The action's name.
    pub action: String,
    /// The function that it invokes.
    pub function_name: String,
    /// One opaque string, or none.
    pub user_parameters: Option<String>,
}

/// One action execution; a retried stage starts another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActionId(pub(super) usize);

/// What CodePipeline sends to Lambda.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// The job that the event is about, a new one for each job.
    pub job_id: String,
    /// The function to invoke.
    pub function_name: String,
    /// 1 for the first job of an action, 2 for its first continuation.
    pub number: u32,
    /// The event, including credentials: it must not be logged.
    pub event: Value,
}

/// What CodePipeline shows of an action.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionState {
    /// Whether it is running, and how it ended.
    pub status: Status,
    /// The last summary in a result.
    pub summary: Option<String>,
    /// The last percentage in a result, 0 to 100.
    pub percent_complete: Option<i64>,
    /// The last external execution id in a result.
    pub external_execution_id: Option<String>,
    /// The output variables of the last, successful result.
    pub output_variables: BTreeMap<String, String>,
    /// The number of invocations of the function.
    pub job_count: u32,
    /// The ids of its jobs, the first one first.
    pub jobs: Vec<String>,
    /// The user parameters in its configuration.
    pub user_parameters: Option<String>,
    /// When it began, on the AWS clock, in milliseconds since 1970.
    pub started_ms: u64,
    /// When it ended, if it did.
    pub ended_ms: Option<u64>,
    /// The id of the pipeline's execution.
    pub pipeline_execution_id: String,
    /// The id of this action's execution.
    pub action_execution_id: String,
}

/// Whether an action is running, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It waits for a result, or for the time of its continuation.
    InProgress,
    /// A job reported success without a token.
    Succeeded,
    /// A job reported failure.
    Failed {
        /// CodePipeline's class of failure.
        kind: FailureKind,
        /// The message, at most 5,000 characters.
        message: String,
    },
    /// No result for 20 minutes, or not finished after 24 hours.
    TimedOut,
    /// The execution was stopped and abandoned.
    Abandoned,
}

impl fmt::Display for Status {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::InProgress => "InProgress",
            Self::Succeeded => "Succeeded",
            Self::Failed { .. } => "Failed",
            Self::TimedOut => "TimedOut",
            Self::Abandoned => "Abandoned",
        })
    }
}

/// CodePipeline's classes of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The work itself failed.
    JobFailed,
    /// The action is configured wrongly.
    ConfigurationError,
    /// A permission is missing.
    PermissionError,
    /// A revision is not the expected one.
    RevisionOutOfSync,
    /// A revision is not available.
    RevisionUnavailable,
    /// A system is unavailable.
    SystemUnavailable,
}

impl FailureKind {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "JobFailed" => Self::JobFailed,
            "ConfigurationError" => Self::ConfigurationError,
            "PermissionError" => Self::PermissionError,
            "RevisionOutOfSync" => Self::RevisionOutOfSync,
            "RevisionUnavailable" => Self::RevisionUnavailable,
            "SystemUnavailable" => Self::SystemUnavailable,
            _ => return None,
        })
    }
}

/// The state of a running action.
#[derive(Clone, Debug)]
pub(super) enum Wait {
    JobResult { job_id: String },
    Continuation { due_ms: u64, token: String },
    Nothing,
}

#[derive(Debug)]
pub(super) struct Run {
    pub(super) action: Action,
    /// The event of the first job; later ones differ in the job's id and the token.
    pub(super) event: Value,
    /// Whether the event was generated here, and not supplied by the caller.
    pub(super) is_generated: bool,
    pub(super) tokens: BTreeMap<String, Option<String>>,
    pub(super) wait: Wait,
    /// When the 20-minute timer was last restarted.
    pub(super) replied_ms: u64,
    pub(super) state: ActionState,
}

impl Run {
    pub(super) fn end(&mut self, at_ms: u64, status: Status) {
        self.state.status = status;
        self.state.ended_ms = Some(at_ms);
        self.wait = Wait::Nothing;
    }

    /// An action that has ended is not changed.
    pub(super) fn abandon(&mut self, at_ms: u64) {
        if self.state.ended_ms.is_none() {
            self.end(at_ms, Status::Abandoned);
        }
    }

    /// "If, during the 20 minutes, the Lambda function has replied that the action is still in progress, CodePipeline
    /// restarts the 20-minute timer."
    pub(super) fn deadline_ms(&self) -> Option<u64> {
        match self.wait {
            Wait::Nothing => None,
            _ => Some((self.replied_ms + SILENCE_MS).min(self.state.started_ms + WHOLE_MS)),
        }
    }

    pub(super) fn next_due(&self) -> Option<u64> {
        match &self.wait {
            Wait::Continuation { due_ms, .. } => self
                .deadline_ms()
                .map(|deadline_ms| deadline_ms.min(*due_ms)),
            _ => self.deadline_ms(),
        }
    }

    /// A field that a result omits keeps its value.
    pub(super) fn take_details(&mut self, details: ExecutionDetails) {
        let state = &mut self.state;
        state.summary = details.summary.or(state.summary.take());
        state.external_execution_id = details
            .external_execution_id
            .or(state.external_execution_id.take());
        state.percent_complete = details.percent_complete.or(state.percent_complete);
    }

    /// The `data` of a job of this action, as its event has it.
    pub(super) fn data_of(&self, job_id: &str) -> Value {
        let token = self.tokens.get(job_id).and_then(Option::as_deref);
        let mut event = event::carry(&self.event, job_id, token);
        event["CodePipeline.job"]["data"].take()
    }
}
