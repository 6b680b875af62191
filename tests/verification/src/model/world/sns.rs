//! SNS and EventBridge, with everything that was published.

use invalidation_core::output::{self, Notification, OutcomeEvent};
use serde_json::Value;

use super::World;
use crate::model::invariant::Invariant;

impl World {
    /// Publish.
    pub fn publish(&mut self, notification: &Notification) {
        let stored = self
            .record()
            .and_then(|record| output::notification(record, None));
        let is_stored = stored.is_some_and(|stored| verdict(&stored) == verdict(notification));
        self.broken.unless(is_stored, Invariant::TrueNotification);
        self.broken
            .unless(self.codepipeline.is_over, Invariant::CodePipelineFirst);
        self.published = self.published.saturating_add(1);
    }

    /// PutEvents.
    pub fn put_event(&mut self, event: &OutcomeEvent) {
        let stored = self.record().and_then(|record| output::event(record, None));
        let is_stored = stored.is_some_and(|stored| outcome(&stored) == outcome(event));
        self.broken.unless(is_stored, Invariant::TrueNotification);
        self.broken
            .unless(self.codepipeline.is_over, Invariant::CodePipelineFirst);
        self.put = self.put.saturating_add(1);
    }
}

/// The outcome in an event.
fn outcome(event: &OutcomeEvent) -> Option<(Value, Value)> {
    let detail: Value = serde_json::from_str(&event.detail).ok()?;
    Some((detail["status"].clone(), detail["outcome"].clone()))
}

/// The outcome in a notification: its status, and the beginning of the reason. The rest holds durations and
/// CloudFront's last status, which are not part of the outcome.
fn verdict(notification: &Notification) -> Vec<&str> {
    let is_verdict = |line: &&str| line.starts_with("Status: ") || line.starts_with("Reason: ");
    let lines = notification.body.lines().filter(is_verdict);
    lines.flat_map(|line| line.split(' ').take(4)).collect()
}
