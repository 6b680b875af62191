//! Timelines from the record of an execution, as stored in the table and as read by the product.

use invalidation_core::input::identifiers::JobId;
use invalidation_core::input::paths::InvalidationPath;
use invalidation_core::model::execution_record::{
    Channel, Delivery, ExecutionRecord, PublishState, Status, Target, Verdict,
};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_core::output::{JobResult, job_result};
use invalidation_runtime::ports::{ExecutionStore, StoreError};
use serde_json::{Value, json};

use super::clean::{clean, short};
use super::moment::{Actor, Moment, Tone};
use super::time::{moment, span};
use super::timeline::{Sentence, Timeline, counted};
use harness::recorded::{Reply, Wire};

/// A record that is due for longer than this is not being processed, in milliseconds: the checker runs each minute.
const FORGOTTEN_MS: u64 = 3 * 60 * 1_000;
/// The number of paths that are shown of a target.
const PATHS_SHOWN: usize = 5;

/// Reads the output of `aws dynamodb get-item` with the product's own reader.
///
/// # Errors
///
/// When the item is not valid, or missing.
pub async fn read_record(text: &str) -> Result<ExecutionRecord, String> {
    let reply: Value =
        serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
    let item = &reply["Item"];
    let id = item["id"]["S"].as_str().and_then(JobId::parse);
    let id = id.ok_or(
        "it has no Item with the id of an execution, as `aws dynamodb get-item` prints it",
    )?;
    let body = json!({ "Item": item }).to_string();
    let table = Wire::replying([Reply::ok(body)]).dynamodb();
    load(&table, &id).await
}

/// Loads the record of an execution.
///
/// # Errors
///
/// When there is none, or it cannot be read.
pub async fn load(table: &impl ExecutionStore, id: &JobId) -> Result<ExecutionRecord, String> {
    match table.load(id).await {
        Ok(record) => record.ok_or_else(|| format!("the table holds no execution {id}")),
        Err(error @ StoreError::Unavailable { .. }) => {
            Err(format!("{error} (region, credentials, dynamodb:GetItem?)"))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// The timeline of a record alone.
#[must_use]
pub fn of_record(record: &ExecutionRecord, now_ms: u64) -> Timeline {
    let timeline = Timeline {
        moments: moments(record),
        ..Timeline::default()
    };
    let words = "The status checks, the attempts, and which function made them: only the logs of start and checker contain them.";
    let untold = vec![Sentence::new(words)];
    let timeline = with_record(Timeline { untold, ..timeline }, record, now_ms);
    Timeline {
        came_to: came_to(record),
        ..timeline
    }
    .told()
}

/// A timeline with the record of its execution, which takes precedence over the log.
#[must_use]
pub fn with_record(mut timeline: Timeline, record: &ExecutionRecord, now_ms: u64) -> Timeline {
    timeline.execution = Some(record.id.to_string());
    timeline.pipeline = record.pipeline_name().map(clean).or(timeline.pipeline);
    timeline.stored = stored(record);
    timeline.pending = pending(record);
    timeline.look_at.extend(look_at(record, now_ms));
    timeline
}

fn moments(record: &ExecutionRecord) -> Vec<Moment> {
    let targets: Vec<String> = record
        .targets
        .iter()
        .map(|target| target.resource.to_string())
        .collect();
    let words = format!("sends the first job, for {}", clean(&targets.join(", ")));
    let mut moments = vec![Moment::at(
        record.created_at.as_millis(),
        Actor::CodePipeline,
        words,
    )];
    let job = &record.job;
    if job.number > 0 {
        let words = format!("sends job {}", job.number + 1);
        moments.push(Moment::at(
            job.opened_at.as_millis(),
            Actor::CodePipeline,
            words,
        ));
    }
    moments.extend(record.snapshots().map(|seen| {
        let words = format!("reports {}: {:?}", seen.id, seen.status);
        let tone = if seen.status == Status::Completed {
            Tone::Good
        } else {
            Tone::Plain
        };
        Moment::at(seen.checked_at.as_millis(), Actor::CloudFront, words).sounding(tone)
    }));
    moments.extend(record.outcome.as_ref().map(|outcome| {
        let words = format!("stores the outcome: {}", word(&outcome.verdict));
        Moment::at(outcome.decided_at.as_millis(), Actor::Function, words)
            .sounding(tone(&outcome.verdict))
    }));
    moments
}

const fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Succeeded => "succeeded",
        Verdict::Failed(_) => "failed",
        Verdict::TimedOut => "timed out",
        Verdict::SucceededWithWarning => "succeeded with warning",
    }
}

const fn tone(verdict: &Verdict) -> Tone {
    match verdict {
        Verdict::Succeeded | Verdict::SucceededWithWarning => Tone::Good,
        Verdict::Failed(_) | Verdict::TimedOut => Tone::Bad,
    }
}

fn came_to(record: &ExecutionRecord) -> Vec<Sentence> {
    let outcome = match &record.outcome {
        None => Sentence::new("No outcome yet."),
        Some(outcome) => {
            let after = span(outcome.decided_at.since(record.created_at));
            let words = format!("The outcome after {after}: {}.", word(&outcome.verdict));
            Sentence::new(words).sounding(tone(&outcome.verdict))
        }
    };
    let ids: Vec<&str> = record.snapshots().map(|seen| seen.id.as_str()).collect();
    let invalidations = match ids.len() {
        0 => "No invalidation is known.".to_owned(),
        count => format!(
            "{}: {}.",
            counted(count, "invalidation", "invalidations"),
            ids.join(", ")
        ),
    };
    vec![outcome, Sentence::new(invalidations)]
}

/// The record in the table, as labels and values.
fn stored(record: &ExecutionRecord) -> Vec<(&'static str, String)> {
    let mut rows = vec![
        ("begun", moment(record.created_at.as_millis())),
        ("deadline", moment(record.deadline_at.as_millis())),
    ];
    rows.extend(
        record
            .targets
            .iter()
            .map(|target| ("target", of_target(target))),
    );
    let errors = record.targets.iter().filter_map(|target| {
        let service_error = clean(&target.service_error.as_ref()?.to_string());
        Some((
            "error",
            format!(
                "last error of CloudFront for {}: {service_error}",
                target.resource
            ),
        ))
    });
    rows.extend(errors);
    rows.push(("shown", shown(record)));
    rows.push(("result", of_answer(record)));
    rows.push(("topic", of_notification(record)));
    if record.event_state != PublishState::NotWanted {
        rows.push(("event", published(&record.event_state, "the bus")));
    }
    rows.extend(record.due_at.map(|due| ("due", moment(due.as_millis()))));
    let expires = record
        .expires_at
        .map(|seconds| ("kept until", moment(seconds.saturating_mul(1_000))));
    rows.extend(expires);
    rows
}

fn of_target(target: &Target) -> String {
    let paths: Vec<_> = target
        .paths
        .iter()
        .take(PATHS_SHOWN)
        .map(InvalidationPath::shown)
        .collect();
    let more = match target.paths.len().saturating_sub(PATHS_SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let known_as = target
        .known_as
        .as_ref()
        .map_or(String::new(), |name| format!(" ({name})"));
    let invalidation = target.invalidation.as_ref().map_or_else(
        || {
            format!(
                "no invalidation known, after {}",
                counted(target.create_attempts as usize, "try", "tries")
            )
        },
        |seen| {
            let at = moment(seen.checked_at.as_millis());
            format!(
                "invalidation {}, {:?} at the last status check, at {at}",
                seen.id, seen.status
            )
        },
    );
    clean(&format!(
        "{} in {}{known_as}: {invalidation}",
        paths.join(", ") + &more,
        target.resource
    ))
}

/// The result that CodePipeline received, or would receive.
fn shown(record: &ExecutionRecord) -> String {
    match job_result(record, last_known(record)) {
        JobResult::Continue { summary, .. } | JobResult::Success { summary, .. } => clean(&summary),
        JobResult::Failure { message, .. } => clean(&message),
    }
}

/// The latest time in the record.
fn last_known(record: &ExecutionRecord) -> Timestamp {
    let seen = record.snapshots().map(|seen| seen.checked_at);
    let known = seen.chain([record.job.opened_at, record.created_at]);
    known.max().unwrap_or(record.created_at)
}

fn of_answer(record: &ExecutionRecord) -> String {
    let (number, job) = (record.job.number + 1, short(record.job.job_id.as_str()));
    let said = match record.job.result {
        None => "has no result yet",
        Some(Delivery::Continued) => "was continued",
        Some(Delivery::Concluded) => "received the outcome",
        Some(Delivery::Closed) => "no longer accepts a result",
        Some(Delivery::Unknown) => "is not known to CodePipeline",
        Some(Delivery::Undeliverable) => "received no result before CodePipeline timed out",
    };
    format!("job {number} ({job}) {said}")
}

fn of_notification(record: &ExecutionRecord) -> String {
    let topic = record
        .topic
        .as_ref()
        .map_or_else(|| "no topic".to_owned(), |topic| short(topic.as_str()));
    published(&record.notification_state, &topic)
}

fn published(notification_state: &PublishState, to: &str) -> String {
    match notification_state {
        PublishState::Undecided => format!("none yet; the destination is {to}"),
        PublishState::Pending { attempts, .. } => {
            format!("pending for {to}, after {attempts} attempts")
        }
        PublishState::Sent { message_id } => {
            format!("sent to {to}, message {}", short(message_id))
        }
        PublishState::Abandoned => format!("abandoned: {to} did not accept it"),
        PublishState::NotWanted => "none: not requested".to_owned(),
    }
}

fn pending(record: &ExecutionRecord) -> Vec<Sentence> {
    if record.is_finalized() {
        return Vec::new();
    }
    let mut pending = Vec::new();
    if record.outcome.is_none() {
        let until = moment(record.deadline_at.as_millis());
        pending.push(Sentence::new(format!(
            "The outcome, by {until} at the latest."
        )));
    }
    if record.job.is_open() {
        let until = moment(record.job.ends_at.as_millis());
        let words = format!(
            "The result of job {}: its invocation has until {until}; after that the checker reports it.",
            short(record.job.job_id.as_str())
        );
        pending.push(Sentence::new(words));
    }
    if record.is_watched() {
        pending.push(Sentence::new("CloudFront's completion: the action continues in the background, and subscribers are notified on completion."));
    }
    for (channel, what) in [(Channel::Topic, "notification"), (Channel::Bus, "event")] {
        if let PublishState::Pending { retry_at, .. } = record.publish_state(channel) {
            let from = moment(retry_at.as_millis());
            let words = format!("The {what}, with the next attempt from {from}.");
            pending.push(Sentence::new(words));
        }
    }
    if let Some(due) = record.due_at {
        let words = format!(
            "The checker processes it in its first sweep after {}.",
            moment(due.as_millis())
        );
        pending.push(Sentence::new(words));
    }
    pending
}

fn look_at(record: &ExecutionRecord, now_ms: u64) -> Vec<Sentence> {
    let mut look_at = Vec::new();
    if let Some(Verdict::Failed(_) | Verdict::TimedOut) =
        record.outcome.as_ref().map(|outcome| &outcome.verdict)
    {
        look_at.push(Sentence::new(shown(record)).sounding(Tone::Bad));
    }
    if record.notification_state == PublishState::Abandoned {
        let words =
            "No notification was sent. Does the topic exist, and may the role publish to it?";
        look_at.push(Sentence::new(words).sounding(Tone::Bad));
    }
    if record.event_state == PublishState::Abandoned {
        let words = "No event was sent. Does the bus exist, and may the role put events on it?";
        look_at.push(Sentence::new(words).sounding(Tone::Bad));
    }
    let due_ms = record.due_at.map(Timestamp::as_millis);
    if let Some(due_ms) = due_ms.filter(|due_ms| now_ms > due_ms.saturating_add(FORGOTTEN_MS)) {
        let words = format!(
            "It has been due since {} without being processed: check that the checker's schedule is enabled, and check its log.",
            moment(due_ms)
        );
        look_at.push(Sentence::new(words).sounding(Tone::Bad));
    }
    look_at
}
