//! One run of an action: what it was asked, which job it waits for, and how it ended.

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

/// One run of an action; a retried stage makes another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActionId(pub(super) usize);

/// What CodePipeline hands to Lambda.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// The job that the event is about, a new one for each job.
    pub job_id: String,
    /// The function to invoke.
    pub function_name: String,
    /// 1 for the first job of an action, 2 for its first continuation.
    pub number: u32,
    /// The event, credentials and all: never to be logged.
    pub event: Value,
}

/// What CodePipeline shows of an action.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionState {
    /// Whether it runs still, and how it ended.
    pub status: Status,
    /// The last summary that an answer gave.
    pub summary: Option<String>,
    /// The last percentage that an answer gave, 0 to 100.
    pub percent_complete: Option<i64>,
    /// The last external execution id that an answer gave.
    pub external_execution_id: Option<String>,
    /// What the last, successful answer gave to later actions.
    pub output_variables: BTreeMap<String, String>,
    /// How often the function was to be invoked.
    pub job_count: u32,
    /// The ids of its jobs, the first one first.
    pub jobs: Vec<String>,
    /// What it was given to say to the function.
    pub user_parameters: Option<String>,
    /// When it began, on AWS's clock, in milliseconds since 1970.
    pub started_ms: u64,
    /// When it ended, if it did.
    pub ended_ms: Option<u64>,
    /// The id of the pipeline's execution.
    pub pipeline_execution_id: String,
    /// The id of this action's execution.
    pub action_execution_id: String,
}

/// Whether an action runs still, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It waits for an answer, or for the time of its continuation.
    InProgress,
    /// A job answered success without a token.
    Succeeded,
    /// A job answered failure.
    Failed {
        /// CodePipeline's class of failure.
        kind: FailureKind,
        /// The words for people, at most 5,000 characters.
        message: String,
    },
    /// Nobody answered for 20 minutes, or it was not over after 24 hours.
    TimedOut,
    /// Somebody stopped the execution and abandoned it.
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
    /// Something is not allowed.
    PermissionError,
    /// A revision is not the expected one.
    RevisionOutOfSync,
    /// A revision cannot be had.
    RevisionUnavailable,
    /// A system is down.
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

/// What an action waits for.
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
    /// Whether the event was made here, rather than handed in to be played as it is.
    pub(super) event_is_ours: bool,
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

    /// An action that has ended stays as it is.
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

    /// What an answer does not say again stays as it was.
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
