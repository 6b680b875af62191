//! A log may contain any bytes.

use invariants::{Limits, as_json, as_table, check, read_log};
use proptest::prelude::*;

use super::EXECUTION;

fn assess(text: &str) {
    let log = read_log(&[text]);
    let findings = check(&log.facts, &Limits::default());
    assert!(log.function_lines <= log.lines);
    assert!(!as_table(&findings).is_empty() && as_json(&findings).is_object());
}

/// Fields of the log format with arbitrary values in arbitrary order.
fn partly_valid_line() -> impl Strategy<Value = String> {
    let event = prop::sample::select(vec![
        "job.received",
        "invalidation.created",
        "invalidation.compared",
        "poll.status",
        "result.accepted",
        "notification.published",
        "notification.abandoned",
        "job.failed.no_record",
    ]);
    let value = prop_oneof![
        Just("null".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        Just(format!("{EXECUTION:?}")),
        Just("[{}]".to_owned()),
    ];
    let field = prop::sample::select(vec![
        "execution_id",
        "job_id",
        "timestamp",
        "job_number",
        "deadline_ms",
        "outcome",
        "topic",
        "invalidation_id",
        "compared",
        "message_id",
        "events",
        "record",
    ]);
    let fields = prop::collection::vec((field, value), 0..8);
    (event, fields).prop_map(|(event, fields)| {
        let fields = fields
            .iter()
            .map(|(name, value)| format!("{name:?}:{value},"))
            .collect::<String>();
        format!("{{{fields}\"target\":\"invalidation_runtime::telemetry\",\"message\":\"a sentence\",\"event\":{event:?}}}\n")
    })
}

proptest! {
    #[test]
    fn any_bytes_do_not_panic(bytes: Vec<u8>) {
        assess(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_text_does_not_panic(text: String) {
        assess(&text);
    }

    #[test]
    fn any_values_in_known_fields_do_not_panic(lines in prop::collection::vec(partly_valid_line(), 0..12)) {
        assess(&lines.concat());
    }
}

#[test]
fn deep_nesting_does_not_panic() {
    assess(&"[".repeat(100_000));
    assess(&"{\"events\":[".repeat(100_000));
}
