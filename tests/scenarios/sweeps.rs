//! The time limits of one sweep of the checker with many records.

use std::collections::BTreeSet;
use std::time::Duration;

use harness::Harness;
use local_aws::cloudfront::Completion;
use local_aws::{Call, Fault, FaultKind, Service};
use tokio::time::Instant;

const EXECUTIONS: usize = 40;

/// Executions that have all had their first job, and whose records are all due.
async fn waiting() -> Harness {
    let harness = Harness::new(&[("MAX_WAIT_SECONDS", "0")]).without_schedule();
    harness.aws().cloudfront().set_completion(Completion::Never);
    for n in 0..EXECUTIONS {
        // Each on its own distribution, because a list call would cover all on the same.
        let id = format!("E1EXAMPLE{n:04}");
        harness.aws().cloudfront().add_distribution(&id);
        let _ = harness.begin(&format!(r#"{{"DistributionId":"{id}"}}"#));
    }
    harness
        .during(tokio::time::sleep(Duration::from_secs(20)))
        .await;
    harness
}

/// How many invalidations the checker polled, however often.
fn polls(harness: &Harness) -> usize {
    let is_poll = |call: &&Call| call.caller == "checker" && call.operation == "GetInvalidation";
    let calls = harness.aws().calls();
    calls
        .iter()
        .filter(is_poll)
        .map(|call| &call.subject)
        .collect::<BTreeSet<_>>()
        .len()
}

#[tokio::test(start_paused = true)]
async fn a_sweep_moves_every_record_that_is_due() {
    let harness = waiting().await;
    harness.sweep(Duration::from_secs(55)).await.unwrap();
    assert_eq!(polls(&harness), EXECUTIONS);
    harness.sweep(Duration::from_secs(55)).await.unwrap();
    assert_eq!(
        polls(&harness),
        EXECUTIONS,
        "a record that was just polled is not due again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_sweep_with_little_time_left_starts_no_work() {
    let harness = waiting().await;
    harness.sweep(Duration::from_secs(20)).await.unwrap();
    assert_eq!(polls(&harness), 0);
}

/// With every status check hanging until its time-out, a sweep moves some records and ends before Lambda would end
/// it.
#[tokio::test(start_paused = true)]
async fn a_sweep_ends_in_time_though_every_call_hangs() {
    let harness = waiting().await;
    let hang = Fault {
        service: Some(Service::CloudFront),
        ..Fault::always(FaultKind::Hang)
    };
    harness.aws().inject(hang);
    let (began, time_left) = (Instant::now(), Duration::from_secs(55));
    harness.sweep(time_left).await.unwrap();
    let took = began.elapsed();
    assert!(took < time_left - Duration::from_secs(5), "{took:?}");
    assert!(
        (1..EXECUTIONS).contains(&polls(&harness)),
        "{} polls",
        polls(&harness)
    );
}
