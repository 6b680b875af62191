//! The result of a scenario, and the invariants that it violated.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value};

use invariants::{Findings, Limits, Services, check, of_services, of_table};
use local_aws::cloudfront::InvalidationView;
use local_aws::codepipeline::ActionState;
use local_aws::eventbridge::Put;
use local_aws::sns::Published;
use local_aws::{Call, Service};

/// The result of a scenario, as the services recorded it.
#[derive(Debug, Clone)]
pub struct Ending {
    /// The action as CodePipeline shows it.
    pub action: ActionState,
    /// Every other action of the harness.
    pub others: Vec<ActionState>,
    /// Every invalidation that CloudFront has.
    pub invalidations: Vec<InvalidationView>,
    /// Every message on every topic.
    pub notifications: Vec<Published>,
    /// Every event on every bus.
    pub events: Vec<Put>,
    /// The bus to which outcomes are published, if there is one.
    pub bus: Option<String>,
    /// Every call to every service.
    pub calls: Vec<Call>,
    /// The made-up job ids in events that only the scenario sent.
    pub made_up: BTreeSet<String>,
    /// Each item of the table, in DynamoDB's JSON.
    pub items: Vec<Map<String, Value>>,
}

impl Ending {
    /// The findings for every action of the harness, from the data of the services.
    #[must_use]
    pub fn findings(&self) -> Findings {
        let actions = [std::slice::from_ref(&self.action), &self.others].concat();
        let mut facts = of_services(&Services {
            actions: &actions,
            invalidations: &self.invalidations,
            notifications: &self.notifications,
            events: &self.events,
            bus: self.bus.as_deref(),
            calls: &self.calls,
            made_up: &self.made_up,
        });
        let at_ms = facts
            .iter()
            .map(|fact| fact.at_ms)
            .max()
            .unwrap_or_default();
        facts.extend(of_table(&self.items, at_ms));
        let limits = Limits {
            skew: Duration::ZERO,
            is_over: true,
            may_hide_errors: true,
            ..Limits::default()
        };
        check(&facts, &limits)
    }

    /// The violations in the data of the services, regardless of the injected faults: a sentence for each invariant
    /// that is violated for this action, or for no action in particular.
    #[must_use]
    pub fn broken_invariants(&self) -> Vec<String> {
        let execution = self.action.jobs.first();
        let findings = self.findings();
        let broken = findings.breaches().filter(|(_, breach)| {
            breach.execution.is_none() || breach.execution.as_ref() == execution
        });
        broken.map(|(_, breach)| breach.sentence.clone()).collect()
    }

    /// The calls of an operation.
    pub fn made(&self, service: Service, operation: &str) -> impl Iterator<Item = &Call> {
        self.calls
            .iter()
            .filter(move |call| call.service == service && call.operation == operation)
    }

    /// Whether every record has left the index and expires eventually.
    #[must_use]
    pub fn is_finalized(&self) -> bool {
        is_finalized(&self.items)
    }

    /// How long the action took, on the AWS clock; zero while it runs.
    #[must_use]
    pub fn took(&self) -> Duration {
        let ended_ms = self.action.ended_ms.unwrap_or(self.action.started_ms);
        Duration::from_millis(ended_ms - self.action.started_ms)
    }
}

/// Whether these are records, and each has left the index and expires eventually.
pub(super) fn is_finalized(items: &[Map<String, Value>]) -> bool {
    let is_over = |item: &Map<String, Value>| {
        let is_due = item.contains_key("due_at") || item.contains_key("due_shard");
        !is_due && item.contains_key("expires_at")
    };
    !items.is_empty() && items.iter().all(is_over)
}
