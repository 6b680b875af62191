//! A test harness that runs whole scenarios in virtual time: the handlers of both functions, over the real SDK, on the
//! local AWS, invoked by CodePipeline and by a schedule as in an account.
//!
//! An hour passes in milliseconds, no socket is opened, and a scenario is deterministic to the last call. The result is
//! what the services recorded, never the state that the functions report.

mod alone;
mod ending;
mod function;
pub mod log_capture;
pub mod recorded;
mod skew;
pub mod subscriber;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use invalidation_runtime::settings::{self, Settings};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use local_aws::account::{self, Delivered, ONCE, TWICE, Triggers};
use local_aws::codepipeline::ActionId;
use local_aws::lambda::{
    AsyncInvocation, Attempt, EventQueue, FunctionError, Invocation, event_queue,
};
use local_aws::{Aws, Settings as AwsSettings};

pub use alone::alone;
pub use ending::Ending;
pub use function::{Checker, Start, World, world};
pub use local_aws::account::{DISTRIBUTION, PARAMETERS, TABLE, TOPIC};
pub use skew::Skew;

/// How long the harness runs at most after the action has ended, for notifications and cleanup: after a run that may have died,
/// the checker waits for the ten minutes of its time-out, and a notification of a stopped action for another 21 minutes.
const AFTERMATH: Duration = Duration::from_secs(45 * 60);
/// How long it runs after all work is done, to detect effects that must not occur any more.
const QUIET_PERIOD: Duration = Duration::from_secs(2 * 60);
/// The interval of this check.
const CHECK_INTERVAL: Duration = Duration::from_secs(10);
/// When EventBridge fires first: the schedule is not synchronised with the pipeline.
const FIRST_SCHEDULED_RUN: Duration = Duration::from_secs(47);

/// Two functions, the services around them, and their triggers.
pub struct Harness {
    aws: Aws,
    start: Start,
    checker: Checker,
    /// Whether EventBridge invokes the checker.
    has_schedule: bool,
    /// The bus to which outcomes are published, if the settings name one.
    bus: Option<String>,
    /// How much later than CodePipeline's invocation Lambda delivers each copy of its event.
    copies: Vec<Duration>,
    /// The events on their way to the functions of the current scenario.
    queues: RefCell<Vec<EventQueue>>,
    /// The made-up job ids in events that only the scenario sent.
    made_up: RefCell<BTreeSet<String>>,
    witness: Option<Witness>,
}

/// Receives the invocations of the functions.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Called with each event that a function receives.
    pub wakings: UnboundedSender<Delivered>,
    /// Called with each attempt that has ended.
    pub attempts: UnboundedSender<Attempt>,
}

impl Harness {
    /// A harness with the distribution and the topic of [`PARAMETERS`], and with these settings beside the table's
    /// name.
    ///
    /// # Panics
    /// When a setting is not valid.
    #[must_use]
    pub fn new(settings: &[(&str, &str)]) -> Self {
        Self::of(
            AwsSettings {
                latency: Duration::from_millis(20),
                ..AwsSettings::default()
            },
            settings,
        )
    }

    /// The same on a local AWS with other options.
    ///
    /// # Panics
    /// When a setting is not valid.
    #[must_use]
    pub fn of(aws: AwsSettings, settings: &[(&str, &str)]) -> Self {
        // The SDK's jitter comes from this generator; without a seed no two runs would be equal.
        fastrand::seed(aws.seed);
        let aws = account::open(aws);
        aws.cloudfront().add_distribution(DISTRIBUTION);
        let defaults = [
            (settings::TABLE_NAME, TABLE),
            (settings::AWS_REGION, account::REGION),
        ];
        let lookup = |name: &str| {
            let given = settings
                .iter()
                .chain(&defaults)
                .find(|(key, _)| *key == name);
            given.map(|(_, value)| (*value).to_owned())
        };
        let settings =
            Settings::from_lookup(lookup).expect("the settings of the scenario are valid");
        let (start, checker) = (Start::new(&aws, &settings), Checker::new(&aws, &settings));
        Self {
            aws,
            start,
            checker,
            has_schedule: true,
            bus: settings.event_bus.map(String::from),
            copies: ONCE.to_vec(),
            queues: RefCell::default(),
            made_up: RefCell::default(),
            witness: None,
        }
    }

    /// The same harness with an observer of the functions' invocations.
    #[must_use]
    pub fn before(self, witness: Witness) -> Self {
        let witness = Some(witness);
        Self { witness, ..self }
    }

    /// The same harness without scheduled runs.
    #[must_use]
    pub fn without_schedule(self) -> Self {
        Self {
            has_schedule: false,
            ..self
        }
    }

    /// The same harness with a `start` that cannot run.
    #[must_use]
    pub fn without_start(mut self) -> Self {
        self.start.disable();
        self
    }

    /// The same harness with a `checker` that cannot run, regardless of its trigger.
    #[must_use]
    pub fn without_checker(mut self) -> Self {
        self.checker.disable();
        self.without_schedule()
    }

    /// The same harness, on which Lambda delivers each event of CodePipeline twice, at the same time.
    #[must_use]
    pub fn delivering_twice(self) -> Self {
        let copies = TWICE.to_vec();
        Self { copies, ..self }
    }

    /// The same harness, on which Lambda delivers each event of CodePipeline once more after this delay.
    #[must_use]
    pub fn delivering_again_after(self, backoff: Duration) -> Self {
        let copies = vec![Duration::ZERO, backoff];
        Self { copies, ..self }
    }

    /// The same harness, on which Lambda delivers each event of CodePipeline once for each of these delays.
    #[must_use]
    pub fn delivering(self, copies: Vec<Duration>) -> Self {
        Self { copies, ..self }
    }

    /// The same harness with clock skew in the functions.
    #[must_use]
    pub fn with_clocks(mut self, skew: Skew) -> Self {
        self.start.set_skew(skew);
        self.checker.set_skew(skew);
        self
    }

    /// The local AWS of the harness, to inject faults and to inspect its data.
    #[must_use]
    pub const fn aws(&self) -> &Aws {
        &self.aws
    }

    /// The bus to which outcomes are published, if the settings name one.
    #[must_use]
    pub fn bus(&self) -> Option<&str> {
        self.bus.as_deref()
    }

    /// Sends `function` a made-up event at once. It must be called [during](Self::during) a scenario.
    ///
    /// # Panics
    /// When no scenario is running.
    pub fn hand(&self, function: &str, event: &serde_json::Value) {
        let payload = event.get("requestPayload").unwrap_or(event);
        let job = payload.pointer("/CodePipeline.job/id");
        let job = job.and_then(serde_json::Value::as_str);
        self.made_up.borrow_mut().extend(job.map(str::to_owned));
        let queues = self.queues.borrow();
        let place = usize::from(function != "start");
        queues
            .get(place)
            .expect("a scenario is running")
            .send(event.to_string());
    }

    /// Starts an action with these parameters.
    #[must_use]
    pub fn begin(&self, user_parameters: &str) -> ActionId {
        let action = account::action(user_parameters);
        self.aws.codepipeline().start_action(action)
    }

    /// Runs one action with these parameters until it has ended and no work is left.
    pub async fn play(&self, user_parameters: &str) -> Ending {
        let action = self.begin(user_parameters);
        self.watch(&action).await
    }

    /// Runs until the action has ended and no work is left, or 45 minutes have passed since; then for two more
    /// minutes, in which nothing may happen.
    pub async fn watch(&self, action: &ActionId) -> Ending {
        self.during(async {
            self.settled(std::slice::from_ref(action)).await;
            tokio::time::sleep(QUIET_PERIOD).await;
            self.ending(action)
        })
        .await
    }

    /// Waits until these actions have ended, every event has been delivered or abandoned, and no record has work left;
    /// for 45 minutes after the last action at most. It must be awaited [during](Self::during) a scenario.
    pub async fn settled(&self, actions: &[ActionId]) {
        let codepipeline = self.aws.codepipeline();
        let mut ended_ms = 0;
        for action in actions {
            ended_ms = ended_ms.max(
                codepipeline
                    .ended(action)
                    .await
                    .ended_ms
                    .unwrap_or_default(),
            );
        }
        let limit_ms = ended_ms + u64::try_from(AFTERMATH.as_millis()).unwrap_or(u64::MAX);
        while !self.is_settled(actions) && self.aws.now_ms() < limit_ms {
            tokio::time::sleep(CHECK_INTERVAL).await;
        }
    }

    /// Whether every event has been delivered or abandoned, and the records of these actions have no work left.
    #[must_use]
    pub fn is_settled(&self, actions: &[ActionId]) -> bool {
        let is_idle = self.queues.borrow().iter().all(EventQueue::is_idle);
        let is_finalized = |action: &ActionId| {
            let jobs = self.aws.codepipeline().action(action).jobs;
            let first = jobs.first().map_or("", String::as_str);
            let item = self.aws.dynamodb().item(TABLE, first);
            item.is_none_or(|item| ending::is_finalized(&[item]))
        };
        is_idle && actions.iter().all(is_finalized)
    }

    /// Runs the triggers while `script` runs.
    ///
    /// # Panics
    /// Never: the triggers do not end by themselves.
    pub async fn during<T>(&self, script: impl Future<Output = T>) -> T {
        let (start, start_events) = event_queue(1);
        let (checker, checker_events) = event_queue(2);
        let start_rules = self.with_observer(account::start(self.aws.clock(), checker.clone()));
        let checker_rules = self.with_observer(account::checker(self.aws.clock()));
        *self.queues.borrow_mut() = vec![start.clone(), checker.clone()];
        let triggers = Triggers {
            aws: self.aws.clone(),
            start,
            checker,
            seen: self.witness.as_ref().map(|witness| witness.wakings.clone()),
        };
        let deliveries = async {
            tokio::join!(
                self.trigger(&triggers),
                start_events.deliver(&self.start, &start_rules),
                checker_events.deliver(&self.checker, &checker_rules),
            )
        };
        tokio::select! {
            biased;
            end = script => end,
            _ = deliveries => unreachable!("the triggers never end by themselves"),
        }
    }

    /// One sweep of the checker with this much Lambda time left, and its result.
    ///
    /// # Errors
    /// The error that Lambda would receive.
    pub async fn sweep(&self, time_left: Duration) -> Result<checker::Sweep, FunctionError> {
        let invocation = Invocation {
            request_id: "a sweep".into(),
            function_arn: "checker".into(),
            payload: Bytes::from_static(b"{}"),
            deadline: Instant::now() + time_left,
        };
        self.checker.sweep(&invocation).await
    }

    fn with_observer(&self, rules: AsyncInvocation) -> AsyncInvocation {
        let attempts = self
            .witness
            .as_ref()
            .map(|witness| witness.attempts.clone());
        AsyncInvocation { attempts, ..rules }
    }

    async fn trigger(&self, triggers: &Triggers) {
        let schedule = async {
            if self.has_schedule {
                triggers.schedule(FIRST_SCHEDULED_RUN).await;
            }
        };
        tokio::join!(triggers.jobs(&self.copies), schedule, self.cues(triggers));
    }

    /// On each cue `start` receives its latest event once more and the checker is invoked at the same moment. Never
    /// ends.
    async fn cues(&self, triggers: &Triggers) {
        loop {
            self.aws.cued().await;
            if let Some(event) = self.start.latest_event() {
                triggers.start.send(event);
            }
            if self.has_schedule {
                triggers.scheduled_run();
            }
        }
    }

    /// The current state.
    #[must_use]
    pub fn ending(&self, action: &ActionId) -> Ending {
        let codepipeline = self.aws.codepipeline();
        let mut others = codepipeline.actions();
        others.retain(|other| other != action);
        Ending {
            action: codepipeline.action(action),
            others: others.iter().map(|id| codepipeline.action(id)).collect(),
            invalidations: self.aws.cloudfront().invalidations(),
            notifications: self.aws.sns().messages(),
            events: self.aws.eventbridge().events(),
            bus: self.bus.clone(),
            calls: self.aws.calls(),
            made_up: self.made_up.borrow().clone(),
            items: self.aws.dynamodb().items(TABLE),
        }
    }
}
