//! The implementation of the ports with the AWS SDK. No other crate of the product uses the SDK, and this crate makes
//! no decisions. Each adapter ends in a pure function that maps the reply of the service.

mod cloudfront;
mod codepipeline;
mod dynamodb;
mod eventbridge;
mod publisher;
mod s3;
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
pub use self::s3::S3;
pub use self::sns::Sns;

/// The maximum number of attempts of a call. After that, the next step, job or sweep retries it.
pub const ATTEMPTS: u32 = 3;

/// The SDK configuration from the environment (region, credentials, endpoints), with the time-outs and retries of this
/// crate.
pub async fn sdk_config() -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest());
    loader
        .retry_config(retries())
        .timeout_config(timeouts())
        .load()
        .await
}

/// The retry configuration of each client.
#[must_use]
pub fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(Duration::from_millis(200))
        .with_max_backoff(Duration::from_secs(2))
}

/// The retry quota of each client. It is unlimited, so that every call of a process may be attempted [`ATTEMPTS`]
/// times, regardless of earlier failures.
///
/// By default, all clients of a service in a process share 500 tokens: "Each retry attempt acquires tokens from the
/// bucket … When the bucket is empty, the retry strategy stops retrying and returns the error to the caller, even if
/// `max_attempts` has not been reached" (documentation of `TokenBucket`). A retry after a 503 costs 10 tokens. After 25
/// calls that fail with it, a warm process has no retries left until successful calls return the tokens, one at a time.
///
/// The quota protects an overloaded service. Here, other limits do: three attempts per call, [`OPERATION_TIMEOUT`], a
/// backoff after each failed call that doubles up to a minute, and the rate limit of the checker's calls to CloudFront.
#[must_use]
pub fn retry_partition() -> RetryPartition {
    RetryPartition::custom("no-quota")
        .token_bucket(TokenBucket::unlimited())
        .build()
}

/// A client of this SDK with the shared configuration and the unlimited retry quota.
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

/// The ports with the AWS SDK.
pub type AwsPorts<K> = Ports<CloudFront, DynamoDb, CodePipeline, AwsPublisher, S3, K>;

/// The ports of a function. All services share one configuration.
#[must_use]
pub fn ports<K: Clock>(config: &SdkConfig, settings: &Settings, clock: K) -> AwsPorts<K> {
    Ports {
        invalidation_service: CloudFront::new(client!(aws_sdk_cloudfront, config)),
        execution_store: DynamoDb::new(client!(aws_sdk_dynamodb, config), &settings.table_name),
        job_reporter: code_pipeline(config),
        publisher: publisher(config, settings),
        artifact_store: S3::new(config.clone()),
        clock,
    }
}

/// The EventBridge client is created only if a bus is configured: most deployments have none, and creating it takes
/// time.
fn publisher(config: &SdkConfig, settings: &Settings) -> AwsPublisher {
    let bus = settings.event_bus.clone();
    AwsPublisher {
        sns: Sns::new(client!(aws_sdk_sns, config)),
        bus: bus.map(|bus| EventBridge::new(client!(aws_sdk_eventbridge, config), bus)),
    }
}

/// The only port that needs no settings.
#[must_use]
pub fn code_pipeline(config: &SdkConfig) -> CodePipeline {
    CodePipeline::new(client!(aws_sdk_codepipeline, config))
}

/// Boxes a call: the SDK's futures are so large and so deeply nested that the compiler cannot hold them by value.
fn sent<F: Future>(call: F) -> Pin<Box<F>> {
    Box::pin(call)
}

/// The error of a failed call: the code and message of the service, or, without a reply, the reason from the SDK.
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

/// An error of a service, with its kind. Few operations model the common errors, so the code determines the kind. Each
/// service has its own codes.
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

/// The modelled errors of an operation, mapped to the faults of an adapter.
trait Modelled<Fault>: ProvideErrorMetadata {
    /// The fault of this error; `None` if the error is not modelled or has no fault.
    fn fault(&self) -> Option<Fault>;
}

/// Maps the modelled errors of operations to faults. If the SDK renames or removes one, this does not compile.
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

/// A failed call: its fault, if it has one, and the error of the service.
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

    /// Each service has its own code for throttling.
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
