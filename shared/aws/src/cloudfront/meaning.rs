//! Maps the errors of CloudFront to [`InvalidationError`].

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

/// The operation of a call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operation {
    Create,
    Get,
    List,
}

impl Operation {
    /// The IAM action that the operation requires on `resource`.
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

/// The context of a call: its operation, its resource, and the region, which determines the partition.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallContext<'c> {
    pub(super) operation: Operation,
    pub(super) resource: &'c Resource,
    pub(super) region: &'c str,
}

/// The meaning of a modelled error of CloudFront. Access denied is a `ServiceErrorKind` instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The distribution does not exist.
    NoDistribution,
    /// The distribution tenant does not exist.
    NoEntity,
    /// The request has an invalid argument. The message has the details.
    Argument,
    /// The quantity of the batch differs from the number of its paths.
    Quantities,
    /// The batch is too large, or missing.
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

/// A failed call to CloudFront.
pub(super) type Failed = crate::Failed<Fault>;

/// The reply is missing or unreadable. A retry may succeed.
pub(super) fn retry_later(said: &str) -> InvalidationError {
    InvalidationError::Retryable(ServiceError::no_reply(said))
}

/// A domain name must be resolved before a call.
pub(super) fn unresolved() -> Failed {
    Failed::without_reply(ServiceError::no_reply(
        "the domain name is not resolved yet",
    ))
}

/// Maps an error of CreateInvalidation. In addition to the errors of any call, CloudFront may reject the batch.
pub(super) fn of_create(failed: Failed, context: CallContext<'_>) -> InvalidationError {
    match failed.fault {
        _ if is_reused_reference(&failed.service_error) => {
            InvalidationError::CallerReferenceConflict
        }
        Some(Fault::Argument | Fault::Quantities | Fault::Batch) => {
            InvalidationError::Rejected(Reason::BatchRejected(failed.service_error))
        }
        Some(Fault::NoDistribution | Fault::NoEntity) | None => of(failed, context),
    }
}

/// Maps an error of the contradictory batch. If CloudFront rejects the contradiction, the rest of the call is valid.
pub(super) fn of_probe(failed: Failed, context: CallContext<'_>) -> Result<(), InvalidationError> {
    match failed.fault {
        Some(Fault::Quantities | Fault::Argument) => Ok(()),
        Some(Fault::Batch | Fault::NoDistribution | Fault::NoEntity) | None => {
            Err(of(failed, context))
        }
    }
}

/// Maps an error of any call. An error that is not known to be permanent is retried until the deadline: `Throttling`,
/// `ServiceUnavailable`, `TooManyInvalidationsInProgress`, and a `NoSuchInvalidation` of a replica that lags behind.
pub(super) fn of(failed: Failed, context: CallContext<'_>) -> InvalidationError {
    match failed.fault {
        _ if failed.is_denied() => denied(
            context.operation.action(context.resource),
            &failed.service_error,
            context.region,
        ),
        Some(Fault::NoDistribution) => InvalidationError::Rejected(Reason::NoSuchDistribution),
        Some(Fault::NoEntity) => InvalidationError::Rejected(Reason::NoSuchDistributionTenant),
        Some(Fault::Argument | Fault::Quantities | Fault::Batch) | None => {
            InvalidationError::Retryable(failed.service_error)
        }
    }
}

/// IAM does not allow `action`. `service_error` may name the account.
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

/// CloudFront documents `InvalidationBatchAlreadyExists` for this case, which the SDK models for no operation. It also
/// returns `InvalidArgument` with the message "Your request contains a caller reference that was used for a previous
/// invalidation batch for the same distribution."
fn is_reused_reference(service_error: &ServiceError) -> bool {
    let said = "caller reference that was used for a previous invalidation batch";
    match service_error.code.as_str() {
        "InvalidationBatchAlreadyExists" => true,
        "InvalidArgument" => service_error.message.contains(said),
        _ => false,
    }
}
