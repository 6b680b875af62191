//! The queue before a distribution, as one target lives through it.

use super::*;

fn replied(record: &Record, reply: impl Into<Reply>, seconds: u64) -> Record {
    after(
        record,
        Observation::Replied(0, reply.into()),
        at(seconds),
        &POLICY,
    )
}

fn turned(record: &Record, turn: Turn, seconds: u64) -> Record {
    replied(record, QueueReply::Turn(Some(turn)), seconds)
}

#[test]
fn a_ticket_is_forgotten_five_minutes_after_the_deadline() {
    assert_eq!(begun().queues_until(), at(900 + 300));
}

fn begun() -> Record {
    visit_in_queue(r#""DistributionId":"E1""#)
}

fn leader() -> Ticket {
    Ticket {
        execution: job(RETURN),
        place: 0,
    }
}

fn theirs(status: Status, seconds: u64) -> Reply {
    QueueReply::Followed(Some(Sighting {
        id: id(),
        status,
        seen_at: at(seconds),
    }))
    .into()
}

#[test]
fn a_place_is_taken_before_anything_is_created_and_given_back_after_the_answer() {
    let record = begun();
    assert_eq!(next(&record, at(0)), Step::Call(0, QueueCall::Enter.into()));
    let called = turned(&record, Turn::Called, 0);
    assert_eq!(
        next(&called, at(0)),
        Step::Call(0, CloudFrontCall::Create.into())
    );
    let seen = replied(
        &created(&called, 0),
        CloudFrontReply::Seen(Status::Completed),
        9,
    );
    let decided = decided(&seen, Verdict::Succeeded, at(9));
    assert_eq!(next(&decided, at(9)), Step::Answer);
    let answered = after(
        &decided,
        Observation::Answered(Delivery::Concluded),
        at(9),
        &POLICY,
    );
    assert_eq!(
        next(&answered, at(9)),
        Step::Call(0, QueueCall::Leave.into())
    );
    let left = replied(&answered, QueueReply::Left, 9);
    assert_eq!(next(&left, at(9)), Step::Announce(Channel::Topic));
    assert_eq!(left.cloudfront_calls, 2, "the queue is not CloudFront");
}

#[test]
fn what_cannot_be_given_back_at_once_keeps_nobody_waiting() {
    let decided = decided(
        &turned(&begun(), Turn::Called, 0),
        Verdict::TimedOut,
        at(900),
    );
    let answered = after(
        &decided,
        Observation::Answered(Delivery::Concluded),
        at(900),
        &POLICY,
    );
    let not_left = replied(
        &answered,
        QueueReply::NotLeft(Trouble::new("Throttling", "")),
        900,
    );
    assert_eq!(next(&not_left, at(900)), Step::Announce(Channel::Topic));
    let told = after(
        &not_left,
        Observation::Announced {
            channel: Channel::Topic,
            message_id: "m".to_owned(),
        },
        at(901),
        &POLICY,
    );
    let Step::Rest(until) = next(&told, at(901)) else {
        panic!("the record is kept for it");
    };
    assert_eq!(next(&told, until), Step::Call(0, QueueCall::Leave.into()));
    assert_eq!(
        next(&told, at(900 + 300)),
        Step::Call(0, QueueCall::Leave.into())
    );
    assert_eq!(
        next(&told, at(900 + 301)),
        Step::Drain,
        "by now the ticket is forgotten by itself"
    );
}

#[test]
fn who_waits_looks_again_later_and_later_until_its_deadline() {
    let mut record = turned(&begun(), Turn::Waiting { ahead: 12 }, 0);
    record.visit.answer = Some(Delivery::Continued);
    let (mut pauses, mut now) = (Vec::new(), at(0));
    while let Step::Rest(until) = next(&record, now) {
        pauses.push(until.since(now).as_secs());
        now = until;
        if next(&record, now) == Step::Call(0, QueueCall::Turn.into()) {
            let reply = QueueReply::Turn(Some(Turn::Waiting { ahead: 3 }));
            record = after(&record, Observation::Replied(0, reply.into()), now, &POLICY);
        }
    }
    assert!(
        (4..=6).contains(&pauses[0]) && (8..=12).contains(&pauses[1]),
        "{pauses:?}"
    );
    assert!(
        pauses[3..pauses.len() - 1]
            .iter()
            .all(|pause| (20..=30).contains(pause)),
        "{pauses:?}"
    );
    assert_eq!(next(&record, now), Step::Decide(Verdict::TimedOut));
    assert_eq!(now, at(900));
}

#[test]
fn who_leads_says_so_before_it_creates() {
    let leading = turned(&begun(), Turn::Leading, 0);
    assert_eq!(next(&leading, at(0)), Step::Call(0, QueueCall::Lead.into()));
    assert!(
        !Call::Queue(QueueCall::Lead).is_question(),
        "the table must know of it first"
    );
    let called = turned(&leading, Turn::Called, 0);
    assert_eq!(
        next(&called, at(0)),
        Step::Call(0, CloudFrontCall::Create.into())
    );
}

#[test]
fn who_follows_has_the_others_invalidation_and_gives_its_room_back_at_once() {
    let following = turned(&begun(), Turn::Following(leader()), 0);
    assert_eq!(
        next(&following, at(0)),
        Step::Call(0, QueueCall::Follow(leader()).into())
    );
    let not_yet = replied(&following, QueueReply::Followed(None), 0);
    assert!(matches!(next(&not_yet, at(0)), Step::Rest(_)));
    let followed = replied(&not_yet, theirs(Status::InProgress, 4), 8);
    assert_eq!(
        next(&followed, at(8)),
        Step::Call(0, QueueCall::Leave.into())
    );
    let left = replied(&followed, QueueReply::Left, 8);
    assert_eq!(
        next(&left, at(11)),
        Step::Call(0, CloudFrontCall::Look.into())
    );
    assert_eq!(left.targets[0].made_by, Some(job(RETURN)));
    let completed = replied(&following, theirs(Status::Completed, 4), 5);
    assert_eq!(next(&completed, at(5)), Step::Decide(Verdict::Succeeded));
}

#[test]
fn who_follows_nobody_any_more_makes_an_invalidation_of_its_own() {
    let following = turned(&begun(), Turn::Following(leader()), 0);
    let alone = replied(&following, QueueReply::NotFollowed, 1);
    assert!(alone.targets[0].is_alone);
    assert_eq!(next(&alone, at(1)), Step::Call(0, QueueCall::Turn.into()));
}

/// Another process may have got further, and the queue with it: what we were told is not true any more.
#[test]
fn whose_turn_it_is_is_taken_from_the_table_and_not_from_memory() {
    let called = turned(&begun(), Turn::Called, 0);
    let leading = turned(&begun(), Turn::Leading, 0);
    assert_eq!(
        joined(&called, &leading).targets[0].turn,
        Some(Turn::Called)
    );
    assert_eq!(joined(&begun(), &called).targets[0].turn, None);
    let left = replied(&called, QueueReply::Left, 0);
    assert_eq!(joined(&called, &left).targets[0].turn, Some(Turn::Left));
}
