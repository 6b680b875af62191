//! What CloudFront's errors mean for us.

use crate::{NO_REPLY, is_denied};
use invalidation_core::input::identifiers::Account;
use invalidation_core::model::execution_record::{Reason, Resource, Trouble};
use invalidation_runtime::ports::CdnError;

/// What was asked; its name is that of the permission, but for the end that tenants have.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operation {
    Create,
    Get,
    List,
}

impl Operation {
    /// The IAM action that it needs on `resource`.
    const fn action(self, resource: &Resource) -> &'static str {
        match (self, resource) {
            (Self::Create, Resource::Tenant(_)) => {
                "cloudfront:CreateInvalidationForDistributionTenant"
            }
            (Self::Get, Resource::Tenant(_)) => "cloudfront:GetInvalidationForDistributionTenant",
            (Self::List, Resource::Tenant(_)) => {
                "cloudfront:ListInvalidationsForDistributionTenant"
            }
            (Self::Create, _) => "cloudfront:CreateInvalidation",
            (Self::Get, _) => "cloudfront:GetInvalidation",
            (Self::List, _) => "cloudfront:ListInvalidations",
        }
    }
}

/// A call: what was asked, of what, and in which region of the partition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'c> {
    pub(super) operation: Operation,
    pub(super) resource: &'c Resource,
    pub(super) region: &'c str,
}

/// No reply that could be read; it may come later.
pub(super) fn put_off(said: &str) -> CdnError {
    CdnError::PutOff(Trouble::new(NO_REPLY, said))
}

/// A domain name cannot be asked for; it is resolved first.
pub(super) fn unresolved() -> Trouble {
    Trouble::new(NO_REPLY, "the domain name is not resolved yet")
}

/// What an error of CreateInvalidation means for us: beside what any call may meet, the batch itself may be refused.
pub(super) fn of_create(trouble: Trouble, asked: Asked<'_>) -> CdnError {
    match trouble.code.as_str() {
        "InvalidationBatchAlreadyExists" => CdnError::ReferenceTaken,
        "InvalidArgument" if is_reused_reference(&trouble.message) => CdnError::ReferenceTaken,
        "InvalidArgument" | "BatchTooLarge" | "InconsistentQuantities" | "MissingBody" => {
            CdnError::Refused(Reason::BatchRefused(trouble))
        }
        _ => of(trouble, asked),
    }
}

/// What an error of the batch that contradicts itself means: that nothing else is wrong with the call, if it is for the
/// contradiction that CloudFront refused it.
pub(super) fn of_probe(trouble: Trouble, asked: Asked<'_>) -> Result<(), CdnError> {
    match trouble.code.as_str() {
        "InconsistentQuantities" | "InvalidArgument" => Ok(()),
        _ => Err(of(trouble, asked)),
    }
}

/// What an error of any call means for us. Whatever is not known to be final is tried again until the deadline:
/// `Throttling`, `ServiceUnavailable`, `TooManyInvalidationsInProgress`, and a `NoSuchInvalidation` that may be a
/// replica behind.
pub(super) fn of(trouble: Trouble, asked: Asked<'_>) -> CdnError {
    match trouble.code.as_str() {
        code if is_denied(code) => denied(
            asked.operation.action(asked.resource),
            &trouble,
            asked.region,
        ),
        "NoSuchDistribution" => CdnError::Refused(Reason::NoSuchDistribution),
        "EntityNotFound" => CdnError::Refused(Reason::NoSuchDistributionTenant),
        _ => CdnError::PutOff(trouble),
    }
}

/// IAM does not allow `action`, as `trouble` says.
pub(super) fn denied(action: &str, trouble: &Trouble, region: &str) -> CdnError {
    let account = Account::named_in(&trouble.message);
    CdnError::Refused(Reason::AccessDenied {
        action: action.to_owned(),
        account: account.unwrap_or_else(|| Account::in_region(region)),
    })
}

/// CloudFront documents `InvalidationBatchAlreadyExists` for this, and says `InvalidArgument` with these words: "Your
/// request contains a caller reference that was used for a previous invalidation batch for the same distribution."
fn is_reused_reference(message: &str) -> bool {
    message.contains("caller reference that was used for a previous invalidation batch")
}
