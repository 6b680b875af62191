//! What is left when a run is over.

use std::time::Duration;

use serde_json::{Map, Value};

use invariants::{Findings, Invariant};
use local_aws::Call;
use local_aws::account::Delivered;
use local_aws::codepipeline::{ActionState, Status};
use local_aws::eventbridge::Put;
use local_aws::lambda::Attempt;
use local_aws::sns::Published;

/// A run, looked back at.
#[derive(Clone, Debug)]
pub struct Report {
    /// The action as CodePipeline shows it, if one was played.
    pub action: Option<ActionState>,
    /// What subscribers were notified, in order.
    pub notifications: Vec<Published>,
    /// What was put on a bus, in order.
    pub events: Vec<Put>,
    /// The bus on which outcomes are put, if there is one.
    pub bus: Option<String>,
    /// Every call that a service saw, in order.
    pub calls: Vec<Call>,
    /// Each event that a function was handed, in order.
    pub wakings: Vec<Delivered>,
    /// Every attempt that ended, in order.
    pub attempts: Vec<Attempt>,
    /// Each item of the table, in DynamoDB's JSON.
    pub items: Vec<Map<String, Value>>,
    /// When it was over, on AWS's clock, in milliseconds since 1970.
    pub ended_ms: u64,
    /// Whether no record had work left.
    pub finalized: bool,
    /// How long it took on AWS's clock.
    pub took: Duration,
    /// Which promises held, by what the services saw.
    pub seen: Findings,
    /// Which promises held, by what the functions logged.
    pub logged: Findings,
}

impl Report {
    /// Each promise that was broken, with a sentence.
    pub fn broken_invariants(&self) -> impl Iterator<Item = (Invariant, &str)> {
        let breaches = self.seen.breaches().chain(self.logged.breaches());
        breaches.map(|(invariant, breach)| (invariant, breach.sentence.as_str()))
    }

    /// Whether all is well: the action succeeded and people heard of it; or, without any action, the function took its
    /// event.
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
