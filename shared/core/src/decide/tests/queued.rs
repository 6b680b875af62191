//! The queue of a distribution, from the view of one target.

use super::*;

fn replied(record: &ExecutionRecord, reply: impl Into<Reply>, seconds: u64) -> ExecutionRecord {
    after(
        record,
        Observation::Replied(0, reply.into()),
        at(seconds),
        &POLICY,
    )
}

fn with_admission(record: &ExecutionRecord, admission: Admission, seconds: u64) -> ExecutionRecord {
    replied(record, QueueReply::Admission(Some(admission)), seconds)
}

#[test]
fn a_queue_entry_expires_five_minutes_after_the_deadline() {
    assert_eq!(begun().queues_until(), at(900 + 300));
}

fn begun() -> ExecutionRecord {
    job_in_queue(r#""DistributionId":"E1""#)
}

fn leader() -> EntryId {
    EntryId {
        execution: job(RETURN),
        target_index: 0,
    }
}

fn theirs(status: Status, seconds: u64) -> Reply {
    QueueReply::LeaderState(Some(StatusSnapshot {
        id: id(),
        status,
        checked_at: at(seconds),
    }))
    .into()
}

#[test]
fn a_queue_entry_is_added_before_a_create_and_removed_after_the_result() {
    let record = begun();
    assert_eq!(next(&record, at(0)), Step::Call(0, QueueCall::Enter.into()));
    let called = with_admission(&record, Admission::Admitted, 0);
    assert_eq!(
        next(&called, at(0)),
        Step::Call(0, CloudFrontCall::Create.into())
    );
    let seen = replied(
        &created(&called, 0),
        CloudFrontReply::Polled(Status::Completed),
        9,
    );
    let decided = decided(&seen, Verdict::Succeeded, at(9));
    assert_eq!(next(&decided, at(9)), Step::Report);
    let reported = after(
        &decided,
        Observation::Reported(Delivery::Concluded),
        at(9),
        &POLICY,
    );
    assert_eq!(
        next(&reported, at(9)),
        Step::Call(0, QueueCall::Leave.into())
    );
    let left = replied(&reported, QueueReply::Left, 9);
    assert_eq!(next(&left, at(9)), Step::Publish(Channel::Topic));
    assert_eq!(left.cloudfront_calls, 2, "the queue is not CloudFront");
}

#[test]
fn a_queue_entry_that_cannot_be_removed_yet_delays_nothing() {
    let decided = decided(
        &with_admission(&begun(), Admission::Admitted, 0),
        Verdict::TimedOut,
        at(900),
    );
    let reported = after(
        &decided,
        Observation::Reported(Delivery::Concluded),
        at(900),
        &POLICY,
    );
    let not_left = replied(
        &reported,
        QueueReply::NotLeft(ServiceError::new("Throttling", "")),
        900,
    );
    assert_eq!(next(&not_left, at(900)), Step::Publish(Channel::Topic));
    let published = after(
        &not_left,
        Observation::Published {
            channel: Channel::Topic,
            message_id: "m".to_owned(),
        },
        at(901),
        &POLICY,
    );
    let Step::Wait(until) = next(&published, at(901)) else {
        panic!("the record must not be finalized");
    };
    assert_eq!(
        next(&published, until),
        Step::Call(0, QueueCall::Leave.into())
    );
    assert_eq!(
        next(&published, at(900 + 300)),
        Step::Call(0, QueueCall::Leave.into())
    );
    assert_eq!(
        next(&published, at(900 + 301)),
        Step::Finalize,
        "by now the queue entry has expired"
    );
}

#[test]
fn a_waiting_entry_polls_with_growing_intervals_until_its_deadline() {
    let mut record = with_admission(&begun(), Admission::Waiting { ahead: 12 }, 0);
    record.job.result = Some(Delivery::Continued);
    let (mut intervals, mut now) = (Vec::new(), at(0));
    while let Step::Wait(until) = next(&record, now) {
        intervals.push(until.since(now).as_secs());
        now = until;
        if next(&record, now) == Step::Call(0, QueueCall::Admission.into()) {
            let reply = QueueReply::Admission(Some(Admission::Waiting { ahead: 3 }));
            record = after(&record, Observation::Replied(0, reply.into()), now, &POLICY);
        }
    }
    assert!(
        (4..=6).contains(&intervals[0]) && (8..=12).contains(&intervals[1]),
        "{intervals:?}"
    );
    assert!(
        intervals[3..intervals.len() - 1]
            .iter()
            .all(|backoff| (20..=30).contains(backoff)),
        "{intervals:?}"
    );
    assert_eq!(next(&record, now), Step::Decide(Verdict::TimedOut));
    assert_eq!(now, at(900));
}

#[test]
fn a_leader_is_marked_before_it_creates() {
    let leading = with_admission(&begun(), Admission::Leader, 0);
    assert_eq!(
        next(&leading, at(0)),
        Step::Call(0, QueueCall::BecomeLeader.into())
    );
    assert!(
        !Call::Queue(QueueCall::BecomeLeader).is_question(),
        "the admission is stored first"
    );
    let called = with_admission(&leading, Admission::Admitted, 0);
    assert_eq!(
        next(&called, at(0)),
        Step::Call(0, CloudFrontCall::Create.into())
    );
}

#[test]
fn a_follower_uses_the_invalidation_of_the_leader_and_frees_its_capacity_at_once() {
    let following = with_admission(&begun(), Admission::Follower(leader()), 0);
    assert_eq!(
        next(&following, at(0)),
        Step::Call(0, QueueCall::CheckLeader(leader()).into())
    );
    let not_yet = replied(&following, QueueReply::LeaderState(None), 0);
    assert!(matches!(next(&not_yet, at(0)), Step::Wait(_)));
    let leader_state = replied(&not_yet, theirs(Status::InProgress, 4), 8);
    assert_eq!(
        next(&leader_state, at(8)),
        Step::Call(0, QueueCall::Leave.into())
    );
    let left = replied(&leader_state, QueueReply::Left, 8);
    assert_eq!(
        next(&left, at(11)),
        Step::Call(0, CloudFrontCall::Poll.into())
    );
    assert_eq!(left.targets[0].created_by, Some(job(RETURN)));
    let completed = replied(&following, theirs(Status::Completed, 4), 5);
    assert_eq!(next(&completed, at(5)), Step::Decide(Verdict::Succeeded));
}

#[test]
fn a_follower_without_a_leader_creates_its_own_invalidation() {
    let following = with_admission(&begun(), Admission::Follower(leader()), 0);
    let alone = replied(&following, QueueReply::NoLeader, 1);
    assert!(alone.targets[0].is_alone);
    assert_eq!(
        next(&alone, at(1)),
        Step::Call(0, QueueCall::Admission.into())
    );
}

/// Another process may have continued, so the admission in memory may be out of date.
#[test]
fn admission_is_read_from_the_table_and_not_from_memory() {
    let called = with_admission(&begun(), Admission::Admitted, 0);
    let leading = with_admission(&begun(), Admission::Leader, 0);
    assert_eq!(
        merged(&called, &leading).targets[0].admission,
        Some(Admission::Admitted)
    );
    assert_eq!(merged(&begun(), &called).targets[0].admission, None);
    let left = replied(&called, QueueReply::Left, 0);
    assert_eq!(
        merged(&called, &left).targets[0].admission,
        Some(Admission::Left)
    );
}
