//! Why an action failed, in words that end with what to do.

use super::{FailureKind, place, span};
use crate::paths::InvalidationPath;
use crate::record::{Reason, Record, Target, Verdict};

/// The kind of failure that CodePipeline shows for `verdict`.
pub(super) fn kind(record: &Record, verdict: &Verdict) -> FailureKind {
    match verdict {
        Verdict::Failed(Reason::AccessDenied { .. }) => FailureKind::PermissionError,
        Verdict::Failed(
            Reason::BadParameters(_) | Reason::NoSuchDistribution | Reason::BatchRefused(_),
        ) => FailureKind::ConfigurationError,
        Verdict::TimedOut if record.sighting().is_none() => FailureKind::SystemUnavailable,
        Verdict::Succeeded | Verdict::TimedOut | Verdict::Failed(_) => FailureKind::JobFailed,
    }
}

/// What is wrong, and what to do about it.
pub(super) fn text(record: &Record, verdict: &Verdict) -> String {
    let Verdict::Failed(reason) = verdict else {
        return timeout(record);
    };
    let target = record.target.as_ref();
    let place = target.map_or_else(|| "the distribution".to_owned(), place);
    let distribution = target.map_or_else(
        || "…".to_owned(),
        |target| target.distribution_id.to_string(),
    );
    match reason {
        Reason::BadParameters(faults) => bad_parameters(faults),
        Reason::UnreadableToken => "The continuation token of this job is not one that this function wrote, so it cannot tell \
            which invalidation it belongs to. Retry the stage: a new execution begins without a token."
            .to_owned(),
        Reason::UnknownExecution => "There is no record of this execution any more. Was the table of this function \
            replaced while the action ran? Retry the stage: a new execution begins a new record."
            .to_owned(),
        Reason::NoTarget => "The record of this execution names no distribution; it was changed by something else than this \
            function. Retry the stage: a new execution begins a new record."
            .to_owned(),
        Reason::AccessDenied { action } => format!(
            "The role of this function may not call {action} on distribution {distribution}. Allow that action on \
             arn:aws:cloudfront::<account>:distribution/{distribution}, then retry the stage."
        ),
        Reason::NoSuchDistribution => format!(
            "CloudFront has no distribution {distribution} in this account. Correct DistributionId in the action's user \
             parameters, or deploy this function in the account that owns the distribution."
        ),
        Reason::BatchRefused(trouble) => format!(
            "CloudFront refused the invalidation of {place} ({trouble}). Correct Paths in the action's user parameters.{}",
            target.map_or("", about_tags)
        ),
        Reason::ReferenceReused => format!(
            "CloudFront says that the reference of this execution is taken in {distribution}, and none of its latest \
             invalidations is the one of {place}. Retry the stage: a new execution has a new reference."
        ),
        Reason::ForeignToken => "The continuation token of this job belongs to another action's execution, which goes on \
            undisturbed. Retry the stage: a new execution begins without a token."
            .to_owned(),
        Reason::Internal => "This function failed by its own fault, several times; its log says where. Retry the stage, and \
            report the fault to whoever maintains this function."
            .to_owned(),
    }
}

/// "Tag invalidation only works on distributions that have CacheTagConfig configured."
fn about_tags(target: &Target) -> &'static str {
    if target.paths.iter().any(InvalidationPath::is_tag) {
        " Cache tags need a CacheTagConfig on the distribution: does it have one?"
    } else {
        ""
    }
}

fn bad_parameters(faults: &[String]) -> String {
    let told = match faults {
        [fault] => format!("The action's UserParameters are wrong: {fault}."),
        _ => {
            let numbered: Vec<String> = faults
                .iter()
                .zip(1..)
                .map(|(fault, n)| format!("({n}) {fault}"))
                .collect();
            format!(
                "The action's UserParameters have {} faults: {}.",
                faults.len(),
                numbered.join("; ")
            )
        }
    };
    format!(
        "{told} Nothing was invalidated. Correct them in the pipeline and release the change again."
    )
}

fn timeout(record: &Record) -> String {
    let within = span(record.deadline_at.since(record.created_at));
    let Some(target) = &record.target else {
        return format!("Nothing came of this execution within {within}.");
    };
    let place = place(target);
    let last = target
        .trouble
        .as_ref()
        .map(|trouble| format!(" It last said {trouble}."))
        .unwrap_or_default();
    match &target.invalidation {
        Some(sighting) => format!(
            "CloudFront did not report Completed for invalidation {} of {place} within {within}.{last} The invalidation goes \
             on, and may still complete: watch it in the CloudFront console. Retry the stage to invalidate again.",
            sighting.id
        ),
        None => format!(
            "CloudFront did not accept the invalidation of {place} within {within}.{last} Retry the stage when CloudFront \
             takes requests again."
        ),
    }
}
