//! A failure of SNS never changes or delays the result for CodePipeline.

use harness::{Harness, PARAMETERS, TOPIC};
use local_aws::codepipeline::Status;
use local_aws::{Fault, FaultKind, Service};

#[tokio::test(start_paused = true)]
async fn the_notification_comes_later_and_the_pipeline_does_not_wait() {
    let baseline = Harness::new(&[]).play(PARAMETERS).await;
    for kind in [
        FaultKind::Hang,
        FaultKind::reject(500, "InternalError", "down"),
        FaultKind::LoseRequest,
    ] {
        let harness = Harness::new(&[]);
        harness.aws().inject(Fault {
            count: 8,
            ..Fault::once(Service::Sns, "Publish", kind.clone())
        });
        let ending = harness.play(PARAMETERS).await;
        assert_eq!(ending.broken_invariants(), [""; 0], "{kind:?}");
        assert_eq!(
            (ending.action.status.clone(), ending.took()),
            (Status::Succeeded, baseline.took()),
            "{kind:?}"
        );
        assert_eq!(ending.notifications.len(), 1, "{kind:?}");
        assert_eq!(ending.notifications[0].caller, "checker", "{kind:?}");
    }
}

/// A deleted topic: the attempts are bounded, and the record is finalized.
#[tokio::test(start_paused = true)]
async fn notifications_to_a_deleted_topic_are_abandoned() {
    let harness = Harness::new(&[]);
    harness.aws().sns().delete_topic(TOPIC);
    let action = harness.begin(PARAMETERS);
    let ending = harness
        .during(async {
            harness.aws().codepipeline().ended(&action).await;
            tokio::time::sleep(std::time::Duration::from_secs(4 * 3_600)).await;
            harness.ending(&action)
        })
        .await;
    let broken = ending.broken_invariants();
    assert!(
        matches!(&broken[..], [observed] if observed.starts_with("no notification was sent for execution")),
        "{broken:?}"
    );
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(ending.made(Service::Sns, "Publish").count(), 20);
}
