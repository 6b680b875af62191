//! The adapters of `invalidation_aws` against recorded replies: what each port method sends, and what it makes of every answer
//! that AWS documents, that users have met in the wild, or that no service should ever give.
//!
//! The stories play the same adapters on an AWS that answers as it should; here each answer is written out.

#![expect(
    clippy::unwrap_used,
    reason = "in a test a missing value is a failure; clippy.toml allows it in the test functions alone"
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
mod patience;
mod queues;
mod record;
mod sns;
mod targets;

use invalidation_core::model::execution_record::{ServiceError, ServiceErrorKind};

/// What a service's error must come to: its words, and the kind that is told from others by what each service calls it.
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
