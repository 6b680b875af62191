//! The two functions in process: their own handlers, given a clock and clients instead of a Lambda runtime.

use std::cell::Cell;
use std::time::Duration;

use aws_sdk_sns::config::retry::{RetryPartition, TokenBucket};
use bytes::Bytes;
use shared::aws::{CloudFront, CodePipeline, DynamoDb, Sns};
use shared::config::Settings;
use shared::ports::{Clock, Ports};
use shared::timestamp::Timestamp;
use shared::visit::Invocation as Run;
use tokio::time::Instant;

use crate::aws::Aws;
use crate::lambda::{Function, FunctionError, Invocation};

type World = Ports<CloudFront, DynamoDb, CodePipeline, Sns, AwsClock>;

/// AWS's clock as ours.
#[derive(Debug, Clone)]
pub(super) struct AwsClock(Aws);

impl Clock for AwsClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now_ms())
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// `start`.
pub(super) struct Start(InProcess);

/// `checker`.
pub(super) struct Checker(InProcess);

struct InProcess {
    name: &'static str,
    aws: Aws,
    world: World,
    settings: Settings,
    runs: Cell<u32>,
}

impl Start {
    pub(super) fn new(aws: &Aws, settings: &Settings) -> Self {
        Self(InProcess::new("start", aws, settings))
    }
}

impl Checker {
    pub(super) fn new(aws: &Aws, settings: &Settings) -> Self {
        Self(InProcess::new("checker", aws, settings))
    }
}

impl Function for Start {
    async fn invoke(&self, invocation: &Invocation) -> Result<Bytes, FunctionError> {
        let run = self.0.run(invocation);
        let event = text(invocation)?;
        self.0
            .live(start::handle(event, &self.0.world, &self.0.settings, &run))
            .await
    }
}

impl Function for Checker {
    async fn invoke(&self, invocation: &Invocation) -> Result<Bytes, FunctionError> {
        let run = self.0.run(invocation);
        let event = text(invocation)?;
        self.0
            .live(checker::handle(
                event,
                &self.0.world,
                &self.0.settings,
                &run,
            ))
            .await
    }
}

impl InProcess {
    fn new(name: &'static str, aws: &Aws, settings: &Settings) -> Self {
        Self {
            name,
            aws: aws.clone(),
            world: world(name, aws, settings),
            settings: settings.clone(),
            runs: Cell::new(0),
        }
    }

    fn run(&self, invocation: &Invocation) -> Run {
        let left = invocation
            .deadline
            .saturating_duration_since(Instant::now());
        let deadline = Timestamp::from_millis(self.aws.now_ms()) + left;
        Run {
            run_id: self.name_of_next_run(),
            deadline,
        }
    }

    fn name_of_next_run(&self) -> String {
        self.runs.set(self.runs.get() + 1);
        format!("{} {}", self.name, self.runs.get())
    }

    /// Runs the handler until it returns or is killed in the middle of a call.
    async fn live<E: std::error::Error>(
        &self,
        handler: impl Future<Output = Result<(), E>>,
    ) -> Result<Bytes, FunctionError> {
        tokio::select! {
            biased;
            () = self.aws.killed(self.name) => Err(FunctionError::new("Runtime.ExitError", "signal: killed")),
            end = handler => end.map(|()| Bytes::from_static(b"null")).map_err(|error| FunctionError::new("Error", error.to_string())),
        }
    }
}

/// The ports over the real SDK, each client with a budget of retries of its own: by default all clients of a process
/// share one, and stories that are told side by side would disturb each other.
fn world(name: &str, aws: &Aws, settings: &Settings) -> World {
    let config = aws
        .sdk_config(name)
        .into_builder()
        .retry_config(shared::aws::retries())
        .timeout_config(shared::aws::timeouts())
        .build();
    let partition = || {
        RetryPartition::custom("story")
            .token_bucket(TokenBucket::default())
            .build()
    };
    let cloudfront = aws_sdk_cloudfront::config::Builder::from(&config)
        .retry_partition(partition())
        .build();
    let dynamodb = aws_sdk_dynamodb::config::Builder::from(&config)
        .retry_partition(partition())
        .build();
    let codepipeline = aws_sdk_codepipeline::config::Builder::from(&config)
        .retry_partition(partition())
        .build();
    let sns = aws_sdk_sns::config::Builder::from(&config)
        .retry_partition(partition())
        .build();
    let dynamodb = aws_sdk_dynamodb::Client::from_conf(dynamodb);
    Ports {
        cdn: CloudFront::new(aws_sdk_cloudfront::Client::from_conf(cloudfront)),
        ledger: DynamoDb::new(dynamodb, &settings.table_name),
        pipeline: CodePipeline::new(aws_sdk_codepipeline::Client::from_conf(codepipeline)),
        notifier: Sns::new(aws_sdk_sns::Client::from_conf(sns)),
        clock: AwsClock(aws.clone()),
    }
}

fn text(invocation: &Invocation) -> Result<&str, FunctionError> {
    std::str::from_utf8(&invocation.payload)
        .map_err(|error| FunctionError::new("Runtime.BadEvent", error.to_string()))
}
