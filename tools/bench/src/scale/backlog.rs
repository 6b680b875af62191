//! Due records, their invalidations, and finished records.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::LATENCY;
use harness::{DISTRIBUTION, Harness, TABLE};
use local_aws::Settings;
use local_aws::cloudfront::{Completion, ResourceId};

/// How long the records rest before the first sweep.
pub(super) const AGE: Duration = Duration::from_secs(60);

/// The distribution of the records over the CloudFront distributions, and the order in which they are due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Round-robin.
    #[default]
    Even,
    /// All but one for each other distribution are on the first, and due before all others.
    BacklogFirst,
    /// The same, but those of the others are due at even distances among them.
    BacklogAmong,
}

/// The backlog of a sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// The number of due records.
    pub unfinished: usize,
    /// The number of their distributions.
    pub distributions: usize,
    /// The number of records in the table without remaining work.
    pub finished: usize,
    /// The distribution of the records over the CloudFront distributions.
    pub shape: Shape,
    /// Whether CloudFront has completed their invalidations; otherwise it never does.
    pub is_completed: bool,
}

impl Backlog {
    /// The distribution of the nth record, the longest due first.
    pub(super) fn distribution_of(&self, n: usize) -> usize {
        let others = self.distributions.saturating_sub(1);
        match self.shape {
            Shape::Even => n % self.distributions,
            Shape::BacklogFirst => (n + 1 + others).saturating_sub(self.unfinished),
            Shape::BacklogAmong => {
                let distance = self.unfinished / (others + 1);
                let is_other = n % distance == distance - 1 && n / distance < others;
                if is_other { 1 + n / distance } else { 0 }
            }
        }
    }
}

/// The key of the nth record.
pub(super) fn key(n: usize) -> String {
    // An odd factor scatters the keys, like those of CodePipeline.
    let scattered = (n as u32).wrapping_mul(0x9e37_79b1);
    format!("{scattered:08x}-0000-4000-8000-{n:012x}")
}

fn distribution(number: usize) -> String {
    format!("E1EXAMPLE{number:04}")
}

/// A harness with this backlog, all of it due.
pub(super) async fn arrange(backlog: Backlog) -> Harness {
    let pattern = Pattern::written().await;
    let harness = harness();
    let (cloudfront, dynamodb) = (harness.aws().cloudfront(), harness.aws().dynamodb());
    dynamodb.forget_history(TABLE);
    cloudfront.set_completion(if backlog.is_completed {
        Completion::After(Duration::ZERO)
    } else {
        Completion::Never
    });
    for number in 0..backlog.distributions {
        cloudfront.add_distribution(&distribution(number));
    }
    for n in 0..backlog.unfinished {
        let distribution = distribution(backlog.distribution_of(n));
        let resource_id = ResourceId::Distribution(distribution.clone());
        let id = cloudfront.add_invalidation(&resource_id, &pattern.reference(&key(n)));
        dynamodb.put_raw(TABLE, pattern.record(n, &distribution, &id));
    }
    for n in 0..backlog.finished {
        dynamodb.put_raw(TABLE, finished(n));
    }
    // By then all are due, and each stored status is older than the maximum age.
    tokio::time::sleep(AGE).await;
    harness
}

/// A harness on which no execution waits, and none reaches its deadline during the measurement.
fn harness() -> Harness {
    let settings = Settings {
        latency: LATENCY,
        ..Settings::default()
    };
    let ours = [("MAX_WAIT_SECONDS", "0"), ("TIMEOUT_MINUTES", "1380")];
    Harness::of(settings, &ours).without_schedule()
}

/// A record without remaining work, for queries: the key and the attributes that a sweep would look for.
fn finished(n: usize) -> Map<String, Value> {
    let item = json!({
        "id": { "S": format!("finished-{n:012x}") },
        "v": { "N": "1" },
        "expires_at": { "N": "1800000000" },
    });
    item.as_object().cloned().unwrap_or_default()
}

/// A record that `start` has written for the checker, as a text in which names are replaced.
struct Pattern {
    text: String,
    id: String,
    invalidation: String,
    reference: String,
    due_at: u64,
}

impl Pattern {
    async fn written() -> Self {
        let harness = harness();
        harness.aws().cloudfront().set_completion(Completion::Never);
        let action = harness.begin(&format!(
            r#"{{"DistributionId":"{DISTRIBUTION}","Paths":["/index.html"]}}"#
        ));
        harness
            .during(tokio::time::sleep(Duration::from_secs(5)))
            .await;
        let id = harness.ending(&action).action.jobs.remove(0);
        let made = harness.aws().cloudfront().invalidations().remove(0);
        let record = harness.aws().dynamodb().item(TABLE, &id);
        let record = record.expect("a job writes its record");
        let due_at = record["due_at"]["N"]
            .as_str()
            .and_then(|at| at.parse().ok());
        Self {
            text: Value::Object(record).to_string(),
            id,
            invalidation: made.id,
            reference: made.caller_reference,
            due_at: due_at.expect("what is in progress is due eventually"),
        }
    }

    fn reference(&self, id: &str) -> String {
        self.reference.replace(&self.id, id)
    }

    /// The nth record: due a millisecond after the one before it.
    fn record(&self, n: usize, distribution: &str, invalidation: &str) -> Map<String, Value> {
        let text = self
            .text
            .replace(&self.id, &key(n))
            .replace(&self.invalidation, invalidation)
            .replace(DISTRIBUTION, distribution);
        let mut record: Map<String, Value> =
            serde_json::from_str(&text).expect("names do not change what the text is");
        let due_at = (self.due_at + n as u64).to_string();
        record.insert("due_at".into(), json!({ "N": due_at }));
        record
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_other_distribution_has_one_record() {
        for shape in [Shape::BacklogFirst, Shape::BacklogAmong] {
            let backlog = Backlog {
                unfinished: 1_000,
                distributions: 100,
                shape,
                ..Backlog::default()
            };
            let mut counts = [0; 100];
            (0..1_000).for_each(|n| counts[backlog.distribution_of(n)] += 1);
            assert_eq!(counts[0], 901);
            assert!(counts[1..].iter().all(|count| *count == 1));
        }
    }
}
