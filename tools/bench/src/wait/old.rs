//! The Python function of 2019, in Rust and over the real SDK, because the comparison is about its protocol and not its
//! language.
//!
//! It creates an invalidation of everything and returns a continuation token. Each continuation job polls once, and
//! returns the token again, or publishes its notification and succeeds. An error is published to the topic, and then
//! reported to the pipeline.

use std::time::Duration;

use aws_sdk_cloudfront::types::{InvalidationBatch, Paths};
use aws_sdk_codepipeline::types::{FailureDetails, FailureType};
use bytes::Bytes;
use serde_json::{Value, json};

use super::log::{LogMeter, python_line};
use local_aws::Aws;
use local_aws::lambda::{Function, FunctionError, Invocation};

type Failure = Box<dyn std::error::Error>;

/// The Python function.
pub(super) struct Old {
    aws: Aws,
    cloudfront: aws_sdk_cloudfront::Client,
    codepipeline: aws_sdk_codepipeline::Client,
    sns: aws_sdk_sns::Client,
    log: LogMeter,
}

/// The fields that it reads from an event.
struct Job<'e> {
    job_id: &'e str,
    token: Option<&'e str>,
    parameters: Value,
}

impl<'e> Job<'e> {
    fn of(event: &'e Value) -> Result<Self, Failure> {
        let job = &event["CodePipeline.job"];
        let data = &job["data"];
        let parameters = &data["actionConfiguration"]["configuration"]["UserParameters"];
        Ok(Self {
            job_id: job["id"].as_str().unwrap_or_default(),
            token: data["continuationToken"].as_str(),
            parameters: serde_json::from_str(parameters.as_str().unwrap_or_default())?,
        })
    }

    fn parameter(&self, name: &str) -> &str {
        self.parameters[name].as_str().unwrap_or_default()
    }
}

impl Function for Old {
    async fn invoke(&self, invocation: &Invocation) -> Result<Bytes, FunctionError> {
        let broken = |error: Failure| FunctionError::new("Exception", error.to_string());
        let event: Value =
            serde_json::from_slice(&invocation.payload).map_err(|error| broken(error.into()))?;
        let job = Job::of(&event).map_err(broken)?;
        if let Err(error) = self.serve(&job).await {
            self.fail(&job, &error).await.map_err(broken)?;
        }
        self.say("Function complete");
        Ok(Bytes::from_static(b"\"Complete.\""))
    }
}

impl Old {
    pub(super) fn new(aws: &Aws, log: LogMeter) -> Self {
        let config = aws.sdk_config("start");
        Self {
            aws: aws.clone(),
            cloudfront: aws_sdk_cloudfront::Client::new(&config),
            codepipeline: aws_sdk_codepipeline::Client::new(&config),
            sns: aws_sdk_sns::Client::new(&config),
            log,
        }
    }

    async fn serve(&self, job: &Job<'_>) -> Result<(), Failure> {
        let Some(token) = job.token else {
            let id = self.create(job).await?;
            return self.come_back(job, &id).await;
        };
        let token: Value = serde_json::from_str(token)?;
        let id = token["InvalidationId"].as_str().unwrap_or_default();
        self.say(&format!("InvalidationId is {id}"));
        if self.status(job, id).await? != "Completed" {
            return self.come_back(job, id).await;
        }
        self.publish(job, "success").await?;
        self.say("Putting job success");
        let success = self.codepipeline.put_job_success_result();
        success.job_id(job.job_id).send().await?;
        Ok(())
    }

    async fn create(&self, job: &Job<'_>) -> Result<String, Failure> {
        self.say("Creating invalidation");
        let now = Duration::from_millis(self.aws.now_ms());
        let batch = InvalidationBatch::builder()
            .paths(Paths::builder().quantity(1).items("/*").build()?)
            .caller_reference(now.as_secs_f64().to_string())
            .build()?;
        let request = self
            .cloudfront
            .create_invalidation()
            .invalidation_batch(batch);
        let created = request
            .distribution_id(job.parameter("DistributionId"))
            .send()
            .await?;
        let id = created.invalidation.ok_or("no invalidation")?.id;
        self.say(&format!("InvalidationId is {id}"));
        Ok(id)
    }

    async fn status(&self, job: &Job<'_>, id: &str) -> Result<String, Failure> {
        let request = self.cloudfront.get_invalidation().id(id);
        let seen = request
            .distribution_id(job.parameter("DistributionId"))
            .send()
            .await?;
        let status = seen.invalidation.ok_or("no invalidation")?.status;
        self.say(&format!("Invalidation status is {status}"));
        Ok(status)
    }

    async fn come_back(&self, job: &Job<'_>, id: &str) -> Result<(), Failure> {
        self.say("Putting job continuation");
        let token = json!({ "InvalidationId": id }).to_string();
        let request = self
            .codepipeline
            .put_job_success_result()
            .continuation_token(token);
        request.job_id(job.job_id).send().await?;
        Ok(())
    }

    async fn publish(&self, job: &Job<'_>, status: &str) -> Result<(), Failure> {
        self.say("Publish to SNS topic");
        let (pipeline, job_id) = (job.parameter("PipelineName"), job.job_id);
        let message = format!("PipelineName: {pipeline}\nJobId: {job_id}\nStatus: {status}\n");
        let request = self.sns.publish().topic_arn(job.parameter("SnsTopicArn"));
        let published = request.message(message).send().await?;
        let id = published.message_id.unwrap_or_default();
        self.say(&format!("SNS Message ID is {id}"));
        Ok(())
    }

    async fn fail(&self, job: &Job<'_>, error: &Failure) -> Result<(), Failure> {
        self.say(&format!("Function exception: {error}"));
        self.publish(job, "failed").await?;
        self.say("Putting job failed");
        let details = FailureDetails::builder()
            .r#type(FailureType::JobFailed)
            .message(format!("Function exception: {error}"))
            .build()?;
        let request = self
            .codepipeline
            .put_job_failure_result()
            .failure_details(details);
        request.job_id(job.job_id).send().await?;
        Ok(())
    }

    fn say(&self, words: &str) {
        self.log.add(python_line(words));
    }
}
