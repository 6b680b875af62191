//! The result of a run.

use std::time::Duration;

use serde_json::{Map, Value};

use invariants::{Findings, Invariant};
use local_aws::Call;
use local_aws::account::Delivered;
use local_aws::codepipeline::{ActionState, Status};
use local_aws::eventbridge::Put;
use local_aws::lambda::Attempt;
use local_aws::sns::Published;

/// A completed run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The action as CodePipeline shows it, if there was one.
    pub action: Option<ActionState>,
    /// The published notifications, in order.
    pub notifications: Vec<Published>,
    /// The events on a bus, in order.
    pub events: Vec<Put>,
    /// The bus to which outcomes are published, if there is one.
    pub bus: Option<String>,
    /// Every call to a service, in order.
    pub calls: Vec<Call>,
    /// Each event that a function received, in order.
    pub wakings: Vec<Delivered>,
    /// Every attempt that ended, in order.
    pub attempts: Vec<Attempt>,
    /// Each item of the table, in DynamoDB's JSON.
    pub items: Vec<Map<String, Value>>,
    /// When it ended, on the AWS clock, in milliseconds since 1970.
    pub ended_ms: u64,
    /// Whether no record had work left.
    pub finalized: bool,
    /// Its duration on the AWS clock.
    pub took: Duration,
    /// The findings from the data of the services.
    pub seen: Findings,
    /// The findings from the log of the functions.
    pub logged: Findings,
}

impl Report {
    /// Each violated invariant, with a sentence.
    pub fn broken_invariants(&self) -> impl Iterator<Item = (Invariant, &str)> {
        let breaches = self.seen.breaches().chain(self.logged.breaches());
        breaches.map(|(invariant, breach)| (invariant, breach.sentence.as_str()))
    }

    /// Whether the run succeeded: the action succeeded and its notification was published; or, without an action, the
    /// function handled its event.
    pub fn is_ok(&self) -> bool {
        match &self.action {
            Some(action) => action.status == Status::Succeeded && !self.notifications.is_empty(),
            None => self
                .attempts
                .last()
                .is_some_and(|attempt| attempt.result.is_ok()),
        }
    }
}
