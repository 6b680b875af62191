//! CloudFront is slow, or rejects requests for now.

use std::time::Duration;

use harness::{Harness, PARAMETERS};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::{FailureKind, Status};
use local_aws::{Fault, FaultKind, Service};

#[tokio::test(start_paused = true)]
async fn the_wait_lasts_over_many_jobs() {
    let harness = Harness::new(&[("MAX_WAIT_SECONDS", "35")]);
    harness
        .aws()
        .cloudfront()
        .set_completion(Completion::After(Duration::from_secs(600)));
    let ending = harness.play(PARAMETERS).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    assert!(
        ending.took() < Duration::from_secs(660),
        "{:?}",
        ending.took()
    );
    assert_eq!(ending.notifications.len(), 1);
    let polls = ending.made(Service::CloudFront, "GetInvalidation").count();
    assert!(polls <= 75, "{polls} polls in 10 minutes");
}

/// The action's own deadline, long before CodePipeline's 24 hours, with a message that names the next step.
#[tokio::test(start_paused = true)]
async fn an_invalidation_that_never_completes_times_out_at_the_deadline() {
    let harness = Harness::new(&[]);
    harness.aws().cloudfront().set_completion(Completion::Never);
    let ending = harness.play(PARAMETERS).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
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
        let harness = Harness::new(&[]);
        let rejection = FaultKind::reject(status, code, "Rate exceeded");
        harness.aws().inject(Fault {
            count: 8,
            ..Fault::once(Service::CloudFront, "CreateInvalidation", rejection)
        });
        let ending = harness.play(PARAMETERS).await;
        assert_eq!(ending.broken_invariants(), [""; 0], "{code}");
        assert_eq!(ending.action.status, Status::Succeeded, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_final_rejection_fails_at_once() {
    let harness = Harness::new(&[]);
    harness.aws().cloudfront().deny("CreateInvalidation");
    let ending = harness.play(PARAMETERS).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
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
