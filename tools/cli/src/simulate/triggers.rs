//! The triggers of the functions for a script.

use std::time::Duration;

use serde_json::Value;

use super::options::Options;
use super::script::Script;
use local_aws::account::{ONCE, TWICE, Triggers};
use local_aws::lambda::Events;

/// Runs the triggers as long as it is polled. `given_up` are the failure records of `start`.
pub(super) async fn trigger(triggers: &Triggers, options: &Options, given_up: Events) {
    match &options.script {
        Script::Action { .. } | Script::Event(_) => {
            let twice = options
                .faults
                .iter()
                .any(super::InjectedFault::doubles_events);
            let job_count = triggers.jobs(if twice { TWICE } else { ONCE });
            tokio::join!(
                job_count,
                failed_deliveries(triggers, given_up),
                schedule(triggers, options)
            );
        }
        Script::FailedDelivery(record) => {
            let job_count = async {
                lost_job(triggers, record).await;
                triggers.jobs(ONCE).await;
            };
            tokio::join!(
                job_count,
                failed_deliveries(triggers, given_up),
                schedule(triggers, options)
            );
        }
        Script::Trigger(event) => {
            triggers.trigger("you", "checker", "with your event", event, ONCE);
        }
        Script::Stray(event) => triggers.trigger("you", "start", "with your event", event, ONCE),
    }
    std::future::pending::<()>().await;
}

/// CodePipeline invoked `start`, but all three attempts of Lambda failed.
async fn lost_job(triggers: &Triggers, record: &Value) {
    triggers.aws.codepipeline().next_invocation().await;
    triggers.trigger(
        "Lambda",
        "checker",
        "every delivery to start failed",
        record,
        ONCE,
    );
}

/// The on-failure destination of `start` is `checker`.
async fn failed_deliveries(triggers: &Triggers, mut given_up: Events) {
    while let Some(record) = given_up.recv().await {
        let record = serde_json::from_slice(&record).unwrap_or_default();
        triggers.trigger("Lambda", "checker", "start was given up", &record, ONCE);
    }
}

/// The second of the minute in which the schedule fires is derived from the seed.
async fn schedule(triggers: &Triggers, options: &Options) {
    let second = fastrand::Rng::with_seed(options.seed).u64(1..60);
    triggers.schedule(Duration::from_secs(second)).await;
}
