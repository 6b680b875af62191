//! The timeline of a run: the calls of the services, and the invocations of the functions.

use std::path::Path;
use std::time::Duration;

use cfi::explain::{Actor, Tone, picture};
use harness::Harness;
use local_aws::{Fault, FaultKind, Service, Settings};

use super::simulated::{Played, dead, killed};
use super::{came_to, plain};

#[tokio::test(start_paused = true)]
async fn a_crash_after_the_creation_names_the_function_that_continued() {
    let played = killed().await;
    assert_eq!(
        played.ending.invalidations.len(),
        1,
        "this run has one invalidation"
    );
    let timeline = played.timeline().await;
    assert!(came_to(
        &timeline,
        "start crashed once; start continued 60.0 s later."
    ));
    let id = &played.ending.invalidations[0].id;
    assert!(came_to(&timeline, &format!("1 invalidation: {id}.")));
    assert!(came_to(&timeline, "1 notification."));
    let is_crash = |tone| {
        timeline
            .moments
            .iter()
            .filter(move |moment| moment.tone == tone)
    };
    assert_eq!(is_crash(Tone::Crash).count(), 1);
    assert_eq!(is_crash(Tone::Recovery).count(), 1);
    assert_eq!(timeline.lives.iter().filter(|life| life.died).count(), 1);
    insta::assert_snapshot!(plain(&timeline));
}

#[tokio::test(start_paused = true)]
async fn a_failed_delivery_is_explained_as_a_run_of_the_checker() {
    let played = dead().await;
    let timeline = played.timeline().await;
    assert!(came_to(&timeline, "1 notification."));
    let sentence = |words: &&str| {
        timeline
            .came_to
            .iter()
            .any(|sentence| sentence.words.contains(words))
    };
    assert!(sentence(&"start crashed"), "{:?}", timeline.came_to);
    assert!(sentence(&"the checker continued"), "{:?}", timeline.came_to);
    let by_start = timeline
        .moments
        .iter()
        .filter(|moment| moment.who == Actor::Start);
    assert!(
        by_start.clone().all(|moment| moment.tone == Tone::Bad),
        "it did nothing"
    );
    insta::assert_snapshot!(plain(&timeline));
}

/// A retryable error is shown with the service's own code, and is no crash.
#[tokio::test(start_paused = true)]
async fn an_error_is_shown_and_is_no_crash() {
    let harness = Harness::new(&[]);
    let throttling = FaultKind::reject(400, "Throttling", "Rate exceeded");
    harness.aws().inject(Fault {
        count: 4,
        ..Fault::once(Service::CloudFront, "CreateInvalidation", throttling)
    });
    let timeline = Played::on(harness).await.timeline().await;
    let rejected = "requests an invalidation of E2EXAMPLE1ABCD, which is rejected: 400 Throttling";
    assert!(
        timeline
            .moments
            .iter()
            .any(|moment| moment.words == rejected),
        "{}",
        plain(&timeline)
    );
    assert!(timeline.lives.iter().all(|life| !life.died));
    assert!(!plain(&timeline).contains("crashed"));
}

/// A failure ends with the message in CodePipeline, which names the next step.
#[tokio::test(start_paused = true)]
async fn a_failure_names_what_to_check() {
    let settings = Settings {
        completes_after: Duration::from_secs(3_600),
        ..Settings::default()
    };
    let timeline = Played::on(Harness::of(settings, &[("TIMEOUT_MINUTES", "5")]))
        .await
        .timeline()
        .await;
    assert_eq!(timeline.came_to[0].tone, Tone::Bad);
    let observed = plain(&timeline);
    assert!(
        observed.contains("What to check\n  CloudFront did not report Completed"),
        "{observed}"
    );
}

/// The picture in the documentation is the one that the code draws.
#[tokio::test(start_paused = true)]
async fn the_picture_of_a_run_is_up_to_date() {
    let timeline = killed().await.timeline().await;
    let drawn = picture(
        &timeline,
        "One deployment: start crashes after CloudFront created the invalidation",
    );
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/images/run.svg");
    let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("run.svg");
    std::fs::write(&fresh, &drawn).unwrap();
    let is_same = std::fs::read_to_string(&kept).is_ok_and(|kept| kept == drawn);
    assert!(
        is_same,
        "docs/images/run.svg is out of date; if {} is right, copy it there",
        fresh.display()
    );
}
