//! CodePipeline rejects results for a while: the job handler retries within its time budget, and later runs retry
//! after it.

use std::time::Duration;

use harness::{Ending, Harness, PARAMETERS};
use local_aws::codepipeline::Status;
use local_aws::{Fault, FaultKind, Service};

async fn play(rejections: u32) -> Ending {
    let harness = Harness::new(&[]);
    let busy = FaultKind::reject(400, "ThrottlingException", "Rate exceeded");
    let first = Fault::once(Service::CodePipeline, "PutJobSuccessResult", busy);
    harness.aws().inject(Fault {
        count: rejections,
        ..first
    });
    harness.play(PARAMETERS).await
}

#[tokio::test(start_paused = true)]
async fn a_short_throttle_is_retried_within_the_same_job() {
    let ending = play(8).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    assert!(
        ending.took() < Duration::from_secs(40),
        "{:?}",
        ending.took()
    );
    assert_eq!(ending.notifications.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn later_runs_report_the_result_after_a_long_outage() {
    let ending = play(40).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(ending.notifications.len(), 1);
}

/// The pipeline was stopped: no result is accepted any more, and the record is still finalized.
#[tokio::test(start_paused = true)]
async fn the_record_of_an_abandoned_action_is_finalized() {
    let harness = Harness::new(&[("MAX_WAIT_SECONDS", "0")]);
    let action = harness.begin(PARAMETERS);
    let ending = harness
        .during(async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            harness.aws().codepipeline().abandon(&action);
            tokio::time::sleep(Duration::from_secs(3_600)).await;
            harness.ending(&action)
        })
        .await;
    assert_eq!(ending.action.status, Status::Abandoned);
    assert!(ending.is_finalized(), "{:#?}", ending.items);
    assert_eq!(
        ending.notifications.len(),
        1,
        "the notification of the invalidation is still published"
    );
}
