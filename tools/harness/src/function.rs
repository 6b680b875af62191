//! The two functions in process: their own handlers, with a clock and clients instead of a Lambda runtime.

use std::cell::{Cell, RefCell};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use bytes::Bytes;
use checker::Sweep;
use futures_util::FutureExt as _;
use invalidation_aws::AwsPorts;
use invalidation_core::input::function_arn::FunctionRef;
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::job::Invocation as Run;
use invalidation_runtime::ports::{Clock, Ports};
use invalidation_runtime::settings::Settings;
use invalidation_runtime::telemetry;
use tokio::time::Instant;
use tracing::Dispatch;

use super::skew::Skew;
use crate::subscriber::subscribed;
use local_aws::Aws;
use local_aws::lambda::{Function, FunctionError, Invocation};

/// The ports over the real SDK.
pub type World = AwsPorts<RunClock>;

/// The AWS clock in one invocation of a function: fast or slow by this many milliseconds. The deadline comes
/// from Lambda's own clock, so it is not skewed.
#[derive(Debug, Clone)]
pub struct RunClock {
    aws: Aws,
    skew_ms: i64,
}

impl Clock for RunClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.aws.now_ms().saturating_add_signed(self.skew_ms))
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// `start`.
pub struct Start {
    inner: InProcess,
    latest: RefCell<Option<Bytes>>,
}

/// `checker`.
pub struct Checker(InProcess);

struct InProcess {
    name: &'static str,
    aws: Aws,
    world: World,
    settings: Settings,
    skew: Skew,
    /// Whether its code cannot be loaded.
    is_disabled: bool,
    /// The destination of its log, with each invocation named as on Lambda; `None` leaves the lines to the subscriber
    /// of this thread.
    log: Option<Dispatch>,
    runs: Cell<u32>,
}

impl Start {
    /// The function over `aws`, with these settings.
    pub fn new(aws: &Aws, settings: &Settings) -> Self {
        Self {
            inner: InProcess::new("start", aws, settings),
            latest: RefCell::new(None),
        }
    }

    pub(super) fn set_skew(&mut self, skew: Skew) {
        self.inner.skew = skew;
    }

    pub(super) fn disable(&mut self) {
        self.inner.is_disabled = true;
    }

    /// The same function with this destination of its log.
    pub fn logging(mut self, log: Dispatch) -> Self {
        self.inner.log = Some(log);
        self
    }

    /// The last event that it received.
    pub(super) fn latest_event(&self) -> Option<Bytes> {
        self.latest.borrow().clone()
    }
}

impl Checker {
    /// The function over `aws`, with these settings.
    pub fn new(aws: &Aws, settings: &Settings) -> Self {
        Self(InProcess::new("checker", aws, settings))
    }

    pub(super) fn set_skew(&mut self, skew: Skew) {
        self.0.skew = skew;
    }

    pub(super) fn disable(&mut self) {
        self.0.is_disabled = true;
    }

    /// The same function with this destination of its log.
    pub fn logging(mut self, log: Dispatch) -> Self {
        self.0.log = Some(log);
        self
    }

    /// A sweep as a scheduled run invokes it, and its result.
    pub(super) async fn sweep(&self, invocation: &Invocation) -> Result<Sweep, FunctionError> {
        let (run, world) = self.0.run(invocation)?;
        let sweep = checker::sweep(&world, &self.0.settings, &run);
        let end = self.0.aws.run(&run.run_id, sweep).await;
        end.map_err(|error| FunctionError::new("Error", error.to_string()))
    }
}

impl Function for Start {
    async fn invoke(&self, invocation: &Invocation) -> Result<Bytes, FunctionError> {
        *self.latest.borrow_mut() = Some(invocation.payload.clone());
        let (run, world) = self.inner.run(invocation)?;
        let event = text(invocation)?;
        let handler = start::handle(event, &world, &self.inner.settings, &run);
        self.inner
            .run_handler(&run.run_id, invocation, handler)
            .await
    }
}

impl Function for Checker {
    async fn invoke(&self, invocation: &Invocation) -> Result<Bytes, FunctionError> {
        let (run, world) = self.0.run(invocation)?;
        let event = text(invocation)?;
        let handler = checker::handle(event, &world, &self.0.settings, &run);
        self.0.run_handler(&run.run_id, invocation, handler).await
    }
}

impl InProcess {
    fn new(name: &'static str, aws: &Aws, settings: &Settings) -> Self {
        Self {
            name,
            aws: aws.clone(),
            world: world(name, aws, settings),
            settings: settings.clone(),
            skew: Skew::None,
            is_disabled: false,
            log: None,
            runs: Cell::new(0),
        }
    }

    /// The next invocation, with its view of the clock and the services.
    fn run(&self, invocation: &Invocation) -> Result<(Run, World), FunctionError> {
        if self.is_disabled {
            let message = "the code could not be loaded";
            return Err(FunctionError::new("Runtime.InvalidEntrypoint", message));
        }
        self.runs.set(self.runs.get() + 1);
        let left = invocation
            .deadline
            .saturating_duration_since(Instant::now());
        let deadline = Timestamp::from_millis(self.aws.now_ms()) + left;
        let run = Run {
            run_id: format!("{} {}", self.name, self.runs.get()),
            deadline,
            function: FunctionRef::parse(&invocation.function_arn),
        };
        let clock = RunClock {
            aws: self.aws.clone(),
            skew_ms: self.skew.of(self.name, self.runs.get()),
        };
        let world = Ports {
            clock,
            ..self.world.clone()
        };
        Ok((run, world))
    }

    /// Runs the handler until it returns, is killed during a call, or panics. A panic is an error to Lambda, and the
    /// process continues: the runtime "converts panics to errors".
    async fn run_handler<E: telemetry::NamedError>(
        &self,
        run: &str,
        invocation: &Invocation,
        handler: impl Future<Output = Result<(), E>>,
    ) -> Result<Bytes, FunctionError> {
        let handler = self.logged(&invocation.request_id, handler);
        let handler = AssertUnwindSafe(self.aws.run(run, handler)).catch_unwind();
        tokio::select! {
            biased;
            () = self.aws.killed(run) => Err(FunctionError::new("Runtime.ExitError", "signal: killed")),
            end = handler => match end {
                Ok(Ok(())) => Ok(Bytes::from_static(b"null")),
                Ok(Err(error)) => Err(error),
                Err(_) => Err(FunctionError::new("Panic", "the handler panicked")),
            },
        }
    }
}

impl InProcess {
    /// The handler, and the error that Lambda receives.
    async fn logged<E: telemetry::NamedError>(
        &self,
        request_id: &str,
        handler: impl Future<Output = Result<(), E>>,
    ) -> Result<(), FunctionError> {
        let Some(log) = &self.log else {
            let end = handler.await;
            return end.map_err(|error| FunctionError::new(error.name(), error.to_string()));
        };
        let run = telemetry::invocation(self.name, request_id, None, handler);
        let end = subscribed(log.clone(), run).await;
        end.map_err(|error| FunctionError::new(error.name, error.text))
    }
}

/// The ports over the real SDK, as the functions make them.
pub fn world(name: &str, aws: &Aws, settings: &Settings) -> World {
    let config = aws
        .sdk_config(name)
        .into_builder()
        .retry_config(invalidation_aws::retries())
        .timeout_config(invalidation_aws::timeouts())
        .build();
    let clock = RunClock {
        aws: aws.clone(),
        skew_ms: 0,
    };
    invalidation_aws::ports(&config, settings, clock)
}

fn text(invocation: &Invocation) -> Result<&str, FunctionError> {
    std::str::from_utf8(&invocation.payload)
        .map_err(|error| FunctionError::new("Runtime.BadEvent", error.to_string()))
}
