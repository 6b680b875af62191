//! The page and the picture, parsed as XML.

use std::collections::BTreeMap;

use cfi::explain::{Timeline, of_log, page, picture};
use invariants::read_entries;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::json;

use super::plain;
use super::simulated::{dead, killed};

/// An element: its name and its attributes.
type Element = (String, BTreeMap<String, String>);

/// Every element, in order. Panics if the text is not well-formed.
fn elements(text: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(text);
    let (mut elements, mut depth) = (Vec::new(), 0);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                depth += 1;
                elements.push(element(&start));
            }
            Event::Empty(start) => elements.push(element(&start)),
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "an element is left open");
    elements
}

fn element(start: &BytesStart<'_>) -> Element {
    let attributes = start.attributes().map(|attribute| {
        let attribute = attribute.unwrap();
        (
            attribute.key.as_ref().to_owned(),
            attribute.value.into_owned(),
        )
    });
    (start.name().as_ref().to_owned(), attributes.collect())
}

fn having<'e>(elements: &'e [Element], attribute: &'e str) -> impl Iterator<Item = &'e str> {
    elements
        .iter()
        .filter_map(move |(_, attributes)| attributes.get(attribute).map(String::as_str))
}

#[tokio::test(start_paused = true)]
async fn each_lane_each_moment_and_each_invocation_is_shown() {
    for timeline in [
        killed().await.timeline().await,
        dead().await.timeline().await,
    ] {
        let page = elements(&page(&timeline));
        let lanes: Vec<&str> = having(&page, "data-lane").collect();
        let core = ["CodePipeline", "start", "checker", "CloudFront", "SNS"];
        assert!(lanes.starts_with(&core), "{lanes:?}");
        let moments = having(&page, "data-moment").count();
        let rows = having(&page, "id").filter(|id| id.starts_with("moment-"));
        assert_eq!(
            (moments, rows.count()),
            (timeline.moments.len(), timeline.moments.len())
        );
        let died = having(&page, "data-died").filter(|died| *died == "true");
        assert_eq!(
            died.count(),
            timeline.lives.iter().filter(|life| life.died).count()
        );
        let classes: Vec<&str> = having(&page, "class").collect();
        for class in ["moment crash", "moment recovery", "cross", "ring", "pause"] {
            assert!(classes.contains(&class), "{class}");
        }
        let mut ids: Vec<&str> = having(&page, "id").collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "each id is there once");
    }
}

/// The wait of a job is hatched: the bar shows what the function did while no event occurred.
#[tokio::test(start_paused = true)]
async fn a_wait_is_shown() {
    let timeline = killed().await.timeline().await;
    let picture = elements(&picture(&timeline, "a run"));
    assert!(having(&picture, "class").any(|class| class == "held"));
    assert!(
        plain(&timeline).contains("reports the job result after a wait of 46.6 s: success"),
        "{}",
        plain(&timeline)
    );
}

/// The page is self-contained: no script, picture, font or link points outside.
#[tokio::test(start_paused = true)]
async fn the_page_is_self_contained() {
    let text = page(&killed().await.timeline().await);
    for (name, attributes) in elements(&text) {
        let is_foreign = [
            "script", "img", "iframe", "link", "object", "use", "image", "form",
        ]
        .contains(&name.as_str());
        assert!(!is_foreign, "{name}");
        let reaching = attributes
            .keys()
            .find(|key| key.starts_with("on") || ["href", "src", "style"].contains(&key.as_str()));
        assert_eq!(reaching, None, "{name}");
    }
    for reaching in ["@import", "url(http", "//fonts"] {
        assert!(!text.contains(reaching), "{reaching}");
    }
    assert!(text.contains("default-src 'none'"));
}

/// A timeline in which every value contains markup.
pub(crate) fn hostile() -> Timeline {
    let attack = "</title></style></svg><script>alert(1)</script><img src=x onerror=alert(2)>\" onload='x' &amp; \u{1b}[31m\u{202e}\u{0}]]>";
    let line = |event: &str, level: &str| {
        json!({"timestamp": "2026-01-01T00:00:00.000Z", "level": level, "event": event, "message": attack, "target": "start::x",
            "execution_id": attack, "job_id": attack, "pipeline": attack, "distribution_id": attack, "invalidation_id": attack,
            "status": attack, "service_error": attack, "reason": attack, "topic": attack, "outcome": attack, "error": attack,
            "job_number": 0, "span": {"function": "start", "request_id": attack},
            "secret": "ASIAIOSFODNN7EXAMPLE", "caller_reference": "sessionToken"})
        .to_string()
    };
    let events = [
        "job.received",
        "invalidation.created",
        "poll.status",
        "cloudfront.retry",
        "cloudfront.rejected",
        "outcome.decided",
        "result.accepted",
        "notification.abandoned",
        "notification.published",
    ];
    let mut lines: Vec<String> = events.map(|event| line(event, "INFO")).to_vec();
    lines.push(line(attack, "ERROR"));
    lines.push(line("cloudfront.retry", "WARN").replace("onerror", "AKIAIOSFODNN7EXAMPLE "));
    lines.push(format!(
        "2026-01-01T00:00:09Z {attack} Task timed out after 60.00 seconds {attack}"
    ));
    of_log(&read_entries(&[lines.join("\n")])).remove(0)
}

#[test]
fn content_of_a_log_is_escaped() {
    let timeline = hostile();
    for text in [page(&timeline), picture(&timeline, "a run")] {
        for (name, attributes) in elements(&text) {
            assert!(!["script", "img"].contains(&name.as_str()), "{text}");
            assert!(
                attributes.keys().all(|key| !key.starts_with("on")),
                "{attributes:?}"
            );
        }
        assert!(text.contains("&lt;script&gt;"), "it is shown as text");
    }
    let observed = plain(&timeline);
    assert!(
        !observed.contains(['\u{1b}', '\u{202e}', '\u{0}']),
        "{observed}"
    );
    for text in [observed, page(&timeline)] {
        for secret in [
            "ASIAIOSFODNN7EXAMPLE",
            "AKIAIOSFODNN7EXAMPLE",
            "sessionToken",
        ] {
            assert!(!text.contains(secret), "{secret}");
        }
    }
}
