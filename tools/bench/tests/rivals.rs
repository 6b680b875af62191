//! The record of the comparison. It has a process of its own, because the SDK's clients of one process share a budget of
//! retries.

use bench::rivals::{TOOL, runs};
use serde_json::Value;

/// The page shows this action as it is.
#[test]
fn the_record_has_the_runs_of_this_action() {
    let record = include_str!("../rivals/results.jsonl");
    let lines = record
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let recorded: Vec<Value> = lines.filter(|line: &Value| line["tool"] == TOOL).collect();
    let played: Vec<Value> = runs().collect();
    assert_eq!(
        recorded, played,
        "cargo run --bin bench -- rivals records them"
    );
}
