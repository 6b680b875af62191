//! Each class of failure, and what everybody sees of it: `docs/failures.md` is written from these stories.

mod classes;
mod heard;
mod page;

use std::time::Duration;

use classes::{CLASSES, Class};
use harness::Ending;
use harness::subscriber;
use heard::Heard;
use invalidation_runtime::settings::environment;
use tokio::time::Instant;

/// How long a story may go on after its action has ended.
const PATIENCE: Duration = Duration::from_secs(4 * 3_600);
/// How often it is looked whether it has ended.
const GLANCE: Duration = Duration::from_secs(60);

/// A class of failure as it was played.
struct Played {
    class: &'static Class,
    ending: Ending,
    heard: Heard,
}

impl Played {
    /// What must not be. The services cannot see that what nobody heard was given up with an error; the metrics say so.
    fn broken_invariants(&self) -> Vec<String> {
        let metrics = self.heard.metrics();
        let excuses = [
            ("AbandonedNotifications", "nobody was told of"),
            ("AbandonedEvents", "the bus has no event of"),
            ("UndeliveredResults", "CodePipeline ended execution"),
        ];
        let excuses = excuses.map(|(metric, begins)| metrics.get(metric).map(|_| begins));
        let mut broken = self.ending.broken_invariants();
        broken.retain(|sentence| {
            let mut excuses = excuses.into_iter().flatten();
            !excuses.any(|begins| sentence.starts_with(begins))
        });
        broken
    }
}

async fn play(class: &'static Class) -> Played {
    subscriber::everywhere();
    let stage = (class.harness)();
    let heard = Heard::default();
    let listening = tracing::dispatcher::set_default(&heard.dispatch());
    let action = stage.begin(class.parameters);
    let ending = stage
        .during(async {
            if let Some(after) = class.stopped_after {
                tokio::time::sleep(after).await;
                stage.aws().codepipeline().abandon(&action);
            }
            let actions = [action];
            stage.settled(&actions).await;
            // What SNS never takes is tried for hours.
            let patience = Instant::now() + PATIENCE;
            while !stage.is_settled(&actions) && Instant::now() < patience {
                tokio::time::sleep(GLANCE).await;
            }
            stage.ending(&action)
        })
        .await;
    drop(listening);
    Played {
        class,
        ending,
        heard,
    }
}

/// The page is what the functions do and say, to the letter.
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
        "docs/failures.md is out of date; WRITE_PAGES=1 cargo test --workspace --test stories -- failures writes it"
    );
}
