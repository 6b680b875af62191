//! One story of a scenario, told with some of its calls struck, and what is wrong with its end.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::mpsc::unbounded_channel;

use super::coverage::Point;
use super::judge::InvariantChecker;
use super::kind::Kind;
use super::scenario::Scenario;
use harness::{Ending, Harness, TABLE, Witness, alone};
use local_aws::codepipeline::ActionId;
use local_aws::lambda::Attempt;
use local_aws::{Arrived, Call};

/// A call of a story that is struck, by its number among all calls, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Injection {
    /// 1 for the first call of the story.
    pub nth: u32,
    /// How it is struck.
    pub kind: Kind,
}

/// A story that has been told.
pub(super) struct Told {
    /// Each call in the order of arrival.
    pub(super) arrivals: Vec<Arrived>,
    /// Where each call met the record; none when the story has more than one.
    pub(super) points: Vec<Point>,
    /// What is wrong with its end.
    pub(super) wrong: Vec<String>,
    /// What the services saw, for people; only of a story that ended wrong.
    pub(super) calls: Vec<Call>,
    /// How long it took, on AWS's clock.
    pub(super) took_ms: u64,
}

/// Tells the story once. It depends on nothing but its arguments.
pub(super) fn tell(scenario: &Scenario, injections: &[Injection]) -> Told {
    catch_unwind(AssertUnwindSafe(|| play(scenario, injections))).unwrap_or_else(|_| Told {
        arrivals: Vec::new(),
        points: Vec::new(),
        wrong: vec!["the story itself panicked".to_owned()],
        calls: Vec::new(),
        took_ms: 0,
    })
}

fn play(scenario: &Scenario, injections: &[Injection]) -> Told {
    alone(async {
        let (wakings, _) = unbounded_channel();
        let (attempts, mut ended) = unbounded_channel();
        let harness = (scenario.harness)().before(Witness { wakings, attempts });
        let began_ms = harness.aws().now_ms();
        for injection in injections {
            harness.aws().inject(injection.kind.fault(injection.nth));
        }
        let actions = act(&harness, scenario).await;
        let endings: Vec<Ending> = actions
            .iter()
            .map(|action| harness.ending(action))
            .collect();
        let arrivals = harness.aws().arrivals();
        let attempts: Vec<Attempt> = std::iter::from_fn(|| ended.try_recv().ok()).collect();
        let assess = InvariantChecker {
            scenario,
            injections,
            arrivals: &arrivals,
            attempts: &attempts,
        };
        let wrong = assess.wrong(&endings);
        let calls = match wrong.as_slice() {
            [] => Vec::new(),
            _ => harness.aws().calls(),
        };
        let history = harness.aws().dynamodb().history(TABLE);
        let is_one = scenario.actions.len() == 1 && !scenario.is_crowded;
        let points = if is_one {
            Point::all(&arrivals, &history)
        } else {
            Vec::new()
        };
        Told {
            points,
            arrivals,
            wrong,
            calls,
            took_ms: harness.aws().now_ms() - began_ms,
        }
    })
}

async fn act(harness: &Harness, scenario: &Scenario) -> Vec<ActionId> {
    let begin = scenario.actions.iter().map(|action| harness.begin(action));
    let actions: Vec<ActionId> = begin.collect();
    harness
        .during(async {
            if let Some(backoff) = scenario.stopped_after {
                tokio::time::sleep(backoff).await;
                let codepipeline = harness.aws().codepipeline();
                actions
                    .iter()
                    .for_each(|action| codepipeline.abandon(action));
            }
            harness.settled(&actions).await;
        })
        .await;
    actions
}
