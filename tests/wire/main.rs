//! The local AWS, driven by the real SDK: the replies that its clients read, and the errors.

#![expect(
    clippy::unwrap_used,
    reason = "a missing reply fails the test; clippy.toml covers only test functions"
)]

mod cloudfront;
mod codepipeline;
mod during_calls;
mod dynamodb;
mod eventbridge;
mod faults;
mod lambda;
mod ports;
mod s3;
mod sns;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use local_aws::{Aws, Settings};

fn aws() -> Aws {
    Aws::new(Settings::default())
}

/// A client that receives every error, because it never retries.
fn without_retries(aws: &Aws) -> SdkConfig {
    aws.sdk_config("test")
        .into_builder()
        .retry_config(RetryConfig::disabled())
        .build()
}

/// The result of a call for a client: `ok`, or the status and code of its error.
fn seen<T, E>(result: &Result<T, SdkError<E, HttpResponse>>) -> String
where
    E: ProvideErrorMetadata,
{
    match result {
        Ok(_) => "ok".into(),
        Err(error) => {
            let status = error
                .raw_response()
                .map(|response| response.status().as_u16())
                .unwrap_or_default();
            format!("{status} {}", error.code().unwrap_or("without a code"))
        }
    }
}
