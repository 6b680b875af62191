//! A stage on which whole stories are played in virtual time: the handlers of both functions, over the real SDK, on the
//! AWS that fits in memory, woken by CodePipeline and by a schedule as in an account.
//!
//! An hour passes in milliseconds, no socket is opened, and the same story told twice is the same to the last call. What
//! the stage shows at the end is what the services saw, never what our own code believes.

mod function;

use std::time::Duration;

use serde_json::{Value, json};
use shared::aws::DUE_INDEX;
use shared::config::{self, Settings};
use tokio::time::interval_at;

use crate::aws::cloudfront::InvalidationView;
use crate::aws::codepipeline::{Action, ActionId, ActionState, CANARY, Status};
use crate::aws::dynamodb::{Index, Key, Projection, Table};
use crate::aws::sns::Published;
use crate::aws::{Aws, Call, Outcome, Service, Settings as AwsSettings};
use crate::lambda::{AsyncInvocation, Clock, DEFAULT_MAXIMUM_AGE, EventQueue, Events, event_queue};

use function::{Checker, Start};

/// The parameters of the old function, as many pipelines have them.
pub const PARAMETERS: &str = r#"{"PipelineName":"example-pipeline","DistributionId":"E2EXAMPLE1ABCD","SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys"}"#;
/// The distribution of [`PARAMETERS`].
pub const DISTRIBUTION: &str = "E2EXAMPLE1ABCD";
/// The topic of [`PARAMETERS`].
pub const TOPIC: &str = "arn:aws:sns:us-east-1:111111111111:deploys";
/// The table of records.
pub const TABLE: &str = "invalidations";

/// Lambda's time-out of `start`.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Lambda's time-out of `checker`.
const CHECKER_TIMEOUT: Duration = Duration::from_secs(55);
/// For how long the stage is watched at most after the action has ended, for what is left to be told and tidied up.
const AFTERMATH: Duration = Duration::from_secs(30 * 60);
/// How long it is watched when all that is done, for what must not happen any more.
const SILENCE: Duration = Duration::from_secs(2 * 60);

/// Two functions, the services around them, and what wakes them.
pub struct Stage {
    aws: Aws,
    start: Start,
    checker: Checker,
    /// Whether EventBridge ticks.
    has_schedule: bool,
    /// How often Lambda delivers each event of CodePipeline, all at the same time.
    copies: u32,
}

/// How a story ended, as the services saw it.
#[derive(Debug, Clone)]
pub struct Ending {
    /// The action as CodePipeline shows it.
    pub action: ActionState,
    /// Every invalidation that CloudFront has.
    pub invalidations: Vec<InvalidationView>,
    /// Every message on every topic.
    pub notices: Vec<Published>,
    /// Every call to every service.
    pub calls: Vec<Call>,
    /// Each item of the table, in DynamoDB's JSON.
    pub items: Vec<serde_json::Map<String, Value>>,
}

impl Stage {
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
        let region = aws.region.clone();
        let aws = Aws::new(aws);
        aws.dynamodb().create_table(table());
        aws.cloudfront().add_distribution(DISTRIBUTION);
        aws.sns().add_topic(TOPIC);
        let ours = [
            (config::TABLE_NAME, TABLE),
            (config::AWS_REGION, region.as_str()),
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
            copies: 1,
        }
    }

    /// The same stage on which EventBridge never ticks.
    #[must_use]
    pub fn without_schedule(self) -> Self {
        Self {
            has_schedule: false,
            ..self
        }
    }

    /// The same stage on which Lambda delivers each event of CodePipeline twice, at the same time.
    #[must_use]
    pub fn delivering_twice(self) -> Self {
        Self { copies: 2, ..self }
    }

    /// The AWS under the stage, to arrange trouble and to look around.
    #[must_use]
    pub const fn aws(&self) -> &Aws {
        &self.aws
    }

    /// Begins an action with these parameters.
    #[must_use]
    pub fn begin(&self, user_parameters: &str) -> ActionId {
        self.aws.codepipeline().start_action(Action {
            pipeline: "example-pipeline".into(),
            stage: "Deploy".into(),
            action: "InvalidateCache".into(),
            function_name: "start".into(),
            user_parameters: Some(user_parameters.to_owned()),
        })
    }

    /// Plays one action with these parameters, until it has ended and nothing is left to do.
    pub async fn play(&self, user_parameters: &str) -> Ending {
        let action = self.begin(user_parameters);
        self.watch(&action).await
    }

    /// Plays until the action has ended and nothing is left to do, or half an hour has passed since.
    pub async fn watch(&self, action: &ActionId) -> Ending {
        self.during(async {
            let ended_ms = self
                .aws
                .codepipeline()
                .ended(action)
                .await
                .ended_ms
                .unwrap_or_default();
            let patience_ms = ended_ms + u64::try_from(AFTERMATH.as_millis()).unwrap_or(u64::MAX);
            while !self.ending(action).is_drained() && self.aws.now_ms() < patience_ms {
                tokio::time::sleep(Duration::from_secs(10)).await;
            }
            tokio::time::sleep(SILENCE).await;
            self.ending(action)
        })
        .await
    }

    /// Plays while `script` runs.
    ///
    /// # Panics
    /// Never: what wakes the functions does not end by itself.
    pub async fn during<T>(&self, script: impl Future<Output = T>) -> T {
        let (start_queue, start_events) = event_queue(1);
        let (checker_queue, checker_events) = event_queue(2);
        let clock = Clock::new(self.aws.now_ms(), 1.0);
        let start_rules = rules(
            "start",
            START_TIMEOUT,
            2,
            Some(checker_queue.clone()),
            clock,
        );
        let checker_rules = rules("checker", CHECKER_TIMEOUT, 0, None, clock);
        tokio::select! {
            biased;
            end = script => end,
            () = self.wake(&start_queue, &checker_queue) => unreachable!("it never ends by itself"),
            () = deliver(start_events, &self.start, &start_rules) => unreachable!("its queue is open"),
            () = deliver(checker_events, &self.checker, &checker_rules) => unreachable!("its queue is open"),
        }
    }

    /// How things stand now.
    #[must_use]
    pub fn ending(&self, action: &ActionId) -> Ending {
        Ending {
            action: self.aws.codepipeline().action(action),
            invalidations: self.aws.cloudfront().invalidations(),
            notices: self.aws.sns().messages(),
            calls: self.aws.calls(),
            items: self.aws.dynamodb().items(TABLE),
        }
    }

    async fn wake(&self, start: &EventQueue, checker: &EventQueue) {
        let minute = Duration::from_secs(60);
        // The schedule is not in step with the pipeline: the first tick comes 47 seconds after the beginning.
        let mut ticks = interval_at(
            tokio::time::Instant::now() + Duration::from_secs(47),
            minute,
        );
        let codepipeline = self.aws.codepipeline();
        loop {
            tokio::select! {
                biased;
                invocation = codepipeline.next_invocation() => start.send_copies(invocation.event.to_string(), self.copies),
                _ = ticks.tick() => if self.has_schedule { checker.send(json!({"source": "aws.events"}).to_string()) },
            }
        }
    }
}

impl Ending {
    /// What the services saw that must not be, whatever went wrong: a sentence for each promise that was broken.
    #[must_use]
    pub fn broken_promises(&self) -> Vec<String> {
        let succeeded = self.action.status == Status::Succeeded;
        let status = if succeeded { "success" } else { "failed" };
        let contradicts = |notice: &Published| {
            notice
                .attributes
                .get("status")
                .is_none_or(|told| told != status)
        };
        let promises = [
            ("the action never ended", self.action.ended_ms.is_none()),
            (
                "CodePipeline ended it, not we",
                self.action.status == Status::TimedOut,
            ),
            (
                "success was reported before CloudFront said Completed",
                succeeded && !self.was_seen_completed_in_time(),
            ),
            (
                "one execution made more than one invalidation",
                self.invalidations.len() > 1,
            ),
            (
                "a secret of the event leaked",
                format!("{self:?}").contains(CANARY),
            ),
            ("nobody was told", self.notices.is_empty()),
            (
                "a notice contradicts the pipeline",
                self.notices.iter().any(contradicts),
            ),
            ("something is left to do", !self.is_drained()),
        ];
        let broken = promises.into_iter().filter(|(_, is_broken)| *is_broken);
        broken.map(|(promise, _)| promise.to_owned()).collect()
    }

    fn was_seen_completed_in_time(&self) -> bool {
        let from_cloudfront = self
            .calls
            .iter()
            .filter(|call| call.service == Service::CloudFront);
        let mut seen = from_cloudfront
            .filter(|call| call.outcome == Outcome::Ok && call.detail.contains("Completed"));
        seen.next().is_some_and(|call| {
            self.action
                .ended_ms
                .is_some_and(|ended_ms| call.at_ms <= ended_ms)
        })
    }

    /// The calls of an operation.
    pub fn made(&self, service: Service, operation: &str) -> impl Iterator<Item = &Call> {
        self.calls
            .iter()
            .filter(move |call| call.service == service && call.operation == operation)
    }

    /// Whether every record has left the index and may be deleted some day.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        let left = |item: &serde_json::Map<String, Value>| {
            !item.contains_key("due_at") && !item.contains_key("due_shard")
        };
        !self.items.is_empty()
            && self
                .items
                .iter()
                .all(|item| left(item) && item.contains_key("expires_at"))
    }

    /// How long the action took, on AWS's clock; zero while it runs.
    #[must_use]
    pub fn took(&self) -> Duration {
        let ended_ms = self.action.ended_ms.unwrap_or(self.action.started_ms);
        Duration::from_millis(ended_ms - self.action.started_ms)
    }
}

/// The table as the deployment makes it.
#[must_use]
pub fn table() -> Table {
    Table {
        name: TABLE.into(),
        hash_key: Key::text("id"),
        indexes: vec![Index {
            name: DUE_INDEX.into(),
            hash_key: Key::text("due_shard"),
            range_key: Some(Key::number("due_at")),
            projection: Projection::KeysOnly,
        }],
    }
}

fn rules(
    name: &str,
    timeout: Duration,
    retries: u32,
    on_failure: Option<EventQueue>,
    clock: Clock,
) -> AsyncInvocation {
    AsyncInvocation {
        function_arn: format!("arn:aws:lambda:us-east-1:111122223333:function:{name}"),
        timeout,
        retries,
        maximum_age: DEFAULT_MAXIMUM_AGE,
        on_failure,
        attempts: None,
        clock,
    }
}

async fn deliver(events: Events, function: &impl crate::lambda::Function, rules: &AsyncInvocation) {
    events.deliver(function, rules).await;
}
