//! Observes a run, forwards its events, and detects its end.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::report::Report;
use super::view::{Moment, View};
use invariants::{Findings, Limits, Log, Services, What, check, of_services, of_table, read_log};
use local_aws::account::{Delivered, TABLE};
use local_aws::codepipeline::{ActionId, ActionState};
use local_aws::lambda::{Attempt, LogLine};
use local_aws::{Aws, Call};

/// The interval of the checks of CodePipeline's state, on tokio's clock.
const GLANCE: Duration = Duration::from_millis(100);

pub(super) struct Watcher {
    pub(super) aws: Aws,
    /// The action of the run, if there is one.
    pub(super) action: Option<ActionId>,
    pub(super) began_ms: u64,
    pub(super) patience: Duration,
    /// The time-out of an execution.
    pub(super) deadline: Duration,
    /// The bus to which outcomes are published, if there is one.
    pub(super) bus: Option<String>,
    pub(super) feeds: Feeds,
}

/// The event sources.
pub(super) struct Feeds {
    pub(super) wakings: UnboundedReceiver<Delivered>,
    pub(super) calls: UnboundedReceiver<Call>,
    pub(super) attempts: UnboundedReceiver<Attempt>,
    pub(super) logs: UnboundedReceiver<LogLine>,
}

/// The events so far, except the calls, which the local AWS records.
#[derive(Default)]
struct Seen {
    wakings: Vec<Delivered>,
    attempts: Vec<Attempt>,
    lines: Vec<String>,
}

impl Watcher {
    /// Ends when the action has ended and no work is left, or at the time-out.
    pub(super) async fn watch(mut self, view: &mut impl View) -> Report {
        let mut seen = Seen::default();
        let mut glances = tokio::time::interval(GLANCE);
        loop {
            tokio::select! {
                // In virtual time several events have the same time. Their order is: a call, the end of its attempt,
                // the effects of the attempt.
                biased;
                Some(call) = self.feeds.calls.recv() => view.show(self.at(call.at_ms), Moment::Call(&call)),
                Some(line) = self.feeds.logs.recv() => {
                    view.show(self.now(), Moment::Log(&line));
                    seen.lines.push(line.text);
                }
                Some(attempt) = self.feeds.attempts.recv() => {
                    view.show(self.at(attempt.ended_ms), Moment::Attempt(&attempt));
                    seen.attempts.push(attempt);
                }
                Some(delivered) = self.feeds.wakings.recv() => {
                    view.show(self.at(delivered.at_ms), Moment::Delivered(&delivered));
                    seen.wakings.push(delivered);
                }
                _ = glances.tick() => {
                    let action = self.state();
                    if let Some(state) = &action {
                        view.show(self.now(), Moment::Progress(state));
                    }
                    if self.is_over(action.as_ref(), &seen.attempts) {
                        return self.report(action, seen);
                    }
                }
            }
        }
    }

    fn is_over(&self, action: Option<&ActionState>, attempts: &[Attempt]) -> bool {
        let Some(action) = action else {
            return !attempts.is_empty();
        };
        let Some(ended_ms) = action.ended_ms else {
            return false;
        };
        let is_published = !self.aws.sns().messages().is_empty();
        let waited = Duration::from_millis(self.aws.now_ms().saturating_sub(ended_ms));
        (is_published && self.is_finalized()) || waited > self.patience
    }

    /// A record with this attribute has work left, and is in the index.
    fn is_finalized(&self) -> bool {
        self.aws
            .dynamodb()
            .items(TABLE)
            .iter()
            .all(|item| !item.contains_key("due_at"))
    }

    fn report(&self, action: Option<ActionState>, seen: Seen) -> Report {
        let log = read_log(&seen.lines);
        Report {
            action,
            notifications: self.aws.sns().messages(),
            events: self.aws.eventbridge().events(),
            bus: self.bus.clone(),
            calls: self.aws.calls(),
            wakings: seen.wakings,
            attempts: seen.attempts,
            items: self.aws.dynamodb().items(TABLE),
            ended_ms: self.aws.now_ms(),
            finalized: self.is_finalized(),
            took: self.now(),
            seen: self.seen(&log),
            logged: check(&log.facts, &Limits::default()),
        }
    }

    /// From the data of the services; the functions' log is compared with it. Processes may run on a slower clock than
    /// AWS, so a short step of theirs takes minutes here.
    fn seen(&self, log: &Log) -> Findings {
        let codepipeline = self.aws.codepipeline();
        let actions: Vec<ActionState> = codepipeline
            .actions()
            .iter()
            .map(|id| codepipeline.action(id))
            .collect();
        let mut facts = of_services(&Services {
            actions: &actions,
            invalidations: &self.aws.cloudfront().invalidations(),
            notifications: &self.aws.sns().messages(),
            events: &self.aws.eventbridge().events(),
            bus: self.bus.as_deref(),
            made_up: &std::collections::BTreeSet::new(),
            calls: &self.aws.calls(),
        });
        facts.extend(of_table(
            &self.aws.dynamodb().items(TABLE),
            self.aws.now_ms(),
        ));
        let claims = log
            .facts
            .iter()
            .filter(|fact| matches!(fact.what, What::Claimed { .. }));
        facts.extend(claims.cloned());
        let limits = Limits {
            deadline: self.deadline,
            slack: self.patience,
            is_over: self.is_finalized(),
            may_hide_errors: true,
            ..Limits::default()
        };
        check(&facts, &limits)
    }

    fn state(&self) -> Option<ActionState> {
        self.action
            .as_ref()
            .map(|action| self.aws.codepipeline().action(action))
    }

    fn now(&self) -> Duration {
        self.at(self.aws.now_ms())
    }

    fn at(&self, ms: u64) -> Duration {
        Duration::from_millis(ms.saturating_sub(self.began_ms))
    }
}
