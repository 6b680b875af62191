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
use invalidation_core::input::user_parameters::{AskedTarget, UserParameters};
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
type InvariantChecker = fn(&Bench, &Said<'_>);

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
    let said = Said { status, body };
    bench::with(|bench| {
        bench.wire.reply_with(Reply::new(status, body.to_vec()));
        assess(bench, &said);
    });
}

/// The reply of the service.
struct Said<'a> {
    status: u16,
    body: &'a [u8],
}

impl Said<'_> {
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

fn create(bench: &Bench, said: &Said<'_>) {
    let record = record();
    let target = &record.targets[0];
    match bench.run(bench.invalidation_service.create_invalidation(target)) {
        Ok((id, status)) => {
            assert!(said.is_success() && said.has(id.as_str()));
            assert_completed(status, said);
        }
        Err(error) => assert_invalidation_service(&error, said),
    }
}

fn get(bench: &Bench, said: &Said<'_>) {
    let id = InvalidationId::parse(ID).expect("an id");
    match bench.run(
        bench
            .invalidation_service
            .get_invalidation(&distribution(), &id),
    ) {
        Ok(found) => {
            assert!(said.is_success() && said.has(ID));
            assert!(said.has(&found.caller_reference));
            assert_completed(found.status, said);
        }
        Err(error) => assert_invalidation_service(&error, said),
    }
}

fn list(bench: &Bench, said: &Said<'_>) {
    match bench.run(
        bench
            .invalidation_service
            .list_invalidations(&distribution()),
    ) {
        Ok(listed) => {
            assert!(said.is_success() && said.has("InvalidationList"));
            for one in listed {
                assert!(said.has(one.id.as_str()));
            }
        }
        Err(error) => assert_invalidation_service(&error, said),
    }
}

fn load(bench: &Bench, said: &Said<'_>) {
    match bench.run(bench.execution_store.load(&job())) {
        Ok(Some(record)) => assert!(said.is_success() && said.has(record.id.as_str())),
        Ok(None) => assert!(said.is_success() && said.is_object_without("Item")),
        Err(error) => assert_execution_store(&error, said),
    }
}

fn claim(bench: &Bench, said: &Said<'_>) {
    match bench.run(
        bench
            .execution_store
            .claim(&job(), Timestamp::from_millis(0)),
    ) {
        Ok(Some(record)) => assert!(said.is_success() && said.has(record.id.as_str())),
        Ok(None) => assert!(
            said.is_success() && said.is_object_without("Attributes")
                || said.has("ConditionalCheckFailedException")
        ),
        Err(error) => assert_execution_store(&error, said),
    }
}

fn save(bench: &Bench, said: &Said<'_>) {
    match bench.run(bench.execution_store.save(&record(), Some("another"))) {
        Ok(Saved::Written) => assert!(
            said.is_success()
                || (said.has("ConditionalCheckFailedException") && said.has(WRITE_ID))
        ),
        Ok(Saved::Overtaken(theirs)) => {
            assert!(!said.is_success() && said.has("ConditionalCheckFailedException"));
            assert!(theirs.write_id != WRITE_ID && said.has(&theirs.write_id));
        }
        Err(error) => assert_execution_store(&error, said),
    }
}

fn due(bench: &Bench, said: &Said<'_>) {
    match bench.run(bench.execution_store.due(Timestamp::from_millis(0), 500)) {
        Ok(ids) => {
            assert!(said.is_success() && (!ids.is_empty() || said.is_object()));
            for id in ids {
                assert!(said.has(id.as_str()));
            }
        }
        Err(error) => assert_execution_store(&error, said),
    }
}

fn job_result(bench: &Bench, said: &Said<'_>) {
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
            Ok(Delivery::Continued) => assert!(said.is_success() && is_continued),
            Ok(Delivery::Concluded) => assert!(said.is_success() && !is_continued),
            Ok(Delivery::Closed) => assert!(!said.is_success() && said.has("InvalidJobState")),
            Ok(Delivery::Unknown) => assert!(!said.is_success() && said.has("JobNotFound")),
            Ok(Delivery::Undeliverable) => panic!("one reply never means this"),
            Err(Undelivered(service_error)) => assert_fit(&service_error),
        }
    }
}

fn details(bench: &Bench, said: &Said<'_>) {
    match bench.run(bench.pipeline.details(&job())) {
        Ok(details) => {
            assert!(said.is_success());
            let said_of_job = [
                details.provider,
                details.function,
                details.user_parameters,
                details.continuation_token,
            ];
            assert!(said_of_job.iter().flatten().all(|text| said.has(text)));
            if let Some(pipeline_context) = details.pipeline_context {
                assert!(
                    said.has(&pipeline_context.pipeline)
                        && said.has(&pipeline_context.pipeline_execution_id)
                );
                assert!(said.has(&pipeline_context.stage) && said.has(&pipeline_context.action));
            }
        }
        Err(NoDetails::NotFound | NoDetails::Useless) => {
            assert!(!said.is_success() && said.has("JobNotFound"));
        }
        Err(NoDetails::Denied(service_error) | NoDetails::Retryable(service_error)) => {
            assert_fit(&service_error);
        }
    }
}

fn publish(bench: &Bench, said: &Said<'_>) {
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
        Ok(id) => assert!(said.is_success() && said.has(&id) && said.has("<MessageId")),
        Err(Undelivered(service_error)) => assert_fit(&service_error),
    }
}

fn put_event(bench: &Bench, said: &Said<'_>) {
    let event = OutcomeEvent {
        time: Timestamp::from_millis(1_767_225_600_000),
        detail: "{}".into(),
    };
    match bench.run(bench.publisher.put_event(&event)) {
        Ok(id) => assert!(said.is_success() && said.has(&id) && said.has("EventId")),
        Err(Undelivered(service_error)) => assert_fit(&service_error),
    }
}

/// The record has not succeeded, so that it counts as a change for any stored state.
fn is_change(bench: &Bench, said: &Said<'_>) {
    match bench.run(bench.execution_store.is_change(&record())) {
        Ok(is_change) => assert!(is_change),
        Err(error) => assert_execution_store(&error, said),
    }
}

fn assert_completed(status: Status, said: &Said<'_>) {
    assert!(status != Status::Completed || said.has("Completed"));
}

/// A success that cannot be read is retryable, never final; a final error is named in the reply.
fn assert_invalidation_service(error: &InvalidationError, said: &Said<'_>) {
    match error {
        InvalidationError::Retryable(service_error) => assert_fit(service_error),
        InvalidationError::CallerReferenceConflict => assert!(
            !said.is_success()
                && (said.has("AlreadyExists")
                    || said.has("used for a previous invalidation batch"))
        ),
        InvalidationError::Rejected(reason) => {
            assert!(!said.is_success());
            let word = match reason {
                Reason::AccessDenied { .. } => "",
                Reason::NoSuchDistribution => "NoSuchDistribution",
                Reason::BatchRejected(service_error) => {
                    assert_fit(service_error);
                    service_error.code.as_str()
                }
                other => panic!("no reply means {other:?}"),
            };
            assert!(said.has(word));
        }
    }
}

fn assert_execution_store(error: &StoreError, said: &Said<'_>) {
    match error {
        StoreError::Unavailable { service_error, .. } => assert_fit(service_error),
        StoreError::Unreadable(text) => assert!(text.len() < 256, "{text}"),
        StoreError::Gone => assert!(said.has("ConditionalCheckFailedException")),
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
        }],
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
