//! A service's reply, read by the real SDK and the adapters.
//!
//! The check uses a simpler parser than the SDK's: the text that a success needs must occur in the body. The two
//! parsers do not share code, so they do not share a defect.

use std::collections::BTreeMap;
use std::time::Duration;

use invalidation_core::decide::driver::Saved;
use invalidation_core::decide::job_identity::NoDetails;
use invalidation_core::decide::{self, InvocationBudget, Policy};
use invalidation_core::input::identifiers::{DistributionId, InvalidationId, JobId, TopicArn};
use invalidation_core::input::paths::InvalidationPath;
use invalidation_core::input::user_parameters::{AskedTarget, ListRules, UserParameters};
use invalidation_core::model::execution_record::{
    Delivery, ExecutionRecord, Goal, NotificationSettings, OnTimeout, Reason, Resource,
    ServiceError, Status,
};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_core::output::{self, JobResult, Notification, OutcomeEvent};
use invalidation_runtime::ports::{
    ExecutionStore, InvalidationError, InvalidationService, JobReporter, Publisher, StoreError,
    Undelivered,
};
use serde_json::{Map, Value};

use super::bench::{self, Bench};
use harness::recorded::Reply;

/// The HTTP statuses that a reply may have.
const STATUSES: [u16; 12] = [200, 201, 202, 204, 301, 400, 403, 404, 413, 429, 500, 503];

const ID: &str = "I2J0I21PCUYOIK";
const JOB: &str = "11111111-abcd-1111-abcd-111111abcdef";
const WRITE_ID: &str = "the only write";

/// A call and the check of its outcome.
type InvariantChecker = fn(&Bench, &RawReply<'_>);

const CALLS: [InvariantChecker; 12] = [
    create, get, list, load, claim, save, due, job_result, details, publish, put_event, is_change,
];

/// Any bytes: the first chooses the call, from `0` on; the second the status, from `a` on; the others are the body of
/// the reply. No port panics, accepts anything but a success as one, or repeats more of a reply than a short code and
/// message.
///
/// # Panics
///
/// Panics if that does not hold.
pub fn reply(data: &[u8]) {
    let [call, status, body @ ..] = data else {
        return;
    };
    let assess = CALLS[usize::from(call.wrapping_sub(b'0')) % CALLS.len()];
    let status = STATUSES[usize::from(status.wrapping_sub(b'a')) % STATUSES.len()];
    let raw = RawReply { status, body };
    bench::with(|bench| {
        bench.wire.reply_with(Reply::new(status, body.to_vec()));
        assess(bench, &raw);
    });
}

/// The reply of the service.
struct RawReply<'a> {
    status: u16,
    body: &'a [u8],
}

impl RawReply<'_> {
    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the body contains this text as it is, or has escapes, which can encode any text.
    fn has(&self, words: &str) -> bool {
        let text = String::from_utf8_lossy(self.body);
        text.contains(words) || text.contains(['&', '\\'])
    }

    /// Whether the brackets of the body are those of an object: the SDK does not check values that it skips. The SDK
    /// treats an empty body as an empty object; DynamoDB itself always sends one.
    fn is_object(&self) -> bool {
        let body = self.body.trim_ascii();
        body.is_empty() || body.starts_with(b"{") && body.ends_with(b"}")
    }

    /// Whether the body is an object without a value under this key.
    fn is_object_without(&self, key: &str) -> bool {
        let fields = serde_json::from_slice::<Map<String, Value>>(self.body);
        let is_without = |fields: Map<String, Value>| fields.get(key).is_none_or(Value::is_null);
        self.is_object() && fields.map_or(true, is_without)
    }
}

fn create(bench: &Bench, raw: &RawReply<'_>) {
    let record = record();
    let target = &record.targets[0];
    match bench.run(bench.invalidation_service.create_invalidation(target)) {
        Ok((id, status)) => {
            assert!(raw.is_success() && raw.has(id.as_str()));
            assert_completed(status, raw);
        }
        Err(error) => assert_invalidation_service(&error, raw),
    }
}

fn get(bench: &Bench, raw: &RawReply<'_>) {
    let id = InvalidationId::parse(ID).expect("an id");
    match bench.run(
        bench
            .invalidation_service
            .get_invalidation(&distribution(), &id),
    ) {
        Ok(found) => {
            assert!(raw.is_success() && raw.has(ID));
            assert!(raw.has(&found.caller_reference));
            assert_completed(found.status, raw);
        }
        Err(error) => assert_invalidation_service(&error, raw),
    }
}

fn list(bench: &Bench, raw: &RawReply<'_>) {
    match bench.run(
        bench
            .invalidation_service
            .list_invalidations(&distribution()),
    ) {
        Ok(listed) => {
            assert!(raw.is_success() && raw.has("InvalidationList"));
            for one in listed {
                assert!(raw.has(one.id.as_str()));
            }
        }
        Err(error) => assert_invalidation_service(&error, raw),
    }
}

fn load(bench: &Bench, raw: &RawReply<'_>) {
    match bench.run(bench.execution_store.load(&job())) {
        Ok(Some(record)) => assert!(raw.is_success() && raw.has(record.id.as_str())),
        Ok(None) => assert!(raw.is_success() && raw.is_object_without("Item")),
        Err(error) => assert_execution_store(&error, raw),
    }
}

fn claim(bench: &Bench, raw: &RawReply<'_>) {
    match bench.run(
        bench
            .execution_store
            .claim(&job(), Timestamp::from_millis(0)),
    ) {
        Ok(Some(record)) => assert!(raw.is_success() && raw.has(record.id.as_str())),
        Ok(None) => assert!(
            raw.is_success() && raw.is_object_without("Attributes")
                || raw.has("ConditionalCheckFailedException")
        ),
        Err(error) => assert_execution_store(&error, raw),
    }
}

fn save(bench: &Bench, raw: &RawReply<'_>) {
    match bench.run(bench.execution_store.save(&record(), Some("another"))) {
        Ok(Saved::Written) => assert!(
            raw.is_success() || (raw.has("ConditionalCheckFailedException") && raw.has(WRITE_ID))
        ),
        Ok(Saved::Overtaken(stored)) => {
            assert!(!raw.is_success() && raw.has("ConditionalCheckFailedException"));
            assert!(stored.write_id != WRITE_ID && raw.has(&stored.write_id));
        }
        Err(error) => assert_execution_store(&error, raw),
    }
}

fn due(bench: &Bench, raw: &RawReply<'_>) {
    match bench.run(bench.execution_store.due(Timestamp::from_millis(0), 500)) {
        Ok(ids) => {
            assert!(raw.is_success() && (!ids.is_empty() || raw.is_object()));
            for id in ids {
                assert!(raw.has(id.as_str()));
            }
        }
        Err(error) => assert_execution_store(&error, raw),
    }
}

fn job_result(bench: &Bench, raw: &RawReply<'_>) {
    let success = JobResult::Success {
        summary: "done".into(),
        external_execution_id: None,
        output_variables: BTreeMap::new(),
    };
    for job_result in [
        output::job_result(&record(), Timestamp::from_millis(0)),
        success,
        output::result_without_record(),
    ] {
        let is_continued = matches!(job_result, JobResult::Continue { .. });
        match bench.run(bench.pipeline.report(&job(), &job_result)) {
            Ok(Delivery::Continued) => assert!(raw.is_success() && is_continued),
            Ok(Delivery::Concluded) => assert!(raw.is_success() && !is_continued),
            Ok(Delivery::Closed) => assert!(!raw.is_success() && raw.has("InvalidJobState")),
            Ok(Delivery::Unknown) => assert!(!raw.is_success() && raw.has("JobNotFound")),
            Ok(Delivery::Undeliverable) => panic!("one reply never means this"),
            Err(Undelivered(service_error)) => assert_fit(&service_error),
        }
    }
}

fn details(bench: &Bench, raw: &RawReply<'_>) {
    match bench.run(bench.pipeline.details(&job())) {
        Ok(details) => {
            assert!(raw.is_success());
            let texts_of_job = [
                details.provider,
                details.function,
                details.user_parameters,
                details.continuation_token,
            ];
            assert!(texts_of_job.iter().flatten().all(|text| raw.has(text)));
            if let Some(pipeline_context) = details.pipeline_context {
                assert!(
                    raw.has(&pipeline_context.pipeline)
                        && raw.has(&pipeline_context.pipeline_execution_id)
                );
                assert!(raw.has(&pipeline_context.stage) && raw.has(&pipeline_context.action));
            }
        }
        Err(NoDetails::NotFound | NoDetails::Useless) => {
            assert!(!raw.is_success() && raw.has("JobNotFound"));
        }
        Err(NoDetails::Denied(service_error) | NoDetails::Retryable(service_error)) => {
            assert_fit(&service_error);
        }
    }
}

fn publish(bench: &Bench, raw: &RawReply<'_>) {
    let topic = "arn:aws:sns:us-east-1:111111111111:deploys".to_owned();
    let notification = Notification {
        topic: TopicArn::try_from(topic).expect("an ARN"),
        notification_id: JOB.into(),
        subject: "subject".into(),
        body: "body".into(),
        is_per_protocol: false,
        attributes: BTreeMap::new(),
    };
    match bench.run(bench.publisher.publish(&notification)) {
        Ok(id) => assert!(raw.is_success() && raw.has(&id) && raw.has("<MessageId")),
        Err(Undelivered(service_error)) => assert_fit(&service_error),
    }
}

fn put_event(bench: &Bench, raw: &RawReply<'_>) {
    let event = OutcomeEvent {
        time: Timestamp::from_millis(1_767_225_600_000),
        detail: "{}".into(),
    };
    match bench.run(bench.publisher.put_event(&event)) {
        Ok(id) => assert!(raw.is_success() && raw.has(&id) && raw.has("EventId")),
        Err(Undelivered(service_error)) => assert_fit(&service_error),
    }
}

/// The record has not succeeded, so that it counts as a change for any stored state.
fn is_change(bench: &Bench, raw: &RawReply<'_>) {
    match bench.run(bench.execution_store.is_change(&record())) {
        Ok(is_change) => assert!(is_change),
        Err(error) => assert_execution_store(&error, raw),
    }
}

fn assert_completed(status: Status, raw: &RawReply<'_>) {
    assert!(status != Status::Completed || raw.has("Completed"));
}

/// A success that cannot be read is retryable, never final; a final error is named in the reply.
fn assert_invalidation_service(error: &InvalidationError, raw: &RawReply<'_>) {
    match error {
        InvalidationError::Retryable(service_error) => assert_fit(service_error),
        InvalidationError::CallerReferenceConflict => assert!(
            !raw.is_success()
                && (raw.has("AlreadyExists") || raw.has("used for a previous invalidation batch"))
        ),
        InvalidationError::Rejected(reason) => {
            assert!(!raw.is_success());
            let word = match reason {
                Reason::AccessDenied { .. } => "",
                Reason::NoSuchDistribution => "NoSuchDistribution",
                Reason::BatchRejected(service_error) => {
                    assert_fit(service_error);
                    service_error.code.as_str()
                }
                other => panic!("no reply means {other:?}"),
            };
            assert!(raw.has(word));
        }
    }
}

fn assert_execution_store(error: &StoreError, raw: &RawReply<'_>) {
    match error {
        StoreError::Unavailable { service_error, .. } => assert_fit(service_error),
        StoreError::Unreadable(text) => assert!(text.len() < 256, "{text}"),
        StoreError::Gone => assert!(raw.has("ConditionalCheckFailedException")),
    }
}

/// The stored part of a service's message is short and has no control character.
fn assert_fit(service_error: &ServiceError) {
    let ServiceError { code, message, .. } = service_error;
    assert!(code.chars().count() <= 64 && message.chars().count() <= 512);
    assert!(!code.chars().chain(message.chars()).any(char::is_control));
}

fn job() -> JobId {
    JobId::parse(JOB).expect("a job id")
}

fn distribution() -> Resource {
    Resource::Distribution(DistributionId::parse("E2EXAMPLE1ABCD").expect("an id"))
}

/// A record at the beginning of its execution.
fn record() -> ExecutionRecord {
    let from = Timestamp::from_millis(1_767_225_600_000);
    let parameters = UserParameters {
        pipeline_name: None,
        targets: vec![AskedTarget {
            resource: distribution(),
            paths: vec![InvalidationPath::everything()],
            notes: vec![],
            file: None,
            names_file: false,
        }],
        targets_file: None,
        list_rules: ListRules::default(),
        notification_settings: NotificationSettings::default(),
        timeout: None,
        on_timeout: OnTimeout::Fail,
        goal: Goal::Completed,
    };
    let budget = InvocationBudget {
        from,
        wait_until: from,
        work_until: from,
        ends_at: from,
    };
    let policy = Policy {
        status_max_age: Duration::from_secs(10),
        timeout: Duration::from_secs(900),
        retention: Duration::from_secs(86_400),
        reserved_wildcards: 2,
        puts_events: true,
    };
    ExecutionRecord {
        write_id: WRITE_ID.into(),
        ..decide::begun(job(), parameters, budget, &policy)
    }
}
