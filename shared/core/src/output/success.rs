//! The summary and the output variables of an action that succeeded.

use std::collections::BTreeMap;

use super::{fitted, listed, name, place, span, taken};
use crate::model::execution_record::{ExecutionRecord, Goal, OnTimeout, Target, Verdict};

/// The maximum length of an output variable, in characters. CodePipeline documents only a limit for all variables
/// together.
const VARIABLE_AT_MOST: usize = 2_048;

/// "$0.005 per path" beyond "the first 1,000 invalidation paths that you submit per month" of an account, in tenths of
/// a cent (<https://aws.amazon.com/cloudfront/pricing/>).
const TENTHS_OF_A_CENT: usize = 5;

/// The summary of the result.
pub(super) fn text(record: &ExecutionRecord, verdict: &Verdict) -> String {
    match (verdict, record.goal) {
        (Verdict::SucceededWithWarning, _) => succeeded_with_warning(record),
        (_, Goal::Completed) => completed(record),
        (_, Goal::Created) if record.targets.iter().all(Target::is_empty) => {
            nothing_changed(&record.targets)
        }
        (_, Goal::Created) => format!(
            "Created {}. Not waiting for completion (Wait is false).",
            invalidations(&record.targets)
        ),
        (_, Goal::Planned) => plan(record),
    }
}

fn completed(record: &ExecutionRecord) -> String {
    if record.targets.iter().all(Target::is_empty) {
        return nothing_changed(&record.targets);
    }
    format!(
        "CloudFront completed {} in {}.",
        invalidations(&record.targets),
        span(taken(record))
    )
}

/// Each list of paths is empty, and `WhenEmpty` lets the action succeed.
fn nothing_changed(targets: &[Target]) -> String {
    let names: Vec<String> = targets.iter().map(name).collect();
    format!(
        "No invalidation was created in {}: the list of paths is empty.",
        names.join(", ")
    )
}

/// The time-out was reached, and `OnTimeout` lets the action succeed.
fn succeeded_with_warning(record: &ExecutionRecord) -> String {
    let (on_timeout, follow_up) = match record.on_timeout {
        OnTimeout::Release => (
            "release",
            "; a notification follows when the invalidation completes",
        ),
        OnTimeout::Fail | OnTimeout::Succeed => ("succeed", ""),
    };
    format!(
        "Warning: {}, so viewers may still receive cached content. The action succeeded because OnTimeout is \
         {on_timeout}{follow_up}.",
        overdue(record)
    )
}

/// The invalidations that CloudFront did not complete in time.
pub(super) fn overdue(record: &ExecutionRecord) -> String {
    let open = record
        .targets
        .iter()
        .filter(|target| !target.is_empty() && is_overdue(record, target));
    format!(
        "CloudFront did not report Completed for {} within {}",
        invalidations(open),
        span(record.deadline_at.since(record.created_at))
    )
}

/// Whether the invalidation was incomplete when the outcome was decided. A later completion does not change the text.
fn is_overdue(record: &ExecutionRecord, target: &Target) -> bool {
    let checked_at = target.invalidation.as_ref().map(|seen| seen.checked_at);
    let decided_at = record.outcome.as_ref().map(|outcome| outcome.decided_at);
    !target.is_completed() || checked_at > decided_at
}

fn plan(record: &ExecutionRecord) -> String {
    let batches: Vec<String> = record.targets.iter().map(batch).collect();
    let paths: usize = record.targets.iter().map(|target| target.paths.len()).sum();
    let price = paths * TENTHS_OF_A_CENT;
    format!(
        "Dry run: no invalidation was created. The action would invalidate {}. This is {paths} of the 1,000 free paths per \
         account and month, or ${}.{:03} beyond them.",
        batches.join("; "),
        price / 1_000,
        price % 1_000
    )
}

fn batch(target: &Target) -> String {
    let wildcards = target.paths.iter().filter(|path| path.is_wildcard());
    format!(
        "{} in {} ({} of the 15 wildcard paths allowed in progress)",
        listed(target, 20),
        name(target),
        wildcards.count()
    )
}

/// The invalidations of these targets, each with its id, its paths and its distribution.
fn invalidations<'t>(targets: impl IntoIterator<Item = &'t Target>) -> String {
    let named = targets.into_iter().map(|target| {
        let id = target.invalidation.as_ref().map(|seen| &seen.id);
        let whose = target
            .created_by
            .as_ref()
            .map_or("", |_| " (created by another execution)");
        id.map_or_else(
            || place(target),
            |id| format!("invalidation {id}{whose} of {}", place(target)),
        )
    });
    named.collect::<Vec<_>>().join(", ")
}

/// The value of the output variable `Status`.
fn status(record: &ExecutionRecord, verdict: &Verdict) -> &'static str {
    let is_completed = record.targets.iter().all(Target::is_completed);
    match (record.goal, verdict) {
        (Goal::Planned, _) => "Planned",
        (Goal::Completed, Verdict::Succeeded) => "Completed",
        (Goal::Created, _) if is_completed => "Completed",
        _ => "InProgress",
    }
}

/// The output variables for later actions of the pipeline.
pub(super) fn output_variables(
    record: &ExecutionRecord,
    verdict: &Verdict,
) -> BTreeMap<&'static str, String> {
    let ids: Vec<&str> = record.snapshots().map(|seen| seen.id.as_str()).collect();
    let resources: Vec<String> = record
        .targets
        .iter()
        .map(|target| target.resource.to_string())
        .collect();
    let paths: usize = record.targets.iter().map(|target| target.paths.len()).sum();
    let count = Some(record.targets.len()).filter(|count| *count > 1);
    let plan = (record.goal == Goal::Planned).then(|| plan(record));
    let known = [
        ("Status", status(record, verdict).to_owned()),
        ("DurationSeconds", taken(record).as_secs().to_string()),
        ("InvalidationId", ids.join(",")),
        ("DistributionId", resources.join(",")),
        ("PathCount", paths.to_string()),
        (
            "Targets",
            count.map(|count| count.to_string()).unwrap_or_default(),
        ),
        ("Plan", plan.unwrap_or_default()),
    ];
    let given = known.into_iter().filter(|(_, value)| !value.is_empty());
    given
        .map(|(name, value)| (name, fitted(value, VARIABLE_AT_MOST)))
        .collect()
}
