//! The SNS notification of an outcome.

use std::collections::BTreeMap;

use super::report::Report;
use super::{
    chat, event_detail, fitted, link, listed, name, path_notes, pipeline_name, report, span,
};
use crate::input::identifiers::TopicArn;
use crate::model::execution_record::{ExecutionRecord, NotificationFormat, Target};

/// The maximum length of `Subject` in SNS: "less than 100 characters".
pub const SUBJECT_AT_MOST: usize = 99;

/// One message to an SNS topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The topic.
    pub topic: TopicArn,
    /// The execution id. It is the same in each attempt, so a reader can detect a duplicate.
    pub notification_id: String,
    /// The `Subject`: printable ASCII; [`SUBJECT_AT_MOST`].
    pub subject: String,
    /// The message in the configured format. A text message begins with the three lines of the Python function, byte
    /// for byte for a name that CodePipeline accepts, because mail filters and scripts match them.
    pub body: String,
    /// Whether the body is an object with a message for each protocol (`MessageStructure=json`).
    pub is_per_protocol: bool,
    /// Message attributes for subscription filter policies. No value is empty.
    pub attributes: BTreeMap<&'static str, Attribute>,
}

/// The value of a message attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// One text.
    Text(String),
    /// Several texts; a filter policy matches any of them.
    List(Vec<String>),
}

/// The notification of the outcome of `record`; none before the outcome is decided or without a topic. If `region`, the
/// region of the pipeline, is known, the message links to the pipeline in the console.
#[must_use]
pub fn notification(record: &ExecutionRecord, region: Option<&str>) -> Option<Notification> {
    let (topic, report) = (record.topic.clone()?, report::of(record)?);
    let subject = subject(record, report.status);
    let body = match record.notification_format {
        NotificationFormat::Text => text(record, &report, region),
        NotificationFormat::Json => event_detail::json(record, &report, region),
        NotificationFormat::Chat => chat::json(record, &report, region),
        NotificationFormat::Mixed => per_protocol(record, &report, &subject, region),
    };
    Some(Notification {
        topic,
        notification_id: record.id.to_string(),
        subject,
        body,
        is_per_protocol: record.notification_format == NotificationFormat::Mixed,
        attributes: attributes(record, report.status),
    })
}

/// A message for each protocol. Amazon Q Developer in chat applications subscribes by `https`. SQS, Lambda, Firehose
/// and `http` deliver to programs. An SMS contains only the subject.
fn per_protocol(
    record: &ExecutionRecord,
    report: &Report,
    subject: &str,
    region: Option<&str>,
) -> String {
    let text = text(record, report, region);
    let document = event_detail::json(record, report, region);
    serde_json::json!({
        "default": text,
        "https": chat::json(record, report, region),
        "http": document,
        "sqs": document,
        "lambda": document,
        "firehose": document,
        "sms": subject,
    })
    .to_string()
}

fn attributes(record: &ExecutionRecord, status: &str) -> BTreeMap<&'static str, Attribute> {
    let (targets, _) = report::shown(record);
    let resources: Vec<String> = targets
        .iter()
        .map(|target| target.resource.to_string())
        .collect();
    let pipeline = record.pipeline_name().filter(|name| !name.is_empty());
    let known = [
        ("status", Some(Attribute::Text(status.to_owned()))),
        (
            "pipeline",
            pipeline.map(|name| Attribute::Text(name.to_owned())),
        ),
        (
            "distribution",
            (!resources.is_empty()).then_some(Attribute::List(resources)),
        ),
        (
            "notification_id",
            Some(Attribute::Text(record.id.to_string())),
        ),
    ];
    known
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn subject(record: &ExecutionRecord, status: &str) -> String {
    let pipeline: String = named(record)
        .unwrap_or_else(|| "pipeline".to_owned())
        .chars()
        .map(|c| if is_plain(c) { c } else { '?' })
        .collect();
    fitted(
        format!("[{status}] {pipeline}: CloudFront invalidation"),
        SUBJECT_AT_MOST,
    )
}

fn named(record: &ExecutionRecord) -> Option<String> {
    record.pipeline_name().map(pipeline_name::without_links)
}

fn is_plain(character: char) -> bool {
    character == ' ' || character.is_ascii_graphic()
}

fn text(record: &ExecutionRecord, report: &Report, region: Option<&str>) -> String {
    let pipeline = named(record).unwrap_or_else(|| "(unknown)".to_owned());
    let before = [
        ("PipelineName", Some(pipeline)),
        ("JobId", Some(record.job.job_id.to_string())),
        ("Status", Some(report.status.to_owned())),
        (
            "DisplayName",
            record.display_name().map(pipeline_name::without_links),
        ),
    ];
    let (targets, more) = report::shown(record);
    let rest = (more > 0).then(|| format!("and {more} more"));
    let after = [
        ("Duration", Some(span(report.duration))),
        ("Reason", report.reason.clone()),
        ("Warning", report.warning.clone()),
        ("CodePipeline", report.undelivered.map(str::to_owned)),
    ];
    let link = |target| ("CloudFront console", Some(link::cloudfront(target, region)));
    let last = [
        ("Pipeline console", link::pipeline(record, region)),
        ("NotificationId", Some(record.id.to_string())),
    ];
    before
        .into_iter()
        .chain(targets.iter().flat_map(|target| of_target(target, record)))
        .chain([("Targets", rest)])
        .chain(path_notes::lines(record).map(|line| ("Note", Some(line))))
        .chain(after)
        .chain(targets.iter().map(link))
        .chain(last)
        .filter_map(|(name, value)| Some(format!("{name}: {}\n", value?)))
        .collect()
}

fn of_target(target: &Target, record: &ExecutionRecord) -> [(&'static str, Option<String>); 3] {
    let snapshot = target.invalidation.as_ref();
    let paths = fitted(listed(target, 20), report::paths_characters(record));
    [
        ("Distribution", Some(name(target))),
        (
            "Invalidation",
            snapshot.map(|snapshot| snapshot.id.to_string()),
        ),
        ("Paths", Some(paths)),
    ]
}
