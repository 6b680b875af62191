//! A process whose time is up.

use super::*;

/// The state of an open job is reported in place of any call.
#[test]
fn the_result_of_an_open_job_is_reported_and_no_call_begins() {
    let fresh = first_job();
    let waiting = created(&fresh, 1);
    for record in [&fresh, &waiting] {
        assert_eq!(last(record, at(2)), Step::Report);
        let rejected = after(
            record,
            Observation::NotReported(ServiceError::new("x", "")),
            at(2),
            &POLICY,
        );
        assert_eq!(
            last(&rejected, at(3)),
            Step::Wait(at(7)),
            "not before the retry is due"
        );
    }
    let mut continued = waiting.clone();
    continued.job.result = Some(Delivery::Continued);
    assert_eq!(
        next(&continued, at(30)),
        Step::Call(0, CloudFrontCall::Poll.into())
    );
    assert_eq!(last(&continued, at(30)), Step::Wait(at(30)), "due at once");
    assert_eq!(last(&continued, at(2)), next(&continued, at(2)));
}

/// Steps that need no call are still performed.
#[test]
fn an_outcome_is_decided_and_reported_and_the_notification_is_left() {
    let mut completed = created(&first_job(), 1);
    let snapshot = completed.targets[0].invalidation.as_mut().unwrap();
    snapshot.status = Status::Completed;
    assert_eq!(last(&completed, at(2)), Step::Decide(Verdict::Succeeded));
    let record = decided(&completed, Verdict::Succeeded, at(2));
    assert_eq!(last(&record, at(2)), Step::Report);
    let reported = after(
        &record,
        Observation::Reported(Delivery::Concluded),
        at(2),
        &POLICY,
    );
    assert_eq!(next(&reported, at(2)), Step::Publish(Channel::Topic));
    assert_eq!(last(&reported, at(2)), Step::Wait(at(2)));
    let published = Observation::Published {
        channel: Channel::Topic,
        message_id: "m".to_owned(),
    };
    let published = after(&reported, published, at(2), &POLICY);
    assert_eq!(last(&published, at(2)), Step::Finalize);
    assert_eq!(
        last(&finalized(&published, at(2), &POLICY), at(2)),
        Step::Done
    );
}

/// At the deadline each target is polled once more, until one of them gets a retryable error, which makes success
/// impossible.
#[test]
fn at_the_deadline_one_retryable_error_ends_all_targets() {
    let mut record = job_with(r#""DistributionId":["E1","E2","E3"]"#);
    for target_index in 0..3 {
        let created = Observation::Replied(
            target_index,
            CloudFrontReply::Created(id(), Status::InProgress).into(),
        );
        record = after(&record, created, at(1), &POLICY);
    }
    let late = record.deadline_at;
    assert_eq!(
        next(&record, late),
        Step::Call(0, CloudFrontCall::Poll.into())
    );
    let seen = Observation::Replied(0, CloudFrontReply::Polled(Status::Completed).into());
    let seen = after(&record, seen, late, &POLICY);
    assert_eq!(
        next(&seen, late),
        Step::Call(1, CloudFrontCall::Poll.into()),
        "the other targets are polled"
    );
    let still = Observation::Replied(1, CloudFrontReply::Polled(Status::InProgress).into());
    let still = after(&seen, still, late, &POLICY);
    assert_eq!(
        next(&still, late),
        Step::Call(2, CloudFrontCall::Poll.into())
    );
    let retry_later = Observation::Replied(
        1,
        CloudFrontReply::Retryable(ServiceError::new("NoReply", "")).into(),
    );
    let retry_later = after(&seen, retry_later, late, &POLICY);
    assert_eq!(next(&retry_later, late), Step::Decide(Verdict::TimedOut));
    assert_ne!(
        next(&retry_later, Timestamp::from_millis(late.as_millis() - 1)),
        Step::Decide(Verdict::TimedOut),
        "not before the deadline"
    );
}
