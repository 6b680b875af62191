//! One story of a scenario, told with some of its calls struck, and what is wrong with its end.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::coverage::Point;
use super::kind::Kind;
use super::scenario::{End, Scenario};
use crate::account::RETRIES;
use crate::aws::codepipeline::{ActionId, Status};
use crate::aws::sns::Published;
use crate::aws::{Arrived, Call};
use crate::promises::{Findings, Promise};
use crate::stage::{Ending, Stage, TABLE, alone};

/// How often an event is delivered that fails each time.
const DELIVERIES: usize = 1 + RETRIES as usize;

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
        let stage = (scenario.stage)();
        let began_ms = stage.aws().now_ms();
        for strike in strikes {
            stage.aws().inject(strike.kind.fault(strike.nth));
        }
        let actions = act(&stage, scenario).await;
        let wrong = judge(&stage, scenario, strikes, &actions);
        let calls = match wrong.as_slice() {
            [] => Vec::new(),
            _ => stage.aws().calls(),
        };
        let arrivals = stage.aws().arrivals();
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

fn judge(
    stage: &Stage,
    scenario: &Scenario,
    strikes: &[Strike],
    actions: &[ActionId],
) -> Vec<String> {
    let endings: Vec<Ending> = actions.iter().map(|action| stage.ending(action)).collect();
    let mut wrong = Vec::new();
    for ending in &endings {
        wrong.extend(wrong_end(scenario, strikes, ending));
        wrong.extend(too_many_notices(strikes, ending));
    }
    // Every ending tells of the whole stage.
    let findings = endings.first().map(Ending::findings);
    for (promise, breach) in findings.iter().flat_map(Findings::breaches) {
        let is_ours = |ending: &&Ending| ending.action.jobs.first() == breach.execution.as_ref();
        let of = endings.iter().find(is_ours);
        if !is_excused(scenario, strikes, of, promise) {
            wrong.push(breach.sentence.clone());
        }
    }
    wrong
}

/// At most one notice more than struck calls, and without a strike just one.
fn too_many_notices(strikes: &[Strike], ending: &Ending) -> Option<String> {
    let execution = ending.action.jobs.first();
    let is_ours = |notice: &&Published| notice.attributes.get("notification_id") == execution;
    let notices = ending.notices.iter().filter(is_ours).count();
    let struck = strikes.iter().map(|strike| strike.kind.calls() as usize);
    (notices > 1 + struck.sum::<usize>()).then(|| format!("{notices} notices of {execution:?}"))
}

fn wrong_end(scenario: &Scenario, strikes: &[Strike], ending: &Ending) -> Option<String> {
    let status = &ending.action.status;
    let was_stopped = strikes.iter().any(|strike| strike.kind == Kind::Stopped);
    let is_right = scenario.calm.is(status)
        || (!strikes.is_empty() && scenario.struck.iter().any(|end| end.is(status)))
        || (was_stopped && End::Abandoned.is(status));
    let is_silence = matches!(status, Status::TimedOut) && may_be_unanswered(scenario, strikes);
    (!is_right && !is_silence).then(|| format!("the action ended as {status:?}"))
}

/// Whether nobody may be left who could answer: where nobody takes over, as many strikes as there are deliveries can fail
/// each of them.
const fn may_be_unanswered(scenario: &Scenario, strikes: &[Strike]) -> bool {
    scenario.may_be_left && strikes.len() >= DELIVERIES
}

/// Whether the scenario does not promise this after a strike: where nobody is left who could go on, people may hear
/// nothing and a record may stay. Where the table was out of reach, there may be no record from which people could be
/// told; and an item that is no action's record is nobody's execution. That a job has no answer is excused only where
/// [nobody may be left to give one](may_be_unanswered).
fn is_excused(
    scenario: &Scenario,
    strikes: &[Strike],
    ending: Option<&Ending>,
    promise: Promise,
) -> bool {
    let Some(ending) = ending else {
        return scenario.is_crowded && promise == Promise::Drained;
    };
    if promise == Promise::Answered {
        return may_be_unanswered(scenario, strikes);
    }
    let is_left = scenario.may_be_left && !strikes.is_empty();
    let may_be_unrecorded = !strikes.is_empty() && scenario.struck.contains(&End::Unrecorded);
    let is_unrecorded = End::Unrecorded.is(&ending.action.status) || !has_record(ending);
    (is_left || (may_be_unrecorded && is_unrecorded))
        && matches!(promise, Promise::Told | Promise::Drained)
}

fn has_record(ending: &Ending) -> bool {
    let execution = ending.action.jobs.first().map(String::as_str);
    let mut ids = ending.items.iter().map(|item| item["id"]["S"].as_str());
    ids.any(|id| id == execution)
}
