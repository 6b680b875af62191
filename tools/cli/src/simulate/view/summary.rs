//! The result of a run as rows of text.

use std::collections::BTreeMap;
use std::time::Duration;

use super::line::Tone;
use crate::explain::time::span;
use crate::simulate::Report;
use invariants::{Finding, Findings};
use local_aws::Service;
use local_aws::codepipeline::{ActionState, Status};
use local_aws::eventbridge::Put;
use local_aws::sns::Published;

/// A label, empty if the row belongs to the one above; its text; and its tone.
pub(super) type Row = (&'static str, String, Tone);

pub(super) fn of(report: &Report) -> Vec<Row> {
    let mut rows = Vec::new();
    match &report.action {
        Some(action) => {
            rows.extend(of_action(action));
            rows.extend(of_notifications(&report.notifications));
            if report.bus.is_some() {
                rows.extend(of_events(&report.events));
            }
            if !report.finalized {
                rows.push(("Record", "still has work left".into(), Tone::Bad));
            }
        }
        None if report.is_ok() => rows.push(("Function", "took the event".into(), Tone::Good)),
        None => rows.push(("Function", "failed".into(), Tone::Bad)),
    }
    rows.extend(invariants(report));
    rows.push(("Calls", calls(report), Tone::Plain));
    rows
}

fn of_action(action: &ActionState) -> Vec<Row> {
    let ended = action.ended_ms.unwrap_or(action.started_ms) - action.started_ms;
    let time = span(Duration::from_millis(ended));
    let job_count = if action.job_count == 1 {
        "1 job".into()
    } else {
        format!("{} jobs", action.job_count)
    };
    let (status, tone) = match &action.status {
        Status::Succeeded => ("Succeeded".into(), Tone::Good),
        Status::Failed { kind, .. } => (format!("Failed ({kind:?})"), Tone::Bad),
        other => (other.to_string(), Tone::Bad),
    };
    let mut rows = vec![(
        "Action",
        format!("{status} after {time}, in {job_count}"),
        tone,
    )];
    if let Status::Failed { message, .. } = &action.status {
        rows.extend(under("Message", message.lines().map(str::to_owned)));
    }
    rows.extend(
        action
            .summary
            .iter()
            .map(|summary| ("Summary", summary.clone(), Tone::Plain)),
    );
    rows.extend(
        action
            .external_execution_id
            .iter()
            .map(|id| ("External", id.clone(), Tone::Plain)),
    );
    rows.extend(under(
        "Variables",
        action
            .output_variables
            .iter()
            .map(|(name, value)| format!("{name} = {value}")),
    ));
    rows
}

fn of_notifications(notifications: &[Published]) -> Vec<Row> {
    if notifications.is_empty() {
        return vec![("Notification", "none".into(), Tone::Bad)];
    }
    notifications
        .iter()
        .flat_map(|notification| under("Notification", of_notification(notification).into_iter()))
        .collect()
}

fn of_notification(notification: &Published) -> Vec<String> {
    let mut lines = vec![format!("to {}", notification.topic)];
    lines.extend(
        notification
            .subject
            .iter()
            .map(|subject| format!("Subject: {subject}")),
    );
    lines.extend(
        notification
            .attributes
            .iter()
            .map(|(name, value)| format!("[{name}] {value}")),
    );
    lines.extend(notification.message.lines().map(|line| format!("│ {line}")));
    lines
}

fn of_events(events: &[Put]) -> Vec<Row> {
    if events.is_empty() {
        return vec![("Event", "none".into(), Tone::Bad)];
    }
    events
        .iter()
        .flat_map(|event| under("Event", of_event(event).into_iter()))
        .collect()
}

fn of_event(event: &Put) -> Vec<String> {
    let mut lines = vec![
        format!("to {}", event.bus),
        format!("[source] {}", event.source),
        format!("[detail-type] {}", event.detail_type),
    ];
    // JSON in a string of the document is parsed again.
    let detail = serde_json::to_string_pretty(&event.detail).unwrap_or_default();
    lines.extend(detail.lines().map(|line| format!("│ {line}")));
    lines
}

/// Rows of which only the first one has the label.
fn under(label: &'static str, texts: impl Iterator<Item = String>) -> Vec<Row> {
    texts
        .enumerate()
        .map(|(row, text)| (if row == 0 { label } else { "" }, text, Tone::Plain))
        .collect()
}

/// The invariants that hold, and a sentence for each violation.
fn invariants(report: &Report) -> Vec<Row> {
    let upheld = |findings: &Findings| {
        let verdicts = findings.verdicts.iter();
        verdicts
            .filter(|verdict| verdict.finding() == Finding::Upheld)
            .count()
    };
    let broken: Vec<Row> = report
        .broken_invariants()
        .map(|(invariant, sentence)| {
            let text = format!("{} broken: {sentence}", invariant.id());
            ("Invariant", text, Tone::Bad)
        })
        .collect();
    if !broken.is_empty() {
        return broken;
    }
    let (seen, logged) = (upheld(&report.seen), upheld(&report.logged));
    if seen + logged == 0 {
        return Vec::new();
    }
    let text =
        format!("every observable invariant holds: {seen} by the services, {logged} by the log");
    vec![("Invariants", text, Tone::Good)]
}

fn calls(report: &Report) -> String {
    let mut counts = BTreeMap::<Service, usize>::new();
    for call in &report.calls {
        *counts.entry(call.service).or_default() += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(service, count)| format!("{service} {count}"))
        .collect();
    let invocations = report.attempts.len();
    let counts = if counts.is_empty() {
        "none".into()
    } else {
        counts.join(" · ")
    };
    format!("{counts}, from {invocations} invocations")
}
