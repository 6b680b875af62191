//! An item of the table.

use std::time::Duration;

use invalidation_core::decide::driver::{Driver, Move, Saved, Writer};
use invalidation_core::decide::{
    self, CloudFrontReply, IncomingJob, InvocationBudget, Observation, Policy, Step,
};
use invalidation_core::input::identifiers::{InvalidationId, JobId};
use invalidation_core::input::visible_text::is_invisible;
use invalidation_core::model::execution_record::{
    Channel, Delivery, ExecutionRecord, Found, Listed, Reason, ServiceError, Status, Verdict,
};
use invalidation_core::model::time_budget::{Pace, TimeBudget};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_core::output::{
    self, Attribute, FAILURE_MESSAGE_AT_MOST, JobResult, SUBJECT_AT_MOST, SUMMARY_AT_MOST,
};
use invalidation_runtime::ports::{ExecutionStore, StoreError};
use serde_json::{Value, json};

use super::bench::{self, Bench};
use super::strings;
use harness::recorded;

const POLICY: Policy = Policy {
    status_max_age: Duration::from_secs(10),
    timeout: Duration::from_secs(900),
    retention: Duration::from_secs(30 * 86_400),
    reserved_wildcards: 2,
    puts_events: true,
};

/// The number of moves that one record makes.
const MOVES: usize = 40;

/// Any bytes in place of an item. Either the item is not a record, and the error does not quote it; or it is a record
/// that is written back as it was read, and no decision and no message panics on it at any time.
///
/// # Panics
///
/// Panics if that does not hold.
pub fn item(data: &[u8]) {
    let body = [b"{\"Item\":", data, b"}"].concat();
    let read = bench::with(|bench| load(bench, body));
    let Ok(Some(record)) = read else {
        return;
    };
    assert_round_trip(&record);
    let value = serde_json::to_value(&record).expect("a record is JSON");
    let is_plain = !strings::has_control(&value);
    for now in moments(&record) {
        assert_survives(&record, now);
        if is_plain {
            assert_fit_to_be_read(&record, now);
        }
    }
    assert_stays_the_same_execution(&record, data);
}

fn load(bench: &Bench, body: Vec<u8>) -> Result<Option<ExecutionRecord>, StoreError> {
    let id = JobId::parse("11111111-abcd-1111-abcd-111111abcdef").expect("a job id");
    bench.wire.reply_with(recorded::Reply::ok(body));
    bench.run(bench.execution_store.load(&id))
}

/// A record that is written, read and written again is the same record and exactly the same item.
fn assert_round_trip(record: &ExecutionRecord) {
    bench::with(|bench| {
        let written = write(bench, record);
        let body = json!({ "Item": written }).to_string().into_bytes();
        assert_eq!(load(bench, body), Ok(Some(record.clone())));
        assert_eq!(write(bench, record), written);
        let is_in_index = written.get("due_shard").is_some();
        assert_eq!(is_in_index, written.get("due_at").is_some());
    });
}

fn write(bench: &Bench, record: &ExecutionRecord) -> Value {
    bench.wire.reply_with(recorded::Reply::ok("{}"));
    let saved = bench.run(bench.execution_store.save(record, None));
    assert_eq!(saved, Ok(Saved::Written));
    bench.wire.only().json()["Item"].take()
}

/// The times at which something may change, and the two ends of time.
fn moments(record: &ExecutionRecord) -> [Timestamp; 6] {
    [
        Timestamp::from_millis(0),
        record.created_at,
        record.job.ends_at,
        record.deadline_at,
        record.due_at.unwrap_or(record.created_at) + decide::CODEPIPELINE_PATIENCE,
        Timestamp::from_millis(u64::MAX),
    ]
}

fn assert_survives(record: &ExecutionRecord, now: Timestamp) {
    let step = decide::next(record, now);
    let _ = decide::before(record, &step, now);
    let due_at = decide::due_at(record, now);
    assert_eq!(due_at.is_none(), step == Step::Done);
    let _ = decide::is_stuck(record);
    let finalized = decide::finalized(record, now, &POLICY);
    assert!(finalized.is_finalized());
    for observation in observations(record) {
        let after = decide::after(record, observation, now, &POLICY);
        let _ = decide::next(&after, now);
        if record.outcome.is_some() {
            assert_eq!(after.outcome, record.outcome);
        }
    }
}

/// One of each kind.
fn observations(record: &ExecutionRecord) -> Vec<Observation> {
    let id = InvalidationId::parse("I2EXAMPLE").expect("an id");
    let service_error = || ServiceError::new("Throttling", "Rate exceeded");
    let found = Found {
        status: Status::Completed,
        caller_reference: "another".into(),
        paths: vec![],
    };
    let listed = Listed {
        id: id.clone(),
        status: Status::InProgress,
        created_at: record.created_at,
    };
    vec![
        Observation::Replied(
            0,
            CloudFrontReply::Created(id.clone(), Status::InProgress).into(),
        ),
        Observation::Replied(0, CloudFrontReply::CallerReferenceConflict.into()),
        Observation::Replied(0, CloudFrontReply::Listed(vec![listed]).into()),
        Observation::Replied(0, CloudFrontReply::Compared(id, found).into()),
        Observation::Replied(0, CloudFrontReply::Polled(Status::Completed).into()),
        Observation::Replied(
            0,
            CloudFrontReply::Rejected(Reason::NoSuchDistribution).into(),
        ),
        Observation::Replied(0, CloudFrontReply::Retryable(service_error()).into()),
        Observation::Reported(Delivery::Closed),
        Observation::Reported(Delivery::Unknown),
        Observation::Disallowed,
        Observation::DisallowedTarget(0, Reason::PipelineNotAllowed),
        Observation::Reported(Delivery::Continued),
        Observation::NotReported(service_error()),
        Observation::ChangeChecked(true),
        Observation::ChangeChecked(false),
        Observation::Published {
            channel: Channel::Topic,
            message_id: "1".into(),
        },
        Observation::NotPublished(Channel::Topic, service_error()),
        Observation::NotPublished(Channel::Bus, service_error()),
    ]
}

/// Text that CodePipeline and subscribers receive keeps the services' limits and has no control character: a stored
/// name cannot begin a line of its own in a mail.
fn assert_fit_to_be_read(record: &ExecutionRecord, now: Timestamp) {
    let is_fit = |text: &str, most: usize| {
        assert!(text.chars().count() <= most, "{text}");
        assert!(!text.chars().any(is_invisible), "{text:?}");
    };
    match output::job_result(record, now) {
        JobResult::Continue { token, summary, .. } => {
            is_fit(&token, 2_048);
            is_fit(&summary, SUMMARY_AT_MOST);
        }
        JobResult::Success {
            summary,
            output_variables,
            ..
        } => {
            is_fit(&summary, SUMMARY_AT_MOST);
            for value in output_variables.values() {
                is_fit(value, 128);
            }
        }
        JobResult::Failure { message, .. } => is_fit(&message, FAILURE_MESSAGE_AT_MOST),
    }
    let Some(notification) = output::notification(record, Some("us-east-1")) else {
        return;
    };
    is_fit(&notification.subject, SUBJECT_AT_MOST);
    for line in notification.body.lines() {
        is_fit(line, usize::MAX);
    }
    for value in notification.attributes.values() {
        let texts = match value {
            Attribute::Text(text) => std::slice::from_ref(text),
            Attribute::List(texts) => texts,
        };
        assert!(!texts.is_empty() && !texts.iter().any(String::is_empty));
        texts.iter().for_each(|text| is_fit(text, usize::MAX));
    }
}

/// A process continues from the record, with observations that the bytes choose. A decided outcome does not change,
/// and the batch and its reference are always those of the record.
fn assert_stays_the_same_execution(record: &ExecutionRecord, data: &[u8]) {
    let incoming_job = IncomingJob {
        job_id: JobId::parse("22222222-abcd-2222-abcd-222222abcdef").expect("a job id"),
        number: record.job.number.saturating_add(1),
        budget: budget(record.created_at),
    };
    let writer = Writer::new("fuzz".into());
    let mut driver = Driver::with_job(record.clone(), incoming_job, writer);
    let mut now = record.created_at;
    for index in 0..MOVES {
        let before = driver.record().clone();
        let byte = data.get(index).copied().unwrap_or_default();
        match driver.next_move(now, time(now, byte), &POLICY) {
            Move::Write => driver.written(Saved::Written),
            Move::Take(_) => {
                let observations = observations(&before);
                let seen = observations[usize::from(byte) % observations.len()].clone();
                driver.observed(seen, now, &POLICY);
            }
            Move::Together(calls) => {
                for (target_index, call) in calls {
                    let observation = Observation::Replied(target_index, call.dropped());
                    driver.observed(observation, now, &POLICY);
                }
            }
            Move::Wait(until) => now = now.max(until),
            Move::ReportLate(job) => {
                let deliveries = [
                    None,
                    Some(Delivery::Continued),
                    Some(Delivery::Concluded),
                    Some(Delivery::Closed),
                    Some(Delivery::Unknown),
                ];
                driver.reported_late(&job, deliveries[usize::from(byte) % deliveries.len()], now);
            }
            Move::Leave => return,
        }
        if byte == 0 {
            driver.decide(Verdict::Failed(Reason::Internal), now);
        }
        assert_same_execution(&before, driver.record());
    }
}

/// Sometimes the time of the process is over.
fn time(now: Timestamp, byte: u8) -> TimeBudget {
    let wait_until = now + Duration::from_secs(30);
    let work_until = if byte % 8 == 7 { now } else { wait_until };
    TimeBudget {
        wait_until,
        work_until,
        pace: Pace::UNLIMITED,
    }
}

fn budget(from: Timestamp) -> InvocationBudget {
    InvocationBudget {
        from,
        wait_until: from + Duration::from_secs(25),
        work_until: from + Duration::from_secs(35),
        ends_at: from + Duration::from_secs(55),
    }
}

fn assert_same_execution(before: &ExecutionRecord, after: &ExecutionRecord) {
    assert_eq!(before.id, after.id);
    if before.outcome.is_some() {
        assert_eq!(before.outcome, after.outcome);
    }
    let batch = |record: &ExecutionRecord| {
        let sent = record
            .targets
            .iter()
            .map(|target| (target.paths.clone(), target.caller_reference.clone()));
        sent.collect::<Vec<_>>()
    };
    assert_eq!(batch(before), batch(after));
}
