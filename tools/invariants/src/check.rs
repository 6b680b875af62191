//! The checker: one pure function from facts to verdicts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::fact::{Fact, What};
use super::safety::{may_be, polls_allowed};
use super::timeline::{Timeline, moment};
use super::verdict::{Breach, Finding, Invariant, Verdict};
use super::{liveness, safety};

/// The limits, and how complete the facts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The time-out of an execution whose own deadline is unknown.
    pub deadline: Duration,
    /// How long after the deadline the last result may come.
    pub slack: Duration,
    /// The largest difference between the clocks of two sources.
    pub skew: Duration,
    /// The most CreateInvalidation calls of one execution.
    pub creates: usize,
    /// The most GetInvalidation calls of one execution.
    pub polls: usize,
    /// The most Publish calls of one execution: 20 attempts, each of up to three calls.
    pub publishes: usize,
    /// Whether the facts are complete, so that what has not happened will not happen.
    pub is_over: bool,
    /// Whether there may have been a fault that left no fact, such as a reply that arrived too late.
    pub may_hide_errors: bool,
}

impl Default for Limits {
    /// The limits for a log of the default settings. It may end in the middle of an execution.
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(15 * 60),
            slack: Duration::from_secs(10 * 60),
            skew: Duration::from_secs(2),
            creates: 200,
            polls: 1_000,
            publishes: 60,
            is_over: false,
            may_hide_errors: false,
        }
    }
}

/// The findings, and the number of facts behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// One for each invariant, in the order of [`Invariant::ALL`].
    pub verdicts: Vec<Verdict>,
    /// The number of executions in the facts.
    pub executions: usize,
    /// The number of results that CodePipeline accepted.
    pub results: usize,
    /// The number of notifications that SNS accepted.
    pub notifications: usize,
}

impl Findings {
    /// Whether no invariant was violated.
    #[must_use]
    pub fn are_ok(&self) -> bool {
        self.verdicts
            .iter()
            .all(|verdict| verdict.finding() != Finding::Violated)
    }

    /// Each violation.
    pub fn breaches(&self) -> impl Iterator<Item = (Invariant, &Breach)> {
        self.verdicts.iter().flat_map(|verdict| {
            let breaches = verdict.breaches.iter();
            breaches.map(|breach| (verdict.invariant, breach))
        })
    }

    /// The finding for one invariant.
    #[must_use]
    pub fn finding(&self, invariant: Invariant) -> Finding {
        let mut verdicts = self.verdicts.iter();
        let found = verdicts.find(|verdict| verdict.invariant == invariant);
        found.map_or(Finding::NotObservable, Verdict::finding)
    }
}

/// The result of one invariant for one execution.
pub(super) enum Assessment {
    NotApplicable,
    Upheld,
    Violated(String),
}

/// Data that belongs to all executions.
pub(super) struct Context<'f> {
    /// The time of the last fact.
    pub(super) until_ms: u64,
    /// The ids of all messages that SNS accepted; `None` if SNS was not a source.
    pub(super) inbox: Option<BTreeSet<&'f str>>,
    /// The number of faults that belong to no execution alone.
    pub(super) service_error: usize,
    /// When each invalidation was created, and when CloudFront first reported `Completed`.
    pub(super) created: BTreeMap<&'f str, u64>,
    pub(super) completed: BTreeMap<&'f str, u64>,
    /// The bus to which each outcome is published, if there is one.
    pub(super) bus: Option<&'f str>,
    unattributed: Vec<&'f Fact>,
}

/// The earliest time at which a fact states this of each invalidation.
fn earliest<'f>(
    facts: &'f [Fact],
    id_in: impl Fn(&'f What) -> Option<&'f str>,
) -> BTreeMap<&'f str, u64> {
    let mut earliest = BTreeMap::new();
    for fact in facts {
        if let Some(id) = id_in(&fact.what) {
            let at_ms = earliest.entry(id).or_insert(fact.at_ms);
            *at_ms = fact.at_ms.min(*at_ms);
        }
    }
    earliest
}

impl Context<'_> {
    /// The number of publish attempts to this topic, over all callers.
    pub(super) fn attempts_for(&self, topic: &str) -> usize {
        let is_one =
            |what: &What| matches!(what, What::Publish { topic: Some(one) } if one == topic);
        self.unattributed
            .iter()
            .filter(|fact| is_one(&fact.what))
            .count()
    }
}

type Rule = fn(&Timeline<'_>, &Context<'_>, &Limits) -> Assessment;

const RULES: [(Invariant, Rule); 14] = [
    (Invariant::OneInvalidation, safety::one_invalidation),
    (Invariant::TrueSuccess, safety::true_success),
    (Invariant::OneResult, safety::one_result),
    (Invariant::OneOutcome, safety::one_outcome),
    (Invariant::DecidedOnce, safety::decided_once),
    (Invariant::ClaimedIsSent, safety::claimed_is_sent),
    (Invariant::FewNotifications, safety::few_notifications),
    (Invariant::OnlyConfigured, safety::only_configured),
    (Invariant::BoundedCalls, safety::bounded_calls),
    (Invariant::PipelineFirst, safety::pipeline_first),
    (Invariant::Reported, liveness::reported),
    (Invariant::Notified, liveness::notified),
    (Invariant::Notified, liveness::event_put),
    (Invariant::Finalized, liveness::finalized),
];

/// Checks each invariant against these facts, which may come in any order.
#[must_use]
pub fn check(facts: &[Fact], limits: &Limits) -> Findings {
    let (timelines, unattributed) = sorted(facts);
    let context = context(facts, unattributed);
    let verdicts = Invariant::ALL.map(|invariant| {
        let mut verdict = Verdict::new(invariant);
        let rules = RULES.iter().filter(|(of, _)| *of == invariant);
        for (timeline, (_, rule)) in timelines
            .iter()
            .flat_map(|timeline| rules.clone().map(move |rule| (timeline, rule)))
        {
            match rule(timeline, &context, limits) {
                Assessment::NotApplicable => {}
                Assessment::Upheld => verdict.assess(timeline.id, None),
                Assessment::Violated(sentence) => verdict.assess(timeline.id, Some(sentence)),
            }
        }
        verdict
    });
    let mut verdicts = Vec::from(verdicts);
    for verdict in &mut verdicts {
        assess_unattributed(verdict, facts, &timelines, &context, limits);
    }
    let count = |is_one: fn(&What) -> bool| facts.iter().filter(|fact| is_one(&fact.what)).count();
    Findings {
        verdicts,
        executions: timelines
            .iter()
            .filter(|timeline| timeline.is_whole() || timeline.jobs().next().is_some())
            .count(),
        results: count(
            |what| matches!(what, What::Reported { disposition, .. } if *disposition == super::fact::Disposition::Accepted),
        ),
        notifications: count(|what| matches!(what, What::Published(_))),
    }
}

/// The facts of each execution in chronological order, and those of none.
fn sorted(facts: &[Fact]) -> (Vec<Timeline<'_>>, Vec<&Fact>) {
    let mut of_executions: BTreeMap<&str, Vec<&Fact>> = BTreeMap::new();
    let mut unattributed = Vec::new();
    for fact in facts {
        match &fact.execution {
            Some(id) => of_executions.entry(id).or_default().push(fact),
            None => unattributed.push(fact),
        }
    }
    let timelines = of_executions.into_iter().map(|(id, mut facts)| {
        facts.sort_by_key(|fact| fact.at_ms);
        Timeline { id, facts }
    });
    (timelines.collect(), unattributed)
}

fn context<'f>(facts: &'f [Fact], unattributed: Vec<&'f Fact>) -> Context<'f> {
    let has_inbox = facts.iter().any(|fact| fact.what == What::Inbox);
    let messages = facts.iter().filter_map(|fact| match &fact.what {
        What::Published(notification) | What::Put(notification) => notification.message.as_deref(),
        _ => None,
    });
    Context {
        until_ms: facts
            .iter()
            .map(|fact| fact.at_ms)
            .max()
            .unwrap_or_default(),
        inbox: has_inbox.then(|| messages.collect()),
        service_error: unattributed
            .iter()
            .filter(|fact| fact.what == What::ServiceError)
            .count(),
        created: earliest(facts, |what| match what {
            What::Created { invalidation, .. } => Some(invalidation),
            _ => None,
        }),
        completed: earliest(facts, |what| match what {
            What::StatusReceived {
                invalidation,
                completed: true,
            } => Some(invalidation),
            _ => None,
        }),
        bus: facts.iter().find_map(|fact| match &fact.what {
            What::Bus { bus } => Some(bus.as_str()),
            _ => None,
        }),
        unattributed,
    }
}

/// Facts of no execution, and violations that they alone show.
fn assess_unattributed(
    verdict: &mut Verdict,
    facts: &[Fact],
    timelines: &[Timeline<'_>],
    context: &Context<'_>,
    limits: &Limits,
) {
    match verdict.invariant {
        Invariant::NoSecret => search(verdict, facts),
        Invariant::OnlyConfigured => {
            let sentences = context.unattributed.iter().filter_map(|fact| foreign(fact));
            verdict.breaches.extend(sentences.map(unattributed_breach));
        }
        Invariant::BoundedCalls => {
            let sentences = too_many(context, timelines, limits);
            verdict
                .breaches
                .extend(sentences.into_iter().map(unattributed_breach));
        }
        _ => {}
    }
}

fn unattributed_breach(sentence: String) -> Breach {
    Breach {
        execution: None,
        sentence,
    }
}

fn search(verdict: &mut Verdict, facts: &[Fact]) {
    for fact in facts {
        match &fact.what {
            What::Searched { texts } => verdict.cases += texts,
            What::Leaked { place } => verdict.breaches.push(Breach {
                execution: fact.execution.clone(),
                sentence: format!("a secret is in {place} ({})", moment(fact.at_ms)),
            }),
            _ => {}
        }
    }
}

/// An effect that belongs to no known execution.
fn foreign(fact: &Fact) -> Option<String> {
    let at = moment(fact.at_ms);
    match &fact.what {
        What::Reported { job, .. } => Some(format!(
            "a result was reported for job {job} at {at}, and CodePipeline never handed out that job"
        )),
        What::Created {
            reference,
            invalidation,
            ..
        } => Some(format!(
            "invalidation {invalidation} was created at {at} with the caller reference {}, which belongs to no execution",
            reference.as_deref().unwrap_or("(unknown)")
        )),
        What::Published(notification) => Some(format!(
            "a notification that belongs to no execution was published at {at} to {}",
            notification.topic.as_deref().unwrap_or("an unknown topic")
        )),
        _ => None,
    }
}

/// Calls that name no execution are counted by their target, against all executions that have this target.
fn too_many(context: &Context<'_>, timelines: &[Timeline<'_>], limits: &Limits) -> Vec<String> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for fact in &context.unattributed {
        let key = match &fact.what {
            What::Create { distribution } => ("CreateInvalidation", distribution.as_str()),
            What::Publish { topic: Some(topic) } => ("Publish", topic.as_str()),
            What::Poll { .. } => ("GetInvalidation", "all executions"),
            _ => continue,
        };
        *counts.entry(key).or_default() += 1;
    }
    let over = counts.into_iter().filter_map(|((operation, of), count)| {
        let each = |limit: usize, executions: usize| limit * executions.max(1);
        let polls = timelines.iter().map(|it| polls_allowed(it, limits));
        let most = match operation {
            "Publish" if context.bus == Some(of) => each(limits.publishes, timelines.len()),
            "Publish" => each(limits.publishes, naming(timelines, of)),
            "CreateInvalidation" => each(limits.creates, naming(timelines, of)),
            _ => polls.sum::<usize>().max(limits.polls),
        };
        let sentence =
            format!("{operation} was called {count} times for {of}, and {most} are allowed");
        (count > most).then_some(sentence)
    });
    over.collect()
}

fn naming(timelines: &[Timeline<'_>], name: &str) -> usize {
    timelines
        .iter()
        .filter(|timeline| may_call(timeline, name))
        .count()
}

/// Whether the execution may call this target; one with unknown parameters may call any.
fn may_call(timeline: &Timeline<'_>, name: &str) -> bool {
    let targets = timeline.targets();
    let is_target = targets.is_empty() || targets.iter().any(|target| may_be(target, name));
    is_target || timeline.topic().is_none_or(|topic| topic == Some(name))
}
