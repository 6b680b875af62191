//! A stage on which whole stories are played in virtual time: the handlers of both functions, over the real SDK, on the
//! AWS that fits in memory, woken by CodePipeline and by a schedule as in an account.
//!
//! An hour passes in milliseconds, no socket is opened, and the same story told twice is the same to the last call. What
//! the stage shows at the end is what the services saw, never what our own code believes.

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

/// For how long the stage is watched at most after the action has ended, for what is left to be told and tidied up.
const AFTERMATH: Duration = Duration::from_secs(30 * 60);
/// How long it is watched when all that is done, for what must not happen any more.
const SILENCE: Duration = Duration::from_secs(2 * 60);
/// How often it is looked whether that is so.
const GLANCE: Duration = Duration::from_secs(10);
/// When EventBridge ticks first: the schedule is not in step with the pipeline.
const FIRST_SCHEDULED_RUN: Duration = Duration::from_secs(47);

/// Two functions, the services around them, and what wakes them.
pub struct Harness {
    aws: Aws,
    start: Start,
    checker: Checker,
    /// Whether EventBridge ticks.
    has_schedule: bool,
    /// The bus on which outcomes are put, if the settings name one.
    bus: Option<String>,
    /// How much later than CodePipeline's invocation Lambda delivers each copy of its event.
    copies: Vec<Duration>,
    /// The events on their way to the functions of the story that is being played.
    queues: RefCell<Vec<EventQueue>>,
    /// The ids of jobs in events that nobody but the story handed over.
    made_up: RefCell<BTreeSet<String>>,
    witness: Option<Witness>,
}

/// Who wants to hear of the lives of the functions.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Hears of each event that a function is handed.
    pub wakings: UnboundedSender<Delivered>,
    /// Hears of each attempt that has ended.
    pub attempts: UnboundedSender<Attempt>,
}

impl Harness {
    /// A stage with the distribution and the topic of [`PARAMETERS`], and with these settings beside the table's name.
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

    /// The same on an AWS of another kind.
    ///
    /// # Panics
    /// When a setting is not valid.
    #[must_use]
    pub fn of(aws: AwsSettings, settings: &[(&str, &str)]) -> Self {
        // The SDK's jitter comes from this generator; without a seed no two tellings would be alike.
        fastrand::seed(aws.seed);
        let aws = account::open(aws);
        aws.cloudfront().add_distribution(DISTRIBUTION);
        let ours = [
            (settings::TABLE_NAME, TABLE),
            (settings::AWS_REGION, account::REGION),
        ];
        let lookup = |name: &str| {
            let given = settings.iter().chain(&ours).find(|(key, _)| *key == name);
            given.map(|(_, value)| (*value).to_owned())
        };
        let settings = Settings::from_lookup(lookup).expect("the story's settings are valid");
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

    /// The same stage with somebody who hears of the lives of the functions.
    #[must_use]
    pub fn before(self, witness: Witness) -> Self {
        let witness = Some(witness);
        Self { witness, ..self }
    }

    /// The same stage on which EventBridge never ticks.
    #[must_use]
    pub fn without_schedule(self) -> Self {
        Self {
            has_schedule: false,
            ..self
        }
    }

    /// The same stage on which `start` cannot run at all.
    #[must_use]
    pub fn without_start(mut self) -> Self {
        self.start.die();
        self
    }

    /// The same stage on which `checker` cannot run at all, whoever wakes it.
    #[must_use]
    pub fn without_checker(mut self) -> Self {
        self.checker.die();
        self.without_schedule()
    }

    /// The same stage on which Lambda delivers each event of CodePipeline twice, at the same time.
    #[must_use]
    pub fn delivering_twice(self) -> Self {
        let copies = TWICE.to_vec();
        Self { copies, ..self }
    }

    /// The same stage on which Lambda delivers each event of CodePipeline once more, so much later.
    #[must_use]
    pub fn delivering_again_after(self, backoff: Duration) -> Self {
        let copies = vec![Duration::ZERO, backoff];
        Self { copies, ..self }
    }

    /// The same stage on which Lambda delivers each event of CodePipeline once for each of these delays.
    #[must_use]
    pub fn delivering(self, copies: Vec<Duration>) -> Self {
        Self { copies, ..self }
    }

    /// The same stage with clocks that are wrong in the functions.
    #[must_use]
    pub fn with_clocks(mut self, skew: Skew) -> Self {
        self.start.set_skew(skew);
        self.checker.set_skew(skew);
        self
    }

    /// The AWS under the stage, to arrange trouble and to look around.
    #[must_use]
    pub const fn aws(&self) -> &Aws {
        &self.aws
    }

    /// The bus on which outcomes are put, if the settings name one.
    #[must_use]
    pub fn bus(&self) -> Option<&str> {
        self.bus.as_deref()
    }

    /// Hands `function` an event that its caller made up, at once. It must be called [during](Self::during) a story.
    ///
    /// # Panics
    /// When nothing is played.
    pub fn hand(&self, function: &str, event: &serde_json::Value) {
        let payload = event.get("requestPayload").unwrap_or(event);
        let job = payload.pointer("/CodePipeline.job/id");
        let job = job.and_then(serde_json::Value::as_str);
        self.made_up.borrow_mut().extend(job.map(str::to_owned));
        let queues = self.queues.borrow();
        let place = usize::from(function != "start");
        queues
            .get(place)
            .expect("a story is being played")
            .send(event.to_string());
    }

    /// Begins an action with these parameters.
    #[must_use]
    pub fn begin(&self, user_parameters: &str) -> ActionId {
        let action = account::action(user_parameters);
        self.aws.codepipeline().start_action(action)
    }

    /// Plays one action with these parameters, until it has ended and nothing is left to do.
    pub async fn play(&self, user_parameters: &str) -> Ending {
        let action = self.begin(user_parameters);
        self.watch(&action).await
    }

    /// Plays until the action has ended and nothing is left to do, or half an hour has passed since; and then for two
    /// minutes more, in which nothing must happen.
    pub async fn watch(&self, action: &ActionId) -> Ending {
        self.during(async {
            self.settled(std::slice::from_ref(action)).await;
            tokio::time::sleep(SILENCE).await;
            self.ending(action)
        })
        .await
    }

    /// Waits until these actions have ended, every event has been delivered or given up, and no record has anything left
    /// to do; for half an hour after the last action at most. It must be awaited [during](Self::during) a story.
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
        let patience_ms = ended_ms + u64::try_from(AFTERMATH.as_millis()).unwrap_or(u64::MAX);
        while !self.is_settled(actions) && self.aws.now_ms() < patience_ms {
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Whether every event has been delivered or given up, and the records of these actions have nothing left to do.
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

    /// Plays while `script` runs.
    ///
    /// # Panics
    /// Never: what wakes the functions does not end by itself.
    pub async fn during<T>(&self, script: impl Future<Output = T>) -> T {
        let (start, start_events) = event_queue(1);
        let (checker, checker_events) = event_queue(2);
        let start_rules = self.witnessed(account::start(self.aws.clock(), checker.clone()));
        let checker_rules = self.witnessed(account::checker(self.aws.clock()));
        *self.queues.borrow_mut() = vec![start.clone(), checker.clone()];
        let triggers = Triggers {
            aws: self.aws.clone(),
            start,
            checker,
            seen: self.witness.as_ref().map(|witness| witness.wakings.clone()),
        };
        let life = async {
            tokio::join!(
                self.trigger(&triggers),
                start_events.deliver(&self.start, &start_rules),
                checker_events.deliver(&self.checker, &checker_rules),
            )
        };
        tokio::select! {
            biased;
            end = script => end,
            _ = life => unreachable!("what wakes the functions never ends by itself"),
        }
    }

    /// One sweep of the checker, with so much of its Lambda time left, and what it came to.
    ///
    /// # Errors
    /// What Lambda would hear of it.
    pub async fn sweep(&self, time_left: Duration) -> Result<checker::Sweep, FunctionError> {
        let invocation = Invocation {
            request_id: "a sweep".into(),
            function_arn: "checker".into(),
            payload: Bytes::from_static(b"{}"),
            deadline: Instant::now() + time_left,
        };
        self.checker.sweep(&invocation).await
    }

    fn witnessed(&self, rules: AsyncInvocation) -> AsyncInvocation {
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

    /// On each cue `start` gets its latest event once more and the checker is woken, at that very moment. Never ends.
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

    /// How things stand now.
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
