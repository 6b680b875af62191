//! The adapters of `invalidation_aws` against recorded replies: the request of each port method, and its result for
//! every reply that AWS documents, that users have reported, or that no service should return.
//!
//! The scenarios run the same adapters on a local AWS that replies correctly; here each reply is written out.

#![expect(
    clippy::unwrap_used,
    reason = "a missing value fails the test; clippy.toml covers only test functions"
)]

mod any_record;
mod changes;
mod claim;
mod cloudfront;
mod codepipeline;
mod condition;
mod dynamodb;
mod eventbridge;
mod job_details;
mod list;
mod queues;
mod record;
mod s3;
mod sns;
mod targets;
mod timeouts;

use invalidation_core::model::execution_record::{ServiceError, ServiceErrorKind};

/// The expected error of a service: its message, and the kind that each service names differently.
fn service_error(code: &str, message: &str) -> ServiceError {
    let kind = match code {
        "Throttling"
        | "ThrottlingException"
        | "Throttled"
        | "KMSThrottling"
        | "RequestLimitExceeded" => ServiceErrorKind::Throttled,
        "AccessDenied" | "AccessDeniedException" | "AuthorizationError" => ServiceErrorKind::Denied,
        "NoReply" => ServiceErrorKind::NoReply,
        _ => ServiceErrorKind::Other,
    };
    ServiceError::new(code, message).of(kind)
}
