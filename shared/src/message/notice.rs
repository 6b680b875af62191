//! The notice of an outcome, for people.

use std::collections::BTreeMap;

use super::{failure, fitted, listed, note, span, taken};
use crate::identifiers::TopicArn;
use crate::record::{Delivery, Record, Target, Verdict};

/// The longest `Subject` that SNS takes: "less than 100 characters".
pub const SUBJECT_AT_MOST: usize = 99;

/// What people are told on SNS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Where it is published.
    pub topic: TopicArn,
    /// The same for each try of one notice, so that a reader can recognise a second copy: the execution's id.
    pub notification_id: String,
    /// The `Subject`: printable ASCII; [`SUBJECT_AT_MOST`].
    pub subject: String,
    /// The text. It begins with the three lines of the Python function before us, to the letter, because mail filters
    /// and scripts match them.
    pub body: String,
    /// Message attributes for subscription filter policies; no value is empty.
    pub attributes: BTreeMap<&'static str, String>,
}

/// The notice of the outcome of `record`; none while nothing is decided, or when there is no topic. With `region`, the
/// one in which the pipeline runs, it links to the pipeline in the console.
#[must_use]
pub fn notice(record: &Record, region: Option<&str>) -> Option<Notice> {
    let (topic, outcome) = (record.topic.clone()?, record.outcome.as_ref()?);
    let status = if outcome.verdict == Verdict::Succeeded {
        "success"
    } else {
        "failed"
    };
    let pipeline = record.pipeline.as_deref();
    let known = [
        ("status", Some(status.to_owned())),
        ("pipeline", pipeline.map(str::to_owned)),
        (
            "distribution",
            record
                .target
                .as_ref()
                .map(|target| target.distribution_id.to_string()),
        ),
        ("notification_id", Some(record.id.to_string())),
    ];
    Some(Notice {
        topic,
        notification_id: record.id.to_string(),
        subject: subject(status, pipeline),
        body: body(record, &outcome.verdict, status, region),
        attributes: known
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
            .collect(),
    })
}

fn subject(status: &str, pipeline: Option<&str>) -> String {
    let pipeline: String = pipeline
        .unwrap_or("pipeline")
        .chars()
        .map(|c| if is_plain(c) { c } else { '?' })
        .collect();
    fitted(
        format!("[{status}] {pipeline}: CloudFront invalidation"),
        SUBJECT_AT_MOST,
    )
}

fn is_plain(character: char) -> bool {
    character == ' ' || character.is_ascii_graphic()
}

fn body(record: &Record, verdict: &Verdict, status: &str, region: Option<&str>) -> String {
    let pipeline = record.pipeline.as_deref();
    let target = record.target.as_ref();
    let sighting = record.sighting();
    let reason = (*verdict != Verdict::Succeeded).then(|| failure::text(record, verdict));
    let before = [
        (
            "PipelineName",
            Some(pipeline.unwrap_or("(unknown)").to_owned()),
        ),
        ("JobId", Some(record.visit.job_id.to_string())),
        ("Status", Some(status.to_owned())),
        (
            "Distribution",
            target.map(|target| target.distribution_id.to_string()),
        ),
        (
            "Invalidation",
            sighting.map(|sighting| sighting.id.to_string()),
        ),
        ("Paths", target.map(|target| listed(target, 20))),
    ];
    let notes = note::lines(record).map(|line| ("Note", Some(line)));
    let after = [
        ("Duration", Some(span(taken(record)))),
        ("Reason", reason),
        ("CodePipeline", unheard(record)),
        (
            "CloudFront console",
            target.map(|target| cloudfront_link(target, region)),
        ),
        (
            "Pipeline console",
            pipeline
                .zip(region)
                .and_then(|(name, region)| pipeline_link(name, region)),
        ),
        ("NotificationId", Some(record.id.to_string())),
    ];
    before
        .into_iter()
        .chain(notes)
        .chain(after)
        .filter_map(|(name, value)| Some(format!("{name}: {}\n", value?)))
        .collect()
}

/// CodePipeline was told to come back, and has not: what we report, it has not heard from us.
fn unheard(record: &Record) -> Option<String> {
    (record.visit.answer == Some(Delivery::Continued)).then(|| {
        "did not come back to hear this; the action was stopped, or it ended without us: look at it in the pipeline"
            .to_owned()
    })
}

fn cloudfront_link(target: &Target, region: Option<&str>) -> String {
    let domain = console_domain(region.unwrap_or_default());
    let invalidations = format!(
        "https://{domain}/cloudfront/v4/home#/distributions/{}/invalidations",
        target.distribution_id
    );
    match &target.invalidation {
        Some(sighting) => format!("{invalidations}/details/{}", sighting.id),
        None => invalidations,
    }
}

fn pipeline_link(name: &str, region: &str) -> Option<String> {
    // CodePipeline's own rule for a name: `[A-Za-z0-9.@\-_]+`. Any other text names no page of the console.
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".@-_".contains(&b));
    let domain = console_domain(region);
    is_name.then(|| {
        format!(
            "https://{region}.{domain}/codesuite/codepipeline/pipelines/{name}/view?region={region}"
        )
    })
}

fn console_domain(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "console.amazonaws.cn",
        _ if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    }
}
