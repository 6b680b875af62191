//! The findings as a table and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::check::Findings;
use super::verdict::{Finding, Verdict};

/// The number of violations of one invariant that are shown in words; the others are only counted.
const BREACHES_SHOWN: usize = 20;

/// The findings as a table, with a sentence for each violation below it.
#[must_use]
pub fn as_table(findings: &Findings) -> String {
    let mut table = String::new();
    for verdict in &findings.verdicts {
        // Writing to a string cannot fail.
        let _ = writeln!(table, "  {}", row(verdict));
    }
    let Findings {
        executions,
        results,
        notifications,
        ..
    } = findings;
    let _ = writeln!(
        table,
        "\n  {executions} executions, {results} results, {notifications} notifications"
    );
    for verdict in &findings.verdicts {
        for breach in verdict.breaches.iter().take(BREACHES_SHOWN) {
            let _ = writeln!(
                table,
                "  violated {}: {}",
                verdict.invariant.id(),
                breach.sentence
            );
        }
        let more = verdict.breaches.len().saturating_sub(BREACHES_SHOWN);
        if more > 0 {
            let _ = writeln!(
                table,
                "  violated {}: {more} more times",
                verdict.invariant.id()
            );
        }
    }
    table
}

fn row(verdict: &Verdict) -> String {
    let (invariant, finding) = (verdict.invariant, verdict.finding());
    let count = match finding {
        Finding::Upheld => format!("{:>14} in {}", finding, verdict.cases),
        Finding::Violated => format!(
            "{:>14} {} of {}",
            finding,
            verdict.breaches.len(),
            verdict.cases.max(verdict.breaches.len())
        ),
        Finding::NotObservable => format!("{finding:>14}"),
    };
    format!("{:<4}{:<58}{count}", invariant.id(), invariant.text())
}

/// The findings as one JSON object.
#[must_use]
pub fn as_json(findings: &Findings) -> Value {
    let invariants: Vec<Value> = findings.verdicts.iter().map(of_verdict).collect();
    json!({
        "ok": findings.are_ok(),
        "invariants": invariants,
        "executions": findings.executions,
        "results": findings.results,
        "notifications": findings.notifications,
    })
}

fn of_verdict(verdict: &Verdict) -> Value {
    let breaches = verdict
        .breaches
        .iter()
        .map(|breach| json!({ "execution": breach.execution, "sentence": breach.sentence }));
    json!({
        "id": verdict.invariant.id(),
        "invariant": verdict.invariant.text(),
        "finding": match verdict.finding() {
            Finding::Upheld => "upheld",
            Finding::Violated => "violated",
            Finding::NotObservable => "not observable",
        },
        "cases": verdict.cases,
        "violations": breaches.collect::<Vec<Value>>(),
    })
}
