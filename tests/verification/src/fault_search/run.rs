//! One run of a scenario with faults at some of its calls, and the violations at its end.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::mpsc::unbounded_channel;

use super::coverage::Point;
use super::invariant_checker::InvariantChecker;
use super::kind::Kind;
use super::scenario::Scenario;
use harness::{Ending, Harness, TABLE, Witness, alone};
use local_aws::codepipeline::ActionId;
use local_aws::lambda::Attempt;
use local_aws::{Arrived, Call};

/// A fault: the number of the call among all calls, and the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Injection {
    /// 1 for the first call of the run.
    pub nth: u32,
    /// The kind of fault.
    pub kind: Kind,
}

/// A finished run.
pub(super) struct FinishedRun {
    /// Each call, in the order of arrival.
    pub(super) arrivals: Vec<Arrived>,
    /// The point of each call; none when the scenario has more than one record.
    pub(super) points: Vec<Point>,
    /// The violations at its end.
    pub(super) wrong: Vec<String>,
    /// The calls in readable form; only for a run with a violation.
    pub(super) calls: Vec<Call>,
    /// How long the run took in virtual time.
    pub(super) took_ms: u64,
}

/// Runs the scenario once. The run depends on nothing but the arguments.
pub(super) fn run_once(scenario: &Scenario, injections: &[Injection]) -> FinishedRun {
    catch_unwind(AssertUnwindSafe(|| play(scenario, injections))).unwrap_or_else(|_| FinishedRun {
        arrivals: Vec::new(),
        points: Vec::new(),
        wrong: vec!["the run itself panicked".to_owned()],
        calls: Vec::new(),
        took_ms: 0,
    })
}

fn play(scenario: &Scenario, injections: &[Injection]) -> FinishedRun {
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
        FinishedRun {
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
