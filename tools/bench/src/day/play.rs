//! The simulation of the day.

use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

use super::plan::{Deploy, TEAMS, id, topic};
use super::{CALLS_AT_ONCE, DISTRIBUTIONS, LATENCY};
use harness::{Harness, TABLE, Witness};
use local_aws::cloudfront::{Completion, InvalidationView};
use local_aws::codepipeline::{ActionId, ActionState, Status};
use local_aws::lambda::Attempt;
use local_aws::sns::Published;
use local_aws::{Aws, Call, Settings};

/// The interval at which unfinished records are counted.
const GLANCE: Duration = Duration::from_secs(10);
/// How long an account may need to finish everything after the last deployment.
const AFTERMATH: Duration = Duration::from_secs(3 * 60 * 60);

/// The recorded data of a day.
pub(super) struct Day {
    /// The action of each deployment, in the order of the plan.
    pub(super) actions: Vec<ActionState>,
    pub(super) calls: Vec<Call>,
    pub(super) invalidations: Vec<InvalidationView>,
    pub(super) notifications: Vec<Published>,
    pub(super) items: Vec<Map<String, Value>>,
    /// Each invocation of a function.
    pub(super) runs: Vec<Run>,
    /// The most records that were unfinished at once.
    pub(super) most_unfinished: usize,
    /// How many calls CloudFront throttled.
    pub(super) throttled: u64,
    /// The duration of the simulation on this machine.
    pub(super) real: Duration,
    pub(super) now_ms: u64,
}

/// One invocation of a function.
pub(super) struct Run {
    pub(super) is_checker: bool,
    pub(super) took_ms: u64,
    pub(super) ended_ms: u64,
    pub(super) failed: bool,
}

impl Day {
    /// The number of actions that ended by a reported result.
    pub(super) fn reported(&self) -> usize {
        let ours = |action: &&ActionState| {
            matches!(action.status, Status::Succeeded | Status::Failed { .. })
        };
        self.actions.iter().filter(ours).count()
    }
}

/// Simulates the day. Must run alone on a paused runtime.
pub(super) async fn play(plan: &[Deploy], calls_per_second: u32) -> Day {
    #[expect(
        clippy::disallowed_methods,
        reason = "the speed of virtual time can only be measured in real time"
    )]
    let real = std::time::Instant::now();
    let (wakings, _) = unbounded_channel();
    let (attempts, ended) = unbounded_channel();
    let harness = harness(calls_per_second).before(Witness { wakings, attempts });
    let (actions, most_unfinished) = harness.during(live(&harness, plan)).await;
    let aws = harness.aws();
    let codepipeline = aws.codepipeline();
    Day {
        actions: actions.iter().map(|id| codepipeline.action(id)).collect(),
        calls: aws.calls(),
        invalidations: aws.cloudfront().invalidations(),
        notifications: aws.sns().messages(),
        items: aws.dynamodb().items(TABLE),
        runs: runs(ended),
        most_unfinished,
        throttled: aws.cloudfront().throttled(),
        now_ms: aws.now_ms(),
        real: real.elapsed(),
    }
}

fn harness(calls_per_second: u32) -> Harness {
    let settings = Settings {
        latency: LATENCY,
        ..Settings::default()
    };
    let harness = Harness::of(settings, &[]);
    let aws = harness.aws();
    (0..DISTRIBUTIONS).for_each(|number| aws.cloudfront().add_distribution(&id(number)));
    (0..TEAMS).for_each(|team| aws.sns().add_topic(&topic(team)));
    aws.cloudfront().set_completion(Completion::Drawn);
    aws.cloudfront().set_rate(CALLS_AT_ONCE, calls_per_second);
    aws.dynamodb().forget_history(TABLE);
    harness
}

/// Starts each deployment at its time, waits until everything is finished, and counts unfinished records meanwhile.
async fn live(harness: &Harness, plan: &[Deploy]) -> (Vec<ActionId>, usize) {
    let midnight = Instant::now();
    let deploys = async {
        let mut actions = Vec::new();
        for deploy in plan {
            tokio::time::sleep_until(midnight + deploy.begins).await;
            actions.push(harness.begin(&deploy.parameters));
        }
        let last = Instant::now();
        while last.elapsed() < AFTERMATH && !is_finished(harness.aws(), &actions) {
            tokio::time::sleep(GLANCE).await;
        }
        actions
    };
    let mut most = 0;
    let count = async {
        loop {
            most = most.max(harness.aws().dynamodb().indexed(TABLE));
            tokio::time::sleep(GLANCE).await;
        }
    };
    let actions = tokio::select! {
        biased;
        actions = deploys => actions,
        () = count => unreachable!("it counts for ever"),
    };
    (actions, most)
}

fn is_finished(aws: &Aws, actions: &[ActionId]) -> bool {
    let codepipeline = aws.codepipeline();
    let has_ended = |action: &ActionId| codepipeline.action(action).ended_ms.is_some();
    aws.dynamodb().indexed(TABLE) == 0 && actions.iter().all(has_ended)
}

fn runs(mut ended: UnboundedReceiver<Attempt>) -> Vec<Run> {
    let attempts = std::iter::from_fn(|| ended.try_recv().ok());
    let run = |attempt: Attempt| Run {
        is_checker: attempt.function_arn.ends_with("checker"),
        took_ms: attempt.ended_ms - attempt.started_ms,
        ended_ms: attempt.ended_ms,
        failed: attempt.result.is_err(),
    };
    attempts.map(run).collect()
}
