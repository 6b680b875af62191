//! The stored form of a record, there and back.

use harness::recorded::{Reply, Wire};
use invalidation_core::decide::driver::Saved;
use invalidation_core::input::identifiers::{
    Alias, DistributionTenantId, InvalidationId, JobId, TopicArn,
};
use invalidation_core::input::paths::{InvalidationPath, Note, Remark};
use invalidation_core::model::execution_record::{
    Announcement, Delivery, Goal, NotificationFormat, NotifyOn, OnTimeout, Outcome, Owner, Reason,
    Record, Resource, SCHEMA_VERSION, Search, Sighting, Status, Target, Trouble, Verdict, Visit,
};
use invalidation_core::model::queue::{Ticket, Turn};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::ports::Ledger;
use serde_json::{Value, json};

use crate::cloudfront::distribution;

/// An item as a table holds it. Once there is a release these are frozen: a version that cannot read them any more would
/// strand every execution in flight.
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

/// An execution whose invalidation runs, and whose job has been told to continue.
pub(crate) fn waiting() -> Record {
    Record {
        version: SCHEMA_VERSION,
        id: job("11111111-abcd-1111-abcd-111111abcdef"),
        write_id: "run 7/3".into(),
        pipeline: Some("example-pipeline".into()),
        topic: Some(
            TopicArn::try_from("arn:aws:sns:us-east-1:111111111111:deploys".to_owned()).unwrap(),
        ),
        notification_format: NotificationFormat::Text,
        notify_on: NotifyOn::Always,
        owner: None,
        targets: vec![target()],
        goal: Goal::Completed,
        on_timeout: OnTimeout::Fail,
        cloudfront_calls: 0,
        visit: Visit {
            number: 0,
            job_id: job("11111111-abcd-1111-abcd-111111abcdef"),
            opened_at: at(0),
            answer_by: at(25),
            ends_at: at(60),
            delays: 0,
            retry_at: at(0),
            may_return: false,
            answer: Some(Delivery::Continued),
        },
        created_at: at(0),
        deadline_at: at(900),
        outcome: None,
        announcement: Announcement::Undecided,
        event: Announcement::Unwanted,
        is_change: false,
        is_known: false,
        due_at: Some(at(35)),
        overdue_at: None,
        pause: None,
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
        next_call_at: at(35),
        delays: 1,
        trouble: Some(Trouble::new("Throttling", "Rate exceeded")),
        invalidation: Some(Sighting {
            id: InvalidationId::parse("I2J0I21PCUYOIK").unwrap(),
            status: Status::InProgress,
            seen_at: at(25),
        }),
        search: None,
        is_allowed: false,
        turn: None,
        entered_at: None,
        is_alone: false,
        made_by: None,
        refusal: None,
    }
}

/// The same, refused by CloudFront, with an answer and a notice still owed.
fn owed() -> Record {
    let trouble = Trouble::new(
        "InvalidArgument",
        "Your request contains one or more invalid invalidation paths.",
    );
    let visit = Visit {
        number: 1,
        job_id: job("22222222-abcd-2222-abcd-222222abcdef"),
        answer: None,
        ..waiting().visit
    };
    Record {
        targets: vec![Target {
            trouble: None,
            invalidation: None,
            ..target()
        }],
        visit,
        outcome: Some(Outcome {
            verdict: Verdict::Failed(Reason::BatchRefused(trouble)),
            decided_at: at(36),
        }),
        announcement: Announcement::Owed {
            attempts: 2,
            retry_at: at(156),
        },
        ..waiting()
    }
}

/// One whose reference CloudFront knows, with an owner, that a pass has taken up and not come to its end with.
fn searching() -> Record {
    let candidates = ["I2J0I21PCUYOIK", "I3EXAMPLE"].map(|id| InvalidationId::parse(id).unwrap());
    Record {
        owner: Some(Owner {
            pipeline: "example-pipeline".into(),
            pipeline_execution_id: "33333333-abcd-3333-abcd-333333abcdef".into(),
            stage: "Deploy".into(),
            action: "InvalidateCache".into(),
        }),
        targets: vec![Target {
            caller_reference: "codepipeline-11111111-abcd-1111-abcd-111111abcdef".into(),
            trouble: None,
            invalidation: None,
            search: Some(Search::Among(candidates.to_vec())),
            ..target()
        }],
        pause: Some(120_000),
        ..waiting()
    }
}

/// The same, with the moment from which on ours may have been created.
fn tried() -> Record {
    let mut record = searching();
    record.targets[0].first_create_at = Some(at(21));
    record
}

/// One with a cache tag, and with something to say about its paths.
fn noted() -> Record {
    let notes = [
        Note::Items {
            remark: Remark::Encoded,
            items: vec![2, 3],
        },
        Note::Merged { needed: 4, sent: 3 },
    ];
    let paths = ["/caf%C3%A9", "#product:electronics", "/images/*"];
    Record {
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

/// One with a target of each kind.
fn several() -> Record {
    let alias = Alias::try_from("www.example.com".to_owned()).unwrap();
    let tenant = DistributionTenantId::try_from("dt_1example".to_owned()).unwrap();
    let unknown = Target {
        resource: Resource::Alias(alias.clone()),
        turn: Some(Turn::Waiting { ahead: 12 }),
        trouble: None,
        invalidation: None,
        ..target()
    };
    let refused = Target {
        resource: Resource::Tenant(tenant),
        refusal: Some(Reason::NoSuchDistributionTenant),
        ..unknown.clone()
    };
    let leader = Ticket {
        execution: job("44444444-abcd-4444-abcd-444444abcdef"),
        place: 1,
    };
    let known = Target {
        known_as: Some(alias),
        turn: Some(Turn::Following(leader.clone())),
        is_alone: true,
        made_by: Some(leader.execution),
        ..target()
    };
    Record {
        targets: vec![known, refused, unknown],
        goal: Goal::Created,
        on_timeout: OnTimeout::Release,
        ..waiting()
    }
}

/// One that only asked what would be.
fn planned() -> Record {
    Record {
        targets: vec![Target {
            is_allowed: true,
            trouble: None,
            invalidation: None,
            ..target()
        }],
        goal: Goal::Planned,
        on_timeout: OnTimeout::Succeed,
        ..waiting()
    }
}

/// One whose event is owed, and whose notice is written for a chat and known to tell of a change.
fn announced() -> Record {
    Record {
        notification_format: NotificationFormat::Chat,
        notify_on: NotifyOn::Change,
        event: Announcement::Owed {
            attempts: 1,
            retry_at: at(51),
        },
        is_change: true,
        is_known: false,
        ..drained()
    }
}

/// One that is in the index of what is overdue, and whose target stands in a queue.
fn dated() -> Record {
    let target = Target {
        turn: Some(Turn::Waiting { ahead: 12 }),
        entered_at: Some(at(1)),
        ..target()
    };
    Record {
        targets: vec![target],
        overdue_at: Some(at(900)),
        ..waiting()
    }
}

/// One of which nothing is left to do.
pub(crate) fn drained() -> Record {
    Record {
        visit: Visit {
            answer: Some(Delivery::Concluded),
            ..waiting().visit
        },
        outcome: Some(Outcome {
            verdict: Verdict::Succeeded,
            decided_at: at(36),
        }),
        announcement: Announcement::Sent {
            message_id: "567910cd-659e-55d4-8ccb-5aaf14679dc0".into(),
        },
        due_at: None,
        expires_at: Some(at(2_592_036).as_seconds()),
        ..waiting()
    }
}

/// The item in which `record` is stored, as DynamoDB receives it.
pub(crate) async fn written(record: &Record) -> Value {
    let wire = Wire::replying([Reply::ok("{}")]);
    assert_eq!(wire.dynamodb().save(record, None).await, Ok(Saved::Written));
    wire.only().json()["Item"].take()
}

pub(crate) async fn read(item: &Value) -> Option<Record> {
    let wire = Wire::replying([Reply::ok(json!({"Item": item}).to_string())]);
    wire.dynamodb().load(&waiting().id).await.unwrap()
}

#[tokio::test]
async fn each_golden_item_is_read_and_written() {
    for (name, record) in [
        ("waiting", waiting()),
        ("owed", owed()),
        ("drained", drained()),
        ("searching", searching()),
        ("noted", noted()),
        ("several", several()),
        ("planned", planned()),
        ("announced", announced()),
        ("tried", tried()),
        ("dated", dated()),
    ] {
        assert_eq!(written(&record).await, golden(name), "{name}");
        assert_eq!(read(&golden(name)).await, Some(record), "{name}");
    }
}

/// The index is sparse: an item is in it only with both of the index's keys, so they come and go together.
#[tokio::test]
async fn only_a_record_with_work_left_is_in_the_index() {
    for (record, is_in_index) in [(waiting(), true), (owed(), true), (drained(), false)] {
        let item = written(&record).await;
        let keys = [&item["due_shard"]["S"], &item["due_at"]["N"]];
        assert_eq!(keys.map(Value::is_string), [is_in_index; 2], "{item:#}");
    }
}
