//! The page: a table of all classes, and a section for each.

use std::fmt::Write as _;

use local_aws::codepipeline::Status;
use serde_json::Value;

use super::FailureRun;
use crate::series::{Alarm, OVERDUE_ALARM, TEMPLATE};

const FRONT: &str = "\
# Failure reference

How each class of failure appears in the CodePipeline console, notifications, logs, metrics and alarms. A test runs each class with the
real functions and the real SDK on a local AWS, and fails if this page differs.

Log entries are the warnings and errors without their fields; [docs/logs.md](logs.md) explains them. Metrics are sums over the run, or the
greatest value of a time or a level. An alarm watches a metric of this action, or one of Lambda. The stack has `Monitoring=full`.
";

pub(super) fn of(played: &[FailureRun]) -> String {
    let mut page = FRONT.to_owned();
    page.push_str(
        "\n| | class | CodePipeline | notification | alarm |\n| --- | --- | --- | --- | --- |\n",
    );
    for (number, one) in (1..).zip(played) {
        let (name, console, observed) = (one.class.name, short(one), subjects(one));
        let alarms = listed(&alarms(one));
        let anchor = anchor(number, name);
        let _ = writeln!(
            page,
            "| {number} | [{name}](#{anchor}) | {console} | {observed} | {alarms} |"
        );
    }
    for (number, one) in (1..).zip(played) {
        page.push_str(&section(number, one));
    }
    page
}

fn anchor(number: usize, name: &str) -> String {
    let name: String = name
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ')
        .map(|c| if c == ' ' { '-' } else { c })
        .collect();
    format!("{number}-{name}")
}

/// The end of the action, as one word.
fn short(one: &FailureRun) -> String {
    match &one.ending.action.status {
        Status::Failed { kind, .. } => format!("{kind:?}"),
        Status::Succeeded => "succeeded".to_owned(),
        Status::TimedOut => "timed out by itself".to_owned(),
        Status::Abandoned => "stopped".to_owned(),
        Status::InProgress => "in progress".to_owned(),
    }
}

/// The status of each notification.
fn subjects(one: &FailureRun) -> String {
    let observed: Vec<String> = one
        .ending
        .notifications
        .iter()
        .map(|notification| notification.attributes["status"].clone())
        .collect();
    if observed.is_empty() {
        "nothing".to_owned()
    } else {
        observed.join(", ")
    }
}

fn section(number: usize, one: &FailureRun) -> String {
    let mut section = format!("\n## {number}. {}\n\n", one.class.name);
    let action = &one.ending.action;
    let text = match &action.status {
        Status::Failed { kind, message } => format!("**{kind:?}** {message}"),
        status => {
            let summary = action.summary.clone().unwrap_or_default();
            format!("**{status:?}** {summary}").trim().to_owned()
        }
    };
    let mut row = |label: &str, what: &str| {
        let _ = writeln!(section, "- **{label}**: {what}");
    };
    row("CodePipeline", &shown(&text));
    for notification in &one.ending.notifications {
        let message: Value = serde_json::from_str(&notification.message).unwrap_or_default();
        row(
            "Mail",
            &mail(
                notification.subject.as_deref().unwrap_or_default(),
                &message,
            ),
        );
        row("Chat", &chat(&message));
    }
    if one.ending.notifications.is_empty() {
        row("Mail and chat", "nothing");
    }
    for put in &one.ending.events {
        row("Event", &shown(format!("status {}", put.detail["status"])));
    }
    let lines = one.output.lines();
    row("Log", if lines.is_empty() { "no warning" } else { "" });
    for line in lines {
        let _ = writeln!(section, "  - {}", shown(&line));
    }
    let metrics = one.output.metrics();
    let metrics: Vec<String> = metrics
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    let mut row = |label: &str, what: &str| {
        let _ = writeln!(section, "- **{label}**: {what}");
    };
    row("Metrics", &metrics.join(", "));
    row("Alarm", &listed(&alarms(one)));
    section
}

/// The subject, and the lines that a success does not have.
fn mail(subject: &str, message: &Value) -> String {
    let text = message["default"].as_str().unwrap_or_default();
    let telling = ["Reason: ", "Warning: ", "CodePipeline: "];
    let lines = text
        .lines()
        .filter(|line| telling.iter().any(|name| line.starts_with(name)));
    let lines: Vec<String> = lines.map(shown).collect();
    format!("`{subject}` {}", lines.join(" · "))
        .trim()
        .to_owned()
}

/// The title, and the next steps that are not links.
fn chat(message: &Value) -> String {
    let chat: Value =
        serde_json::from_str(message["https"].as_str().unwrap_or_default()).unwrap_or_default();
    let content = &chat["content"];
    let steps = content["nextSteps"].as_array().into_iter().flatten();
    let steps: Vec<String> = steps
        .filter_map(Value::as_str)
        .filter(|step| !step.contains(": https://"))
        .map(|step| format!(" ▸ {}", step.replace('|', "\\|")))
        .collect();
    format!(
        "{}{}",
        content["title"].as_str().unwrap_or_default(),
        steps.concat()
    )
}

/// The alarms that the metrics of the run raise, and Lambda's.
fn alarms(one: &FailureRun) -> Vec<String> {
    let metrics = one.output.metrics();
    let mut alarms: Vec<String> = OURS
        .iter()
        .filter(|(metric, least)| metrics.get(*metric).is_some_and(|value| value >= least))
        .map(|(metric, _)| alarm_of(metric))
        .collect();
    // The alarm on a time has a threshold, and is raised by several periods in a row.
    if Alarm::of_template(OVERDUE_ALARM).raised(&one.output.overdue()) > 0 {
        alarms.push(OVERDUE_ALARM.to_owned());
    }
    alarms.extend(one.class.lambdas_alarms.iter().map(|name| {
        assert!(
            TEMPLATE.contains(&format!("\n  {name}:\n")),
            "{name} is not in the template"
        );
        (*name).to_owned()
    }));
    alarms.sort();
    alarms
}

/// The counted metrics with an alarm, and the value from which it is raised.
const OURS: [(&str, u64); 8] = [
    ("FailedDeliveries", 1),
    ("StuckExecutions", 1),
    ("InvalidEvents", 1),
    ("UndeliveredResults", 1),
    ("RejectedNotifications", 1),
    ("RejectedEvents", 1),
    ("AbandonedNotifications", 1),
    ("AbandonedEvents", 1),
];

/// The alarm of the template that watches this metric.
fn alarm_of(metric: &str) -> String {
    let name = format!("{metric}Alarm");
    assert!(
        TEMPLATE.contains(&format!("\n  {name}:\n")),
        "{name} is not in the template"
    );
    name
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// A text as Markdown, with special characters escaped.
fn shown(text: impl AsRef<str>) -> String {
    text.as_ref()
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('|', "\\|")
}
