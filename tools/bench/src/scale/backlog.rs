//! Records that are due, invalidations that they wait for, and records that are finished.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::LATENCY;
use harness::{DISTRIBUTION, Harness, TABLE};
use local_aws::Settings;
use local_aws::cloudfront::{Completion, PipelineContext};

/// How long the records are left alone before the first pass.
pub(super) const AGE: Duration = Duration::from_secs(60);

/// How the records lie over the distributions, and in which order they are due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// In turn.
    #[default]
    Even,
    /// All but one for each other distribution are on the first, and due before all others.
    BacklogFirst,
    /// The same, and those of the others are due at even distances among them.
    BacklogAmong,
}

/// What a sweep meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many records are due.
    pub unfinished: usize,
    /// On how many distributions they are.
    pub distributions: usize,
    /// How many records lie in the table that have nothing left to do.
    pub finished: usize,
    /// How the records lie over the distributions.
    pub shape: Shape,
    /// Whether CloudFront has completed their invalidations; else it never does.
    pub is_completed: bool,
}

impl Backlog {
    /// The distribution of the n-th record, the longest due first.
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

/// The key of the n-th record.
pub(super) fn key(n: usize) -> String {
    // An odd factor scatters the keys, as those of CodePipeline are.
    let scattered = (n as u32).wrapping_mul(0x9e37_79b1);
    format!("{scattered:08x}-0000-4000-8000-{n:012x}")
}

fn distribution(number: usize) -> String {
    format!("E1EXAMPLE{number:04}")
}

/// A stage with this backlog, all of it due.
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
        let pipeline_context = PipelineContext::Distribution(distribution.clone());
        let id = cloudfront.add_invalidation(&pipeline_context, &pattern.reference(&key(n)));
        dynamodb.put_raw(TABLE, pattern.record(n, &distribution, &id));
    }
    for n in 0..backlog.finished {
        dynamodb.put_raw(TABLE, finished(n));
    }
    // By then all are due, and each was looked at longer ago than its status holds.
    tokio::time::sleep(AGE).await;
    harness
}

/// A stage on which nobody waits, and nothing reaches its deadline while it is measured.
fn harness() -> Harness {
    let settings = Settings {
        latency: LATENCY,
        ..Settings::default()
    };
    let ours = [("MAX_WAIT_SECONDS", "0"), ("TIMEOUT_MINUTES", "1380")];
    Harness::of(settings, &ours).without_schedule()
}

/// A record with nothing left to do, as far as any query could tell: the key and what a sweep would look for.
fn finished(n: usize) -> Map<String, Value> {
    let item = json!({
        "id": { "S": format!("finished-{n:012x}") },
        "v": { "N": "1" },
        "expires_at": { "N": "1800000000" },
    });
    item.as_object().cloned().unwrap_or_default()
}

/// A record that `start` has written, and left to the checker, as a text in which names are replaced.
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

    /// The n-th record: due a millisecond after the one before it.
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
