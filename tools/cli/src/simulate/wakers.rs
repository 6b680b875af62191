//! What wakes the functions, as the script wants it.

use std::time::Duration;

use serde_json::Value;

use super::options::Options;
use super::script::Script;
use local_aws::account::{ONCE, TWICE, Wakers};
use local_aws::lambda::Events;

/// Wakes the functions for as long as it is polled. `given_up` are the failure records of `start`.
pub(super) async fn wake(wakers: &Wakers, options: &Options, given_up: Events) {
    match &options.script {
        Script::Action { .. } | Script::Event(_) => {
            let twice = options.troubles.iter().any(super::Trouble::doubles_events);
            let visits = wakers.visits(if twice { TWICE } else { ONCE });
            tokio::join!(visits, rescues(wakers, given_up), schedule(wakers, options));
        }
        Script::Rescue(record) => {
            let visits = async {
                lost_visit(wakers, record).await;
                wakers.visits(ONCE).await;
            };
            tokio::join!(visits, rescues(wakers, given_up), schedule(wakers, options));
        }
        Script::Wake(event) => wakers.wake("you", "checker", "with your event", event, ONCE),
        Script::Stray(event) => wakers.wake("you", "start", "with your event", event, ONCE),
    }
    std::future::pending::<()>().await;
}

/// CodePipeline did invoke `start`, but Lambda got it to run three times in vain.
async fn lost_visit(wakers: &Wakers, record: &Value) {
    wakers.aws.codepipeline().next_invocation().await;
    wakers.wake(
        "Lambda",
        "checker",
        "every delivery to start failed",
        record,
        ONCE,
    );
}

/// The on-failure destination of `start` is `checker`.
async fn rescues(wakers: &Wakers, mut given_up: Events) {
    while let Some(record) = given_up.recv().await {
        let record = serde_json::from_slice(&record).unwrap_or_default();
        wakers.wake("Lambda", "checker", "start was given up", &record, ONCE);
    }
}

/// The second of the minute in which the schedule fires follows from the seed.
async fn schedule(wakers: &Wakers, options: &Options) {
    let second = fastrand::Rng::with_seed(options.seed).u64(1..60);
    wakers.schedule(Duration::from_secs(second)).await;
}
