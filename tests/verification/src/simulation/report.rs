//! The report of one day, and of many days.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use super::forger::Details;
use super::plan::{Plan, Planned};
use local_aws::account::many_distributions;
use local_aws::codepipeline::{ActionState, FailureKind, Status};
use local_aws::sns::Published;
use local_aws::{Call, Outcome};

/// One day.
#[derive(Clone, Debug)]
pub struct Report {
    /// The seed; [`run`](super::run) repeats the same day.
    pub seed: u64,
    /// The number of executions.
    pub executions: usize,
    /// The number of calls that the services received.
    pub calls: usize,
    /// The virtual time of the day.
    pub virtual_time: Duration,
    /// The real time of the simulation.
    pub real_time: Duration,
    /// Equal for two runs only if every call was the same.
    pub trace: u64,
    /// How often each kind of fault was injected.
    pub faulted: BTreeMap<&'static str, u64>,
    /// The situations that occurred.
    pub situations: BTreeSet<Situation>,
    /// Each violation: the name of the invariant, and a sentence.
    pub violations: Vec<String>,
    /// Every call to every service, in order.
    pub journal: Vec<Call>,
}

/// A situation that must occur on some day, because otherwise the days test too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Situation {
    /// The checker received a job, because every delivery to `start` had failed.
    FailedDelivery,
    /// The checker reported the result of a job.
    LateResult,
    /// The deadline passed.
    TimeOut,
    /// A notification needed more than one attempt to publish.
    RetriedNotification,
    /// A notification was published twice.
    DuplicateNotification,
    /// A notification was never published.
    NoNotification,
    /// A pipeline was stopped.
    Abandoned,
    /// Two executions used one distribution at the same time.
    SharedDistribution,
    /// An execution had more than one continuation job.
    ManyJobs,
    /// Parameters were rejected.
    RejectedParameters,
    /// An execution waited in the queue of a distribution.
    Queued,
    /// An execution used the invalidation of another one.
    SharedInvalidation,
    /// An action succeeded before CloudFront had completed, as its parameters requested.
    SucceededWithWarning,
    /// A write was overtaken.
    Overtaken,
    /// A result arrived for a job that waited for none.
    SecondResult,
    /// An invalidation was searched for, because its id was lost.
    Search,
    /// An action had as many targets as fit into its parameters.
    ManyTargets,
    /// A result was sent for a forged job.
    MadeUpJob,
    /// Events were forged while GetJobDetails was unavailable.
    Unchecked,
}

impl Situation {
    /// All situations.
    pub const ALL: [Self; 19] = [
        Self::FailedDelivery,
        Self::LateResult,
        Self::TimeOut,
        Self::RetriedNotification,
        Self::DuplicateNotification,
        Self::NoNotification,
        Self::Abandoned,
        Self::SharedDistribution,
        Self::ManyJobs,
        Self::RejectedParameters,
        Self::Queued,
        Self::SharedInvalidation,
        Self::SucceededWithWarning,
        Self::Overtaken,
        Self::SecondResult,
        Self::Search,
        Self::ManyTargets,
        Self::MadeUpJob,
        Self::Unchecked,
    ];
}

/// The situations of a day, from the calls that the services received.
pub(super) fn situations(
    plan: &Plan,
    actions: &[ActionState],
    calls: &[Call],
    notifications: &[Published],
) -> BTreeSet<Situation> {
    let of_calls = calls.iter().filter_map(of_call);
    let of_actions = actions.iter().flat_map(of_action);
    let mut situations: BTreeSet<Situation> = of_calls.chain(of_actions).collect();
    let mut observed = BTreeMap::<&str, usize>::new();
    for notification in notifications {
        let id = notification.attributes.get("notification_id");
        *observed.entry(id.map_or("", String::as_str)).or_default() += 1;
    }
    if observed.values().any(|count| *count > 1) {
        situations.insert(Situation::DuplicateNotification);
    }
    let publishes = calls
        .iter()
        .filter(|call| call.operation == "Publish")
        .count();
    if publishes > notifications.len() && !notifications.is_empty() {
        situations.insert(Situation::RetriedNotification);
    }
    let undelivered = actions
        .iter()
        .zip(&plan.executions)
        .any(|(action, planned)| {
            let id = action.jobs.first().map_or("", String::as_str);
            planned.topic.is_some() && !observed.contains_key(id)
        });
    if undelivered {
        situations.insert(Situation::NoNotification);
    }
    if plan.executions.iter().any(has_many) {
        situations.insert(Situation::ManyTargets);
    }
    let forger = plan.forger.as_ref();
    if forger.is_some_and(|forger| forger.details != Details::Available) {
        situations.insert(Situation::Unchecked);
    }
    if shares(plan, actions) {
        situations.insert(Situation::SharedDistribution);
    }
    situations
}

/// Whether the parameters name dozens of distributions.
fn has_many(planned: &Planned) -> bool {
    let one = many_distributions().nth(40).unwrap_or_default();
    planned.parameters.contains(&one)
}

fn of_call(call: &Call) -> Option<Situation> {
    let is_checker = call.caller == "checker";
    match call.operation.as_str() {
        "GetJobDetails" if is_checker => Some(Situation::FailedDelivery),
        // The checker's list calls may only serve to read the status of several invalidations.
        "ListInvalidations" if !is_checker => Some(Situation::Search),
        "GetItem" if call.subject.starts_with("queue/") => Some(Situation::Queued),
        "PutJobSuccessResult" | "PutJobFailureResult" => match &call.outcome {
            Outcome::Rejected { code, .. } if code == "InvalidJobStateException" => {
                Some(Situation::SecondResult)
            }
            Outcome::Rejected { code, .. } if code == "JobNotFoundException" => {
                Some(Situation::MadeUpJob)
            }
            outcome if is_checker && outcome.took_effect() => Some(Situation::LateResult),
            _ => None,
        },
        _ => match &call.outcome {
            Outcome::Rejected { code, .. } if code == "ConditionalCheckFailedException" => {
                Some(Situation::Overtaken)
            }
            _ => None,
        },
    }
}

fn of_action(action: &ActionState) -> Vec<Situation> {
    let end = match &action.status {
        Status::Abandoned => Some(Situation::Abandoned),
        Status::Failed {
            kind: FailureKind::ConfigurationError,
            ..
        } => Some(Situation::RejectedParameters),
        Status::Failed { message, .. } if message.contains("did not report Completed") => {
            Some(Situation::TimeOut)
        }
        _ => None,
    };
    let job_count = (action.job_count > 2).then_some(Situation::ManyJobs);
    let summary = action.summary.as_deref().unwrap_or_default();
    let observed = [
        (
            "created by another execution",
            Situation::SharedInvalidation,
        ),
        ("OnTimeout is", Situation::SucceededWithWarning),
    ];
    let observed = observed
        .into_iter()
        .filter(|(words, _)| summary.contains(words));
    let observed = observed.map(|(_, situation)| situation);
    end.into_iter().chain(job_count).chain(observed).collect()
}

fn shares(plan: &Plan, actions: &[ActionState]) -> bool {
    let mut last = BTreeMap::new();
    plan.executions
        .iter()
        .zip(actions)
        .any(|(planned, action)| {
            let Some(distribution) = planned.distribution else {
                return false;
            };
            let ended_ms = action.ended_ms.unwrap_or(u64::MAX);
            let before = last.insert(distribution, ended_ms);
            before.is_some_and(|ended_ms| ended_ms > action.started_ms)
        })
}

/// Many days.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// The number of seeds.
    pub seeds: u64,
    /// The number of executions.
    pub executions: usize,
    /// The number of calls that the services received.
    pub calls: usize,
    /// The virtual time of all days.
    pub virtual_time: Duration,
    /// The real time of all threads together.
    pub real_time: Duration,
    /// How often each kind of fault was injected.
    pub faulted: BTreeMap<&'static str, u64>,
    /// The number of days with each situation.
    pub situations: BTreeMap<Situation, u64>,
    /// The seeds with a violation, and the sentences.
    pub violations: BTreeMap<u64, Vec<String>>,
}

impl Totals {
    /// Adds a day.
    pub fn add(&mut self, report: &Report) {
        self.seeds += 1;
        self.executions += report.executions;
        self.calls += report.calls;
        self.virtual_time += report.virtual_time;
        self.real_time += report.real_time;
        for (kind, times) in &report.faulted {
            *self.faulted.entry(kind).or_default() += times;
        }
        for situation in &report.situations {
            *self.situations.entry(*situation).or_default() += 1;
        }
        if !report.violations.is_empty() {
            self.violations
                .insert(report.seed, report.violations.clone());
        }
    }

    /// Adds the totals of another thread.
    pub fn join(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.executions += other.executions;
        self.calls += other.calls;
        self.virtual_time += other.virtual_time;
        self.real_time += other.real_time;
        for (kind, times) in other.faulted {
            *self.faulted.entry(kind).or_default() += times;
        }
        for (situation, days) in other.situations {
            *self.situations.entry(situation).or_default() += days;
        }
        self.violations.extend(other.violations);
    }

    /// How much faster than real time one thread runs.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.virtual_time.as_secs_f64() / self.real_time.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = |time: Duration| time.as_secs_f64() / 3_600.0;
        writeln!(
            out,
            "{} seeds, {} executions, {} calls",
            self.seeds, self.executions, self.calls
        )?;
        writeln!(
            out,
            "{:.0} virtual hours in {:.1} s of one thread: {:.0} times as fast as real time",
            hours(self.virtual_time),
            self.real_time.as_secs_f64(),
            self.speed()
        )?;
        let faulted = self
            .faulted
            .iter()
            .map(|(kind, times)| format!("{kind} {times}"));
        writeln!(out, "faults: {}", faulted.collect::<Vec<_>>().join(", "))?;
        let situations = self
            .situations
            .iter()
            .map(|(situation, days)| format!("{situation:?} {days}"));
        writeln!(
            out,
            "days with: {}",
            situations.collect::<Vec<_>>().join(", ")
        )?;
        writeln!(out, "{} seeds violated an invariant", self.violations.len())?;
        for (seed, sentences) in &self.violations {
            for sentence in sentences {
                writeln!(out, "  seed {seed}: {sentence}")?;
            }
        }
        Ok(())
    }
}
