//! SNS trouble never changes or delays what CodePipeline hears.

use harness::{PARAMETERS, Stage, TOPIC};
use local_aws::codepipeline::Status;
use local_aws::{Fault, FaultKind, Service};

#[tokio::test(start_paused = true)]
async fn the_notice_comes_later_and_the_pipeline_does_not_wait() {
    let calm = Stage::new(&[]).play(PARAMETERS).await;
    for kind in [
        FaultKind::Hang,
        FaultKind::refuse(500, "InternalError", "down"),
        FaultKind::LoseRequest,
    ] {
        let stage = Stage::new(&[]);
        stage.aws().inject(Fault {
            count: 8,
            ..Fault::once(Service::Sns, "Publish", kind.clone())
        });
        let ending = stage.play(PARAMETERS).await;
        assert_eq!(ending.broken_promises(), [""; 0], "{kind:?}");
        assert_eq!(
            (ending.action.status.clone(), ending.took()),
            (Status::Succeeded, calm.took()),
            "{kind:?}"
        );
        assert_eq!(ending.notices.len(), 1, "{kind:?}");
        assert_eq!(ending.notices[0].caller, "checker", "{kind:?}");
    }
}

/// A topic that is gone for good: the tries are bounded, and the record does not stay for ever.
#[tokio::test(start_paused = true)]
async fn a_topic_that_is_gone_is_given_up_some_day() {
    let stage = Stage::new(&[]);
    stage.aws().sns().delete_topic(TOPIC);
    let action = stage.begin(PARAMETERS);
    let ending = stage
        .during(async {
            stage.aws().codepipeline().ended(&action).await;
            tokio::time::sleep(std::time::Duration::from_secs(4 * 3_600)).await;
            stage.ending(&action)
        })
        .await;
    let broken = ending.broken_promises();
    assert!(
        matches!(&broken[..], [told] if told.starts_with("nobody was told of execution")),
        "{broken:?}"
    );
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(ending.made(Service::Sns, "Publish").count(), 20);
}
