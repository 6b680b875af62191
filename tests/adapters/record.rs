//! The stored form of a record, written and read.

use harness::recorded::{Reply, Wire};
use invalidation_core::decide::driver::Saved;
use invalidation_core::input::identifiers::{
    Alias, DistributionTenantId, InvalidationId, JobId, TopicArn,
};
use invalidation_core::input::paths::{InvalidationPath, ListKind, Note, Remark};
use invalidation_core::model::execution_record::{
    Delivery, ExecutionRecord, Goal, JobState, NotificationFormat, NotifyOn, OnTimeout, Outcome,
    PipelineContext, PublishState, Reason, Resource, SCHEMA_VERSION, Search, ServiceError, Status,
    StatusSnapshot, Target, Verdict,
};
use invalidation_core::model::queue::{Admission, EntryId};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::ports::ExecutionStore;
use serde_json::{Value, json};

use crate::cloudfront::distribution;

/// Items in their stored form. After the first release they are frozen: a version that cannot read them would strand
/// every running execution.
pub(crate) fn golden(name: &str) -> Value {
    let items: Value = serde_json::from_str(include_str!("records.json")).unwrap();
    items[name].clone()
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000 + 1_000 * seconds)
}

fn job(text: &str) -> JobId {
    JobId::parse(text).unwrap()
}

/// An execution with a running invalidation, whose job got a continuation.
pub(crate) fn waiting() -> ExecutionRecord {
    ExecutionRecord {
        version: SCHEMA_VERSION,
        id: job("11111111-abcd-1111-abcd-111111abcdef"),
        write_id: "run 7/3".into(),
        pipeline: Some("example-pipeline".into()),
        topic: Some(
            TopicArn::try_from("arn:aws:sns:us-east-1:111111111111:deploys".to_owned()).unwrap(),
        ),
        notification_format: NotificationFormat::Text,
        notify_on: NotifyOn::Always,
        pipeline_context: None,
        targets: vec![target()],
        goal: Goal::Completed,
        on_timeout: OnTimeout::Fail,
        cloudfront_calls: 0,
        job: JobState {
            number: 0,
            job_id: job("11111111-abcd-1111-abcd-111111abcdef"),
            opened_at: at(0),
            wait_until: at(25),
            ends_at: at(60),
            delays: 0,
            retry_at: at(0),
            may_continue: false,
            result: Some(Delivery::Continued),
        },
        created_at: at(0),
        deadline_at: at(900),
        outcome: None,
        notification_state: PublishState::Undecided,
        event_state: PublishState::NotWanted,
        is_change: false,
        is_known: false,
        due_at: Some(at(35)),
        overdue_at: None,
        backoff: None,
        expires_at: None,
    }
}

fn target() -> Target {
    Target {
        resource: distribution(),
        known_as: None,
        paths: ["/index.html", "/images/*"]
            .map(|path| InvalidationPath::parse(path).unwrap())
            .to_vec(),
        notes: Vec::new(),
        caller_reference: "11111111-abcd-1111-abcd-111111abcdef".into(),
        create_attempts: 1,
        first_create_at: None,
        last_create_at: None,
        next_call_at: at(35),
        delays: 1,
        service_error: Some(ServiceError::new("Throttling", "Rate exceeded")),
        invalidation: Some(StatusSnapshot {
            id: InvalidationId::parse("I2J0I21PCUYOIK").unwrap(),
            status: Status::InProgress,
            checked_at: at(25),
        }),
        search: None,
        is_allowed: false,
        admission: None,
        entered_at: None,
        is_alone: false,
        created_by: None,
        rejection: None,
    }
}

/// The same, rejected by CloudFront, with a result and a notification pending.
fn pending() -> ExecutionRecord {
    let service_error = ServiceError::new(
        "InvalidArgument",
        "Your request contains one or more invalid invalidation paths.",
    );
    let job = JobState {
        number: 1,
        job_id: job("22222222-abcd-2222-abcd-222222abcdef"),
        result: None,
        ..waiting().job
    };
    ExecutionRecord {
        targets: vec![Target {
            service_error: None,
            invalidation: None,
            ..target()
        }],
        job,
        outcome: Some(Outcome {
            verdict: Verdict::Failed(Reason::BatchRejected(service_error)),
            decided_at: at(36),
        }),
        notification_state: PublishState::Pending {
            attempts: 2,
            retry_at: at(156),
        },
        ..waiting()
    }
}

/// A record with a caller reference conflict and a pipeline context, which a sweep has claimed and not finished.
fn searching() -> ExecutionRecord {
    let candidates = ["I2J0I21PCUYOIK", "I3EXAMPLE"].map(|id| InvalidationId::parse(id).unwrap());
    ExecutionRecord {
        pipeline_context: Some(PipelineContext {
            pipeline: "example-pipeline".into(),
            pipeline_execution_id: "33333333-abcd-3333-abcd-333333abcdef".into(),
            stage: "Deploy".into(),
            action: "InvalidateCache".into(),
        }),
        targets: vec![Target {
            caller_reference: "codepipeline-11111111-abcd-1111-abcd-111111abcdef".into(),
            service_error: None,
            invalidation: None,
            search: Some(Search::Among(candidates.to_vec())),
            ..target()
        }],
        backoff: Some(120_000),
        ..waiting()
    }
}

/// The same, with the time from which the invalidation may have been created.
fn tried() -> ExecutionRecord {
    let mut record = searching();
    record.targets[0].first_create_at = Some(at(21));
    record.targets[0].last_create_at = Some(at(22));
    record
}

/// A record with a cache tag, and with remarks about its paths.
fn noted() -> ExecutionRecord {
    let notes = [
        Note::Items {
            remark: Remark::Encoded,
            items: vec![2, 3],
            more: 0,
            list: ListKind::Paths,
        },
        Note::Merged {
            needed: 4,
            sent: 3,
            list: ListKind::Paths,
        },
    ];
    let paths = ["/caf%C3%A9", "#product:electronics", "/images/*"];
    ExecutionRecord {
        targets: vec![Target {
            paths: paths
                .map(|path| InvalidationPath::parse(path).unwrap())
                .to_vec(),
            notes: notes.to_vec(),
            ..target()
        }],
        ..waiting()
    }
}

/// A record with a target of each kind.
fn several() -> ExecutionRecord {
    let alias = Alias::try_from("www.example.com".to_owned()).unwrap();
    let tenant = DistributionTenantId::try_from("dt_1example".to_owned()).unwrap();
    let unknown = Target {
        resource: Resource::Alias(alias.clone()),
        admission: Some(Admission::Waiting { ahead: 12 }),
        service_error: None,
        invalidation: None,
        ..target()
    };
    let rejected = Target {
        resource: Resource::Tenant(tenant),
        rejection: Some(Reason::NoSuchDistributionTenant),
        ..unknown.clone()
    };
    let leader = EntryId {
        execution: job("44444444-abcd-4444-abcd-444444abcdef"),
        target_index: 1,
    };
    let known = Target {
        known_as: Some(alias),
        admission: Some(Admission::Follower(leader.clone())),
        is_alone: true,
        created_by: Some(leader.execution),
        ..target()
    };
    ExecutionRecord {
        targets: vec![known, rejected, unknown],
        goal: Goal::Created,
        on_timeout: OnTimeout::Release,
        ..waiting()
    }
}

/// A record of a dry run.
fn planned() -> ExecutionRecord {
    ExecutionRecord {
        targets: vec![Target {
            is_allowed: true,
            service_error: None,
            invalidation: None,
            ..target()
        }],
        goal: Goal::Planned,
        on_timeout: OnTimeout::Succeed,
        ..waiting()
    }
}

/// A record whose event is pending, and whose chat notification is written and reports a change.
fn published() -> ExecutionRecord {
    ExecutionRecord {
        notification_format: NotificationFormat::Chat,
        notify_on: NotifyOn::Change,
        event_state: PublishState::Pending {
            attempts: 1,
            retry_at: at(51),
        },
        is_change: true,
        is_known: false,
        ..finalized()
    }
}

/// A record in the index of overdue records, whose target waits in a queue.
fn dated() -> ExecutionRecord {
    let target = Target {
        admission: Some(Admission::Waiting { ahead: 12 }),
        entered_at: Some(at(1)),
        ..target()
    };
    ExecutionRecord {
        targets: vec![target],
        overdue_at: Some(at(900)),
        ..waiting()
    }
}

/// A record without work left.
pub(crate) fn finalized() -> ExecutionRecord {
    ExecutionRecord {
        job: JobState {
            result: Some(Delivery::Concluded),
            ..waiting().job
        },
        outcome: Some(Outcome {
            verdict: Verdict::Succeeded,
            decided_at: at(36),
        }),
        notification_state: PublishState::Sent {
            message_id: "567910cd-659e-55d4-8ccb-5aaf14679dc0".into(),
        },
        due_at: None,
        expires_at: Some(at(2_592_036).as_seconds()),
        ..waiting()
    }
}

/// The item in which `record` is stored, as DynamoDB receives it.
pub(crate) async fn written(record: &ExecutionRecord) -> Value {
    let wire = Wire::replying([Reply::ok("{}")]);
    assert_eq!(wire.dynamodb().save(record, None).await, Ok(Saved::Written));
    wire.only().json()["Item"].take()
}

pub(crate) async fn read(item: &Value) -> Option<ExecutionRecord> {
    let wire = Wire::replying([Reply::ok(json!({"Item": item}).to_string())]);
    wire.dynamodb().load(&waiting().id).await.unwrap()
}

#[tokio::test]
async fn each_golden_item_is_read_and_written() {
    for (name, record) in [
        ("waiting", waiting()),
        ("pending", pending()),
        ("finalized", finalized()),
        ("searching", searching()),
        ("noted", noted()),
        ("several", several()),
        ("planned", planned()),
        ("published", published()),
        ("tried", tried()),
        ("dated", dated()),
    ] {
        assert_eq!(written(&record).await, golden(name), "{name}");
        assert_eq!(read(&golden(name)).await, Some(record), "{name}");
    }
}

/// The index is sparse: an item is in it only with both of the index's keys, so they are set and removed together.
#[tokio::test]
async fn only_a_record_with_work_left_is_in_the_index() {
    for (record, is_in_index) in [(waiting(), true), (pending(), true), (finalized(), false)] {
        let item = written(&record).await;
        let keys = [&item["due_shard"]["S"], &item["due_at"]["N"]];
        assert_eq!(keys.map(Value::is_string), [is_in_index; 2], "{item:#}");
    }
}
