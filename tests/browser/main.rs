//! The pages in a browser: everything is shown, no error is logged, and no network request is made.
//!
//! It needs Chromium, and fails without it. `CONTRIBUTING.md` has its command; `CHROMIUM` names another executable.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop there"
)]

mod chromium;

use std::path::{Path, PathBuf};

use cfi::explain::{Timeline, of_log, page};
use chromium::{Seen, open, screenshot};
use invariants::read_entries;

fn timeline() -> Timeline {
    let logs = [
        include_str!("../cli/explain/samples/start.log"),
        include_str!("../cli/explain/samples/checker.log"),
    ];
    of_log(&read_entries(&logs)).remove(0)
}

/// A page in a file of its own.
fn file(name: &str, text: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, text).unwrap();
    file
}

fn count(seen: &Seen, what: &str) -> usize {
    seen.dom.matches(what).count()
}

#[test]
fn each_lane_each_moment_and_the_recovery_are_shown() {
    let timeline = timeline();
    let seen = open(&file("timeline.html", &page(&timeline)));
    for lane in ["CodePipeline", "start", "checker", "CloudFront", "SNS"] {
        assert_eq!(count(&seen, &format!("data-lane=\"{lane}\"")), 1, "{lane}");
    }
    for number in 0..timeline.moments.len() {
        assert_eq!(
            count(&seen, &format!("data-moment=\"{number}\"")),
            1,
            "{number}"
        );
        assert_eq!(
            count(&seen, &format!("id=\"moment-{number}\"")),
            1,
            "{number}"
        );
    }
    assert_eq!(count(&seen, "class=\"moment crash\""), 1);
    assert_eq!(count(&seen, "class=\"moment recovery\""), 1);
    assert!(
        seen.dom
            .contains("start crashed once; start continued 60.1 s later.")
    );
    assert_eq!(seen.said, [""; 0]);
    assert_eq!(seen.asked, [""; 0]);
}

/// A page full of attacks is as quiet as any other.
#[test]
fn a_hostile_log_makes_no_page_act() {
    let attack = "</title></style></svg><script>console.log('broken out')</script><img src='http://hostile.example/x'>";
    let mut timeline = timeline();
    timeline.pipeline = Some(attack.to_owned());
    for moment in &mut timeline.moments {
        moment.words.push_str(attack);
    }
    timeline.stored.push(("shown", attack.to_owned()));
    let seen = open(&file("hostile.html", &page(&timeline)));
    assert_eq!((seen.said, seen.asked), (Vec::new(), Vec::new()));
    assert!(seen.dom.contains("&lt;script&gt;"));
}

/// The other tests depend on this: an error and a request are detected.
#[test]
fn an_error_and_a_request_are_noticed() {
    let text = "<!DOCTYPE html><title>x</title><script>nothing.is.there</script><img src=\"http://hostile.example/x\">";
    let seen = open(&file("noticed.html", text));
    assert!(
        seen.said
            .iter()
            .any(|line| line.contains("nothing is not defined")),
        "{:?}",
        seen.said
    );
    assert!(
        seen.asked
            .iter()
            .any(|line| line.contains("hostile.example")),
        "{:?}",
        seen.asked
    );
}

/// For manual inspection: this test writes `target/tmp/timeline.png`.
#[test]
fn the_page_is_drawn() {
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("timeline.png");
    screenshot(&file("drawn.html", &page(&timeline())), &picture);
    let bytes = std::fs::read(&picture).unwrap();
    assert!(
        bytes.starts_with(b"\x89PNG") && bytes.len() > 50_000,
        "{} bytes",
        bytes.len()
    );
}
