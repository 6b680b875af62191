//! The content of a notification, shared by all formats.

use std::borrow::Cow;
use std::time::Duration;

use super::{FAILURE_MESSAGE_AT_MOST, failure, fitted, span, success, taken};
use crate::input::paths::InvalidationPath;
use crate::model::execution_record::{Delivery, ExecutionRecord, Goal, OnTimeout, Target, Verdict};

/// The maximum number of targets in a notification. Together with the limit of its paths, the longest notification
/// stays within the 256 KiB of SNS even if it contains one message for each protocol.
pub(super) const TARGETS_SHOWN: usize = 25;
/// The maximum number of characters for the paths of all targets in a notification.
const PATHS_CHARACTERS: usize = 20_000;

/// The content of a notification about an outcome.
pub(super) struct Report {
    /// The outcome as one word: `success`, `warning` or `failed`.
    pub(super) status: &'static str,
    /// The problem and the remediation; none unless the action failed.
    pub(super) reason: Option<String>,
    /// The problem, without the remediation.
    pub(super) what: Option<String>,
    /// The remediation steps.
    pub(super) next: Vec<String>,
    /// Why a success has a limitation.
    pub(super) warning: Option<String>,
    /// Why CodePipeline did not accept the result.
    pub(super) undelivered: Option<&'static str>,
    /// The time until the outcome, or until CloudFront reported a completion after the end of the action.
    pub(super) duration: Duration,
}

/// The content of the notification about `record`; none before the outcome is decided.
pub(super) fn of(record: &ExecutionRecord) -> Option<Report> {
    let verdict = &record.outcome.as_ref()?.verdict;
    let failure = match verdict {
        Verdict::Failed(_) | Verdict::TimedOut => Some(failure::explanation(record, verdict)),
        Verdict::Succeeded | Verdict::SucceededWithWarning => None,
    };
    Some(Report {
        status: status(record, verdict),
        reason: failure
            .as_ref()
            .map(|explanation| fitted(explanation.text(), FAILURE_MESSAGE_AT_MOST)),
        what: failure
            .as_ref()
            .map(|explanation| fitted(explanation.what.clone(), FAILURE_MESSAGE_AT_MOST)),
        next: failure
            .map(|explanation| explanation.next)
            .unwrap_or_default(),
        warning: warning(record, verdict),
        undelivered: undelivered(record),
        duration: duration(record),
    })
}

/// The outcome as one word.
fn status(record: &ExecutionRecord, verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Succeeded | Verdict::SucceededWithWarning if record.is_success() => "success",
        Verdict::Succeeded | Verdict::SucceededWithWarning => "warning",
        Verdict::Failed(_) | Verdict::TimedOut => "failed",
    }
}

fn warning(record: &ExecutionRecord, verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::SucceededWithWarning if record.is_success() => {
            let after = span(record.deadline_at.since(record.created_at));
            Some(format!(
                "the action succeeded after {after}, before CloudFront completed the invalidation (OnTimeout is release)"
            ))
        }
        Verdict::SucceededWithWarning => {
            let overdue = success::overdue(record);
            let text = match record.on_timeout {
                OnTimeout::Release => {
                    format!("{overdue}, and not within 24 hours after the time-out either")
                }
                OnTimeout::Fail | OnTimeout::Succeed => {
                    format!(
                        "{overdue}; the action succeeded because OnTimeout is succeed"
                    )
                }
            };
            let text = fitted(text, FAILURE_MESSAGE_AT_MOST);
            Some(text + ". Check its status in the CloudFront console.")
        }
        Verdict::Succeeded
            if record.goal == Goal::Created && !record.targets.iter().all(Target::is_empty) =>
        {
            Some(
                "the invalidation was still in progress; the action did not wait for completion (Wait is false)"
                    .to_owned(),
            )
        }
        Verdict::Succeeded | Verdict::Failed(_) | Verdict::TimedOut => None,
    }
}

/// Why CodePipeline did not accept the result: it did not send the continuation job, or it could not be reached.
fn undelivered(record: &ExecutionRecord) -> Option<&'static str> {
    match record.job.result? {
        Delivery::Continued => Some(
            "the result could not be delivered because the action was stopped or had already ended. Check the pipeline.",
        ),
        Delivery::Undeliverable => Some(
            "could not be reached; the action timed out there. Retry the stage if it must succeed.",
        ),
        Delivery::Concluded | Delivery::Closed | Delivery::Unknown => None,
    }
}

fn duration(record: &ExecutionRecord) -> Duration {
    let is_completed = record.targets.iter().all(Target::is_completed);
    let seen = record.snapshots().map(|snapshot| snapshot.checked_at);
    match (&record.outcome, seen.max()) {
        (Some(outcome), Some(checked_at))
            if is_completed && outcome.verdict == Verdict::SucceededWithWarning =>
        {
            checked_at.since(record.created_at)
        }
        _ => taken(record),
    }
}

/// The targets that are shown, and how many more there are.
pub(super) fn shown(record: &ExecutionRecord) -> (&[Target], usize) {
    let count = record.targets.len().min(TARGETS_SHOWN);
    (&record.targets[..count], record.targets.len() - count)
}

/// The maximum number of characters for the paths of one target.
pub(super) fn paths_characters(record: &ExecutionRecord) -> usize {
    PATHS_CHARACTERS / record.targets.len().clamp(1, TARGETS_SHOWN)
}

/// The first paths of the target, up to its character limit.
pub(super) fn paths<'t>(target: &'t Target, record: &ExecutionRecord) -> Vec<Cow<'t, str>> {
    let mut capacity = paths_characters(record);
    let paths = target.paths.iter().map(InvalidationPath::shown);
    paths
        .take_while(|path| {
            let fits = path.len() <= capacity;
            capacity = capacity.saturating_sub(path.len());
            fits
        })
        .collect()
}
