//! Runs in the harness, in virtual time: each run gives the same calls.

use std::time::Duration;

use cfi::explain::{Run, Timeline, of_run, read_record, with_record};
use harness::{Ending, Harness, PARAMETERS, Witness};
use local_aws::account::Delivered;
use local_aws::lambda::Attempt;
use local_aws::{Fault, FaultKind, Service, Settings};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A run, and the invocations of the functions in it.
pub(crate) struct Played {
    pub(crate) ending: Ending,
    wakings: Vec<Delivered>,
    attempts: Vec<Attempt>,
}

impl Played {
    pub(crate) async fn on(harness: Harness) -> Self {
        let (wakings, wakings_feed) = unbounded_channel();
        let (attempts, attempts_feed) = unbounded_channel();
        let harness = harness.before(Witness { wakings, attempts });
        let ending = harness.play(PARAMETERS).await;
        Self {
            ending,
            wakings: all(wakings_feed),
            attempts: all(attempts_feed),
        }
    }

    /// The timeline, with the final content of the table.
    pub(crate) async fn timeline(&self) -> Timeline {
        let timeline = of_run(&Run {
            action: Some(&self.ending.action),
            calls: &self.ending.calls,
            wakings: &self.wakings,
            attempts: &self.attempts,
            notifications: &self.ending.notifications,
        });
        let item = self.ending.items.iter().find(|item| item.contains_key("v"));
        let record = read_record(&json!({ "Item": item }).to_string()).await;
        with_record(timeline, &record.unwrap(), 0)
    }
}

fn all<T>(mut feed: UnboundedReceiver<T>) -> Vec<T> {
    std::iter::from_fn(|| feed.try_recv().ok()).collect()
}

/// `start` crashes right after CloudFront has created the invalidation, while completion is slow.
pub(crate) async fn killed() -> Played {
    let harness = Harness::of(
        Settings {
            latency: Duration::from_millis(20),
            completes_after: Duration::from_secs(105),
            ..Settings::default()
        },
        &[],
    );
    let kill = Fault::once(
        Service::CloudFront,
        "CreateInvalidation",
        FaultKind::KillAfter,
    );
    harness.aws().inject(kill);
    Played::on(harness).await
}

/// `start` crashes before its first call in every invocation.
pub(crate) async fn dead() -> Played {
    let harness = Harness::new(&[]);
    harness.aws().inject(Fault {
        caller: Some("start".into()),
        ..Fault::always(FaultKind::KillBefore)
    });
    Played::on(harness).await
}
