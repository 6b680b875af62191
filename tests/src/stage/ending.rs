//! How a story ended, and which promises it broke.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::aws::cloudfront::InvalidationView;
use crate::aws::codepipeline::{ActionState, CANARY, Status};
use crate::aws::sns::Published;
use crate::aws::{Call, Outcome, Service};

/// How a story ended, as the services saw it.
#[derive(Debug, Clone)]
pub struct Ending {
    /// The action as CodePipeline shows it.
    pub action: ActionState,
    /// Every invalidation that CloudFront has.
    pub invalidations: Vec<InvalidationView>,
    /// Every message on every topic.
    pub notices: Vec<Published>,
    /// Every call to every service.
    pub calls: Vec<Call>,
    /// Each item of the table, in DynamoDB's JSON.
    pub items: Vec<Map<String, Value>>,
}

impl Ending {
    /// What the services saw that must not be, whatever went wrong: a sentence for each promise that was broken.
    #[must_use]
    pub fn broken_promises(&self) -> Vec<String> {
        let succeeded = self.action.status == Status::Succeeded;
        let status = if succeeded { "success" } else { "failed" };
        let contradicts = |notice: &Published| {
            notice
                .attributes
                .get("status")
                .is_none_or(|told| told != status)
        };
        let ended_ms = self.action.ended_ms.unwrap_or(u64::MAX);
        let came_early = |notice: &Published| notice.at_ms < ended_ms;
        let promises = [
            ("the action never ended", self.action.ended_ms.is_none()),
            (
                "CodePipeline ended it, not we",
                self.action.status == Status::TimedOut,
            ),
            (
                "success was reported before CloudFront said Completed",
                succeeded && !self.was_seen_completed_in_time(),
            ),
            (
                "one execution made more than one invalidation",
                self.invalidations.len() > 1,
            ),
            (
                "a secret of the event leaked",
                format!("{self:?}").contains(CANARY),
            ),
            ("nobody was told", self.notices.is_empty()),
            (
                "people heard it before CodePipeline did",
                self.notices.iter().any(came_early),
            ),
            (
                "a notice contradicts the pipeline",
                self.notices.iter().any(contradicts),
            ),
            ("something is left to do", !self.is_drained()),
        ];
        let broken = promises.into_iter().filter(|(_, is_broken)| *is_broken);
        broken.map(|(promise, _)| promise.to_owned()).collect()
    }

    fn was_seen_completed_in_time(&self) -> bool {
        let from_cloudfront = self
            .calls
            .iter()
            .filter(|call| call.service == Service::CloudFront);
        let mut seen = from_cloudfront
            .filter(|call| call.outcome == Outcome::Ok && call.detail.contains("Completed"));
        let ended_ms = self.action.ended_ms.unwrap_or_default();
        seen.next().is_some_and(|call| call.at_ms <= ended_ms)
    }

    /// The calls of an operation.
    pub fn made(&self, service: Service, operation: &str) -> impl Iterator<Item = &Call> {
        self.calls
            .iter()
            .filter(move |call| call.service == service && call.operation == operation)
    }

    /// Whether every record has left the index and may be deleted some day.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        is_drained(&self.items)
    }

    /// How long the action took, on AWS's clock; zero while it runs.
    #[must_use]
    pub fn took(&self) -> Duration {
        let ended_ms = self.action.ended_ms.unwrap_or(self.action.started_ms);
        Duration::from_millis(ended_ms - self.action.started_ms)
    }
}

/// Whether these are records, and each of them has left the index and may be deleted some day.
pub(super) fn is_drained(items: &[Map<String, Value>]) -> bool {
    let is_over = |item: &Map<String, Value>| {
        let is_due = item.contains_key("due_at") || item.contains_key("due_shard");
        !is_due && item.contains_key("expires_at")
    };
    !items.is_empty() && items.iter().all(is_over)
}
