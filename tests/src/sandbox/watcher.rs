//! Sits through a run, passes on what it sees, and knows when it is over.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::report::Report;
use super::view::{Moment, View};
use crate::account::{TABLE, Waking};
use crate::aws::codepipeline::{ActionId, ActionState};
use crate::aws::{Aws, Call};
use crate::lambda::{Attempt, LogLine};

/// How often it looks at what CodePipeline shows, in real time.
const GLANCE: Duration = Duration::from_millis(100);

pub(super) struct Watcher {
    pub(super) aws: Aws,
    /// The action that is played, if it is one.
    pub(super) action: Option<ActionId>,
    pub(super) began_ms: u64,
    pub(super) patience: Duration,
    pub(super) feeds: Feeds,
}

/// What there is to see.
pub(super) struct Feeds {
    pub(super) wakings: UnboundedReceiver<Waking>,
    pub(super) calls: UnboundedReceiver<Call>,
    pub(super) attempts: UnboundedReceiver<Attempt>,
    pub(super) logs: UnboundedReceiver<LogLine>,
}

impl Watcher {
    /// Ends when the action has ended and nothing is left to do, or patience is.
    pub(super) async fn watch(mut self, view: &mut impl View) -> Report {
        let mut attempts = Vec::new();
        let mut glances = tokio::time::interval(GLANCE);
        loop {
            tokio::select! {
                biased;
                Some(attempt) = self.feeds.attempts.recv() => {
                    view.show(self.at(attempt.ended_ms), Moment::Attempt(&attempt));
                    attempts.push(attempt);
                }
                Some(waking) = self.feeds.wakings.recv() => view.show(self.at(waking.at_ms), Moment::Waking(&waking)),
                Some(call) = self.feeds.calls.recv() => view.show(self.at(call.at_ms), Moment::Call(&call)),
                Some(line) = self.feeds.logs.recv() => view.show(self.now(), Moment::Log(&line)),
                _ = glances.tick() => {
                    let action = self.state();
                    if let Some(state) = &action {
                        view.show(self.now(), Moment::Progress(state));
                    }
                    if self.is_over(action.as_ref(), &attempts) {
                        return self.report(action, attempts);
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
        let told = !self.aws.sns().messages().is_empty();
        let waited = Duration::from_millis(self.aws.now_ms().saturating_sub(ended_ms));
        (told && self.is_drained()) || waited > self.patience
    }

    /// "Present only while work is left": that is what puts a record into the index.
    fn is_drained(&self) -> bool {
        self.aws
            .dynamodb()
            .items(TABLE)
            .iter()
            .all(|item| !item.contains_key("due_at"))
    }

    fn report(&self, action: Option<ActionState>, attempts: Vec<Attempt>) -> Report {
        Report {
            action,
            notices: self.aws.sns().messages(),
            calls: self.aws.calls(),
            attempts,
            drained: self.is_drained(),
            took: self.now(),
        }
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
