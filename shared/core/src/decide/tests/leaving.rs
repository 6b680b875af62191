//! A process whose time is up.

use super::*;

/// Whatever would be next: an open job has its state reported, and no call begins.
#[test]
fn an_open_job_is_answered_and_no_call_begins() {
    let fresh = first_visit();
    let waiting = created(&fresh, 1);
    for record in [&fresh, &waiting] {
        assert_eq!(last(record, at(2)), Step::Answer);
        let refused = after(
            record,
            Observation::Unanswered(Trouble::new("x", "")),
            at(2),
            &POLICY,
        );
        assert_eq!(
            last(&refused, at(3)),
            Step::Rest(at(7)),
            "not before it may be tried again"
        );
    }
    let mut continued = waiting.clone();
    continued.visit.answer = Some(Delivery::Continued);
    assert_eq!(
        next(&continued, at(30)),
        Step::Call(0, CloudFrontCall::Look.into())
    );
    assert_eq!(last(&continued, at(30)), Step::Rest(at(30)), "due at once");
    assert_eq!(last(&continued, at(2)), next(&continued, at(2)));
}

/// What costs no call is still done.
#[test]
fn an_end_is_decided_and_answered_and_the_notice_is_left() {
    let mut completed = created(&first_visit(), 1);
    let sighting = completed.targets[0].invalidation.as_mut().unwrap();
    sighting.status = Status::Completed;
    assert_eq!(last(&completed, at(2)), Step::Decide(Verdict::Succeeded));
    let record = decided(&completed, Verdict::Succeeded, at(2));
    assert_eq!(last(&record, at(2)), Step::Answer);
    let answered = after(
        &record,
        Observation::Answered(Delivery::Concluded),
        at(2),
        &POLICY,
    );
    assert_eq!(next(&answered, at(2)), Step::Announce(Channel::Topic));
    assert_eq!(last(&answered, at(2)), Step::Rest(at(2)));
    let told = Observation::Announced {
        channel: Channel::Topic,
        message_id: "m".to_owned(),
    };
    let told = after(&answered, told, at(2), &POLICY);
    assert_eq!(last(&told, at(2)), Step::Drain);
    assert_eq!(last(&drained(&told, at(2), &POLICY), at(2)), Step::Done);
}

/// At the deadline each target has one status check more, until one of them is put off: the end is certain then.
#[test]
fn at_the_deadline_one_that_is_put_off_is_the_end_for_all() {
    let mut record = visit_with(r#""DistributionId":["E1","E2","E3"]"#);
    for place in 0..3 {
        let created = Observation::Replied(
            place,
            CloudFrontReply::Created(id(), Status::InProgress).into(),
        );
        record = after(&record, created, at(1), &POLICY);
    }
    let late = record.deadline_at;
    assert_eq!(
        next(&record, late),
        Step::Call(0, CloudFrontCall::Look.into())
    );
    let seen = Observation::Replied(0, CloudFrontReply::Seen(Status::Completed).into());
    let seen = after(&record, seen, late, &POLICY);
    assert_eq!(
        next(&seen, late),
        Step::Call(1, CloudFrontCall::Look.into()),
        "the others are asked for"
    );
    let still = Observation::Replied(1, CloudFrontReply::Seen(Status::InProgress).into());
    let still = after(&seen, still, late, &POLICY);
    assert_eq!(
        next(&still, late),
        Step::Call(2, CloudFrontCall::Look.into())
    );
    let put_off = Observation::Replied(
        1,
        CloudFrontReply::PutOff(Trouble::new("NoReply", "")).into(),
    );
    let put_off = after(&seen, put_off, late, &POLICY);
    assert_eq!(next(&put_off, late), Step::Decide(Verdict::TimedOut));
    assert_ne!(
        next(&put_off, Timestamp::from_millis(late.as_millis() - 1)),
        Step::Decide(Verdict::TimedOut),
        "not before the deadline"
    );
}
