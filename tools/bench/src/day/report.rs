//! The results of the day as tables.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::plan::Deploy;
use super::play::Day;
use super::{CALLS_AT_ONCE, bill};
use crate::markdown::{head, row};
use crate::statistics::nearest_rank;
use local_aws::codepipeline::Status;
use local_aws::{Call, Outcome};

/// All tables.
pub(super) fn text(plan: &[Deploy], day: &Day, violations: &[String], rate: u32) -> String {
    let mut text = format!(
        "A day of {} deploys; CloudFront takes {CALLS_AT_ONCE} calls at once and {rate} in a second\n\n{}\nThe wait of a pipeline\n\n{}\nCalls\n\n{}\nThe bill\n\n{}",
        plan.len(),
        sights(plan, day, violations),
        waits(day),
        calls(day),
        bill(day, plan.len()),
    );
    for violation in violations.iter().take(10) {
        let _ = writeln!(text, "BROKEN: {violation}");
    }
    text
}

/// The checks, with their counts.
type Sight = (&'static str, String);

/// The number of failures, and the message of the first: only CloudFront may cause them.
fn failed(day: &Day) -> String {
    let mut told = day
        .actions
        .iter()
        .filter_map(|action| match &action.status {
            Status::Failed { message, .. } => Some(message),
            _ => None,
        })
        .peekable();
    match told.peek().copied() {
        Some(first) => format!("{}; the first: {first}", told.count()),
        None => "0".into(),
    }
}

fn sights(plan: &[Deploy], day: &Day, violations: &[String]) -> String {
    let mut table = head(&["what", "how much"]);
    let ends = [
        (
            "ended by a result",
            format!("{} of {}", day.reported(), plan.len()),
        ),
        ("of these, failed", failed(day)),
        ("violated invariants", violations.len().to_string()),
    ];
    let real = ("real time", format!("{:.0} s", day.real.as_secs_f64()));
    let rows = ends.into_iter().chain(limits_met(day)).chain(runs(day));
    for (what, amount) in rows.chain([real]) {
        row(&mut table, &[what.to_owned(), amount]);
    }
    table
}

fn limits_met(day: &Day) -> [Sight; 5] {
    let many = |call: &&Call| is_rejected(call, "TooManyInvalidationsInProgress");
    let queue_polls =
        |call: &&Call| call.operation == "GetItem" && call.subject.starts_with("queue/");
    let shared = day.items.iter().filter(|item| made_by_other(item));
    [
        ("calls that CloudFront throttled", day.throttled.to_string()),
        (
            "invalidations rejected because too many were in progress",
            day.calls.iter().filter(many).count().to_string(),
        ),
        (
            "reads of a queue by waiting executions",
            day.calls.iter().filter(queue_polls).count().to_string(),
        ),
        (
            "deploys for which another's invalidation was made",
            shared.count().to_string(),
        ),
        ("invalidations", day.invalidations.len().to_string()),
    ]
}

fn runs(day: &Day) -> [Sight; 6] {
    let of = |is_checker: bool| {
        let runs = day.runs.iter();
        runs.filter(move |run| run.is_checker == is_checker)
    };
    let longest = |is_checker: bool| {
        let longest = of(is_checker).map(|run| run.took_ms).max();
        seconds(longest.unwrap_or_default())
    };
    let failed = day.runs.iter().filter(|run| run.failed);
    [
        (
            "sweeps of the checker, and failed deliveries",
            of(true).count().to_string(),
        ),
        ("the longest of them", longest(true)),
        ("the longest run of start", longest(false)),
        ("runs that failed", failed.count().to_string()),
        (
            "most records unfinished at once",
            day.most_unfinished.to_string(),
        ),
        (
            "most runs of start at once, on average of the busiest minute",
            busiest(day),
        ),
    ]
}

fn made_by_other(item: &serde_json::Map<String, serde_json::Value>) -> bool {
    let target = item.get("targets").map(|targets| &targets["L"][0]["M"]);
    target.is_some_and(|target| target["created_by"]["S"].is_string())
}

fn is_rejected(call: &Call, rejection: &str) -> bool {
    matches!(&call.outcome, Outcome::Rejected { code, .. } if code == rejection)
}

/// The number of concurrent invocations of `start`: the duration of those that ended within a minute, divided by a
/// minute.
fn busiest(day: &Day) -> String {
    let mut minutes: BTreeMap<u64, u64> = BTreeMap::new();
    for run in day.runs.iter().filter(|run| !run.is_checker) {
        *minutes.entry(run.ended_ms / 60_000).or_default() += run.took_ms;
    }
    let most = minutes.into_values().max().unwrap_or_default();
    format!("{:.0}", most as f64 / 60_000.0)
}

fn waits(day: &Day) -> String {
    let mut waits: Vec<u64> = day
        .actions
        .iter()
        .filter_map(|action| Some(action.ended_ms? - action.started_ms))
        .collect();
    waits.sort_unstable();
    let at = |share: f64| seconds(nearest_rank(&waits, share));
    let mut table = head(&["median", "P95", "P99", "P99.9", "longest"]);
    row(&mut table, &[0.5, 0.95, 0.99, 0.999, 1.0].map(at));
    table
}

fn calls(day: &Day) -> String {
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for call in &day.calls {
        *counts.entry((call.service, &call.operation)).or_default() += 1;
    }
    let mut table = head(&["service", "operation", "calls", "a deploy"]);
    for ((service, operation), count) in counts {
        let share = count as f64 / day.actions.len().max(1) as f64;
        row(
            &mut table,
            &[
                service.to_string(),
                operation.clone(),
                count.to_string(),
                format!("{share:.2}"),
            ],
        );
    }
    table
}

fn bill(day: &Day, deploys: usize) -> String {
    let mut table = head(&["what", "amount", "price", "a day", "1,000 deploys", "page"]);
    let dollars = |dollars: f64| format!("${dollars:.4}");
    for line in bill::of(day) {
        row(
            &mut table,
            &[
                line.what.to_owned(),
                format!("{:.0} {}", line.amount, line.unit),
                format!("${} each", line.price),
                dollars(line.dollars()),
                dollars(line.dollars() * 1_000.0 / deploys.max(1) as f64),
                format!("<{}>", line.page),
            ],
        );
    }
    table
}

fn seconds(ms: u64) -> String {
    format!("{:.1} s", ms as f64 / 1_000.0)
}
