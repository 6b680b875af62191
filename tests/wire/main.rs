//! The in-memory AWS, driven by the real SDK: what its clients read, and what they are refused.

#![expect(
    clippy::unwrap_used,
    reason = "in a test a missing answer is a failure; clippy.toml allows it in the test functions alone"
)]

mod cloudfront;
mod codepipeline;
mod doors;
mod dynamodb;
mod eventbridge;
mod faults;
mod lambda;
mod meanwhile;
mod sns;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use local_aws::{Aws, Settings};

fn aws() -> Aws {
    Aws::new(Settings::default())
}

/// A client that hears of every refusal, since it never tries twice.
fn impatient(aws: &Aws) -> SdkConfig {
    aws.sdk_config("test")
        .into_builder()
        .retry_config(RetryConfig::disabled())
        .build()
}

/// What a client sees of a call: `ok`, or the status and code of its error.
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
