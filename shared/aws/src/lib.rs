//! The ports as AWS provides them. This is the only place that knows the AWS SDK: no type of it leaves this folder,
//! and no decision is made in it. Each adapter ends in a pure function from what the service said to what it means.

mod cloudfront;
mod codepipeline;
mod dynamodb;
mod eventbridge;
mod publisher;
mod sns;

use std::pin::Pin;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::config::retry::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use invalidation_core::model::execution_record::{ServiceError, ServiceErrorKind};
use invalidation_core::model::time_budget::{ATTEMPT_TIMEOUT, CONNECT_TIMEOUT, OPERATION_TIMEOUT};
use invalidation_runtime::ports::{Clock, Ports};
use invalidation_runtime::settings::Settings;

pub use self::cloudfront::CloudFront;
pub use self::codepipeline::CodePipeline;
pub use self::dynamodb::{DynamoDb, ItemKey};
pub use self::eventbridge::EventBridge;
pub use self::publisher::AwsPublisher;
pub use self::sns::Sns;

/// How often a call is tried. What still fails then is tried again by the next step, visit or pass.
pub const ATTEMPTS: u32 = 3;

/// The SDK's configuration as the environment gives it (region, credentials, endpoints), with our time-outs and tries.
pub async fn sdk_config() -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest());
    loader
        .retry_config(retries())
        .timeout_config(timeouts())
        .load()
        .await
}

/// The tries of each client.
#[must_use]
pub fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(Duration::from_millis(200))
        .with_max_backoff(Duration::from_secs(2))
}

/// The retry quota of each client: there is none, so that [`ATTEMPTS`] holds for every call of a process, however many
/// failed before.
///
/// By default, all clients of a service in a process share 500 tokens: "Each retry attempt acquires tokens from the bucket …
/// When the bucket is empty, the retry strategy stops retrying and returns the error to the caller, even if `max_attempts` has
/// not been reached" (documentation of `TokenBucket`). A retry after a 503 costs 10, so that 25 calls that end in it leave a
/// warm process without retries, until successes have paid for them one token at a time.
///
/// The quota is there to spare a service in trouble. Here other bounds do: three tries of a call, [`OPERATION_TIMEOUT`], a
/// pause after each call that failed, which doubles up to a minute, and the limit on the rate at which the checker calls
/// CloudFront.
#[must_use]
pub fn retry_partition() -> RetryPartition {
    RetryPartition::custom("no-quota")
        .token_bucket(TokenBucket::unlimited())
        .build()
}

/// A client of this SDK, under the shared configuration and our own quota of retries.
macro_rules! client {
    ($sdk:ident, $config:expr) => {{
        let config = $sdk::config::Builder::from($config).retry_partition(retry_partition());
        $sdk::Client::from_conf(config.build())
    }};
}

/// The time-outs of each client.
#[must_use]
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}

/// The ports of a function: each service under one configuration, and the time from `clock`.
#[must_use]
pub fn ports<K: Clock>(
    config: &SdkConfig,
    settings: &Settings,
    clock: K,
) -> Ports<CloudFront, DynamoDb, CodePipeline, AwsPublisher, K> {
    Ports {
        invalidation_service: CloudFront::new(client!(aws_sdk_cloudfront, config)),
        execution_store: DynamoDb::new(client!(aws_sdk_dynamodb, config), &settings.table_name),
        job_reporter: code_pipeline(config),
        publisher: publisher(config, settings),
        clock,
    }
}

/// A client of EventBridge is made only where there is a bus: most have none, and its making takes time.
fn publisher(config: &SdkConfig, settings: &Settings) -> AwsPublisher {
    let bus = settings.event_bus.clone();
    AwsPublisher {
        sns: Sns::new(client!(aws_sdk_sns, config)),
        bus: bus.map(|bus| EventBridge::new(client!(aws_sdk_eventbridge, config), bus)),
    }
}

/// The one port that needs no settings.
#[must_use]
pub fn code_pipeline(config: &SdkConfig) -> CodePipeline {
    CodePipeline::new(client!(aws_sdk_codepipeline, config))
}

/// A call on its way, on the heap: the SDK's futures are so large, and nest so deep, that the compiler gives up on ours
/// when they hold them by value.
fn sent<F: Future>(call: F) -> Pin<Box<F>> {
    Box::pin(call)
}

/// The error of a failed call: the service's code and message, or, without a reply, the reason that the SDK gives.
fn service_error<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> ServiceError {
    let said = match error {
        SdkError::ConstructionFailure(_) => "the request could not be made",
        SdkError::TimeoutError(_) => "no reply within the time-out",
        SdkError::DispatchFailure(_) => "the service could not be reached",
        SdkError::ResponseError(_) => "the reply could not be read",
        _ => "the service gave no reason",
    };
    match error.code() {
        Some(code) => rejected(code, error.message().unwrap_or_default()),
        None => ServiceError::no_reply(said),
    }
}

/// An error of a service, with its kind. Few operations model the errors that any of them may return, so the code decides;
/// and each service has codes of its own.
fn rejected(code: &str, message: &str) -> ServiceError {
    const DENIED: [&str; 4] = [
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "UnauthorizedOperation",
    ];
    const THROTTLED: [&str; 3] = ["Throttl", "TooManyRequests", "RequestLimitExceeded"];
    let kind = if DENIED.contains(&code) {
        ServiceErrorKind::Denied
    } else if THROTTLED.iter().any(|word| code.contains(word)) {
        ServiceErrorKind::Throttled
    } else {
        ServiceErrorKind::Other
    };
    ServiceError::new(code, message).of(kind)
}

/// The errors of an operation that the SDK models, and what they mean to an adapter.
trait Modelled<Fault>: ProvideErrorMetadata {
    /// What this error means; none when it has no meaning of its own, or is not modelled.
    fn fault(&self) -> Option<Fault>;
}

/// Maps the modelled errors of operations to faults. If the SDK renames or drops one, this does not compile.
macro_rules! modelled {
    ($fault:ident: $($error:ident { $($variant:ident => $meaning:ident),+ $(,)? })+) => {
        $(
            impl $crate::Modelled<$fault> for $error {
                fn fault(&self) -> Option<$fault> {
                    match self {
                        $(Self::$variant(_) => Some($fault::$meaning),)+
                        _ => None,
                    }
                }
            }
        )+
    };
}

use modelled;

/// A failed call: its meaning to the adapter, if it has one, and the service's error.
struct Failed<Fault> {
    fault: Option<Fault>,
    service_error: ServiceError,
}

impl<Fault> Failed<Fault> {
    fn of<E: Modelled<Fault>, R>(error: &SdkError<E, R>) -> Self {
        Self {
            fault: error.as_service_error().and_then(Modelled::fault),
            service_error: service_error(error),
        }
    }

    /// A failure without an error of the service.
    const fn without_reply(service_error: ServiceError) -> Self {
        Self {
            fault: None,
            service_error,
        }
    }

    fn is_denied(&self) -> bool {
        self.service_error.kind == ServiceErrorKind::Denied
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each service has its own word for it.
    #[test]
    fn a_throttle_differs_from_other_service_errors() {
        let is_throttle = |code: &str| rejected(code, "").kind == ServiceErrorKind::Throttled;
        for code in [
            "Throttling",
            "ThrottlingException",
            "Throttled",
            "TooManyRequestsException",
            "RequestLimitExceeded",
        ] {
            assert!(is_throttle(code), "{code}");
        }
        for code in [
            "",
            "TooManyInvalidationsInProgress",
            "ServiceUnavailable",
            "NoReply",
        ] {
            assert!(!is_throttle(code), "{code}");
        }
    }

    #[test]
    fn a_denial_is_reported_from_other_service_error() {
        for code in [
            "AccessDenied",
            "AccessDeniedException",
            "AuthorizationError",
        ] {
            assert_eq!(rejected(code, "").kind, ServiceErrorKind::Denied, "{code}");
        }
        for code in ["", "NotFound", "KMSAccessDenied"] {
            assert_eq!(rejected(code, "").kind, ServiceErrorKind::Other, "{code}");
        }
    }
}
