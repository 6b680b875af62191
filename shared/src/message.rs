//! Every word that people read: what CodePipeline's console shows of an action, and the notice of its outcome.
//!
//! All of it follows from the record, so that a message sent twice says the same twice. The limits are those of the
//! services (`PutJobSuccessResult`, `PutJobFailureResult`, `Publish`), and a property test holds them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::parameters::TopicArn;
use crate::record::{Reason, Record, Sighting, Target, Verdict};
use crate::timestamp::Timestamp;
use crate::token::Token;

/// The longest `executionDetails.summary` that CodePipeline takes, in characters.
pub const SUMMARY_AT_MOST: usize = 2_048;
/// The longest `failureDetails.message` that CodePipeline takes, in characters.
pub const FAILURE_MESSAGE_AT_MOST: usize = 5_000;
/// The longest `Subject` that SNS takes: "less than 100 characters".
pub const SUBJECT_AT_MOST: usize = 99;

/// What CodePipeline is told about a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Not finished: come back with this token.
    Continue {
        /// The continuation token.
        token: String,
        /// How it stands, in words; [`SUMMARY_AT_MOST`].
        summary: String,
        /// How far it seems to be, 0–99.
        percent_complete: u8,
        /// The invalidation's id, once there is one.
        external_execution_id: Option<String>,
    },
    /// Finished, and the action succeeded.
    Success {
        /// What was done, in words; [`SUMMARY_AT_MOST`].
        summary: String,
        /// The invalidation's id.
        external_execution_id: Option<String>,
        /// What later actions of the pipeline may use as `#{namespace.Name}`.
        output_variables: BTreeMap<&'static str, String>,
    },
    /// Finished, and the action failed.
    Failure {
        /// The kind that CodePipeline shows beside the message.
        kind: FailureKind,
        /// What is wrong and what to do about it; [`FAILURE_MESSAGE_AT_MOST`].
        message: String,
        /// The invalidation's id, if there is one.
        external_execution_id: Option<String>,
    },
}

/// CodePipeline's `failureDetails.type`, as far as we have a use for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The pipeline's author can mend it in the action's configuration.
    ConfigurationError,
    /// An IAM policy must allow more.
    PermissionError,
    /// A service was out of reach for too long.
    SystemUnavailable,
    /// The work itself did not come to its end.
    JobFailed,
}

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

/// What CodePipeline is told about the open job of `record` at `now`.
#[must_use]
pub fn answer(record: &Record, now: Timestamp) -> Answer {
    let external_execution_id = record.sighting().map(|sighting| sighting.id.to_string());
    match record.outcome.as_ref().map(|outcome| &outcome.verdict) {
        None => Answer::Continue {
            token: Token::Ours {
                execution: record.id.clone(),
                visit: record.visit.number.saturating_add(1),
            }
            .to_string(),
            summary: fitted(progress(record, now), SUMMARY_AT_MOST),
            percent_complete: percent_complete(record, now),
            external_execution_id,
        },
        Some(Verdict::Succeeded) => Answer::Success {
            summary: fitted(success(record), SUMMARY_AT_MOST),
            external_execution_id,
            output_variables: output_variables(record),
        },
        Some(verdict @ (Verdict::Failed(_) | Verdict::TimedOut)) => Answer::Failure {
            kind: failure_kind(record, verdict),
            message: fitted(failure(record, verdict), FAILURE_MESSAGE_AT_MOST),
            external_execution_id,
        },
    }
}

/// What CodePipeline is told when the record of a job can be neither read nor written.
#[must_use]
pub fn answer_without_record() -> Answer {
    let message = "The record of this execution could not be read or written in DynamoDB, so nothing more can be known or \
                   promised about the invalidation. Look into the log of this function, check its table and its \
                   permissions (dynamodb:GetItem, dynamodb:PutItem), and retry the stage.";
    Answer::Failure {
        kind: FailureKind::SystemUnavailable,
        message: message.to_owned(),
        external_execution_id: None,
    }
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

fn progress(record: &Record, now: Timestamp) -> String {
    let Some(target) = &record.target else {
        return String::from("Waiting.");
    };
    let so_far = span(now.since(record.created_at));
    let place = place(target);
    let trouble = target.trouble.as_ref();
    match (&target.invalidation, trouble) {
        (Some(_), None) => format!("CloudFront is invalidating {place}: in progress for {so_far}."),
        (Some(_), Some(trouble)) => {
            format!(
                "CloudFront is invalidating {place}: {so_far} so far. Our last look was put off ({trouble}); looking again."
            )
        }
        (None, None) => format!("Asking CloudFront to invalidate {place}."),
        (None, Some(trouble)) => {
            format!(
                "CloudFront has not accepted the invalidation of {place} yet, for {so_far} ({trouble}); trying again."
            )
        }
    }
}

/// CloudFront reports no progress, so this is a guess that never goes back and never reaches the end: 0 before the
/// invalidation exists, then from 5 towards 95, passing the half after 20 seconds.
fn percent_complete(record: &Record, now: Timestamp) -> u8 {
    let seconds = now.since(record.created_at).as_secs().min(86_400);
    let guess = record
        .sighting()
        .map_or(0, |_| 5 + 90 * seconds / (seconds + 20));
    u8::try_from(guess).unwrap_or(95)
}

fn success(record: &Record) -> String {
    match (&record.target, record.sighting()) {
        (Some(target), Some(sighting)) => {
            format!(
                "CloudFront completed invalidation {} of {} in {}.",
                sighting.id,
                place(target),
                span(taken(record))
            )
        }
        _ => String::from("CloudFront completed the invalidation."),
    }
}

fn output_variables(record: &Record) -> BTreeMap<&'static str, String> {
    let mut variables = BTreeMap::from([
        ("Status", "Completed".to_owned()),
        ("DurationSeconds", taken(record).as_secs().to_string()),
    ]);
    if let Some(Sighting { id, .. }) = record.sighting() {
        variables.insert("InvalidationId", id.to_string());
    }
    if let Some(target) = &record.target {
        variables.insert("DistributionId", target.distribution_id.to_string());
        variables.insert("PathCount", target.paths.len().to_string());
    }
    variables
}

fn failure_kind(record: &Record, verdict: &Verdict) -> FailureKind {
    match verdict {
        Verdict::Failed(Reason::AccessDenied { .. }) => FailureKind::PermissionError,
        Verdict::Failed(
            Reason::BadParameters(_) | Reason::NoSuchDistribution | Reason::BatchRefused(_),
        ) => FailureKind::ConfigurationError,
        Verdict::TimedOut if record.sighting().is_none() => FailureKind::SystemUnavailable,
        Verdict::Succeeded | Verdict::TimedOut | Verdict::Failed(_) => FailureKind::JobFailed,
    }
}

fn failure(record: &Record, verdict: &Verdict) -> String {
    let Verdict::Failed(reason) = verdict else {
        return timeout(record);
    };
    let target = record.target.as_ref();
    let place = target.map_or_else(|| "the distribution".to_owned(), place);
    let distribution = target.map_or_else(
        || "…".to_owned(),
        |target| target.distribution_id.to_string(),
    );
    match reason {
        Reason::BadParameters(faults) => bad_parameters(faults),
        Reason::UnreadableToken => "The continuation token of this job is not one that this function wrote, so it cannot tell \
            which invalidation it belongs to. Retry the stage: a new execution begins without a token."
            .to_owned(),
        Reason::UnknownExecution => "There is no record of this execution any more. Was the table of this function \
            replaced while the action ran? Retry the stage: a new execution begins a new record."
            .to_owned(),
        Reason::NoTarget => "The record of this execution names no distribution; it was changed by something else than this \
            function. Retry the stage: a new execution begins a new record."
            .to_owned(),
        Reason::AccessDenied { action } => format!(
            "The role of this function may not call {action} on distribution {distribution}. Allow that action on \
             arn:aws:cloudfront::<account>:distribution/{distribution}, then retry the stage."
        ),
        Reason::NoSuchDistribution => format!(
            "CloudFront has no distribution {distribution} in this account. Correct DistributionId in the action's user \
             parameters, or deploy this function in the account that owns the distribution."
        ),
        Reason::BatchRefused(trouble) => format!(
            "CloudFront refused the invalidation of {place} ({trouble}). Correct Paths in the action's user parameters."
        ),
        Reason::ReferenceReused => format!(
            "CloudFront says that this execution has already invalidated other paths in {distribution}, and does not say \
             under which id. Look for it in the CloudFront console; retry the stage to invalidate {place} again."
        ),
    }
}

fn bad_parameters(faults: &[String]) -> String {
    let told = match faults {
        [fault] => format!("The action's UserParameters are wrong: {fault}."),
        _ => {
            let numbered: Vec<String> = faults
                .iter()
                .zip(1..)
                .map(|(fault, n)| format!("({n}) {fault}"))
                .collect();
            format!(
                "The action's UserParameters have {} faults: {}.",
                faults.len(),
                numbered.join("; ")
            )
        }
    };
    format!(
        "{told} Nothing was invalidated. Correct them in the pipeline and release the change again."
    )
}

fn timeout(record: &Record) -> String {
    let within = span(record.deadline_at.since(record.created_at));
    let Some(target) = &record.target else {
        return format!("Nothing came of this execution within {within}.");
    };
    let place = place(target);
    let last = target
        .trouble
        .as_ref()
        .map(|trouble| format!(" It last said {trouble}."))
        .unwrap_or_default();
    match &target.invalidation {
        Some(sighting) => format!(
            "CloudFront did not report Completed for invalidation {} of {place} within {within}.{last} The invalidation goes \
             on, and may still complete: watch it in the CloudFront console. Retry the stage to invalidate again.",
            sighting.id
        ),
        None => format!(
            "CloudFront did not accept the invalidation of {place} within {within}.{last} Retry the stage when CloudFront \
             takes requests again."
        ),
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
    let target = record.target.as_ref();
    let sighting = record.sighting();
    let reason = (*verdict != Verdict::Succeeded).then(|| failure(record, verdict));
    let lines = [
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
        ("Duration", Some(span(taken(record)))),
        ("Reason", reason),
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
    lines
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}: {}\n", value?)))
        .collect()
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

fn place(target: &Target) -> String {
    format!("{} in {}", listed(target, 3), target.distribution_id)
}

fn listed(target: &Target, most: usize) -> String {
    let shown: Vec<&str> = target
        .paths
        .iter()
        .take(most)
        .map(super::paths::InvalidationPath::as_str)
        .collect();
    match target.paths.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn taken(record: &Record) -> Duration {
    record.outcome.as_ref().map_or(Duration::ZERO, |outcome| {
        outcome.decided_at.since(record.created_at)
    })
}

fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

/// At most `most` characters of `text`, the last of them an ellipsis where it was cut.
fn fitted(text: String, most: usize) -> String {
    if text.chars().count() <= most {
        return text;
    }
    let kept: String = text.chars().take(most - 3).collect();
    kept + "..."
}

#[cfg(test)]
mod tests;
