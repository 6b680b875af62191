//! What CloudFront's errors mean for us.

use aws_sdk_cloudfront::operation::create_invalidation::CreateInvalidationError;
use aws_sdk_cloudfront::operation::create_invalidation_for_distribution_tenant::CreateInvalidationForDistributionTenantError;
use aws_sdk_cloudfront::operation::get_distribution_tenant_by_domain::GetDistributionTenantByDomainError;
use aws_sdk_cloudfront::operation::get_invalidation::GetInvalidationError;
use aws_sdk_cloudfront::operation::get_invalidation_for_distribution_tenant::GetInvalidationForDistributionTenantError;
use aws_sdk_cloudfront::operation::list_distributions::ListDistributionsError;
use aws_sdk_cloudfront::operation::list_invalidations::ListInvalidationsError;
use aws_sdk_cloudfront::operation::list_invalidations_for_distribution_tenant::ListInvalidationsForDistributionTenantError;

use crate::modelled;
use invalidation_core::input::identifiers::Account;
use invalidation_core::model::execution_record::{Reason, Resource, ServiceError};
use invalidation_runtime::ports::InvalidationError;

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

/// The meaning of a modelled error of CloudFront. A denial is a kind of any error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is no such distribution.
    NoDistribution,
    /// There is no such distribution tenant.
    NoEntity,
    /// Something in the request is invalid; the message says what.
    Argument,
    /// The batch says that it has more or fewer paths than it has.
    Quantities,
    /// The batch is too large, or there is none.
    Batch,
}

modelled! { Fault:
    CreateInvalidationError {
        NoSuchDistribution => NoDistribution,
        InvalidArgument => Argument,
        InconsistentQuantities => Quantities,
        BatchTooLarge => Batch,
        MissingBody => Batch,
    }
    CreateInvalidationForDistributionTenantError {
        EntityNotFound => NoEntity,
        InvalidArgument => Argument,
        InconsistentQuantities => Quantities,
        BatchTooLarge => Batch,
        MissingBody => Batch,
    }
    GetInvalidationError { NoSuchDistribution => NoDistribution }
    GetInvalidationForDistributionTenantError { EntityNotFound => NoEntity }
    ListInvalidationsError { NoSuchDistribution => NoDistribution, InvalidArgument => Argument }
    ListInvalidationsForDistributionTenantError { EntityNotFound => NoEntity, InvalidArgument => Argument }
    ListDistributionsError { InvalidArgument => Argument }
    GetDistributionTenantByDomainError { EntityNotFound => NoEntity }
}

/// A call to CloudFront that failed.
pub(super) type Failed = crate::Failed<Fault>;

/// No reply that could be read; it may come later.
pub(super) fn retry_later(said: &str) -> InvalidationError {
    InvalidationError::Retryable(ServiceError::no_reply(said))
}

/// A domain name cannot be asked for; it is resolved first.
pub(super) fn unresolved() -> Failed {
    Failed::without_reply(ServiceError::no_reply(
        "the domain name is not resolved yet",
    ))
}

/// What an error of CreateInvalidation means for us: beside what any call may meet, the batch itself may be refused.
pub(super) fn of_create(failed: Failed, asked: Asked<'_>) -> InvalidationError {
    match failed.fault {
        _ if is_reused_reference(&failed.service_error) => {
            InvalidationError::CallerReferenceConflict
        }
        Some(Fault::Argument | Fault::Quantities | Fault::Batch) => {
            InvalidationError::Rejected(Reason::BatchRejected(failed.service_error))
        }
        Some(Fault::NoDistribution | Fault::NoEntity) | None => of(failed, asked),
    }
}

/// What an error of the batch that contradicts itself means: that nothing else is wrong with the call, if it is for the
/// contradiction that CloudFront refused it.
pub(super) fn of_probe(failed: Failed, asked: Asked<'_>) -> Result<(), InvalidationError> {
    match failed.fault {
        Some(Fault::Quantities | Fault::Argument) => Ok(()),
        Some(Fault::Batch | Fault::NoDistribution | Fault::NoEntity) | None => {
            Err(of(failed, asked))
        }
    }
}

/// What an error of any call means for us. Whatever is not known to be final is tried again until the deadline:
/// `Throttling`, `ServiceUnavailable`, `TooManyInvalidationsInProgress`, and a `NoSuchInvalidation` that may be a
/// replica behind.
pub(super) fn of(failed: Failed, asked: Asked<'_>) -> InvalidationError {
    match failed.fault {
        _ if failed.is_denied() => denied(
            asked.operation.action(asked.resource),
            &failed.service_error,
            asked.region,
        ),
        Some(Fault::NoDistribution) => InvalidationError::Rejected(Reason::NoSuchDistribution),
        Some(Fault::NoEntity) => InvalidationError::Rejected(Reason::NoSuchDistributionTenant),
        Some(Fault::Argument | Fault::Quantities | Fault::Batch) | None => {
            InvalidationError::Retryable(failed.service_error)
        }
    }
}

/// IAM does not allow `action`, as `service_error` says.
pub(super) fn denied(
    action: &str,
    service_error: &ServiceError,
    region: &str,
) -> InvalidationError {
    let account = Account::named_in(&service_error.message);
    InvalidationError::Rejected(Reason::AccessDenied {
        action: action.to_owned(),
        account: account.unwrap_or_else(|| Account::in_region(region)),
    })
}

/// CloudFront documents `InvalidationBatchAlreadyExists` for this, which the SDK models for no operation, and says
/// `InvalidArgument` with these words: "Your request contains a caller reference that was used for a previous invalidation
/// batch for the same distribution."
fn is_reused_reference(service_error: &ServiceError) -> bool {
    let said = "caller reference that was used for a previous invalidation batch";
    match service_error.code.as_str() {
        "InvalidationBatchAlreadyExists" => true,
        "InvalidArgument" => service_error.message.contains(said),
        _ => false,
    }
}
