//! The notice of an outcome, for people.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{failure, fitted, listed, name, note, span, success, taken};
use crate::identifiers::TopicArn;
use crate::record::{Delivery, Goal, OnTimeout, Record, Resource, Target, Verdict};

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
    let status = status(record, &outcome.verdict);
    let pipeline = record.pipeline.as_deref();
    let resources: Vec<String> = record
        .targets
        .iter()
        .map(|target| target.resource.to_string())
        .collect();
    let known = [
        ("status", Some(status.to_owned())),
        ("pipeline", pipeline.map(str::to_owned)),
        ("distribution", Some(resources.join(","))),
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

/// The outcome as one word. An action that was released is a success once CloudFront has completed what it took.
fn status(record: &Record, verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Succeeded => "success",
        Verdict::Excused if record.targets.iter().all(Target::is_completed) => "success",
        Verdict::Excused => "warning",
        Verdict::Failed(_) | Verdict::TimedOut => "failed",
    }
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
    let before = [
        (
            "PipelineName",
            Some(pipeline.unwrap_or("(unknown)").to_owned()),
        ),
        ("JobId", Some(record.visit.job_id.to_string())),
        ("Status", Some(status.to_owned())),
    ];
    let targets = record.targets.iter().flat_map(of_target);
    let notes = note::lines(record).map(|line| ("Note", Some(line)));
    let [reason, warning] = reason_and_warning(record, verdict);
    let links = record.targets.iter();
    let after = [
        ("Duration", Some(span(duration(record)))),
        ("Reason", reason),
        ("Warning", warning),
        ("CodePipeline", unheard(record)),
    ];
    let links = links.map(|target| ("CloudFront console", Some(cloudfront_link(target, region))));
    let last = [
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
        .chain(targets)
        .chain(notes)
        .chain(after)
        .chain(links)
        .chain(last)
        .filter_map(|(name, value)| Some(format!("{name}: {}\n", value?)))
        .collect()
}

fn of_target(target: &Target) -> [(&'static str, Option<String>); 3] {
    let sighting = target.invalidation.as_ref();
    [
        ("Distribution", Some(name(target))),
        (
            "Invalidation",
            sighting.map(|sighting| sighting.id.to_string()),
        ),
        ("Paths", Some(listed(target, 20))),
    ]
}

/// How long it took: until CloudFront said so, where that was after the action's end.
fn duration(record: &Record) -> Duration {
    let is_completed = record.targets.iter().all(Target::is_completed);
    let seen = record.sightings().map(|sighting| sighting.seen_at);
    match (&record.outcome, seen.max()) {
        (Some(outcome), Some(seen_at)) if is_completed && outcome.verdict == Verdict::Excused => {
            seen_at.since(record.created_at)
        }
        _ => taken(record),
    }
}

/// Why it failed, or what is not as good as it seems.
fn reason_and_warning(record: &Record, verdict: &Verdict) -> [Option<String>; 2] {
    match verdict {
        Verdict::Failed(_) | Verdict::TimedOut => [Some(failure::text(record, verdict)), None],
        Verdict::Excused if status(record, verdict) == "success" => {
            let after = span(record.deadline_at.since(record.created_at));
            let told =
                format!("the action was released after {after}, before CloudFront had completed");
            [None, Some(told)]
        }
        Verdict::Excused => {
            let overdue = success::overdue(record);
            let told = match record.on_timeout {
                OnTimeout::Release => {
                    format!("{overdue}, nor for long after the action was released")
                }
                OnTimeout::Fail | OnTimeout::Succeed => {
                    format!(
                        "{overdue}; the action succeeded all the same, because OnTimeout is succeed"
                    )
                }
            };
            [None, Some(told + ". Look at it in the CloudFront console.")]
        }
        Verdict::Succeeded if record.goal == Goal::Created => {
            let told =
                "CloudFront was still invalidating; the action did not wait, because Wait is false";
            [None, Some(told.to_owned())]
        }
        Verdict::Succeeded => [None, None],
    }
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
    let console = format!("https://{domain}/cloudfront/v4/home#");
    match (&target.resource, &target.invalidation) {
        (Resource::Distribution(id), Some(sighting)) => {
            format!(
                "{console}/distributions/{id}/invalidations/details/{}",
                sighting.id
            )
        }
        (Resource::Distribution(id), None) => format!("{console}/distributions/{id}/invalidations"),
        (Resource::Tenant(id), _) => format!("{console}/distribution-tenants/{id}"),
        (Resource::Alias(_), _) => format!("{console}/distributions"),
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
