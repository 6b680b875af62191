//! Why an action failed, in words that end with what to do.

use super::{FailureKind, name, place, span};
use crate::paths::InvalidationPath;
use crate::queue::Turn;
use crate::record::{Reason, Record, Resource, Target, Verdict};

/// The kind of failure that CodePipeline shows for `verdict`.
pub(super) fn kind(record: &Record, verdict: &Verdict) -> FailureKind {
    match verdict {
        Verdict::Failed(Reason::AccessDenied { .. }) => FailureKind::PermissionError,
        Verdict::Failed(
            Reason::BadParameters(_)
            | Reason::NoSuchDistribution
            | Reason::NoSuchDistributionTenant
            | Reason::NoSuchAlias
            | Reason::BatchRefused(_),
        ) => FailureKind::ConfigurationError,
        Verdict::TimedOut if record.sightings().next().is_none() => FailureKind::SystemUnavailable,
        Verdict::Succeeded | Verdict::Excused | Verdict::TimedOut | Verdict::Failed(_) => {
            FailureKind::JobFailed
        }
    }
}

/// What is wrong, and what to do about it.
pub(super) fn text(record: &Record, verdict: &Verdict) -> String {
    let reason = match verdict {
        Verdict::Failed(reason) => Some(reason),
        Verdict::Succeeded | Verdict::TimedOut | Verdict::Excused => None,
    };
    if let Some(told) = reason.and_then(of_execution) {
        return told;
    }
    match record.targets.as_slice() {
        [] => nothing_known(record, reason),
        [target] => of_target(record, target, reason),
        targets => {
            let failed = targets.iter().filter(|target| !target.is_completed());
            let told: Vec<String> = targets
                .iter()
                .map(|target| of_target(record, target, None))
                .collect();
            let (failed, all) = (failed.count(), targets.len());
            format!("{failed} of {all} targets failed. {}", told.join(" "))
        }
    }
}

/// What went wrong with the execution as a whole; none where it is a matter of a target.
fn of_execution(reason: &Reason) -> Option<String> {
    let told = match reason {
        Reason::BadParameters(faults) => return Some(bad_parameters(faults)),
        Reason::UnreadableToken => {
            "The continuation token of this job is not one that this function wrote, so it cannot tell \
            which invalidation it belongs to. Retry the stage: a new execution begins without a token."
        }
        Reason::UnknownExecution => {
            "There is no record of this execution any more. Was the table of this function \
            replaced while the action ran? Retry the stage: a new execution begins a new record."
        }
        Reason::NoTarget => {
            "The record of this execution names no distribution; it was changed by something else than this \
            function. Retry the stage: a new execution begins a new record."
        }
        Reason::ForeignToken => {
            "The continuation token of this job belongs to another action's execution, which goes on \
            undisturbed. Retry the stage: a new execution begins without a token."
        }
        Reason::Internal => {
            "This function failed by its own fault, several times; its log says where. Retry the stage, and \
            report the fault to whoever maintains this function."
        }
        Reason::AccessDenied { .. }
        | Reason::NoSuchDistribution
        | Reason::NoSuchDistributionTenant
        | Reason::NoSuchAlias
        | Reason::BatchRefused(_)
        | Reason::ReferenceReused => return None,
    };
    Some(told.to_owned())
}

/// What became of one target: why it was refused, or how far it came.
fn of_target(record: &Record, target: &Target, reason: Option<&Reason>) -> String {
    match (target.refusal.as_ref().or(reason), &target.invalidation) {
        (Some(reason), _) => refusal(target, reason),
        (None, Some(sighting)) if target.is_completed() => {
            format!(
                "CloudFront completed invalidation {} of {}.",
                sighting.id,
                place(target)
            )
        }
        (None, _) => timeout(record, target),
    }
}

fn refusal(target: &Target, reason: &Reason) -> String {
    let (name, place) = (name(target), place(target));
    match reason {
        Reason::AccessDenied { action } => access_denied(target, action),
        Reason::NoSuchDistribution => format!(
            "CloudFront has no distribution {name} in this account that can be invalidated as such. Correct DistributionId in \
             the action's user parameters, or deploy this function in the account that owns the distribution. If it only \
             serves distribution tenants, name those in Targets, by DistributionTenantId."
        ),
        Reason::NoSuchDistributionTenant => format!(
            "CloudFront has no distribution tenant {name} in this account. Correct DistributionTenantId in the action's user \
             parameters, or deploy this function in the account that owns the tenant."
        ),
        Reason::NoSuchAlias => format!(
            "No distribution and no distribution tenant of this account has the domain name {name}. Correct Alias in the \
             action's user parameters, or name the distribution by its id."
        ),
        Reason::BatchRefused(trouble) => format!(
            "CloudFront refused the invalidation of {place} ({trouble}). Correct Paths in the action's user parameters.{}",
            about_tags(target)
        ),
        Reason::ReferenceReused => format!(
            "CloudFront says that the reference of this execution is taken in {name}, and none of its latest \
             invalidations is the one of {place}. Retry the stage: a new execution has a new reference."
        ),
        other => of_execution(other).unwrap_or_default(),
    }
}

fn access_denied(target: &Target, action: &str) -> String {
    let allow = |on: String| format!("Allow that action on {on}, then retry the stage.");
    match &target.resource {
        Resource::Distribution(id) => format!(
            "The role of this function may not call {action} on distribution {id}. {}",
            allow(format!("arn:aws:cloudfront::<account>:distribution/{id}"))
        ),
        Resource::Tenant(id) => format!(
            "The role of this function may not call {action} on distribution tenant {id}. {}",
            allow(format!(
                "arn:aws:cloudfront::<account>:distribution-tenant/{id}"
            ))
        ),
        Resource::Alias(name) => format!(
            "The role of this function may not call {action}, so it cannot find out whose domain name {name} is. {} Or name \
             the distribution by its id.",
            allow("*".to_owned())
        ),
    }
}

/// A record without a target that failed because of one: it was changed by something else than us.
fn nothing_known(record: &Record, reason: Option<&Reason>) -> String {
    match reason {
        Some(_) => of_execution(&Reason::NoTarget).unwrap_or_default(),
        None => {
            let within = span(record.deadline_at.since(record.created_at));
            format!("Nothing came of this execution within {within}.")
        }
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

fn timeout(record: &Record, target: &Target) -> String {
    let within = span(record.deadline_at.since(record.created_at));
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
        None if matches!(target.turn, Some(Turn::Waiting { .. } | Turn::Following(_))) => format!(
            "For {within} there was no room for the invalidation of {place}: CloudFront takes 15 wildcards and 3,000 other paths \
             of a distribution at a time, and others were before it.{last} Retry the stage; fewer and larger wildcards need \
             less room."
        ),
        None => format!(
            "CloudFront did not accept the invalidation of {place} within {within}.{last} Retry the stage when CloudFront \
             takes requests again."
        ),
    }
}
