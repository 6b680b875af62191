//! The page: a table of all classes, and a section for each.

use std::fmt::Write as _;

use local_aws::codepipeline::Status;
use serde_json::Value;

use super::Played;
use crate::series::{Alarm, OVERDUE_ALARM, TEMPLATE};

const FRONT: &str = "\
# What everybody sees of a failure

Each class of failure, played on an AWS that fits in memory with the real functions and the real SDK, and what comes of it: in the
CodePipeline console, in a mail, in a chat, in the log, in the metrics, and which alarm of `infra` is raised. A test plays them again
with each change, and fails when this page says anything else.

In the log are the warnings and the errors, without their fields; [docs/logs.md](logs.md) has what each means. The metrics are the sums
of the story, or the greatest value of what is a time or a level. An alarm is raised by a metric of ours, or by one of Lambda's own.
";

pub(super) fn of(played: &[Played]) -> String {
    let mut page = FRONT.to_owned();
    page.push_str(
        "\n| | class | CodePipeline | people | alarm |\n| --- | --- | --- | --- | --- |\n",
    );
    for (number, one) in (1..).zip(played) {
        let (name, console, told) = (one.class.name, short(one), subjects(one));
        let alarms = listed(&alarms(one));
        let anchor = anchor(number, name);
        let _ = writeln!(
            page,
            "| {number} | [{name}](#{anchor}) | {console} | {told} | {alarms} |"
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

/// The end of the action in a word.
fn short(one: &Played) -> String {
    match &one.ending.action.status {
        Status::Failed { kind, .. } => format!("{kind:?}"),
        Status::Succeeded => "succeeded".to_owned(),
        Status::TimedOut => "timed out by itself".to_owned(),
        Status::Abandoned => "stopped".to_owned(),
        Status::InProgress => "in progress".to_owned(),
    }
}

/// The status of each notification.
fn subjects(one: &Played) -> String {
    let told: Vec<String> = one
        .ending
        .notifications
        .iter()
        .map(|notification| notification.attributes["status"].clone())
        .collect();
    if told.is_empty() {
        "nothing".to_owned()
    } else {
        told.join(", ")
    }
}

fn section(number: usize, one: &Played) -> String {
    let mut section = format!("\n## {number}. {}\n\n", one.class.name);
    let action = &one.ending.action;
    let said = match &action.status {
        Status::Failed { kind, message } => format!("**{kind:?}** {message}"),
        status => {
            let summary = action.summary.clone().unwrap_or_default();
            format!("**{status:?}** {summary}").trim().to_owned()
        }
    };
    let mut row = |who: &str, what: &str| {
        let _ = writeln!(section, "- **{who}**: {what}");
    };
    row("CodePipeline", &shown(&said));
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
    let lines = one.heard.lines();
    row("Log", if lines.is_empty() { "no warning" } else { "" });
    for line in lines {
        let _ = writeln!(section, "  - {}", shown(&line));
    }
    let metrics = one.heard.metrics();
    let metrics: Vec<String> = metrics
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    let mut row = |who: &str, what: &str| {
        let _ = writeln!(section, "- **{who}**: {what}");
    };
    row("Metrics", &metrics.join(", "));
    row("Alarm", &listed(&alarms(one)));
    section
}

/// The subject, and the lines that no success has.
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

/// The title, and the next steps that are no links.
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

/// The alarms that the metrics of the story raise, and Lambda's.
fn alarms(one: &Played) -> Vec<String> {
    let metrics = one.heard.metrics();
    let mut alarms: Vec<String> = OURS
        .iter()
        .filter(|(metric, least)| metrics.get(*metric).is_some_and(|value| value >= least))
        .map(|(metric, _)| alarm_of(metric))
        .collect();
    // The one on a time has a threshold, and is raised by several periods in a row.
    if Alarm::of_template(OVERDUE_ALARM).raised(&one.heard.overdue()) > 0 {
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

/// The counts of ours that have an alarm, and from which value on it is raised.
const OURS: [(&str, u64); 6] = [
    ("FailedDeliveries", 1),
    ("StuckExecutions", 1),
    ("InvalidEvents", 1),
    ("UndeliveredResults", 1),
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

/// A text as Markdown shows it as it is.
fn shown(text: impl AsRef<str>) -> String {
    text.as_ref()
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('|', "\\|")
}
