//! Timelines from log lines alone.

use cfi::explain::{Actor, Timeline, Tone, list, of_log};
use invariants::read_entries;
use serde_json::{Value, json};

use super::{came_to, plain};

const START: &str = include_str!("samples/start.log");
const CHECKER: &str = include_str!("samples/checker.log");
const DEAD_START: &str = include_str!("samples/dead-start.log");
const FAILED_DELIVERIES: &str = include_str!("samples/dead-checker.log");

fn timelines_of(texts: &[&str]) -> Vec<Timeline> {
    of_log(&read_entries(texts))
}

fn only(texts: &[&str]) -> Timeline {
    let timelines = timelines_of(texts);
    let [timeline] = &timelines[..] else {
        panic!("one execution, not {timelines:#?}")
    };
    timeline.clone()
}

/// `start` crashed right after CreateInvalidation; only Lambda's own line shows it.
#[test]
fn a_crash_is_read_from_the_line_of_lambda() {
    let timeline = only(&[START, CHECKER]);
    assert!(
        came_to(
            &timeline,
            "start crashed once; start continued 60.1 s later."
        ),
        "{:?}",
        timeline.came_to
    );
    assert!(came_to(&timeline, "1 invalidation: IA46IZE4YFYI2S."));
    assert!(came_to(&timeline, "1 notification."));
    assert!(
        timeline
            .moments
            .iter()
            .any(|moment| moment.tone == Tone::Crash && moment.from == Actor::Start)
    );
    insta::assert_snapshot!(plain(&timeline));
}

/// Every delivery to `start` fails; the work of the checker is in the checker's own log.
#[test]
fn a_failed_delivery_is_explained_from_both_logs() {
    let timeline = only(&[DEAD_START, FAILED_DELIVERIES]);
    assert!(came_to(&timeline, "1 invalidation: IB57JZF5ZGZJ3T."));
    assert!(came_to(&timeline, "1 notification."));
    let hands_over = timeline
        .moments
        .iter()
        .find(|moment| moment.words.starts_with("sends the job to the checker"));
    assert_eq!(hands_over.unwrap().tone, Tone::Recovery);
    insta::assert_snapshot!(plain(&timeline));
}

/// Lines without a span: the crate names the function where it can, and it is "a function" elsewhere.
#[test]
fn lines_without_a_span_are_explained() {
    let bare = |text: &str| -> String {
        text.lines()
            .map(|line| match serde_json::from_str::<Value>(line) {
                Ok(mut value) => {
                    value.as_object_mut().unwrap().remove("span");
                    format!("{value}\n")
                }
                Err(_) => format!("{line}\n"),
            })
            .collect()
    };
    let (with, without) = (only(&[START]), only(&[&bare(START)]));
    let times = |timeline: &Timeline| -> Vec<u64> {
        timeline.moments.iter().map(|moment| moment.at_ms).collect()
    };
    assert_eq!(times(&with), times(&without));
    assert!(
        without
            .moments
            .iter()
            .any(|moment| moment.who == Actor::Function)
    );
    assert!(
        came_to(
            &without,
            "A function crashed once; one continued 60.1 s later."
        ),
        "{:?}",
        without.came_to
    );
}

/// The export formats that `verify` reads give the same timeline.
#[test]
fn an_export_shows_the_same() {
    let expected = only(&[START]);
    let stream = "2026/11/22/[$LATEST]0";
    let events: Vec<Value> = stamped(START)
        .iter()
        .map(|(stamp, line)| json!({"logStreamName": stream, "timestamp": millis(stamp), "message": format!("{line}\n")}))
        .collect();
    let export = json!({ "events": events }).to_string();
    let tail: String = stamped(START)
        .iter()
        .map(|(stamp, line)| format!("{stamp} {stream} {line}\n"))
        .collect();
    for text in [export, tail] {
        assert_eq!(only(&[&text]), expected, "{text}");
    }
}

/// Each line with a time: its own, or that of the last line with one.
fn stamped(text: &str) -> Vec<(String, &str)> {
    let mut stamp = "2026-11-22T00:00:00.000Z".to_owned();
    text.lines()
        .map(|line| {
            if let Some(own) = serde_json::from_str::<Value>(line)
                .ok()
                .and_then(|line| line["timestamp"].as_str().map(str::to_owned))
            {
                stamp = own;
            }
            (stamp.clone(), line)
        })
        .collect()
}

fn millis(stamp: &str) -> u64 {
    read_entries(&[format!("{stamp} Task timed out after 60.00 seconds")])[0].at_ms
}

/// An end that Lambda logs twice in JSON is one crash; an error that a function returned is none.
#[test]
fn a_crash_is_reported_once() {
    let mut lines: Vec<String> = START
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(str::to_owned)
        .collect();
    let end = |kind: &str| {
        let request = "5f2c1e7a-0000-4000-8000-000000000001";
        json!({"time": "2026-11-22T21:44:58.000Z", "type": kind, "record": {"requestId": request, "status": "timeout"}}).to_string()
    };
    lines.splice(1..1, [end("platform.runtimeDone"), end("platform.report")]);
    let text = lines.join("\n");
    let timeline = only(&[&text]);
    let crashes = timeline
        .moments
        .iter()
        .filter(|moment| moment.tone == Tone::Crash);
    assert_eq!(crashes.count(), 1, "{}", plain(&timeline));
    assert!(
        timeline
            .moments
            .iter()
            .any(|moment| moment.words == "ends start at its time-out")
    );
}

/// Several executions are listed, each with its end.
#[test]
fn several_executions_are_listed() {
    let timelines = timelines_of(&[DEAD_START, FAILED_DELIVERIES, START, CHECKER]);
    assert_eq!(timelines.len(), 2);
    let listed = anstream::adapter::strip_str(&list(&timelines)).to_string();
    assert!(
        listed.starts_with("2 executions, the earliest first\n\n"),
        "{listed}"
    );
    for id in ["7a3c8513", "8b4d9624"] {
        let line = listed.lines().find(|line| line.contains(id)).unwrap();
        assert!(line.contains("It succeeded after"), "{line}");
    }
    let crashes = |timeline: &Timeline| timeline.lives.iter().filter(|life| life.died).count();
    assert_eq!(
        timelines.iter().map(crashes).collect::<Vec<_>>(),
        [1, 6],
        "each has its own"
    );
}

/// A crash that no line ties to an execution belongs to none, and each timeline says so.
#[test]
fn a_crash_without_an_execution_is_reported_as_such() {
    let stray = "2026-11-22T20:00:00.000Z 00000000-0000-4000-8000-000000000000 Task timed out after 60.00 seconds";
    let timelines = timelines_of(&[START, DEAD_START, FAILED_DELIVERIES, stray]);
    assert_eq!(timelines.len(), 2);
    for timeline in timelines {
        assert!(
            timeline
                .untold
                .iter()
                .any(|observed| observed.words.contains("1 crash ")),
            "{timeline:#?}"
        );
    }
}

/// The codes of events and filters are also explained.
#[test]
fn the_bus_has_a_lane_when_there_is_one() {
    let put = json!({"timestamp": "2026-11-22T23:59:59.000Z", "level": "INFO", "message": "a sentence", "event": "bus.published",
        "execution_id": "7a3c8513-dba0-4948-aa18-c9557ce3ade7", "target": "invalidation_runtime::telemetry", "span": {"function": "start"}});
    let timeline = only(&[START, &put.to_string()]);
    let moment = timeline
        .moments
        .iter()
        .find(|moment| moment.to == Actor::EventBridge)
        .unwrap();
    assert_eq!(moment.words, "puts the event of the outcome on the bus");
}
