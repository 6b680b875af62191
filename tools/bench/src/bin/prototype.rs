//! The minimal form of this design in Rust: the SDK's four clients with default settings and a job's calls to AWS,
//! without the product around them. The benchmark compares the real functions with it; it is not meant for deployment.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_cloudfront::types::{Invalidation, InvalidationBatch, Paths};
use aws_sdk_dynamodb::types::AttributeValue;
use invalidation_runtime::settings;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

struct Clients {
    cloudfront: aws_sdk_cloudfront::Client,
    codepipeline: aws_sdk_codepipeline::Client,
    dynamodb: aws_sdk_dynamodb::Client,
    sns: aws_sdk_sns::Client,
    table: String,
    topic: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let sdk = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let clients = &Clients::new(&sdk)?;
    run(service_fn(async |event: LambdaEvent<Value>| {
        let job = &event.payload["CodePipeline.job"];
        match job["data"]["continuationToken"].as_str() {
            None => clients.first_job(job).await,
            Some(token) => clients.continuation_job(job, token).await,
        }
    }))
    .await
}

impl Clients {
    fn new(sdk: &SdkConfig) -> Result<Self, Error> {
        let setting = |name| settings::environment(name).ok_or("a setting is missing");
        Ok(Self {
            cloudfront: aws_sdk_cloudfront::Client::new(sdk),
            codepipeline: aws_sdk_codepipeline::Client::new(sdk),
            dynamodb: aws_sdk_dynamodb::Client::new(sdk),
            sns: aws_sdk_sns::Client::new(sdk),
            table: setting(settings::TABLE_NAME)?,
            topic: setting(settings::DEFAULT_TOPIC_ARN)?,
        })
    }

    /// Stores the intent, creates the invalidation, stores it, and returns a continuation token.
    async fn first_job(&self, job: &Value) -> Result<(), Error> {
        let id = text(&job["id"])?;
        let distribution = distribution(job)?;
        self.store(id, "").await?;
        let paths = Paths::builder().quantity(1).items("/*").build()?;
        let batch = InvalidationBatch::builder()
            .paths(paths)
            .caller_reference(id)
            .build()?;
        let created = self
            .cloudfront
            .create_invalidation()
            .distribution_id(distribution)
            .invalidation_batch(batch)
            .send()
            .await?;
        let invalidation = created.invalidation().ok_or("no invalidation")?;
        self.store(id, invalidation.id()).await?;
        let job_result = self.codepipeline.put_job_success_result().job_id(id);
        job_result.continuation_token(id).send().await?;
        Ok(())
    }

    /// Loads the stored invalidation, polls it, reports the result and publishes the notification.
    async fn continuation_job(&self, job: &Value, token: &str) -> Result<(), Error> {
        let stored = self
            .dynamodb
            .get_item()
            .table_name(&self.table)
            .key("id", AttributeValue::S(token.into()))
            .send()
            .await?;
        let item = stored.item().ok_or("no item")?;
        let invalidation = item.get("invalidation").and_then(|id| id.as_s().ok());
        let seen = self
            .cloudfront
            .get_invalidation()
            .distribution_id(distribution(job)?)
            .id(invalidation.ok_or("no invalidation")?)
            .send()
            .await?;
        let status = seen.invalidation().map(Invalidation::status);
        let job_result = self.codepipeline.put_job_success_result();
        let job_result = job_result.job_id(text(&job["id"])?);
        if status != Some("Completed") {
            job_result.continuation_token(token).send().await?;
            return Ok(());
        }
        job_result.send().await?;
        let notification = self.sns.publish().topic_arn(&self.topic);
        notification.message("Status: success\n").send().await?;
        Ok(())
    }

    async fn store(&self, id: &str, invalidation: &str) -> Result<(), Error> {
        self.dynamodb
            .put_item()
            .table_name(&self.table)
            .item("id", AttributeValue::S(id.into()))
            .item("invalidation", AttributeValue::S(invalidation.into()))
            .send()
            .await?;
        Ok(())
    }
}

fn distribution(job: &Value) -> Result<String, Error> {
    let parameters = text(&job["data"]["actionConfiguration"]["configuration"]["UserParameters"])?;
    let parameters: Value = serde_json::from_str(parameters)?;
    Ok(text(&parameters["DistributionId"])?.to_owned())
}

fn text(value: &Value) -> Result<&str, Error> {
    Ok(value.as_str().ok_or("not a text")?)
}
