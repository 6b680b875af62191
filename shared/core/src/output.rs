//! All user-facing texts: the summaries and failure messages in the CodePipeline console, the notification of an
//! outcome in each format, and the event for programs.
//!
//! Each text is a function of the execution record, so a repeated message has the same content. The limits are those of
//! the services (`PutJobSuccessResult`, `PutJobFailureResult`, `Publish`). A property test checks them.

mod chat;
mod event_detail;
mod failure;
mod link;
mod notification;
pub(crate) mod path_notes;
mod pipeline_name;
mod progress;
mod report;
mod success;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::input::continuation_token::Token;
use crate::input::paths::InvalidationPath;
use crate::model::execution_record::{ExecutionRecord, Target, Verdict};
use crate::model::timestamp::Timestamp;

pub use event_detail::{EVENT_DETAIL_TYPE, EVENT_SOURCE, OutcomeEvent, event};
pub use notification::{Attribute, Notification, SUBJECT_AT_MOST, notification};

/// The maximum length of `executionDetails.summary` in CodePipeline, in characters.
pub const SUMMARY_AT_MOST: usize = 2_048;
/// The maximum length of the notes in a summary, in characters.
const NOTES_AT_MOST: usize = 1_024;
/// The maximum length of `failureDetails.message` in CodePipeline, in characters.
pub const FAILURE_MESSAGE_AT_MOST: usize = 5_000;

/// The maximum length of `executionDetails.externalExecutionId` in CodePipeline, in characters.
pub const EXTERNAL_ID_AT_MOST: usize = 1_500;

/// The result that is reported to CodePipeline for a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobResult {
    /// Not finished: CodePipeline creates a continuation job with this token.
    ///
    /// It has no `percentComplete`, because CloudFront does not report progress.
    Continue {
        /// The continuation token.
        token: String,
        /// The progress, at most [`SUMMARY_AT_MOST`] characters.
        summary: String,
        /// The ids of the invalidations, if any, separated by commas; at most [`EXTERNAL_ID_AT_MOST`] characters.
        external_execution_id: Option<String>,
    },
    /// Finished, and the action succeeded.
    Success {
        /// The summary of the result, at most [`SUMMARY_AT_MOST`] characters.
        summary: String,
        /// The ids of the invalidations.
        external_execution_id: Option<String>,
        /// The output variables, which later actions of the pipeline use as `#{namespace.Name}`.
        output_variables: BTreeMap<&'static str, String>,
    },
    /// Finished, and the action failed.
    Failure {
        /// The kind that CodePipeline shows beside the message.
        kind: FailureKind,
        /// The problem and the remediation, at most [`FAILURE_MESSAGE_AT_MOST`] characters.
        message: String,
        /// The ids of the invalidations, if there are any.
        external_execution_id: Option<String>,
    },
}

/// The values of `failureDetails.type` that this action uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The action configuration must be corrected.
    ConfigurationError,
    /// An IAM policy must allow more.
    PermissionError,
    /// A service was unavailable until the time-out.
    SystemUnavailable,
    /// The work did not finish.
    JobFailed,
}

/// The result for the open job of `record` at `now`.
#[must_use]
pub fn job_result(record: &ExecutionRecord, now: Timestamp) -> JobResult {
    let external_execution_id = external_execution_id(record);
    match record.outcome.as_ref().map(|outcome| &outcome.verdict) {
        None => JobResult::Continue {
            token: Token::Ours {
                execution: record.id.clone(),
                number: record.job.number.saturating_add(1),
            }
            .to_string(),
            summary: summary(record, progress::text(record, now)),
            external_execution_id,
        },
        Some(verdict @ (Verdict::Succeeded | Verdict::SucceededWithWarning)) => {
            JobResult::Success {
                summary: summary(record, success::text(record, verdict)),
                external_execution_id,
                output_variables: success::output_variables(record, verdict),
            }
        }
        Some(verdict @ (Verdict::Failed(_) | Verdict::TimedOut)) => JobResult::Failure {
            kind: failure::kind(record, verdict),
            message: fitted(
                failure::explanation(record, verdict).text(),
                FAILURE_MESSAGE_AT_MOST,
            ),
            external_execution_id,
        },
    }
}

/// The summary of an action that succeeded; empty before the outcome is decided.
fn result_text(record: &ExecutionRecord) -> String {
    let verdict = record.outcome.as_ref().map(|outcome| &outcome.verdict);
    verdict.map_or_else(String::new, |verdict| success::text(record, verdict))
}

/// The ids of the invalidations; none before the first one exists.
fn external_execution_id(record: &ExecutionRecord) -> Option<String> {
    let ids: Vec<&str> = record.snapshots().map(|seen| seen.id.as_str()).collect();
    (!ids.is_empty()).then(|| fitted(ids.join(","), EXTERNAL_ID_AT_MOST))
}

/// The result for a job whose execution record is unavailable.
#[must_use]
pub fn result_without_record() -> JobResult {
    let message = "The record of this execution could not be read or written in DynamoDB, so the state of the invalidation \
                   is unknown. Check the function's log, its table and its permissions (dynamodb:GetItem, dynamodb:PutItem), \
                   then retry the stage.";
    JobResult::Failure {
        kind: FailureKind::SystemUnavailable,
        message: message.to_owned(),
        external_execution_id: None,
    }
}

/// The result for each job of a function whose settings have these errors.
#[must_use]
pub fn result_misconfigured(faults: &str) -> JobResult {
    let message = format!(
        "No invalidation was created because {faults}. Correct the environment variables of this function, then retry the stage."
    );
    JobResult::Failure {
        kind: FailureKind::ConfigurationError,
        message: fitted(message, FAILURE_MESSAGE_AT_MOST),
        external_execution_id: None,
    }
}

/// The text followed by the notes. The notes have a reserved length, so long paths do not truncate them.
fn summary(record: &ExecutionRecord, text: String) -> String {
    let notes: String = path_notes::lines(record)
        .map(|line| format!(" Note: {line}"))
        .collect();
    let notes = fitted(notes, NOTES_AT_MOST);
    fitted(text, SUMMARY_AT_MOST.saturating_sub(notes.chars().count())) + &notes
}

fn place(target: &Target) -> String {
    format!("{} in {}", listed(target, 3), name(target))
}

/// The resource, with the domain name that the parameters contain, if any.
fn name(target: &Target) -> String {
    match &target.known_as {
        Some(alias) => format!("{} ({alias})", target.resource),
        None => target.resource.to_string(),
    }
}

fn listed(target: &Target, most: usize) -> String {
    let shown: Vec<Cow<'_, str>> = target
        .paths
        .iter()
        .take(most)
        .map(InvalidationPath::shown)
        .collect();
    match target.paths.len().saturating_sub(most) {
        0 if shown.is_empty() => "nothing".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn taken(record: &ExecutionRecord) -> Duration {
    record.outcome.as_ref().map_or(Duration::ZERO, |outcome| {
        outcome.decided_at.since(record.created_at)
    })
}

fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

/// The marker at the end of a truncated text.
const ELLIPSIS: &str = "...";

/// At most `most` characters of `text`; a truncated text ends with an ellipsis.
fn fitted(text: String, most: usize) -> String {
    if text.chars().count() <= most {
        return text;
    }
    let kept = text.chars().take(most.saturating_sub(ELLIPSIS.len()));
    kept.chain(ELLIPSIS.chars()).take(most).collect()
}

#[cfg(test)]
mod tests;
