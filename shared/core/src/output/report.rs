//! What is told of an outcome, in whichever form: the same facts and the same words for each.

use std::time::Duration;

use super::{FAILURE_MESSAGE_AT_MOST, failure, fitted, span, success, taken};
use crate::input::paths::InvalidationPath;
use crate::model::execution_record::{Delivery, ExecutionRecord, Goal, OnTimeout, Target, Verdict};

/// The most targets that a notification shows. With the paths' share of it, the longest notification stays within SNS's 256 KiB even
/// where each protocol has a form of its own.
pub(super) const TARGETS_SHOWN: usize = 25;
/// The most characters of a notification that its paths take, all targets together.
const PATHS_CHARACTERS: usize = 20_000;

/// What is to be told of an outcome.
pub(super) struct Report {
    /// The outcome as one word: `success`, `warning` or `failed`.
    pub(super) status: &'static str,
    /// Why it failed, and what to do about it; nothing where it did not.
    pub(super) reason: Option<String>,
    /// What is wrong, without what to do.
    pub(super) what: Option<String>,
    /// What to do about it.
    pub(super) next: Vec<String>,
    /// What is not as good as it seems.
    pub(super) warning: Option<String>,
    /// That CodePipeline has not heard it from us.
    pub(super) undelivered: Option<&'static str>,
    /// How long it took: until CloudFront said so, where that was after the action's end.
    pub(super) duration: Duration,
}

/// What is to be told of `record`; none while nothing is decided.
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
            .map(|told| fitted(told.text(), FAILURE_MESSAGE_AT_MOST)),
        what: failure
            .as_ref()
            .map(|told| fitted(told.what.clone(), FAILURE_MESSAGE_AT_MOST)),
        next: failure.map(|told| told.next).unwrap_or_default(),
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
                "the action was released after {after}, before CloudFront had completed"
            ))
        }
        Verdict::SucceededWithWarning => {
            let overdue = success::overdue(record);
            let told = match record.on_timeout {
                OnTimeout::Release => {
                    format!("{overdue}, nor for long after the action was released")
                }
                OnTimeout::Fail | OnTimeout::Succeed => {
                    format!(
                        "{overdue}; the action succeeded regardless, because OnTimeout is succeed"
                    )
                }
            };
            let told = fitted(told, FAILURE_MESSAGE_AT_MOST);
            Some(told + ". Look at it in the CloudFront console.")
        }
        Verdict::Succeeded if record.goal == Goal::Created => Some(
            "CloudFront was still invalidating; the action did not wait, because Wait is false"
                .to_owned(),
        ),
        Verdict::Succeeded | Verdict::Failed(_) | Verdict::TimedOut => None,
    }
}

/// Where CodePipeline has not heard from us what we report: it was told to come back, and has not, or was out of reach.
fn undelivered(record: &ExecutionRecord) -> Option<&'static str> {
    match record.job.result? {
        Delivery::Continued => Some(
            "did not come back to hear this; the action was stopped, or it ended without us: look at it in the pipeline",
        ),
        Delivery::Undeliverable => Some(
            "could not be reached to hear this, and has ended the action by itself: retry the stage if it must succeed",
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

/// How many characters the paths of one target may take.
pub(super) fn paths_characters(record: &ExecutionRecord) -> usize {
    PATHS_CHARACTERS / record.targets.len().clamp(1, TARGETS_SHOWN)
}

/// As many of the target's paths as have room.
pub(super) fn paths<'t>(target: &'t Target, record: &ExecutionRecord) -> Vec<&'t str> {
    let mut capacity = paths_characters(record);
    let paths = target.paths.iter().map(InvalidationPath::as_str);
    paths
        .take_while(|path| {
            let fits = path.len() <= capacity;
            capacity = capacity.saturating_sub(path.len());
            fits
        })
        .collect()
}
