//! Why an action failed. Each text ends with the next step.

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
        Verdict::Failed(
            Reason::AccessDenied { .. }
            | Reason::ArtifactDenied(_)
            | Reason::UnknownPipeline
            | Reason::PipelineNotAllowed,
        ) => FailureKind::PermissionError,
        Verdict::Failed(Reason::ArtifactUnavailable(_)) => FailureKind::SystemUnavailable,
        Verdict::Failed(
            Reason::BadParameters(_)
            | Reason::BadPathsFile(..)
            | Reason::NoSuchDistribution
            | Reason::NoSuchDistributionTenant
            | Reason::NoSuchAlias(_)
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
    /// The problem, in sentences.
    pub(super) what: String,
    /// The remediation; each step is one or two sentences.
    pub(super) next: Vec<String>,
}

impl Explanation {
    fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            next: vec![next.into()],
        }
    }

    /// The problem, then the remediation.
    pub(super) fn text(&self) -> String {
        [self.what.as_str()]
            .into_iter()
            .chain(self.next.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// The problem and the remediation.
pub(super) fn explanation(record: &ExecutionRecord, verdict: &Verdict) -> Explanation {
    let reason = match verdict {
        Verdict::Failed(reason) => Some(reason),
        Verdict::Succeeded | Verdict::TimedOut | Verdict::SucceededWithWarning => None,
    };
    if let Some(explanation) = reason.and_then(|reason| of_execution(record, reason)) {
        return explanation;
    }
    match record.targets.as_slice() {
        [] => nothing_known(record, reason),
        [target] => of_target(record, target, reason),
        targets => of_targets(record, targets),
    }
}

/// The result of each target, then all remediation steps without duplicates.
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

/// Why the execution as a whole failed; none if the reason concerns one target.
fn of_execution(record: &ExecutionRecord, reason: &Reason) -> Option<Explanation> {
    const NEW_TOKEN: &str = "Retry the stage to start a new execution without a token.";
    const NEW_RECORD: &str = "Retry the stage to start a new execution with a new record.";
    let (what, next) = match reason {
        Reason::BadParameters(faults) => return Some(bad_parameters(faults)),
        Reason::BadPathsFile(faults, more) => return Some(bad_paths_file(faults, *more)),
        Reason::ArtifactDenied(service_error) => return Some(artifact_denied(service_error)),
        Reason::ArtifactUnavailable(service_error) => {
            return Some(Explanation::new(
                format!(
                    "PathsFile was not read because S3 did not return the input artifact ({}). Nothing was invalidated.",
                    sentence(service_error)
                ),
                "Retry the stage later.",
            ));
        }
        Reason::UnreadableToken => (
            "The continuation token of this job was not issued by this function, so the invalidation cannot be identified.",
            NEW_TOKEN,
        ),
        Reason::UnknownExecution => (
            "The record of this execution no longer exists. The DynamoDB table may have been replaced while the action was running.",
            NEW_RECORD,
        ),
        Reason::NoTarget => (
            "The record of this execution contains no distribution; it was modified outside this function.",
            NEW_RECORD,
        ),
        Reason::ForeignToken => (
            "The continuation token of this job belongs to an execution of another action. That execution is not affected.",
            NEW_TOKEN,
        ),
        Reason::UnknownPipeline => (
            "CodePipeline did not return the pipeline of this job, which the setting ALLOWED_PIPELINES of this function needs.",
            "If the role of this function is not allowed to call codepipeline:GetJobDetails on *, allow it. Then retry the stage.",
        ),
        Reason::Internal => {
            let id = &record.id;
            return Some(Explanation::new(
                format!(
                    "Internal error: the function failed repeatedly. See its CloudWatch log for execution {id}."
                ),
                "Retry the stage, and report the error to the team that operates this function.",
            ));
        }
        Reason::AccessDenied { .. }
        | Reason::NoSuchDistribution
        | Reason::NoSuchDistributionTenant
        | Reason::NoSuchAlias(_)
        | Reason::BatchRejected(_)
        | Reason::CallerReferenceConflict
        | Reason::PipelineNotAllowed => return None,
    };
    Some(Explanation::new(what, next))
}

/// The result of one target: why it was rejected, or its last known status.
fn of_target(record: &ExecutionRecord, target: &Target, reason: Option<&Reason>) -> Explanation {
    match (target.rejection.as_ref().or(reason), &target.invalidation) {
        (Some(reason), _) => rejection(record, target, reason),
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

fn rejection(record: &ExecutionRecord, target: &Target, reason: &Reason) -> Explanation {
    let (name, place) = (name(target), place(target));
    match reason {
        Reason::AccessDenied { action, account } => access_denied(target, action, account),
        Reason::NoSuchDistribution => Explanation::new(
            format!(
                "Distribution {name} was not found in this account, or it only serves distribution tenants."
            ),
            "Correct DistributionId in the action's user parameters, or deploy this function in the account that owns the \
             distribution. If it only serves distribution tenants, specify them in Targets by DistributionTenantId.",
        ),
        Reason::NoSuchDistributionTenant => Explanation::new(
            format!("Distribution tenant {name} was not found in this account."),
            "Correct DistributionTenantId in the action's user parameters, or deploy this function in the account that owns \
             the tenant.",
        ),
        Reason::NoSuchAlias(similar) => Explanation::new(
            format!(
                "No distribution or distribution tenant in this account has the domain name {name}.{}",
                similar.as_ref().map_or_else(String::new, |similar| {
                    format!(" A distribution has the similar name {similar}.")
                })
            ),
            "Correct Alias in the action's user parameters, or specify the distribution by its id.",
        ),
        Reason::BatchRejected(service_error) => Explanation::new(
            format!("CloudFront rejected the invalidation of {place} ({service_error})."),
            format!(
                "Correct Paths in the action's user parameters.{}",
                about_tags(target)
            ),
        ),
        Reason::CallerReferenceConflict => Explanation::new(
            format!(
                "CloudFront already has an invalidation with this caller reference in {name}, but it is not among the latest \
                 invalidations. The invalidation of {place} was not found."
            ),
            "Retry the stage to start a new execution with a new caller reference.",
        ),
        Reason::PipelineNotAllowed => Explanation::new(
            format!(
                "The setting ALLOWED_PIPELINES of this function does not allow pipeline {} to invalidate {name}.",
                record.pipeline_name().unwrap_or("(unknown)")
            ),
            "Add the target to the stack parameter AllowedPipelines, or remove it from the action's user parameters.",
        ),
        other => of_execution(record, other).unwrap_or_default(),
    }
}

/// The missing permission, with all actions that the resource needs. If only the denied action were allowed, the next
/// call would be denied.
fn access_denied(target: &Target, action: &str, account: &Account) -> Explanation {
    let allowed = |on: &str, of: &str, parameter: &str, what: &str| {
        format!(
            "Allow cloudfront:CreateInvalidation{of}, cloudfront:GetInvalidation{of} and cloudfront:ListInvalidations{of} on \
             {arn}: add this ARN to the stack parameter {parameter}, then retry the stage. The {what} may belong to another \
             account; in that case deploy this function in that account.",
            arn = account.cloudfront_arn(on),
        )
    };
    match &target.resource {
        Resource::Distribution(id) => Explanation::new(
            format!(
                "The role of this function is not allowed to call {action} on distribution {id}."
            ),
            allowed(
                &format!("distribution/{id}"),
                "",
                "DistributionArns",
                "distribution",
            ),
        ),
        Resource::Tenant(id) => Explanation::new(
            format!(
                "The role of this function is not allowed to call {action} on distribution tenant {id}."
            ),
            allowed(
                &format!("distribution-tenant/{id}"),
                "ForDistributionTenant",
                "DistributionTenantArns",
                "tenant",
            ),
        ),
        Resource::Alias(name) => Explanation::new(
            format!(
                "The role of this function is not allowed to call {action}, so it cannot resolve the domain name {name}."
            ),
            "Allow cloudfront:ListDistributions and cloudfront:GetDistributionTenantByDomain on *: set the stack parameter \
             AllowAliases to true, then retry the stage. Alternatively, specify the distribution by its id.",
        ),
    }
}

/// The explanation for a record without targets. If its reason concerns a target, the record was modified outside this
/// function.
fn nothing_known(record: &ExecutionRecord, reason: Option<&Reason>) -> Explanation {
    match reason {
        Some(_) => of_execution(record, &Reason::NoTarget).unwrap_or_default(),
        None => {
            let within = span(record.deadline_at.since(record.created_at));
            Explanation::new(
                format!("The execution did not finish within {within}."),
                "Retry the stage.",
            )
        }
    }
}

/// "Tag invalidation only works on distributions that have CacheTagConfig configured."
fn about_tags(target: &Target) -> &'static str {
    if target.paths.iter().any(InvalidationPath::is_tag) {
        " Cache tags require CacheTagConfig on the distribution; check that it is configured."
    } else {
        ""
    }
}

fn bad_parameters(faults: &[String]) -> Explanation {
    let explanation = match faults {
        [fault] => format!("Error in UserParameters: {fault}."),
        _ => {
            let numbered: Vec<String> = faults
                .iter()
                .zip(1..)
                .map(|(fault, n)| format!("({n}) {fault}"))
                .collect();
            format!(
                "{} errors in UserParameters: {}.",
                faults.len(),
                numbered.join("; ")
            )
        }
    };
    Explanation::new(
        explanation + " Nothing was invalidated.",
        "Fix the action configuration and release the change again.",
    )
}

fn bad_paths_file(faults: &[String], more: usize) -> Explanation {
    let mut what = match faults.len() + more {
        1 => String::new(),
        all => format!("{all} errors: "),
    };
    what.push_str(&faults.join("; "));
    if more > 0 {
        what.push_str(&format!("; and {more} more"));
    }
    Explanation::new(
        what + ". Nothing was invalidated.",
        "Fix the file or the action configuration and release the change again.",
    )
}

/// Why S3 denied the artifact. Only the text of the error names KMS: "User: … is not authorized to perform: kms:Decrypt …".
fn artifact_denied(service_error: &ServiceError) -> Explanation {
    let next = if service_error.message.contains("kms:") {
        "Allow kms:Decrypt on the key of the artifact bucket to the role of the pipeline, in the key policy and in the role; the \
         job's credentials have the permissions of that role. Then retry the stage."
    } else if service_error.code == "ExpiredToken" {
        "Retry the stage: each job has new credentials."
    } else {
        "Allow s3:GetObject and s3:GetObjectVersion on the artifact bucket to the role of the pipeline, and check the bucket \
         policy; the job's credentials have the permissions of that role. Then retry the stage."
    };
    Explanation::new(
        format!(
            "PathsFile was not read because S3 rejected the job's credentials for the input artifact ({}). Nothing was \
             invalidated.",
            sentence(service_error)
        ),
        next,
    )
}

/// The error text of a service, without the full stop that some have.
fn sentence(service_error: &ServiceError) -> String {
    service_error.to_string().trim_end_matches('.').to_owned()
}

fn timeout(record: &ExecutionRecord, target: &Target) -> Explanation {
    let within = span(record.deadline_at.since(record.created_at));
    let place = place(target);
    let last = target
        .service_error
        .as_ref()
        .map(|service_error| format!(" The last error was {}.", sentence(service_error)))
        .unwrap_or_default();
    match &target.invalidation {
        Some(snapshot) => Explanation::new(
            format!(
                "CloudFront did not report Completed for invalidation {} of {place} within {within}.{last} The invalidation \
                 is still in progress.",
                snapshot.id
            ),
            "Check its status in the CloudFront console. Retry the stage to create a new invalidation.",
        ),
        None if matches!(
            target.admission,
            Some(Admission::Waiting { .. } | Admission::Follower(_))
        ) =>
        {
            Explanation::new(
                format!(
                    "The invalidation of {place} was queued for {within} because the distribution has reached its limit of 15 \
                     wildcard and 3,000 file paths in progress.{last}"
                ),
                "Retry the stage, or use fewer, broader wildcards.",
            )
        }
        None => Explanation::new(
            format!("CloudFront did not accept the invalidation of {place} within {within}.{last}"),
            "Retry the stage later.",
        ),
    }
}
