//! The timeline of a record alone, as the product reads it.

use cfi::explain::{of_record, read_record, with_record};
use serde_json::{Value, json};

use super::plain;

/// A minute after the last time in any of the records.
const NOW_MS: u64 = 1_767_225_660_000;

fn item(name: &str) -> Value {
    let items = include_str!("../../adapters/records.json");
    let items: Value = serde_json::from_str(items).unwrap();
    json!({ "Item": items[name] })
}

#[tokio::test]
async fn a_record_explains_what_it_has_and_names_what_is_missing() {
    for name in ["waiting", "pending", "finalized", "several", "published"] {
        let record = read_record(&item(name).to_string()).await.unwrap();
        insta::assert_snapshot!(name, plain(&of_record(&record, NOW_MS)));
    }
}

/// A record that is due and not claimed is the first thing to check.
#[tokio::test]
async fn a_record_that_is_due_and_not_claimed_is_reported() {
    let record = read_record(&item("waiting").to_string()).await.unwrap();
    let observed = plain(&of_record(&record, NOW_MS + 60 * 60 * 1_000));
    assert!(
        observed.contains("the checker's schedule is enabled"),
        "{observed}"
    );
    assert!(!plain(&of_record(&record, NOW_MS)).contains("schedule"));
}

#[tokio::test]
async fn an_item_that_is_no_record_is_rejected_with_a_reason() {
    let id = json!({ "S": "11111111-abcd-1111-abcd-111111abcdef" });
    let newer = json!({ "Item": { "id": id, "v": { "N": "99" } } });
    for (text, why) in [
        ("", "it is no JSON"),
        ("{}", "it has no Item"),
        (
            r#"{"Item":{"id":{"S":"queue/E1"}}}"#,
            "it has no Item with the id of an execution",
        ),
        (&newer.to_string(), "its version is 99"),
    ] {
        let error = read_record(text).await.unwrap_err();
        assert!(error.contains(why), "{text}: {error}");
    }
}

/// The table's content is the end of the timeline from the log.
#[tokio::test]
async fn a_log_and_a_record_are_explained_together() {
    let record = read_record(&item("pending").to_string()).await.unwrap();
    let entries = invariants::read_entries(&[include_str!("samples/start.log")]);
    let [timeline] = &cfi::explain::of_log(&entries)[..] else {
        panic!("one execution")
    };
    let observed = with_record(timeline.clone(), &record, NOW_MS);
    assert_eq!(observed.moments, timeline.moments);
    assert!(observed.pending.iter().any(|pending| {
        pending
            .words
            .starts_with("The notification, with the next attempt from")
    }));
    assert!(plain(&observed).contains("Record in the table\n  begun      2026-01-01"));
}
