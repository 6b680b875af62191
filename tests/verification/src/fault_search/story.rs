//! One story of a scenario, told with some of its calls struck, and what is wrong with its end.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::mpsc::unbounded_channel;

use super::coverage::Point;
use super::judge::Judge;
use super::kind::Kind;
use super::scenario::Scenario;
use harness::{Ending, Stage, TABLE, Witness, alone};
use local_aws::codepipeline::ActionId;
use local_aws::lambda::Attempt;
use local_aws::{Arrived, Call};

/// A call of a story that is struck, by its number among all calls, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Strike {
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
pub(super) fn tell(scenario: &Scenario, strikes: &[Strike]) -> Told {
    catch_unwind(AssertUnwindSafe(|| play(scenario, strikes))).unwrap_or_else(|_| Told {
        arrivals: Vec::new(),
        points: Vec::new(),
        wrong: vec!["the story itself panicked".to_owned()],
        calls: Vec::new(),
        took_ms: 0,
    })
}

fn play(scenario: &Scenario, strikes: &[Strike]) -> Told {
    alone(async {
        let (wakings, _) = unbounded_channel();
        let (attempts, mut ended) = unbounded_channel();
        let stage = (scenario.stage)().before(Witness { wakings, attempts });
        let began_ms = stage.aws().now_ms();
        for strike in strikes {
            stage.aws().inject(strike.kind.fault(strike.nth));
        }
        let actions = act(&stage, scenario).await;
        let endings: Vec<Ending> = actions.iter().map(|action| stage.ending(action)).collect();
        let arrivals = stage.aws().arrivals();
        let attempts: Vec<Attempt> = std::iter::from_fn(|| ended.try_recv().ok()).collect();
        let judge = Judge {
            scenario,
            strikes,
            arrivals: &arrivals,
            attempts: &attempts,
        };
        let wrong = judge.wrong(&endings);
        let calls = match wrong.as_slice() {
            [] => Vec::new(),
            _ => stage.aws().calls(),
        };
        let history = stage.aws().dynamodb().history(TABLE);
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
            took_ms: stage.aws().now_ms() - began_ms,
        }
    })
}

async fn act(stage: &Stage, scenario: &Scenario) -> Vec<ActionId> {
    let begin = scenario.actions.iter().map(|action| stage.begin(action));
    let actions: Vec<ActionId> = begin.collect();
    stage
        .during(async {
            if let Some(pause) = scenario.stopped_after {
                tokio::time::sleep(pause).await;
                let codepipeline = stage.aws().codepipeline();
                actions
                    .iter()
                    .for_each(|action| codepipeline.abandon(action));
            }
            stage.settled(&actions).await;
        })
        .await;
    actions
}
