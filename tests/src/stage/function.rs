//! The two functions in process: their own handlers, given a clock and clients instead of a Lambda runtime.

use std::time::Duration;

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
    settings: Settings,
}

impl Start {
    pub(super) fn new(aws: &Aws, settings: &Settings) -> Self {
        Self(InProcess {
            name: "start",
            aws: aws.clone(),
            settings: settings.clone(),
        })
    }
}

impl Checker {
    pub(super) fn new(aws: &Aws, settings: &Settings) -> Self {
        Self(InProcess {
            name: "checker",
            aws: aws.clone(),
            settings: settings.clone(),
        })
    }
}

impl Function for Start {
    async fn invoke(&self, invocation: &Invocation) -> Result<Bytes, FunctionError> {
        let (world, run) = (self.0.world(), self.0.run(invocation));
        let event = text(invocation)?;
        self.0
            .live(start::handle(event, &world, &self.0.settings, &run))
            .await
    }
}

impl Function for Checker {
    async fn invoke(&self, invocation: &Invocation) -> Result<Bytes, FunctionError> {
        let (world, run) = (self.0.world(), self.0.run(invocation));
        let event = text(invocation)?;
        self.0
            .live(checker::handle(event, &world, &self.0.settings, &run))
            .await
    }
}

impl InProcess {
    /// Clients of this invocation's own, as in an execution environment that has just started.
    fn world(&self) -> World {
        let config = self.aws.sdk_config(self.name).into_builder();
        let config = config
            .retry_config(shared::aws::retries())
            .timeout_config(shared::aws::timeouts())
            .build();
        shared::aws::ports(&config, &self.settings, AwsClock(self.aws.clone()))
    }

    fn run(&self, invocation: &Invocation) -> Run {
        let left = invocation
            .deadline
            .saturating_duration_since(Instant::now());
        let deadline = Timestamp::from_millis(self.aws.now_ms()) + left;
        Run {
            request_id: invocation.request_id.clone(),
            deadline,
        }
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

fn text(invocation: &Invocation) -> Result<&str, FunctionError> {
    std::str::from_utf8(&invocation.payload)
        .map_err(|error| FunctionError::new("Runtime.BadEvent", error.to_string()))
}
