//! CloudFront takes its time, or does not want any more requests for now.

use std::time::Duration;

use harness::{PARAMETERS, Stage};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::{FailureKind, Status};
use local_aws::{Fault, FaultKind, Service};

#[tokio::test(start_paused = true)]
async fn it_is_waited_for_over_many_visits() {
    let stage = Stage::new(&[]);
    stage
        .aws()
        .cloudfront()
        .set_completion(Completion::After(Duration::from_secs(600)));
    let ending = stage.play(PARAMETERS).await;
    assert_eq!(ending.broken_promises(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    assert!(
        ending.took() < Duration::from_secs(660),
        "{:?}",
        ending.took()
    );
    assert_eq!(ending.notices.len(), 1);
    let looks = ending.made(Service::CloudFront, "GetInvalidation").count();
    assert!(looks <= 50, "{looks} looks in 10 minutes");
}

/// Our own deadline, long before CodePipeline's 24 hours, and with words that say what to do.
#[tokio::test(start_paused = true)]
async fn what_never_completes_times_out_at_our_deadline() {
    let stage = Stage::new(&[]);
    stage.aws().cloudfront().set_completion(Completion::Never);
    let ending = stage.play(PARAMETERS).await;
    assert_eq!(ending.broken_promises(), [""; 0]);
    let Status::Failed { kind, message } = &ending.action.status else {
        panic!("{:?}", ending.action.status)
    };
    assert_eq!(*kind, FailureKind::JobFailed);
    assert!(
        message.contains("did not report Completed") && message.contains("within 15 min"),
        "{message}"
    );
    assert!(
        (900..=960).contains(&ending.took().as_secs()),
        "{:?}",
        ending.took()
    );
}

#[tokio::test(start_paused = true)]
async fn a_throttle_or_a_full_queue_is_no_failure() {
    for (status, code) in [
        (400, "Throttling"),
        (400, "TooManyInvalidationsInProgress"),
        (503, "ServiceUnavailable"),
    ] {
        let stage = Stage::new(&[]);
        let refusal = FaultKind::refuse(status, code, "Rate exceeded");
        stage.aws().inject(Fault {
            count: 8,
            ..Fault::once(Service::CloudFront, "CreateInvalidation", refusal)
        });
        let ending = stage.play(PARAMETERS).await;
        assert_eq!(ending.broken_promises(), [""; 0], "{code}");
        assert_eq!(ending.action.status, Status::Succeeded, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cloudfront_will_never_do_fails_at_once() {
    let stage = Stage::new(&[]);
    stage.aws().cloudfront().deny("CreateInvalidation");
    let ending = stage.play(PARAMETERS).await;
    assert_eq!(ending.broken_promises(), [""; 0]);
    let Status::Failed { kind, message } = &ending.action.status else {
        panic!("{:?}", ending.action.status)
    };
    assert_eq!(*kind, FailureKind::PermissionError);
    assert!(
        message.contains("cloudfront:CreateInvalidation"),
        "{message}"
    );
    assert!(
        ending.took() < Duration::from_secs(1),
        "{:?}",
        ending.took()
    );
}
