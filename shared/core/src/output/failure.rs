//! Why an action failed, in words that end with what to do.

use super::{FailureKind, name, place, span};
use crate::input::identifiers::Account;
use crate::input::paths::InvalidationPath;
use crate::model::execution_record::{Reason, Record, Resource, Target, Trouble, Verdict};
use crate::model::queue::Turn;

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

/// Why an action failed.
#[derive(Default)]
pub(super) struct Told {
    /// What is wrong, in sentences.
    pub(super) what: String,
    /// What to do about it, each a sentence or two.
    pub(super) next: Vec<String>,
}

impl Told {
    fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            next: vec![next.into()],
        }
    }

    /// What is wrong, and then what to do about it.
    pub(super) fn text(&self) -> String {
        [self.what.as_str()]
            .into_iter()
            .chain(self.next.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// What is wrong, and what to do about it.
pub(super) fn told(record: &Record, verdict: &Verdict) -> Told {
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
        targets => of_targets(record, targets),
    }
}

/// Each target's fate first, then everything that is to be done, nothing of it twice.
fn of_targets(record: &Record, targets: &[Target]) -> Told {
    let failed = targets.iter().filter(|target| !target.is_completed());
    let (failed, all) = (failed.count(), targets.len());
    let mut told = Told {
        what: format!("{failed} of {all} targets failed."),
        next: Vec::new(),
    };
    for target in targets {
        let Told { what, next } = of_target(record, target, None);
        told.what.push(' ');
        told.what.push_str(&what);
        for step in next {
            if !told.next.contains(&step) {
                told.next.push(step);
            }
        }
    }
    told
}

/// What went wrong with the execution as a whole; none where it is a matter of a target.
fn of_execution(reason: &Reason) -> Option<Told> {
    const NEW_TOKEN: &str = "Retry the stage: a new execution begins without a token.";
    const NEW_RECORD: &str = "Retry the stage: a new execution begins a new record.";
    let (what, next) = match reason {
        Reason::BadParameters(faults) => return Some(bad_parameters(faults)),
        Reason::UnreadableToken => (
            "The continuation token of this job is not one that this function wrote, so it cannot tell which invalidation it \
             belongs to.",
            NEW_TOKEN,
        ),
        Reason::UnknownExecution => (
            "There is no record of this execution any more. Was the table of this function replaced while the action ran?",
            NEW_RECORD,
        ),
        Reason::NoTarget => (
            "The record of this execution names no distribution; it was changed by something else than this function.",
            NEW_RECORD,
        ),
        Reason::ForeignToken => (
            "The continuation token of this job belongs to another action's execution, which goes on undisturbed.",
            NEW_TOKEN,
        ),
        Reason::Internal => (
            "This function failed by its own fault, several times; its log says where.",
            "Retry the stage, and report the fault to whoever maintains this function.",
        ),
        Reason::AccessDenied { .. }
        | Reason::NoSuchDistribution
        | Reason::NoSuchDistributionTenant
        | Reason::NoSuchAlias
        | Reason::BatchRefused(_)
        | Reason::ReferenceReused => return None,
    };
    Some(Told::new(what, next))
}

/// What became of one target: why it was refused, or how far it came.
fn of_target(record: &Record, target: &Target, reason: Option<&Reason>) -> Told {
    match (target.refusal.as_ref().or(reason), &target.invalidation) {
        (Some(reason), _) => refusal(target, reason),
        (None, Some(sighting)) if target.is_completed() => Told {
            what: format!(
                "CloudFront completed invalidation {} of {}.",
                sighting.id,
                place(target)
            ),
            next: Vec::new(),
        },
        (None, _) => timeout(record, target),
    }
}

fn refusal(target: &Target, reason: &Reason) -> Told {
    let (name, place) = (name(target), place(target));
    match reason {
        Reason::AccessDenied { action, account } => access_denied(target, action, account),
        Reason::NoSuchDistribution => Told::new(
            format!(
                "CloudFront has no distribution {name} in this account that can be invalidated as such."
            ),
            "Correct DistributionId in the action's user parameters, or deploy this function in the account that owns the \
             distribution. If it only serves distribution tenants, name those in Targets, by DistributionTenantId.",
        ),
        Reason::NoSuchDistributionTenant => Told::new(
            format!("CloudFront has no distribution tenant {name} in this account."),
            "Correct DistributionTenantId in the action's user parameters, or deploy this function in the account that owns \
             the tenant.",
        ),
        Reason::NoSuchAlias => Told::new(
            format!(
                "No distribution and no distribution tenant of this account has the domain name {name}."
            ),
            "Correct Alias in the action's user parameters, or name the distribution by its id.",
        ),
        Reason::BatchRefused(trouble) => Told::new(
            format!("CloudFront refused the invalidation of {place} ({trouble})."),
            format!(
                "Correct Paths in the action's user parameters.{}",
                about_tags(target)
            ),
        ),
        Reason::ReferenceReused => Told::new(
            format!(
                "CloudFront says that the reference of this execution is taken in {name}, and none of its latest \
                 invalidations is the one of {place}."
            ),
            "Retry the stage: a new execution has a new reference.",
        ),
        other => of_execution(other).unwrap_or_default(),
    }
}

/// What the role lacks, with all that it needs there: with only the denied action added, the next call would be denied.
fn access_denied(target: &Target, action: &str, account: &Account) -> Told {
    let allowed = |on: &str, of: &str, parameter: &str, what: &str| {
        format!(
            "Allow cloudfront:CreateInvalidation{of}, cloudfront:GetInvalidation{of} and cloudfront:ListInvalidations{of} on \
             {arn}: add that ARN to the stack's parameter {parameter}, then retry the stage. If the {what} is another \
             account's, deploy this function in that account.",
            arn = account.cloudfront_arn(on),
        )
    };
    match &target.resource {
        Resource::Distribution(id) => Told::new(
            format!("The role of this function may not call {action} on distribution {id}."),
            allowed(
                &format!("distribution/{id}"),
                "",
                "DistributionArns",
                "distribution",
            ),
        ),
        Resource::Tenant(id) => Told::new(
            format!("The role of this function may not call {action} on distribution tenant {id}."),
            allowed(
                &format!("distribution-tenant/{id}"),
                "ForDistributionTenant",
                "DistributionTenantArns",
                "tenant",
            ),
        ),
        Resource::Alias(name) => Told::new(
            format!(
                "The role of this function may not call {action}, so it cannot find out whose domain name {name} is."
            ),
            "Allow cloudfront:ListDistributions and cloudfront:GetDistributionTenantByDomain on *: set the stack's parameter \
             AllowAliases to true, then retry the stage. Or name the distribution by its id.",
        ),
    }
}

/// A record without a target that failed because of one: it was changed by something else than us.
fn nothing_known(record: &Record, reason: Option<&Reason>) -> Told {
    match reason {
        Some(_) => of_execution(&Reason::NoTarget).unwrap_or_default(),
        None => {
            let within = span(record.deadline_at.since(record.created_at));
            Told {
                what: format!("Nothing came of this execution within {within}."),
                next: Vec::new(),
            }
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

fn bad_parameters(faults: &[String]) -> Told {
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
    Told::new(
        told + " Nothing was invalidated.",
        "Correct them in the pipeline and release the change again.",
    )
}

/// A service's own words, without the full stop that some have.
fn sentence(trouble: &Trouble) -> String {
    trouble.to_string().trim_end_matches('.').to_owned()
}

fn timeout(record: &Record, target: &Target) -> Told {
    let within = span(record.deadline_at.since(record.created_at));
    let place = place(target);
    let last = target
        .trouble
        .as_ref()
        .map(|trouble| format!(" It last said {}.", sentence(trouble)))
        .unwrap_or_default();
    match &target.invalidation {
        Some(sighting) => Told::new(
            format!(
                "CloudFront did not report Completed for invalidation {} of {place} within {within}.{last} The invalidation \
                 goes on, and may still complete.",
                sighting.id
            ),
            "Watch it in the CloudFront console. Retry the stage to invalidate again.",
        ),
        None if matches!(target.turn, Some(Turn::Waiting { .. } | Turn::Following(_))) => {
            Told::new(
                format!(
                    "For {within} there was no room for the invalidation of {place}: CloudFront takes 15 wildcards and 3,000 \
                 other paths of a distribution at a time, and others were before it.{last}"
                ),
                "Retry the stage; fewer and larger wildcards need less room.",
            )
        }
        None => Told::new(
            format!("CloudFront did not accept the invalidation of {place} within {within}.{last}"),
            "Retry the stage when CloudFront takes requests again.",
        ),
    }
}
