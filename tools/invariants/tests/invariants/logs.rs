//! The log reader: the log lines in every envelope in which they are exported.

use invariants::{Finding, Findings, Invariant, Limits, Log, check, read_log};
use serde_json::{Value, json};

use super::{DISTRIBUTION, EXECUTION, INVALIDATION, TOPIC};

fn line(second: u32, event: &str, more: &Value) -> Value {
    let mut line = json!({
        "timestamp": format!("2026-01-01T00:00:{second:02}.000000Z"),
        "level": "INFO",
        "event": event,
        "message": "a sentence",
        "execution_id": EXECUTION,
        "pipeline": "example-pipeline",
        "target": "invalidation_runtime::telemetry",
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        line[name] = value.clone();
    }
    line
}

/// The log of normal operation.
fn lines() -> Vec<Value> {
    let job = json!({"job_id": EXECUTION, "job_number": 0, "distribution_id": DISTRIBUTION, "topic": TOPIC, "deadline_ms": 1_767_226_500_000_u64});
    let created = json!({"job_id": EXECUTION, "distribution_id": DISTRIBUTION, "caller_reference": "r1", "invalidation_id": INVALIDATION, "status": "InProgress"});
    let polled = json!({"invalidation_id": INVALIDATION, "status": "Completed"});
    vec![
        line(0, "job.received", &job),
        line(1, "invalidation.created", &created),
        line(9, "poll.status", &polled),
        line(9, "outcome.decided", &json!({"outcome": "succeeded"})),
        line(
            10,
            "result.accepted",
            &json!({"job_id": EXECUTION, "outcome": "succeeded"}),
        ),
        line(
            11,
            "notification.published",
            &json!({"outcome": "succeeded", "topic": TOPIC, "message_id": "m1"}),
        ),
    ]
}

fn checked(text: &str) -> (Log, Findings) {
    let log = read_log(&[text]);
    let findings = check(&log.facts, &Limits::default());
    (log, findings)
}

fn wrapped(wrap: impl Fn(&Value) -> String) -> String {
    lines().iter().map(|line| wrap(line) + "\n").collect()
}

#[test]
fn every_export_format_gives_the_same_findings() {
    let plain = wrapped(Value::to_string);
    let (bare, expected) = checked(&plain);
    assert!(expected.are_ok());
    assert_eq!((bare.lines, bare.function_lines), (6, 6));
    for invariant in Invariant::ALL {
        let is_seen = !matches!(invariant, Invariant::ClaimedIsSent | Invariant::Finalized);
        let finding = if is_seen {
            Finding::Upheld
        } else {
            Finding::NotObservable
        };
        assert_eq!(expected.finding(invariant), finding, "{invariant:?}");
    }

    let events: Vec<Value> = lines()
        .iter()
        .map(|line| json!({"logStreamName": "2026/01/01/[$LATEST]0", "timestamp": 1, "message": format!("{line}\n"), "eventId": "1"}))
        .collect();
    let export = json!({"events": events, "searchedLogStreams": []});
    let wrappings = [
        serde_json::to_string_pretty(&export).unwrap(),
        export.to_string(),
        wrapped(|line| format!("2026-01-01T00:00:00 {line}")),
        wrapped(|line| format!("2026-01-01T00:00:00.000000+00:00 2026/01/01/[$LATEST]0 {line}")),
        wrapped(|line| format!("              start │ {line}\u{1b}[0m")),
        wrapped(|line| json!({"timestamp": 1, "message": line.to_string()}).to_string()),
    ];
    for text in wrappings {
        let (log, findings) = checked(&text);
        assert_eq!((log.lines, log.function_lines), (6, 6), "{text}");
        for (found, expected) in findings.verdicts.iter().zip(&expected.verdicts) {
            assert_eq!(
                found.finding(),
                expected.finding(),
                "{:?}: {text}",
                found.invariant
            );
        }
    }
}

#[test]
fn lines_of_other_sources_are_skipped() {
    let other_lines = [
        "INIT_START Runtime Version: provided:al2023.v1\n",
        "START RequestId: 1 Version: $LATEST\n",
        "{\"_aws\":{\"Timestamp\":1},\"FailedDeliveries\":1}\n",
        "{\"timestamp\":\"2026-01-01T00:00:00Z\",\"level\":\"WARN\",\"message\":\"a sentence\",\"event\":\"invalidation.created\",\"target\":\"hyper\"}\n",
        "REPORT RequestId: 1 Duration: 12.00 ms\n",
        "\n",
    ];
    let (log, findings) = checked(&(other_lines.concat() + &wrapped(Value::to_string)));
    assert_eq!((log.lines, log.function_lines), (11, 6));
    assert!(findings.are_ok());
}

/// The log of a defective function.
#[test]
fn violations_in_a_log_are_found() {
    let second = line(
        2,
        "invalidation.created",
        &json!({"invalidation_id": "I3", "caller_reference": "r2"}),
    );
    let late = line(
        30,
        "poll.status",
        &json!({"invalidation_id": INVALIDATION, "status": "Completed"}),
    );
    let other = line(
        31,
        "notification.published",
        &json!({"outcome": "failed", "message_id": "m2"}),
    );
    let mut without_poll = lines();
    without_poll.remove(2);
    let add = |more: Value| lines().into_iter().chain([more]).collect::<Vec<Value>>();
    let bad = [
        (Invariant::OneInvalidation, add(second)),
        (
            Invariant::TrueSuccess,
            without_poll.iter().cloned().chain([late]).collect(),
        ),
        (Invariant::OneOutcome, add(other.clone())),
        (Invariant::FewNotifications, add(other)),
        (Invariant::NoSecret, add(json!({"sessionToken": "…"}))),
        (Invariant::NoSecret, add(json!("ASIAIOSFODNN7EXAMPLE"))),
    ];
    for (invariant, lines) in bad {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let (_, findings) = checked(&text);
        assert_eq!(
            findings.finding(invariant),
            Finding::Violated,
            "{invariant:?}: {text}"
        );
    }
}

/// A second notification is accepted if Lambda reports an abnormal end between the two.
#[test]
fn lines_of_lambda_are_errors() {
    let copy = line(
        31,
        "notification.published",
        &json!({"outcome": "succeeded", "topic": TOPIC, "message_id": "m2"}),
    );
    let text = wrapped(Value::to_string) + &copy.to_string();
    assert_eq!(
        checked(&text).1.finding(Invariant::FewNotifications),
        Finding::Violated
    );
    for service_error in [
        "2026-01-01T00:00:20Z 1 Task timed out after 60.00 seconds",
        "{\"time\":\"2026-01-01T00:00:20Z\",\"type\":\"platform.runtimeDone\",\"record\":{\"status\":\"error\"}}",
    ] {
        let (_, findings) = checked(&format!("{text}\n{service_error}"));
        assert_eq!(
            findings.finding(Invariant::FewNotifications),
            Finding::Upheld,
            "{service_error}"
        );
    }
}
