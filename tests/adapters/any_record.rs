//! Records of every shape through the table and back.

use invalidation_core::input::identifiers::{
    Account, Alias, DistributionId, DistributionTenantId, InvalidationId,
};
use invalidation_core::input::paths::{ListKind, Note, Remark};
use invalidation_core::model::execution_record::{
    Delivery, ExecutionRecord, Goal, JobState, NotificationFormat, NotifyOn, OnTimeout, Outcome,
    PipelineContext, PublishState, Reason, Resource, SCHEMA_VERSION, Search, ServiceError, Target,
    Verdict,
};
use invalidation_core::model::timestamp::Timestamp;
use proptest::option;
use proptest::prelude::*;

use crate::record::{read, waiting, written};

fn moment() -> impl Strategy<Value = Timestamp> {
    any::<u64>().prop_map(Timestamp::from_millis)
}

fn reason() -> impl Strategy<Value = Reason> {
    prop_oneof![
        proptest::collection::vec(any::<String>(), 0..3).prop_map(Reason::BadParameters),
        (
            proptest::collection::vec(any::<String>(), 0..3),
            any::<usize>()
        )
            .prop_map(|(faults, more)| Reason::BadPathsFile(faults, more)),
        any::<(String, String)>()
            .prop_map(|(code, message)| Reason::ArtifactDenied(ServiceError::new(&code, &message))),
        any::<(String, String)>().prop_map(|(code, message)| {
            Reason::ArtifactUnavailable(ServiceError::new(&code, &message))
        }),
        Just(Reason::UnreadableToken),
        Just(Reason::UnknownExecution),
        Just(Reason::NoTarget),
        any::<String>().prop_map(|action| Reason::AccessDenied {
            account: Account::named_in("arn:aws:sts::111111111111:x").unwrap_or_default(),
            action
        }),
        Just(Reason::NoSuchDistribution),
        Just(Reason::NoSuchDistributionTenant),
        Just(Reason::NoSuchAlias(None)),
        Just(Reason::NoSuchAlias(Alias::parse("www.example.com"))),
        any::<(String, String)>()
            .prop_map(|(code, message)| Reason::BatchRejected(ServiceError::new(&code, &message))),
        Just(Reason::CallerReferenceConflict),
        Just(Reason::ForeignToken),
        Just(Reason::UnknownPipeline),
        Just(Reason::PipelineNotAllowed),
        Just(Reason::Internal),
    ]
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        Just(Verdict::Succeeded),
        Just(Verdict::TimedOut),
        reason().prop_map(Verdict::Failed)
    ]
}

fn notification_state() -> impl Strategy<Value = PublishState> {
    prop_oneof![
        Just(PublishState::Undecided),
        Just(PublishState::NotWanted),
        (any::<u32>(), moment())
            .prop_map(|(attempts, retry_at)| PublishState::Pending { attempts, retry_at }),
        any::<String>().prop_map(|message_id| PublishState::Sent { message_id }),
        Just(PublishState::Abandoned),
    ]
}

fn job_result() -> impl Strategy<Value = Option<Delivery>> {
    option::of(prop_oneof![
        Just(Delivery::Continued),
        Just(Delivery::Concluded),
        Just(Delivery::Closed),
        Just(Delivery::Undeliverable),
        Just(Delivery::Unknown),
    ])
}

fn pipeline_context() -> impl Strategy<Value = Option<PipelineContext>> {
    let parts = any::<[String; 4]>();
    option::of(parts.prop_map(
        |[pipeline, pipeline_execution_id, stage, action]| PipelineContext {
            pipeline,
            pipeline_execution_id,
            stage,
            action,
        },
    ))
}

fn search() -> impl Strategy<Value = Option<Search>> {
    let ids = proptest::collection::vec("[A-Z0-9]{1,64}", 0..3);
    let among = ids.prop_map(|ids| {
        let ids = ids.iter().filter_map(|id| InvalidationId::parse(id));
        Search::Among(ids.collect())
    });
    option::of(prop_oneof![Just(Search::Wanted), among])
}

fn notes() -> impl Strategy<Value = Vec<Note>> {
    let remark = proptest::sample::select(vec![
        Remark::Encoded,
        Remark::EncodedNeedlessly,
        Remark::EncodedTwice,
        Remark::Url,
        Remark::DoubledSlash,
        Remark::Dots,
        Remark::Signed,
        Remark::Root,
        Remark::ShellVariable,
        Remark::Stem,
        Remark::LeftOut,
    ]);
    let items = proptest::collection::vec(any::<u32>(), 0..3);
    let note = prop_oneof![
        (remark, items, any::<u32>(), list()).prop_map(|(remark, items, more, list)| Note::Items {
            remark,
            items,
            more,
            list,
        }),
        (any::<(u32, u32)>(), list()).prop_map(|((needed, sent), list)| Note::Merged {
            needed,
            sent,
            list,
        }),
    ];
    proptest::collection::vec(note, 0..3)
}

fn list() -> impl Strategy<Value = ListKind> {
    proptest::sample::select(vec![ListKind::Paths, ListKind::Lines, ListKind::Array])
}

fn resource() -> impl Strategy<Value = Resource> {
    let name = |text: &str| text.to_owned();
    proptest::sample::select(vec![
        Resource::Distribution(DistributionId::try_from(name("E2EXAMPLE1ABCD")).unwrap()),
        Resource::Tenant(DistributionTenantId::try_from(name("dt_1example")).unwrap()),
        Resource::Alias(Alias::try_from(name("www.example.com")).unwrap()),
    ])
}

fn goal() -> impl Strategy<Value = Goal> {
    proptest::sample::select(vec![Goal::Completed, Goal::Created, Goal::Planned])
}

fn on_timeout() -> impl Strategy<Value = OnTimeout> {
    proptest::sample::select(vec![
        OnTimeout::Fail,
        OnTimeout::Succeed,
        OnTimeout::Release,
    ])
}

/// One of each, as a number decides.
const fn format(number: u32) -> NotificationFormat {
    match number % 4 {
        0 => NotificationFormat::Text,
        1 => NotificationFormat::Json,
        2 => NotificationFormat::Chat,
        _ => NotificationFormat::Mixed,
    }
}

const fn notify_on(number: u32) -> NotifyOn {
    match number % 3 {
        0 => NotifyOn::Always,
        1 => NotifyOn::Failure,
        _ => NotifyOn::Change,
    }
}

fn record() -> impl Strategy<Value = ExecutionRecord> {
    let texts = (any::<String>(), option::of(any::<String>()), any::<bool>());
    let times = (
        moment(),
        moment(),
        option::of(moment()),
        option::of(any::<u64>()),
    );
    let ends = (
        option::of((verdict(), moment())),
        option::of(moment()),
        (notification_state(), notification_state()),
        job_result(),
        any::<u32>(),
    );
    let rest = (
        pipeline_context(),
        search(),
        notes(),
        option::of(any::<u64>()),
    );
    let options = (resource(), option::of(reason()), goal(), on_timeout());
    (texts, times, ends, rest, options).prop_map(
        |(
            (write_id, pipeline, has_target),
            (created_at, deadline_at, due_at, expires_at),
            ends,
            (pipeline_context, search, notes, backoff),
            (resource, rejection, goal, on_timeout),
        )| {
            let (outcome, first_create_at, (notification_state, event), job_result, number) = ends;
            let whole = waiting();
            ExecutionRecord {
                version: SCHEMA_VERSION,
                write_id,
                pipeline,
                topic: whole.topic.filter(|_| has_target),
                pipeline_context,
                targets: whole
                    .targets
                    .into_iter()
                    .filter(|_| has_target)
                    .map(|target| Target {
                        notes: notes.clone(),
                        search: search.clone(),
                        resource: resource.clone(),
                        rejection: rejection.clone(),
                        first_create_at,
                        entered_at: expires_at.map(|_| created_at),
                        ..target
                    })
                    .collect(),
                goal,
                on_timeout,
                cloudfront_calls: number,
                job: JobState {
                    number,
                    result: job_result,
                    ..whole.job
                },
                created_at,
                deadline_at,
                outcome: outcome.map(|(verdict, decided_at)| Outcome {
                    verdict,
                    decided_at,
                }),
                notification_state,
                event_state: event,
                is_change: number % 2 == 1,
                is_known: number % 3 == 1,
                notification_format: format(number),
                notify_on: notify_on(number),
                due_at,
                overdue_at: due_at.map(|_| deadline_at),
                backoff,
                expires_at,
                ..whole
            }
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read(record in record()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let back = runtime.block_on(async { read(&written(&record).await).await });
        prop_assert_eq!(back, Some(record));
    }
}
