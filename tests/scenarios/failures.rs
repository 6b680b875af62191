//! Each class of failure, and how it appears everywhere: `docs/failures.md` is generated from these scenarios.

mod classes;
mod output_capture;
mod page;

use std::time::Duration;

use classes::{CLASSES, Class};
use harness::Ending;
use harness::subscriber;
use invalidation_runtime::settings::environment;
use output_capture::OutputCapture;
use tokio::time::Instant;

/// How long a scenario may run after its action has ended.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(4 * 3_600);
/// How often the end is checked.
const POLL_INTERVAL: Duration = Duration::from_secs(60);

/// A class of failure after its run.
struct FailureRun {
    class: &'static Class,
    ending: Ending,
    output: OutputCapture,
}

impl FailureRun {
    /// The violated invariants. The services cannot see that an undelivered output was abandoned with an error; the
    /// metrics show it.
    fn broken_invariants(&self) -> Vec<String> {
        let metrics = self.output.metrics();
        let expected = [
            ("AbandonedNotifications", "no notification was sent for"),
            ("AbandonedEvents", "no event was put on the bus for"),
            ("UndeliveredResults", "CodePipeline ended execution"),
        ];
        let expected = expected.map(|(metric, begins)| metrics.get(metric).map(|_| begins));
        let mut broken = self.ending.broken_invariants();
        broken.retain(|sentence| {
            let mut expected = expected.into_iter().flatten();
            !expected.any(|begins| sentence.starts_with(begins))
        });
        broken
    }
}

async fn play(class: &'static Class) -> FailureRun {
    subscriber::everywhere();
    let harness = (class.harness)();
    let output = OutputCapture::default();
    let listening = tracing::dispatcher::set_default(&output.dispatch());
    let action = harness.begin(class.parameters);
    let ending = harness
        .during(async {
            if let Some(after) = class.stopped_after {
                tokio::time::sleep(after).await;
                harness.aws().codepipeline().abandon(&action);
            }
            let actions = [action];
            harness.settled(&actions).await;
            // The attempts to publish a message that SNS never accepts take hours.
            let deadline = Instant::now() + SETTLE_TIMEOUT;
            while !harness.is_settled(&actions) && Instant::now() < deadline {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
            harness.ending(&action)
        })
        .await;
    drop(listening);
    FailureRun {
        class,
        ending,
        output,
    }
}

/// The page matches the behaviour of the functions exactly.
#[tokio::test(start_paused = true)]
async fn the_page_of_failures_is_up_to_date() {
    let mut played = Vec::new();
    for class in CLASSES {
        let one = play(class).await;
        assert_eq!(one.broken_invariants(), [""; 0], "{}", class.name);
        played.push(one);
    }
    let page = page::of(&played);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/failures.md");
    if environment("WRITE_PAGES").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        stored == page,
        "docs/failures.md is out of date; WRITE_PAGES=1 cargo test --workspace --test scenarios -- failures writes it"
    );
}
