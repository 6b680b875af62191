//! Every word that people read: what CodePipeline's console shows of an action, and the notification of its outcome, in each of
//! its formats; and the same for programs.
//!
//! All of it follows from the record, so that a message sent twice says the same twice. The limits are those of the
//! services (`PutJobSuccessResult`, `PutJobFailureResult`, `Publish`), and a property test holds them.

mod chat;
mod event_detail;
mod failure;
mod link;
mod notification;
pub(crate) mod path_notes;
mod progress;
mod report;
mod success;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::input::continuation_token::Token;
use crate::input::paths::InvalidationPath;
use crate::model::execution_record::{ExecutionRecord, Target, Verdict};
use crate::model::timestamp::Timestamp;

pub use event_detail::{EVENT_DETAIL_TYPE, EVENT_SOURCE, OutcomeEvent, event};
pub use notification::{Attribute, Notification, SUBJECT_AT_MOST, notification};

/// The longest `executionDetails.summary` that CodePipeline takes, in characters.
pub const SUMMARY_AT_MOST: usize = 2_048;
/// The most characters of a summary that its notes take.
const NOTES_AT_MOST: usize = 1_024;
/// The longest `failureDetails.message` that CodePipeline takes, in characters.
pub const FAILURE_MESSAGE_AT_MOST: usize = 5_000;

/// The longest `executionDetails.externalExecutionId` that CodePipeline takes, in characters.
pub const EXTERNAL_ID_AT_MOST: usize = 1_500;

/// What CodePipeline is told about a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobResult {
    /// Not finished: come back with this token.
    Continue {
        /// The continuation token.
        token: String,
        /// How it stands, in words; [`SUMMARY_AT_MOST`].
        summary: String,
        /// How far it seems to be, 0–99.
        percent_complete: u8,
        /// The ids of the invalidations, once there are any, with commas between them; [`EXTERNAL_ID_AT_MOST`].
        external_execution_id: Option<String>,
    },
    /// Finished, and the action succeeded.
    Success {
        /// What was done, in words; [`SUMMARY_AT_MOST`].
        summary: String,
        /// The ids of the invalidations.
        external_execution_id: Option<String>,
        /// What later actions of the pipeline may use as `#{namespace.Name}`.
        output_variables: BTreeMap<&'static str, String>,
    },
    /// Finished, and the action failed.
    Failure {
        /// The kind that CodePipeline shows beside the message.
        kind: FailureKind,
        /// What is wrong and what to do about it; [`FAILURE_MESSAGE_AT_MOST`].
        message: String,
        /// The ids of the invalidations, if there are any.
        external_execution_id: Option<String>,
    },
}

/// CodePipeline's `failureDetails.type`, as far as we have a use for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The pipeline's author can mend it in the action's configuration.
    ConfigurationError,
    /// An IAM policy must allow more.
    PermissionError,
    /// A service was out of reach for too long.
    SystemUnavailable,
    /// The work itself did not come to its end.
    JobFailed,
}

/// What CodePipeline is told about the open job of `record` at `now`.
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
            percent_complete: percent_complete(record, now),
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

/// What was done, as CodePipeline's console says it of an action that succeeded.
fn result_text(record: &ExecutionRecord) -> String {
    let verdict = record.outcome.as_ref().map(|outcome| &outcome.verdict);
    verdict.map_or_else(String::new, |verdict| success::text(record, verdict))
}

/// The ids of the invalidations, as far as there are any.
fn external_execution_id(record: &ExecutionRecord) -> Option<String> {
    let ids: Vec<&str> = record.snapshots().map(|seen| seen.id.as_str()).collect();
    (!ids.is_empty()).then(|| fitted(ids.join(","), EXTERNAL_ID_AT_MOST))
}

/// What CodePipeline is told when the record of a job can be neither read nor written.
#[must_use]
pub fn result_without_record() -> JobResult {
    let message = "The record of this execution could not be read or written in DynamoDB, so nothing more can be known or \
                   promised about the invalidation. Look into the log of this function, check its table and its \
                   permissions (dynamodb:GetItem, dynamodb:PutItem), and retry the stage.";
    JobResult::Failure {
        kind: FailureKind::SystemUnavailable,
        message: message.to_owned(),
        external_execution_id: None,
    }
}

/// What CodePipeline is told by a function whose settings have these faults.
#[must_use]
pub fn result_misconfigured(faults: &str) -> JobResult {
    let message = format!(
        "Nothing was invalidated, because {faults}. Correct the environment variables of this function, and retry the stage."
    );
    JobResult::Failure {
        kind: FailureKind::ConfigurationError,
        message: fitted(message, FAILURE_MESSAGE_AT_MOST),
        external_execution_id: None,
    }
}

/// What is said of `record`, followed by the notes, which are not cut off however long the paths are.
fn summary(record: &ExecutionRecord, said: String) -> String {
    let notes: String = path_notes::lines(record)
        .map(|line| format!(" Note: {line}"))
        .collect();
    let notes = fitted(notes, NOTES_AT_MOST);
    fitted(said, SUMMARY_AT_MOST.saturating_sub(notes.chars().count())) + &notes
}

/// CloudFront reports no progress, so this is a guess that never goes back and never reaches the end: 0 before the
/// invalidation exists, then from 5 towards 95, passing the half after 20 seconds.
fn percent_complete(record: &ExecutionRecord, now: Timestamp) -> u8 {
    let seconds = now.since(record.created_at).as_secs().min(86_400);
    let is_begun = record.snapshots().next().is_some();
    let guess = if is_begun {
        5 + 90 * seconds / (seconds + 20)
    } else {
        0
    };
    u8::try_from(guess).unwrap_or(95)
}

fn place(target: &Target) -> String {
    format!("{} in {}", listed(target, 3), name(target))
}

/// Whose cache it is, with the domain name by which the parameters named it.
fn name(target: &Target) -> String {
    match &target.known_as {
        Some(alias) => format!("{} ({alias})", target.resource),
        None => target.resource.to_string(),
    }
}

fn listed(target: &Target, most: usize) -> String {
    let shown: Vec<&str> = target
        .paths
        .iter()
        .take(most)
        .map(InvalidationPath::as_str)
        .collect();
    match target.paths.len().saturating_sub(most) {
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

/// What stands in the place of what was cut off.
const ELLIPSIS: &str = "...";

/// At most `most` characters of `text`, the last of them an ellipsis where it was cut.
fn fitted(text: String, most: usize) -> String {
    if text.chars().count() <= most {
        return text;
    }
    let kept = text.chars().take(most.saturating_sub(ELLIPSIS.len()));
    kept.chain(ELLIPSIS.chars()).take(most).collect()
}

#[cfg(test)]
mod tests;
