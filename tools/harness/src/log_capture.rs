//! One event, one invocation of one function, and all of its observable output.
//!
//! The handler is the function's own, over the real SDK, on the local AWS and in virtual time. Its output is captured
//! at the source: each line of the project's crates at any level, the warnings of all libraries, the reply to Lambda,
//! and the data that the services store.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use invalidation_aws::AwsPorts;
use invalidation_core::input::function_arn::FunctionRef;
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::job::Invocation;
use invalidation_runtime::ports::Clock;
use invalidation_runtime::settings::{self, Settings};
use serde_json::Value;
use tracing::Dispatch;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::alone;
use crate::subscriber;
use local_aws::account::{self, DISTRIBUTION, TABLE};
use local_aws::codepipeline::ActionState;
use local_aws::sns::Published;
use local_aws::{Aws, Call, Outcome, Service, Settings as AwsSettings};

/// The time limit of an invocation.
const LAMBDA_TIME: Duration = Duration::from_secs(55);

/// The function that is invoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `start`.
    Start,
    /// `checker`.
    Checker,
}

/// An invocation with its captured output.
#[derive(Debug)]
pub struct LogCapture {
    /// The action as CodePipeline shows it.
    pub action: ActionState,
    /// Every call to every service.
    pub calls: Vec<Call>,
    /// Every message on every topic.
    pub notifications: Vec<Published>,
    /// The error that Lambda received, if the invocation failed.
    pub error: Option<String>,
    /// All output, including the log and the records, as one text to search.
    pub output: String,
}

impl LogCapture {
    /// The results that CodePipeline accepted.
    pub fn results(&self) -> impl Iterator<Item = &Call> {
        self.calls
            .iter()
            .filter(|call| call.operation.starts_with("PutJob") && call.outcome == Outcome::Ok)
    }

    /// The ids in the calls to CodePipeline.
    pub fn jobs_named(&self) -> impl Iterator<Item = &str> {
        let to_codepipeline = self
            .calls
            .iter()
            .filter(|call| call.service == Service::CodePipeline);
        to_codepipeline.map(|call| call.subject.as_str())
    }
}

/// Invokes `function` once with `event`, in an account where CodePipeline has the job of `job` and waits for its
/// result.
///
/// # Panics
/// When a setting is not valid.
#[must_use]
pub fn capture(
    function: Function,
    event: &str,
    job: &Value,
    settings: &[(&str, &str)],
) -> LogCapture {
    subscriber::everywhere();
    let log = Log::default();
    let mut run =
        tracing::dispatcher::with_default(&log.dispatch(), || run(function, event, job, settings));
    run.output.push_str(&log.text());
    run
}

/// The same, with the log sent to the subscriber of this thread.
///
/// # Panics
/// When a setting is not valid.
#[must_use]
pub fn run(function: Function, event: &str, job: &Value, settings: &[(&str, &str)]) -> LogCapture {
    alone(play(function, event, job, &settings_of(settings)))
}

fn settings_of(given: &[(&str, &str)]) -> Settings {
    let defaults = [
        (settings::TABLE_NAME, TABLE),
        (settings::AWS_REGION, account::REGION),
    ];
    let lookup = |name: &str| {
        let found = given.iter().chain(&defaults).find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    Settings::from_lookup(lookup).expect("the settings are valid")
}

async fn play(function: Function, event: &str, job: &Value, settings: &Settings) -> LogCapture {
    fastrand::seed(1);
    let aws = account::open(AwsSettings::default());
    aws.cloudfront().add_distribution(DISTRIBUTION);
    let action = aws.codepipeline().start_action_with(job.clone());
    let ports = ports(&aws, settings);
    let invocation = Invocation {
        run_id: "the run".into(),
        deadline: ports.clock.now() + LAMBDA_TIME,
        function: FunctionRef::parse(&account::function_arn("start")),
    };
    let error = match function {
        Function::Start => start::handle(event, &ports, settings, &invocation)
            .await
            .map_err(|error| invalidation_runtime::telemetry::reported(&error)),
        Function::Checker => checker::handle(event, &ports, settings, &invocation)
            .await
            .map_err(|error| invalidation_runtime::telemetry::reported(&error)),
    };
    let error = error.err().map(|error| format!("{error:?}"));
    let action = aws.codepipeline().action(&action);
    let (calls, notifications) = (aws.calls(), aws.sns().messages());
    let items = aws.dynamodb().items(TABLE);
    let (invalidations, events) = (aws.cloudfront().invalidations(), aws.eventbridge().events());
    // The ids of the action's jobs and its parameters belong to CodePipeline, so they are not secrets of the function.
    let shown = ActionState {
        jobs: Vec::new(),
        user_parameters: None,
        ..action.clone()
    };
    let output = format!(
        "{error:?} {shown:?} {calls:?} {notifications:?} {events:?} {items:?} {invalidations:?}\n"
    );
    LogCapture {
        action,
        calls,
        notifications,
        error,
        output,
    }
}

fn ports(aws: &Aws, settings: &Settings) -> AwsPorts<AwsClock> {
    let sdk = aws.sdk_config("the function").into_builder();
    let sdk = sdk
        .retry_config(invalidation_aws::retries())
        .timeout_config(invalidation_aws::timeouts());
    invalidation_aws::ports(&sdk.build(), settings, AwsClock(aws.clone()))
}

/// The clock of the local AWS as the function's clock.
#[derive(Debug, Clone)]
struct AwsClock(Aws);

impl Clock for AwsClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now_ms())
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// What was logged.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// A subscriber that records the project's crates at every level, and the others at the level of production.
    fn dispatch(&self) -> Dispatch {
        let log = self.clone();
        let lines = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(move || log.clone());
        Dispatch::new(
            tracing_subscriber::registry()
                .with(subscriber::targets(LevelFilter::TRACE))
                .with(lines),
        )
    }

    fn text(&self) -> String {
        let bytes = self.0.lock().expect("no line panics");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("no line panics")
            .extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
