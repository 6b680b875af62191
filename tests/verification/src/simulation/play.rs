//! Runs a plan in the harness and checks the invariants.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, Instant};

use super::faults::{self, Faults};
use super::plan::{DISTRIBUTIONS, NO_TOPIC, Plan, Planned};
use super::report::{Report, situations};
use harness::{Harness, Skew, TABLE};
use invariants::{Fact, Findings, Limits, Services, What, check, of_services, of_table};
use local_aws::account::many_distributions;
use local_aws::codepipeline::{ActionId, ActionState};
use local_aws::{Aws, Call, Fault, Settings};

/// How long an account may need to finish all work after the last fault. A detached execution is watched for a day,
/// and 20 attempts to publish a notification after that take about two and a half hours.
const AFTERMATH: Duration = Duration::from_secs(28 * 60 * 60);
/// The period in which nothing may happen any more.
const QUIET_PERIOD: Duration = Duration::from_secs(3 * 60);
/// The interval between checks whether all work is finished.
const POLL_INTERVAL: Duration = Duration::from_secs(60);
/// How long CodePipeline waits for the result of a job.
const RESULT_TIMEOUT: Duration = Duration::from_secs(20 * 60);

/// Runs the day and checks it. Requires its own paused runtime.
pub(super) async fn play(plan: &Plan) -> Report {
    #[expect(
        clippy::disallowed_methods,
        reason = "the speed of virtual time is measured against real time"
    )]
    let began = Instant::now();
    let harness = harness(plan);
    let aws = harness.aws();
    let began_ms = aws.now_ms();
    inject(aws, &plan.faults, began_ms);
    if let Some(forger) = &plan.forger {
        forger.arrange(aws);
    }
    let actions = harness.during(live(&harness, plan)).await;
    let day = Day::of(aws, plan, &actions);
    let findings = day.assess();
    Report {
        seed: plan.seed,
        executions: plan.executions.len(),
        calls: day.calls.len(),
        virtual_time: Duration::from_millis(aws.now_ms() - began_ms),
        real_time: began.elapsed(),
        trace: trace(&day.calls),
        faulted: faulted(&day.faults),
        situations: situations(plan, &day.actions, &day.calls, &aws.sns().messages()),
        violations: findings
            .breaches()
            .map(|(invariant, breach)| format!("{}: {}", invariant.id(), breach.sentence))
            .collect(),
        journal: day.calls,
    }
}

fn harness(plan: &Plan) -> Harness {
    let settings: Vec<(&str, &str)> = plan
        .settings
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let aws = Settings {
        seed: plan.seed,
        latency: plan.latency,
        continues_after: plan.continues_after,
        ..Settings::default()
    };
    let harness = Harness::of(aws, &settings)
        .with_clocks(plan.skew)
        .delivering(plan.copies.clone());
    let aws = harness.aws();
    for distribution in DISTRIBUTIONS
        .map(str::to_owned)
        .into_iter()
        .chain(many_distributions())
    {
        aws.cloudfront().add_distribution(&distribution);
    }
    aws.cloudfront().set_repetition(plan.repetition);
    let topics = plan.executions.iter().filter_map(|one| one.topic.as_ref());
    for topic in topics.filter(|topic| !topic.ends_with(NO_TOPIC)) {
        aws.sns().add_topic(topic);
    }
    aws.dynamodb().set_index_lag(plan.index_lag);
    harness
}

fn inject(aws: &Aws, planned: &Faults, began_ms: u64) {
    let at = |time: Duration| began_ms + u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    for outage in &planned.outages {
        aws.inject(Fault {
            during: Some(at(outage.begins)..at(outage.begins + outage.lasts)),
            ..outage.fault.clone()
        });
    }
    for fault in &planned.faults {
        aws.inject(Fault {
            during: Some(began_ms..at(planned.ends)),
            ..fault.clone()
        });
    }
}

/// Starts every execution at its time, and waits until all work is finished.
async fn live(harness: &Harness, plan: &Plan) -> Vec<ActionId> {
    let began = tokio::time::Instant::now();
    let executions = plan
        .executions
        .iter()
        .enumerate()
        .map(|(place, planned)| execute(harness, plan, place, planned, began));
    let actions = futures_util::future::join_all(executions).await;
    tokio::time::sleep_until(began + plan.faults.ends).await;
    let faults_ended = tokio::time::Instant::now();
    while faults_ended.elapsed() < AFTERMATH && !is_finished(harness, &actions) {
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    tokio::time::sleep(QUIET_PERIOD).await;
    actions
}

/// Starts one execution at its time, and stops its pipeline if planned.
async fn execute(
    harness: &Harness,
    plan: &Plan,
    place: usize,
    planned: &Planned,
    began: tokio::time::Instant,
) -> ActionId {
    tokio::time::sleep_until(began + planned.begins).await;
    harness
        .aws()
        .cloudfront()
        .set_completion(planned.completion);
    let action = harness.begin(&planned.parameters);
    let stop = async {
        if let Some(after) = planned.abandoned {
            tokio::time::sleep(after).await;
            harness.aws().codepipeline().abandon(&action);
        }
    };
    let forged = plan.forger.iter().flat_map(|forger| &forger.events);
    let forged = forged.filter(|(about, _)| *about == place);
    let forged = forged.map(|(_, event)| event.play(harness, action));
    futures_util::future::join(stop, futures_util::future::join_all(forged)).await;
    action
}

fn is_finished(harness: &Harness, actions: &[ActionId]) -> bool {
    let codepipeline = harness.aws().codepipeline();
    let has_ended = |action: &ActionId| codepipeline.action(action).ended_ms.is_some();
    // The index also contains the records of forged executions.
    let is_finalized = harness.aws().dynamodb().indexed(TABLE) == 0;
    is_finalized && harness.is_settled(actions) && actions.iter().all(has_ended)
}

/// The results of a day.
struct Day<'p> {
    plan: &'p Plan,
    actions: Vec<ActionState>,
    calls: Vec<Call>,
    faults: Vec<(Fault, u32)>,
    facts: Vec<Fact>,
}

impl<'p> Day<'p> {
    fn of(aws: &Aws, plan: &'p Plan, actions: &[ActionId]) -> Self {
        let codepipeline = aws.codepipeline();
        let actions: Vec<ActionState> = actions.iter().map(|id| codepipeline.action(id)).collect();
        let calls = aws.calls();
        let forged = plan.forger.iter().flat_map(|forger| &forger.events);
        let made_up = forged.filter_map(|(_, event)| event.made_up().map(str::to_owned));
        let mut facts = of_services(&Services {
            actions: &actions,
            invalidations: &aws.cloudfront().invalidations(),
            notifications: &aws.sns().messages(),
            events: &aws.eventbridge().events(),
            bus: plan.bus,
            calls: &calls,
            made_up: &made_up.collect(),
        });
        facts.extend(of_table(&aws.dynamodb().items(TABLE), aws.now_ms()));
        let given = actions.iter().zip(&plan.executions);
        facts.extend(given.map(|(action, planned)| of_plan(action, planned)));
        Self {
            plan,
            actions,
            calls,
            faults: aws.faults_injected(),
            facts,
        }
    }

    fn assess(&self) -> Findings {
        let hidden = self
            .faults
            .iter()
            .any(|(fault, times)| *times > 0 && faults::is_hidden(&fault.kind));
        let outages: Duration = self
            .plan
            .faults
            .outages
            .iter()
            .map(|outage| outage.lasts)
            .sum();
        let limits = Limits {
            slack: RESULT_TIMEOUT + outages,
            skew: Duration::ZERO,
            is_over: true,
            // A forged continuation overtakes the real one, which no service shows.
            may_hide_errors: hidden || self.plan.skew != Skew::None || self.plan.forger.is_some(),
            ..Limits::default()
        };
        check(&self.facts, &limits)
    }
}

/// The parameters of the execution, which only the plan contains.
fn of_plan(action: &ActionState, planned: &Planned) -> Fact {
    let timeout_ms = u64::try_from(planned.timeout.as_millis()).unwrap_or(u64::MAX);
    Fact {
        at_ms: action.started_ms,
        execution: action.jobs.first().cloned(),
        what: What::Given {
            topic: planned.topic.clone(),
            deadline_ms: Some(action.started_ms + timeout_ms),
        },
    }
}

/// A fingerprint that is equal only if every call of both days is the same, at the same time and with the same
/// outcome.
fn trace(calls: &[Call]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for call in calls {
        call.at_ms.hash(&mut hasher);
        format!("{:?}", call.outcome).hash(&mut hasher);
        (&call.caller, &call.operation, &call.subject, &call.detail).hash(&mut hasher);
    }
    hasher.finish()
}

fn faulted(faults: &[(Fault, u32)]) -> std::collections::BTreeMap<&'static str, u64> {
    let mut counts = std::collections::BTreeMap::new();
    for (fault, times) in faults.iter().filter(|(_, times)| *times > 0) {
        *counts.entry(faults::name(&fault.kind)).or_default() += u64::from(*times);
    }
    counts
}
