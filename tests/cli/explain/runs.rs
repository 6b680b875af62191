//! The story of a run: what the services saw, and how the functions lived and died.

use std::path::Path;
use std::time::Duration;

use cfi::explain::{Actor, Tone, picture};
use harness::Stage;
use local_aws::{Fault, FaultKind, Service, Settings};

use super::played::{Played, dead, killed};
use super::{came_to, plain};

#[tokio::test(start_paused = true)]
async fn a_death_after_the_creation_is_told_with_who_went_on() {
    let played = killed().await;
    assert_eq!(
        played.ending.invalidations.len(),
        1,
        "the run is what it is meant to be"
    );
    let story = played.story().await;
    assert!(came_to(
        &story,
        "start died once; start went on 60.0 s later."
    ));
    let id = &played.ending.invalidations[0].id;
    assert!(came_to(&story, &format!("1 invalidation: {id}.")));
    assert!(came_to(&story, "1 notice."));
    let is_crash = |tone| {
        story
            .moments
            .iter()
            .filter(move |moment| moment.tone == tone)
    };
    assert_eq!(is_crash(Tone::Crash).count(), 1);
    assert_eq!(is_crash(Tone::Recovery).count(), 1);
    assert_eq!(story.lives.iter().filter(|life| life.died).count(), 1);
    insta::assert_snapshot!(plain(&story));
}

#[tokio::test(start_paused = true)]
async fn a_rescue_is_told_as_the_checkers() {
    let played = dead().await;
    let story = played.story().await;
    assert!(came_to(&story, "1 notice."));
    let sentence = |words: &&str| story.came_to.iter().any(|said| said.words.contains(words));
    assert!(sentence(&"start died"), "{:?}", story.came_to);
    assert!(sentence(&"the checker went on"), "{:?}", story.came_to);
    let by_start = story
        .moments
        .iter()
        .filter(|moment| moment.who == Actor::Start);
    assert!(
        by_start.clone().all(|moment| moment.tone == Tone::Bad),
        "it did nothing"
    );
    insta::assert_snapshot!(plain(&story));
}

/// What is put off is told with the service's own word, and is no death.
#[tokio::test(start_paused = true)]
async fn trouble_is_told_and_is_no_death() {
    let stage = Stage::new(&[]);
    let throttling = FaultKind::refuse(400, "Throttling", "Rate exceeded");
    stage.aws().inject(Fault {
        count: 4,
        ..Fault::once(Service::CloudFront, "CreateInvalidation", throttling)
    });
    let story = Played::on(stage).await.story().await;
    let refused = "asks for an invalidation of E2EXAMPLE1ABCD, and is refused: 400 Throttling";
    assert!(
        story.moments.iter().any(|moment| moment.words == refused),
        "{}",
        plain(&story)
    );
    assert!(story.lives.iter().all(|life| !life.died));
    assert!(!plain(&story).contains("died"));
}

/// A failure ends with what CodePipeline shows, which says what to do.
#[tokio::test(start_paused = true)]
async fn a_failure_says_what_to_look_at() {
    let settings = Settings {
        completes_after: Duration::from_secs(3_600),
        ..Settings::default()
    };
    let story = Played::on(Stage::of(settings, &[("TIMEOUT_MINUTES", "5")]))
        .await
        .story()
        .await;
    assert_eq!(story.came_to[0].tone, Tone::Bad);
    let told = plain(&story);
    assert!(
        told.contains("What to look at\n  CloudFront did not report Completed"),
        "{told}"
    );
}

/// The picture in the documentation is the one that the code draws today.
#[tokio::test(start_paused = true)]
async fn the_picture_of_a_run_is_up_to_date() {
    let story = killed().await.story().await;
    let drawn = picture(
        &story,
        "One deploy: start dies right after CloudFront has begun",
    );
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/images/run.svg");
    let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("run.svg");
    std::fs::write(&fresh, &drawn).unwrap();
    let is_same = std::fs::read_to_string(&kept).is_ok_and(|kept| kept == drawn);
    assert!(
        is_same,
        "docs/images/run.svg is out of date; if {} is right, copy it there",
        fresh.display()
    );
}
