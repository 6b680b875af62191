//! An action of a pipeline, and the function that reports the results of its jobs.

mod jobs;
mod lifecycle;
mod results;

use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::types::{FailureDetails, FailureType};
use local_aws::Aws;
use local_aws::codepipeline::Action;

use crate::{aws, without_retries};

fn action() -> Action {
    Action {
        pipeline: "web".into(),
        stage: "Deploy".into(),
        action: "Invalidate".into(),
        function_name: "start".into(),
        user_parameters: Some(r#"{"DistributionId":"E1"}"#.into()),
    }
}

fn setup() -> (Aws, Client) {
    let aws = aws();
    let client = Client::new(&without_retries(&aws));
    (aws, client)
}

fn failure(message: &str) -> FailureDetails {
    FailureDetails::builder()
        .r#type(FailureType::ConfigurationError)
        .message(message)
        .build()
        .unwrap()
}

/// Reports a continuation.
async fn go_on(client: &Client, job_id: &str) {
    let job_result = client
        .put_job_success_result()
        .job_id(job_id)
        .continuation_token("t");
    job_result.send().await.unwrap();
}
