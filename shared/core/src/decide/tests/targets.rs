//! Several targets, and the goals of an action.

use super::*;
use crate::model::execution_record::Goal;

fn replied(
    record: &ExecutionRecord,
    target_index: usize,
    reply: impl Into<Reply>,
    seconds: u64,
) -> ExecutionRecord {
    after(
        record,
        Observation::Replied(target_index, reply.into()),
        at(seconds),
        &POLICY,
    )
}

fn created_at(record: &ExecutionRecord, target_index: usize, seconds: u64) -> ExecutionRecord {
    let id = InvalidationId::parse(&format!("I{target_index}")).unwrap();
    replied(
        record,
        target_index,
        CloudFrontReply::Created(id, Status::InProgress),
        seconds,
    )
}

fn reported(record: &ExecutionRecord, seconds: u64) -> ExecutionRecord {
    after(
        record,
        Observation::Reported(Delivery::Concluded),
        at(seconds),
        &POLICY,
    )
}

#[test]
fn each_target_is_created_in_order_under_a_reference_of_its_own() {
    let mut record = job_with(r#""DistributionId":["E1","E2","E3"]"#);
    for target_index in 0..3 {
        assert_eq!(
            next(&record, at(0)),
            Step::Call(target_index, CloudFrontCall::Create.into())
        );
        let counted = before(
            &record,
            &Step::Call(target_index, CloudFrontCall::Create.into()),
            at(0),
        )
        .unwrap();
        record = created_at(&counted, target_index, 0);
    }
    let attempts = record.targets.iter().map(|target| target.create_attempts);
    assert_eq!(attempts.collect::<Vec<_>>(), [1, 1, 1]);
    let references = record
        .targets
        .iter()
        .map(|target| target.caller_reference.as_str());
    assert_eq!(
        references.collect::<Vec<_>>(),
        [
            format!("codepipeline-{FIRST}"),
            format!("codepipeline-{FIRST}-2"),
            format!("codepipeline-{FIRST}-3")
        ]
    );
}

#[test]
fn a_retryable_error_of_one_target_delays_no_other() {
    let record = job_with(r#""DistributionId":["E1","E2"]"#);
    let retry_later = replied(
        &record,
        0,
        CloudFrontReply::Retryable(ServiceError::new("Throttling", "")),
        0,
    );
    assert_eq!(
        next(&retry_later, at(0)),
        Step::Call(1, CloudFrontCall::Create.into())
    );
    let one = created_at(&retry_later, 1, 0);
    assert_eq!(
        next(&one, at(1)),
        Step::Wait(at(5)),
        "until the poll of the second target"
    );
    assert_eq!(
        next(&one, at(5)),
        Step::Call(1, CloudFrontCall::Poll.into())
    );
}

/// The last service error is kept until a call succeeds. Then the backoff starts again.
#[test]
fn a_service_error_is_cleared_when_cloudfront_replies_again() {
    let record = job_with(r#""DistributionId":"E1""#);
    let retry_later = replied(
        &record,
        0,
        CloudFrontReply::Retryable(ServiceError::new("Throttling", "")),
        0,
    );
    let retry_later = replied(
        &retry_later,
        0,
        CloudFrontReply::Retryable(ServiceError::new("Throttling", "")),
        9,
    );
    let target = &retry_later.targets[0];
    assert_eq!((target.delays, target.service_error.is_some()), (2, true));
    let not_called = replied(
        &retry_later,
        0,
        CloudFrontReply::Retryable(ServiceError::not_called("")),
        20,
    );
    let target = &not_called.targets[0];
    let code = target
        .service_error
        .as_ref()
        .map(|service_error| service_error.code.as_str());
    assert_eq!(
        (target.delays, code),
        (3, Some("Throttling")),
        "NotCalled is no reply of CloudFront"
    );
    let created = created_at(&retry_later, 0, 30);
    let target = &created.targets[0];
    assert_eq!((target.delays, &target.service_error), (0, &None));
}

/// The deployment is done: if CloudFront rejects one target, the others must still be invalidated.
#[test]
fn a_rejection_is_reported_once_the_other_targets_have_ended() {
    let record = job_with(r#""DistributionId":["E1","E2"]"#);
    let rejected = replied(
        &record,
        0,
        CloudFrontReply::Rejected(Reason::NoSuchDistribution),
        0,
    );
    assert_eq!(
        next(&rejected, at(0)),
        Step::Call(1, CloudFrontCall::Create.into())
    );
    let created = created_at(&rejected, 1, 1);
    let done = replied(&created, 1, CloudFrontReply::Polled(Status::Completed), 20);
    let failed = Verdict::Failed(Reason::NoSuchDistribution);
    assert_eq!(next(&done, at(20)), Step::Decide(failed.clone()));
    assert_eq!(
        next(&created, at(900)),
        Step::Call(1, CloudFrontCall::Poll.into())
    );
    let late = replied(
        &created,
        1,
        CloudFrontReply::Polled(Status::InProgress),
        900,
    );
    assert_eq!(next(&late, at(900)), Step::Decide(failed));
}

#[test]
fn success_requires_every_target() {
    let record = job_with(r#""DistributionId":["E1","E2"]"#);
    let record = created_at(&created_at(&record, 0, 0), 1, 0);
    let one = replied(&record, 0, CloudFrontReply::Polled(Status::Completed), 5);
    assert_eq!(
        next(&one, at(5)),
        Step::Call(1, CloudFrontCall::Poll.into())
    );
    let both = replied(&one, 1, CloudFrontReply::Polled(Status::Completed), 6);
    assert_eq!(next(&both, at(6)), Step::Decide(Verdict::Succeeded));
}

/// An execution keeps the first resource of a domain name, even if the name moves to another one later.
#[test]
fn a_domain_name_is_resolved_once() {
    let record = job_with(r#""Targets":[{"Alias":"WWW.example.com"}]"#);
    assert_eq!(
        next(&record, at(0)),
        Step::Call(0, CloudFrontCall::Resolve.into())
    );
    let distribution = Resource::Distribution(DistributionId::parse("E7").unwrap());
    let resolved = replied(
        &record,
        0,
        CloudFrontReply::Resolved(distribution.clone()),
        0,
    );
    assert_eq!(resolved.targets[0].resource, distribution);
    let alias = resolved.targets[0].known_as.as_ref().unwrap();
    assert_eq!(alias.as_str(), "www.example.com");
    assert_eq!(
        next(&resolved, at(0)),
        Step::Call(0, CloudFrontCall::Create.into())
    );
    let other = Resource::Distribution(DistributionId::parse("E8").unwrap());
    let again = replied(&resolved, 0, CloudFrontReply::Resolved(other), 1);
    assert_eq!(again.targets, resolved.targets);
    assert_eq!(again.cloudfront_calls, 2, "each call is counted");
}

#[test]
fn without_wait_the_action_succeeds_once_all_are_created() {
    let record = job_with(r#""DistributionId":["E1","E2"],"Wait":false"#);
    let one = created_at(&record, 0, 0);
    assert_eq!(
        next(&one, at(0)),
        Step::Call(1, CloudFrontCall::Create.into())
    );
    let both = created_at(&one, 1, 0);
    assert_eq!(next(&both, at(0)), Step::Decide(Verdict::Succeeded));
    assert_eq!(next(&one, at(900)), Step::Decide(Verdict::TimedOut));
}

#[test]
fn a_dry_run_creates_nothing_and_notifies_no_subscriber() {
    let record = job_with(r#""DistributionId":"E1","DryRun":true,"Wait":false"#);
    assert_eq!(record.goal, Goal::Planned);
    assert_eq!(
        next(&record, at(0)),
        Step::Call(0, CloudFrontCall::Probe.into())
    );
    let allowed = replied(&record, 0, CloudFrontReply::Allowed, 0);
    assert_eq!(next(&allowed, at(0)), Step::Decide(Verdict::Succeeded));
    let planned = decided(&allowed, Verdict::Succeeded, at(0));
    assert_eq!(planned.notification_state, PublishState::NotWanted);
    let rejected = replied(
        &record,
        0,
        CloudFrontReply::Rejected(Reason::NoSuchDistribution),
        0,
    );
    let failed = Verdict::Failed(Reason::NoSuchDistribution);
    assert_eq!(next(&rejected, at(0)), Step::Decide(failed));
}

/// A target without an invalidation fails with any `OnTimeout`, because viewers would get cached content and no
/// notification would report it.
#[test]
fn only_a_created_invalidation_succeeds_with_a_warning() {
    for (on_timeout, verdict) in [
        ("fail", Verdict::TimedOut),
        ("succeed", Verdict::SucceededWithWarning),
        ("release", Verdict::SucceededWithWarning),
    ] {
        let record = job_with(&format!(
            r#""DistributionId":["E1","E2"],"OnTimeout":"{on_timeout}""#
        ));
        let one = created_at(&record, 0, 0);
        let one = replied(&one, 0, CloudFrontReply::Polled(Status::InProgress), 900);
        assert_eq!(
            next(&one, at(900)),
            Step::Decide(Verdict::TimedOut),
            "{on_timeout}"
        );
        let both = created_at(&one, 1, 899);
        let both = replied(&both, 1, CloudFrontReply::Polled(Status::InProgress), 900);
        assert_eq!(next(&both, at(900)), Step::Decide(verdict), "{on_timeout}");
    }
}

fn succeeded_with_warning(on_timeout: &str) -> ExecutionRecord {
    let record = job_with(&format!(
        r#""DistributionId":"E1","OnTimeout":"{on_timeout}""#
    ));
    let late = replied(
        &created_at(&record, 0, 0),
        0,
        CloudFrontReply::Polled(Status::InProgress),
        900,
    );
    reported(&decided(&late, Verdict::SucceededWithWarning, at(900)), 900)
}

#[test]
fn a_detached_action_is_polled_on_and_published_late() {
    let released = succeeded_with_warning("release");
    let Step::Wait(until) = next(&released, at(900)) else {
        panic!("it must be polled");
    };
    assert_eq!(
        next(&released, until),
        Step::Call(0, CloudFrontCall::Poll.into())
    );
    let still = replied(
        &released,
        0,
        CloudFrontReply::Polled(Status::InProgress),
        1_000,
    );
    assert_eq!(
        next(&still, at(1_000)),
        Step::Wait(at(1_100)),
        "a tenth of its age"
    );
    let done = replied(&still, 0, CloudFrontReply::Polled(Status::Completed), 1_200);
    assert_eq!(next(&done, at(1_200)), Step::Publish(Channel::Topic));
    assert_eq!(done.outcome, released.outcome, "the outcome is unchanged");

    let day = 24 * 60 * 60;
    let nearly = replied(
        &still,
        0,
        CloudFrontReply::Polled(Status::InProgress),
        900 + day - 1,
    );
    let step = next(&nearly, at(900 + day + 600));
    assert_eq!(
        step,
        Step::Call(0, CloudFrontCall::Poll.into()),
        "it is polled for a day"
    );
    let never = replied(
        &still,
        0,
        CloudFrontReply::Polled(Status::InProgress),
        900 + day,
    );
    assert_eq!(
        next(&never, at(900 + day)),
        Step::Publish(Channel::Topic),
        "polling ends after a day"
    );
}

/// A duplicate of a notification has the same content.
#[test]
fn once_a_notification_may_have_been_published_nothing_changes() {
    assert_eq!(
        next(&succeeded_with_warning("succeed"), at(900)),
        Step::Publish(Channel::Topic)
    );
    let claimed = before(
        &succeeded_with_warning("release"),
        &Step::Publish(Channel::Topic),
        at(2_000),
    )
    .unwrap();
    assert_eq!(
        replied(
            &claimed,
            0,
            CloudFrontReply::Polled(Status::Completed),
            2_001
        ),
        claimed
    );
    assert!(!claimed.is_watched());
    let not_wanted = ExecutionRecord {
        notification_state: PublishState::NotWanted,
        ..succeeded_with_warning("release")
    };
    assert_eq!(
        next(&not_wanted, at(900)),
        Step::Finalize,
        "no channel is pending"
    );
}
