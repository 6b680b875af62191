//! Defects that the simulation found, each as its shortest scenario.

use std::time::Duration;

use harness::{Harness, PARAMETERS};
use local_aws::cloudfront::Completion;
use local_aws::{Fault, FaultKind, Service, Settings};

/// Two simultaneous copies of an event must not undo each other's work repeatedly: the overtaken copy knows the new
/// invalidation's id, and the other does not.
#[tokio::test(start_paused = true)]
async fn two_copies_do_not_keep_overtaking_each_other() {
    let harness = Harness::new(&[("MAX_WAIT_SECONDS", "0")]).delivering_twice();
    let ending = harness.play(PARAMETERS).await;
    let creations = ending
        .made(Service::CloudFront, "CreateInvalidation")
        .count();
    assert!(creations <= 6, "{creations} calls of CreateInvalidation");
}

/// One copy reports a continuation; the other reads `Completed` and finds the job closed. CodePipeline has not
/// received the outcome, so no notification may be published before it has.
#[tokio::test(start_paused = true)]
async fn a_job_that_another_copy_closed_is_not_the_end() {
    let mut broken = Vec::new();
    for (max_wait, latency, seconds) in [
        ("10", 150, 8),
        ("10", 150, 9),
        ("10", 150, 10),
        ("25", 165, 24),
        ("25", 165, 25),
    ] {
        let settings = Settings {
            latency: Duration::from_millis(latency),
            ..Settings::default()
        };
        let harness = Harness::of(
            settings,
            &[
                ("MAX_WAIT_SECONDS", max_wait),
                ("STATUS_MAX_AGE_SECONDS", "5"),
            ],
        );
        let completion = Completion::After(Duration::from_secs(seconds));
        harness.aws().cloudfront().set_completion(completion);
        let ending = harness.delivering_twice().play(PARAMETERS).await;
        broken.extend(ending.broken_invariants());
    }
    assert_eq!(broken, [""; 0]);
}

/// With the table unreachable at the continuation job, the job is failed without its record. Once the table is
/// available again, a notification reports the outcome of the invalidation, and that CodePipeline started no further
/// job.
#[tokio::test(start_paused = true)]
async fn an_undelivered_result_is_reported_as_such() {
    let harness = Harness::new(&[("MAX_WAIT_SECONDS", "0")]);
    let now_ms = harness.aws().now_ms();
    harness.aws().inject(Fault::outage(
        Service::DynamoDb,
        now_ms + 5_000..now_ms + 600_000,
        FaultKind::Unavailable,
    ));
    let ending = harness.play(PARAMETERS).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    let observed = &ending.notifications[0].message;
    assert!(
        observed.contains("CodePipeline: the result could not be delivered"),
        "{observed}"
    );
}
