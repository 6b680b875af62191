//! Why an action failed, in words that end with what to do.

use super::{FailureKind, name, place, span};
use crate::input::identifiers::Account;
use crate::input::paths::InvalidationPath;
use crate::model::execution_record::{
    ExecutionRecord, Reason, Resource, ServiceError, Target, Verdict,
};
use crate::model::queue::Admission;

/// The kind of failure that CodePipeline shows for `verdict`.
pub(super) fn kind(record: &ExecutionRecord, verdict: &Verdict) -> FailureKind {
    match verdict {
        Verdict::Failed(Reason::AccessDenied { .. }) => FailureKind::PermissionError,
        Verdict::Failed(
            Reason::BadParameters(_)
            | Reason::NoSuchDistribution
            | Reason::NoSuchDistributionTenant
            | Reason::NoSuchAlias
            | Reason::BatchRejected(_),
        ) => FailureKind::ConfigurationError,
        Verdict::TimedOut if record.snapshots().next().is_none() => FailureKind::SystemUnavailable,
        Verdict::Succeeded
        | Verdict::SucceededWithWarning
        | Verdict::TimedOut
        | Verdict::Failed(_) => FailureKind::JobFailed,
    }
}

/// Why an action failed.
#[derive(Default)]
pub(super) struct Explanation {
    /// What is wrong, in sentences.
    pub(super) what: String,
    /// What to do about it, each a sentence or two.
    pub(super) next: Vec<String>,
}

impl Explanation {
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
pub(super) fn explanation(record: &ExecutionRecord, verdict: &Verdict) -> Explanation {
    let reason = match verdict {
        Verdict::Failed(reason) => Some(reason),
        Verdict::Succeeded | Verdict::TimedOut | Verdict::SucceededWithWarning => None,
    };
    if let Some(explanation) = reason.and_then(of_execution) {
        return explanation;
    }
    match record.targets.as_slice() {
        [] => nothing_known(record, reason),
        [target] => of_target(record, target, reason),
        targets => of_targets(record, targets),
    }
}

/// Each target's fate first, then everything that is to be done, nothing of it twice.
fn of_targets(record: &ExecutionRecord, targets: &[Target]) -> Explanation {
    let failed = targets.iter().filter(|target| !target.is_completed());
    let (failed, all) = (failed.count(), targets.len());
    let mut explanation = Explanation {
        what: format!("{failed} of {all} targets failed."),
        next: Vec::new(),
    };
    for target in targets {
        let Explanation { what, next } = of_target(record, target, None);
        explanation.what.push(' ');
        explanation.what.push_str(&what);
        for step in next {
            if !explanation.next.contains(&step) {
                explanation.next.push(step);
            }
        }
    }
    explanation
}

/// What went wrong with the execution as a whole; none where it is a matter of a target.
fn of_execution(reason: &Reason) -> Option<Explanation> {
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
        | Reason::BatchRejected(_)
        | Reason::CallerReferenceConflict => return None,
    };
    Some(Explanation::new(what, next))
}

/// What became of one target: why it was refused, or how far it came.
fn of_target(record: &ExecutionRecord, target: &Target, reason: Option<&Reason>) -> Explanation {
    match (target.rejection.as_ref().or(reason), &target.invalidation) {
        (Some(reason), _) => rejection(target, reason),
        (None, Some(snapshot)) if target.is_completed() => Explanation {
            what: format!(
                "CloudFront completed invalidation {} of {}.",
                snapshot.id,
                place(target)
            ),
            next: Vec::new(),
        },
        (None, _) => timeout(record, target),
    }
}

fn rejection(target: &Target, reason: &Reason) -> Explanation {
    let (name, place) = (name(target), place(target));
    match reason {
        Reason::AccessDenied { action, account } => access_denied(target, action, account),
        Reason::NoSuchDistribution => Explanation::new(
            format!(
                "CloudFront has no distribution {name} in this account that can be invalidated as such."
            ),
            "Correct DistributionId in the action's user parameters, or deploy this function in the account that owns the \
             distribution. If it only serves distribution tenants, name those in Targets, by DistributionTenantId.",
        ),
        Reason::NoSuchDistributionTenant => Explanation::new(
            format!("CloudFront has no distribution tenant {name} in this account."),
            "Correct DistributionTenantId in the action's user parameters, or deploy this function in the account that owns \
             the tenant.",
        ),
        Reason::NoSuchAlias => Explanation::new(
            format!(
                "No distribution and no distribution tenant of this account has the domain name {name}."
            ),
            "Correct Alias in the action's user parameters, or name the distribution by its id.",
        ),
        Reason::BatchRejected(service_error) => Explanation::new(
            format!("CloudFront refused the invalidation of {place} ({service_error})."),
            format!(
                "Correct Paths in the action's user parameters.{}",
                about_tags(target)
            ),
        ),
        Reason::CallerReferenceConflict => Explanation::new(
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
fn access_denied(target: &Target, action: &str, account: &Account) -> Explanation {
    let allowed = |on: &str, of: &str, parameter: &str, what: &str| {
        format!(
            "Allow cloudfront:CreateInvalidation{of}, cloudfront:GetInvalidation{of} and cloudfront:ListInvalidations{of} on \
             {arn}: add that ARN to the stack's parameter {parameter}, then retry the stage. If the {what} is another \
             account's, deploy this function in that account.",
            arn = account.cloudfront_arn(on),
        )
    };
    match &target.resource {
        Resource::Distribution(id) => Explanation::new(
            format!("The role of this function may not call {action} on distribution {id}."),
            allowed(
                &format!("distribution/{id}"),
                "",
                "DistributionArns",
                "distribution",
            ),
        ),
        Resource::Tenant(id) => Explanation::new(
            format!("The role of this function may not call {action} on distribution tenant {id}."),
            allowed(
                &format!("distribution-tenant/{id}"),
                "ForDistributionTenant",
                "DistributionTenantArns",
                "tenant",
            ),
        ),
        Resource::Alias(name) => Explanation::new(
            format!(
                "The role of this function may not call {action}, so it cannot find out whose domain name {name} is."
            ),
            "Allow cloudfront:ListDistributions and cloudfront:GetDistributionTenantByDomain on *: set the stack's parameter \
             AllowAliases to true, then retry the stage. Or name the distribution by its id.",
        ),
    }
}

/// A record without a target that failed because of one: it was changed by something else than us.
fn nothing_known(record: &ExecutionRecord, reason: Option<&Reason>) -> Explanation {
    match reason {
        Some(_) => of_execution(&Reason::NoTarget).unwrap_or_default(),
        None => {
            let within = span(record.deadline_at.since(record.created_at));
            Explanation {
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

fn bad_parameters(faults: &[String]) -> Explanation {
    let explanation = match faults {
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
    Explanation::new(
        explanation + " Nothing was invalidated.",
        "Correct them in the pipeline and release the change again.",
    )
}

/// A service's own words, without the full stop that some have.
fn sentence(service_error: &ServiceError) -> String {
    service_error.to_string().trim_end_matches('.').to_owned()
}

fn timeout(record: &ExecutionRecord, target: &Target) -> Explanation {
    let within = span(record.deadline_at.since(record.created_at));
    let place = place(target);
    let last = target
        .service_error
        .as_ref()
        .map(|service_error| format!(" It last said {}.", sentence(service_error)))
        .unwrap_or_default();
    match &target.invalidation {
        Some(snapshot) => Explanation::new(
            format!(
                "CloudFront did not report Completed for invalidation {} of {place} within {within}.{last} The invalidation \
                 goes on, and may still complete.",
                snapshot.id
            ),
            "Watch it in the CloudFront console. Retry the stage to invalidate again.",
        ),
        None if matches!(
            target.admission,
            Some(Admission::Waiting { .. } | Admission::Follower(_))
        ) =>
        {
            Explanation::new(
                format!(
                    "For {within} there was no room for the invalidation of {place}: CloudFront takes 15 wildcards and 3,000 \
                 other paths of a distribution at a time, and others were before it.{last}"
                ),
                "Retry the stage; fewer and larger wildcards need less room.",
            )
        }
        None => Explanation::new(
            format!("CloudFront did not accept the invalidation of {place} within {within}.{last}"),
            "Retry the stage when CloudFront takes requests again.",
        ),
    }
}
