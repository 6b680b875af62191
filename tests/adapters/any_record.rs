//! Records of every shape through the table and back.

use proptest::option;
use proptest::prelude::*;
use shared::record::{
    Announcement, Delivery, Outcome, Reason, Record, SCHEMA_VERSION, Trouble, Verdict, Visit,
};
use shared::timestamp::Timestamp;

use crate::record::{read, waiting, written};

fn moment() -> impl Strategy<Value = Timestamp> {
    any::<u64>().prop_map(Timestamp::from_millis)
}

fn reason() -> impl Strategy<Value = Reason> {
    prop_oneof![
        proptest::collection::vec(any::<String>(), 0..3).prop_map(Reason::BadParameters),
        Just(Reason::UnreadableToken),
        Just(Reason::UnknownExecution),
        Just(Reason::NoTarget),
        any::<String>().prop_map(|action| Reason::AccessDenied { action }),
        Just(Reason::NoSuchDistribution),
        any::<(String, String)>()
            .prop_map(|(code, message)| Reason::BatchRefused(Trouble::new(&code, &message))),
        Just(Reason::ReferenceReused),
    ]
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        Just(Verdict::Succeeded),
        Just(Verdict::TimedOut),
        reason().prop_map(Verdict::Failed)
    ]
}

fn announcement() -> impl Strategy<Value = Announcement> {
    prop_oneof![
        Just(Announcement::Undecided),
        Just(Announcement::Unwanted),
        (any::<u32>(), moment())
            .prop_map(|(attempts, retry_at)| Announcement::Owed { attempts, retry_at }),
        any::<String>().prop_map(|message_id| Announcement::Sent { message_id }),
        Just(Announcement::GivenUp),
    ]
}

fn answer() -> impl Strategy<Value = Option<Delivery>> {
    option::of(prop_oneof![
        Just(Delivery::Continued),
        Just(Delivery::Concluded),
        Just(Delivery::Closed),
        Just(Delivery::Undeliverable),
    ])
}

fn record() -> impl Strategy<Value = Record> {
    let texts = (any::<String>(), option::of(any::<String>()), any::<bool>());
    let times = (
        moment(),
        moment(),
        option::of(moment()),
        option::of(any::<u64>()),
    );
    let ends = (
        option::of((verdict(), moment())),
        announcement(),
        answer(),
        any::<u32>(),
    );
    (texts, times, ends).prop_map(
        |(
            (write_id, pipeline, has_target),
            (created_at, deadline_at, due_at, expires_at),
            ends,
        )| {
            let (outcome, announcement, answer, number) = ends;
            let whole = waiting();
            Record {
                version: SCHEMA_VERSION,
                write_id,
                pipeline,
                topic: whole.topic.filter(|_| has_target),
                target: whole.target.filter(|_| has_target),
                visit: Visit {
                    number,
                    answer,
                    ..whole.visit
                },
                created_at,
                deadline_at,
                outcome: outcome.map(|(verdict, decided_at)| Outcome {
                    verdict,
                    decided_at,
                }),
                announcement,
                due_at,
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
