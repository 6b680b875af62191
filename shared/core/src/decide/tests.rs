mod announcing;
mod leaving;
mod lives;
mod queued;
mod searching;
mod targets;

use super::backoff::{call_backoff, publish_backoff, retry_backoff};
use super::*;
use crate::input::identifiers::{DistributionId, InvalidationId, JobId};
use crate::input::job_event::Text;
use crate::input::user_parameters::UserParameters;
use crate::model::execution_record::{
    Channel, Delivery, ExecutionRecord, PublishState, Reason, ServiceError, Verdict,
};
use crate::model::execution_record::{
    Found, Listed, Resource, Search, Status, StatusSnapshot, Target,
};
use crate::model::queue::{Admission, EntryId};
use crate::model::timestamp::Timestamp;
use std::time::Duration;

pub(crate) const FIRST: &str = "11111111-abcd-1111-abcd-111111abcdef";
pub(crate) const RETURN: &str = "22222222-abcd-2222-abcd-222222abcdef";
const START: Timestamp = Timestamp::from_millis(1_000_000);
pub(crate) const POLICY: Policy = Policy {
    status_max_age: Duration::from_secs(9),
    timeout: Duration::from_secs(900),
    retention: Duration::from_secs(86_400),
    reserved_wildcards: 2,
    puts_events: false,
};

pub(crate) fn at(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

pub(crate) fn job(text: &str) -> JobId {
    JobId::parse(text).unwrap()
}

pub(crate) fn budget(from: u64) -> InvocationBudget {
    InvocationBudget {
        from: at(from),
        wait_until: at(from + 25),
        work_until: at(from + 40),
        ends_at: at(from + 60),
    }
}

pub(crate) fn incoming_job(id: &str, number: u32, budget: InvocationBudget) -> IncomingJob {
    IncomingJob {
        job_id: job(id),
        number,
        budget,
    }
}

pub(crate) fn first_job() -> ExecutionRecord {
    job_with(r#""DistributionId":"E1""#)
}

/// A first job with a topic and these parameters, where there is no queue.
fn job_with(parameters: &str) -> ExecutionRecord {
    let mut record = job_in_queue(parameters);
    for target in &mut record.targets {
        target.admission = Some(Admission::Left);
    }
    record
}

/// A first job with a topic and these parameters.
fn job_in_queue(parameters: &str) -> ExecutionRecord {
    let text =
        format!(r#"{{{parameters},"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys"}}"#);
    let parameters = UserParameters::parse(&Text::Given(text)).unwrap();
    begun(job(FIRST), parameters, budget(0), &POLICY)
}

fn id() -> InvalidationId {
    InvalidationId::parse("I1").unwrap()
}

fn created(record: &ExecutionRecord, seconds: u64) -> ExecutionRecord {
    after(
        record,
        Observation::Replied(0, CloudFrontReply::Created(id(), Status::InProgress).into()),
        at(seconds),
        &POLICY,
    )
}

/// The notes describe how this function changed the batch. The Python function created an adopted invalidation.
#[test]
fn an_adopted_invalidation_has_no_notes() {
    let text = r#"{"DistributionId":"E1","Paths":["/\u00e9"]}"#;
    let parameters = UserParameters::parse(&Text::Given(text.to_owned())).unwrap();
    let stored = serde_json::to_value(first_job()).unwrap();
    assert_eq!(stored["targets"][0].get("notes"), None, "not stored");
    let notes = |record: ExecutionRecord| record.targets[0].notes.clone();
    let adopted = adopted(job(FIRST), parameters.clone(), id(), budget(0), &POLICY);
    assert_eq!(notes(adopted), []);
    let begun = begun(job(FIRST), parameters.clone(), budget(0), &POLICY);
    assert_eq!(
        (notes(begun), parameters.targets[0].notes.len()),
        (parameters.targets[0].notes.clone(), 1)
    );
}

/// The rows and columns of `steps.txt`, each from a minimal record.
mod page {
    use super::*;

    pub(super) fn undecided() -> String {
        let mut lines = vec![row([
            "invalidation",
            "CloudFront",
            "job",
            "in time",
            "after the deadline",
        ])];
        for (invalidation, status) in [
            ("unknown", None),
            ("in progress", Some(Status::InProgress)),
            ("completed", Some(Status::Completed)),
        ] {
            for (call, next_call_at) in [("may be called", at(0)), ("called lately", at(2_000))] {
                for (job, job_result, wait_until) in [
                    ("waiting", None, at(2_000)),
                    ("wait is over", None, at(0)),
                    ("answered", Some(Delivery::Continued), at(0)),
                ] {
                    let mut record = first_job();
                    let target = record.targets.first_mut().unwrap();
                    target.next_call_at = next_call_at;
                    target.invalidation = status.map(|status| StatusSnapshot {
                        id: id(),
                        status,
                        checked_at: at(0),
                    });
                    (record.job.result, record.job.wait_until) = (job_result, wait_until);
                    let steps = [at(10), at(901)].map(|now| step(&next(&record, now)));
                    lines.push(row([invalidation, call, job, &steps[0], &steps[1]]));
                }
            }
        }
        lines.concat()
    }

    pub(super) fn decided() -> String {
        let mut lines = vec![row(["notification", "job", "soon", "after 21 minutes", ""])];
        let pending = |retry_at| PublishState::Pending {
            attempts: 1,
            retry_at,
        };
        for (notification, notification_state) in [
            ("unwanted", PublishState::NotWanted),
            ("pending", pending(at(0))),
            ("being tried", pending(at(2_000))),
            (
                "sent",
                PublishState::Sent {
                    message_id: "m".to_owned(),
                },
            ),
            ("given up", PublishState::Abandoned),
        ] {
            for (job, job_result, retry_at) in [
                ("waiting", None, at(0)),
                ("retryable", None, at(2_000)),
                ("continued", Some(Delivery::Continued), at(0)),
                ("concluded", Some(Delivery::Concluded), at(0)),
                ("closed", Some(Delivery::Closed), at(0)),
            ] {
                let mut record = super::decided(&first_job(), Verdict::TimedOut, at(0));
                record.notification_state = notification_state.clone();
                (record.job.result, record.job.retry_at) = (job_result, retry_at);
                let steps = [at(10), at(1_261)].map(|now| step(&next(&record, now)));
                lines.push(row([notification, job, &steps[0], &steps[1], ""]));
            }
        }
        lines.concat()
    }

    fn step(step: &Step) -> String {
        match step {
            Step::Decide(Verdict::Succeeded) => "decide: succeeded".to_owned(),
            Step::Decide(Verdict::TimedOut) => "decide: timed out".to_owned(),
            Step::Wait(_) => "rest".to_owned(),
            Step::Call(_, Call::CloudFront(call)) => format!("{call:?}").to_lowercase(),
            Step::Call(_, Call::Queue(call)) => format!("{call:?}").to_lowercase(),
            Step::Publish(_) => "announce".to_owned(),
            Step::Decide(Verdict::Failed(_) | Verdict::SucceededWithWarning)
            | Step::Report
            | Step::CheckForChange
            | Step::Skip
            | Step::Finalize
            | Step::Done => format!("{step:?}").to_lowercase(),
        }
    }

    fn row(cells: [&str; 5]) -> String {
        let [a, b, c, d, e] = cells;
        format!("{a:<13}{b:<18}{c:<18}{d:<20}{e}")
            .trim_end()
            .to_owned()
            + "\n"
    }
}

#[test]
fn steps_txt_matches_the_code() {
    let page = format!(
        "While nothing is decided\n\n{}\nOnce it is decided\n\n{}",
        page::undecided(),
        page::decided()
    );
    assert_eq!(
        page,
        include_str!("steps.txt"),
        "if the change is intended, replace steps.txt with:\n{page}"
    );
}

#[test]
fn backoffs_double_up_to_their_limit() {
    assert_eq!(
        [1, 2, 3, 4, 5, 99].map(|n| call_backoff(n).as_secs()),
        [5, 10, 20, 40, 60, 60]
    );
    let scattered = [1, 2, 3, 4, 5, 99].map(|n| retry_backoff(n, FIRST));
    for (nth, (backoff, least)) in scattered.iter().zip([5, 10, 20, 40, 60, 60]).enumerate() {
        let range = Duration::from_secs(least)..Duration::from_millis(1_500 * least);
        assert!(range.contains(backoff), "{nth}: {backoff:?}");
    }
    let names = (0..100).map(|n| retry_backoff(1, &format!("codepipeline-{n}")));
    let different: std::collections::BTreeSet<Duration> = names.collect();
    assert!(different.len() > 50, "{}", different.len());
    let apart = different
        .last()
        .unwrap()
        .abs_diff(*different.first().unwrap());
    assert!(apart > Duration::from_secs(1), "{apart:?}");
    assert_eq!(
        [1, 2, 6, 7, 40].map(|n| publish_backoff(n).as_secs()),
        [15, 30, 480, 600, 600]
    );
}

#[test]
fn an_outcome_is_never_changed() {
    let succeeded = decided(&first_job(), Verdict::Succeeded, at(5));
    assert_eq!(decided(&succeeded, Verdict::TimedOut, at(6)), succeeded);
    let rejected = after(
        &succeeded,
        Observation::Replied(
            0,
            CloudFrontReply::Rejected(Reason::NoSuchDistribution).into(),
        ),
        at(7),
        &POLICY,
    );
    assert_eq!(rejected, succeeded);
}

#[test]
fn the_deadline_waits_for_one_last_poll() {
    let record = after(
        &created(&first_job(), 1),
        Observation::Reported(Delivery::Continued),
        at(1),
        &POLICY,
    );
    assert_eq!(
        next(&record, at(901)),
        Step::Call(0, CloudFrontCall::Poll.into())
    );
    let seen = after(
        &record,
        Observation::Replied(0, CloudFrontReply::Polled(Status::Completed).into()),
        at(901),
        &POLICY,
    );
    assert_eq!(next(&seen, at(901)), Step::Decide(Verdict::Succeeded));
    let seen = after(
        &record,
        Observation::Replied(0, CloudFrontReply::Polled(Status::InProgress).into()),
        at(901),
        &POLICY,
    );
    assert_eq!(next(&seen, at(1_000)), Step::Decide(Verdict::TimedOut));
    let seen = after(
        &record,
        Observation::Replied(0, CloudFrontReply::Polled(Status::InProgress).into()),
        at(900),
        &POLICY,
    );
    assert_eq!(
        next(&seen, at(1_000)),
        Step::Decide(Verdict::TimedOut),
        "a poll at the deadline is the last one"
    );
}

/// An attempt is counted, and prevents other attempts, before it begins.
#[test]
fn a_notification_is_claimed_before_it_is_published() {
    let pending = decided(&first_job(), Verdict::Succeeded, at(5));
    let claimed = before(&pending, &Step::Publish(Channel::Topic), at(6)).unwrap();
    let retry_at = at(6) + publish_backoff(1);
    assert_eq!(
        claimed.notification_state,
        PublishState::Pending {
            attempts: 1,
            retry_at
        }
    );
}

/// While a continuation job may follow, no notification is published until its 20 minutes are over by any clock.
#[test]
fn a_notification_waits_for_a_possible_continuation_job() {
    let mut record = decided(&first_job(), Verdict::Succeeded, at(5));
    record.job.result = Some(Delivery::Continued);
    assert_eq!(next(&record, at(1_264)), Step::Wait(at(1_265)));
    assert_eq!(next(&record, at(1_265)), Step::Publish(Channel::Topic));
}

#[test]
fn the_checker_waits_until_the_invocation_must_have_ended_before_it_takes_over() {
    let record = created(&first_job(), 1);
    assert_eq!(due_at(&record, at(1)), Some(at(60)));
    assert_eq!(
        next(&record, at(60)),
        Step::Call(0, CloudFrontCall::Poll.into())
    );
    let reported = after(
        &record,
        Observation::Reported(Delivery::Continued),
        at(26),
        &POLICY,
    );
    assert_eq!(
        due_at(&reported, at(2)),
        Some(at(5)),
        "no job is open, so the record is due at the next poll"
    );
}

#[test]
fn a_duplicate_event_opens_no_job_twice() {
    let record = created(&first_job(), 1);
    assert_eq!(
        reopened(&record, &incoming_job(FIRST, 0, budget(40))),
        None,
        "the same job again"
    );
    let returned = reopened(&record, &incoming_job(RETURN, 1, budget(40))).unwrap();
    assert_eq!((returned.job.number, returned.job.is_open()), (1, true));
    let third = "33333333-abcd-3333-abcd-333333abcdef";
    assert!(
        reopened(&returned, &incoming_job(third, 1, budget(40))).is_some(),
        "another job with the same number gets its own result"
    );
    assert_eq!(
        reopened(&returned, &incoming_job(FIRST, 0, budget(41))),
        None,
        "a job that is over"
    );
}

#[test]
fn a_continuation_after_the_end_gets_the_outcome_and_is_finalized_again() {
    let mut record = decided(&created(&first_job(), 1), Verdict::Succeeded, at(10));
    record.job.result = Some(Delivery::Closed);
    record.notification_state = PublishState::Sent {
        message_id: "m".to_owned(),
    };
    let record = finalized(&record, at(11), &POLICY);
    assert_eq!(
        (next(&record, at(12)), due_at(&record, at(12))),
        (Step::Done, None)
    );
    let returned = reopened(&record, &incoming_job(RETURN, 1, budget(40))).unwrap();
    assert_eq!(
        (next(&returned, at(40)), returned.expires_at),
        (Step::Report, None)
    );
}

#[test]
fn a_lost_reply_to_continue_does_not_end_the_action() {
    let closed = Observation::Reported(Delivery::Closed);
    let waiting = created(&first_job(), 1);
    let waiting = before(&waiting, &Step::Report, at(26)).unwrap();
    let record = after(&waiting, closed.clone(), at(26), &POLICY);
    let record = decided(&record, Verdict::Succeeded, at(40));
    assert!(
        matches!(next(&record, at(40)), Step::Wait(_)),
        "a continuation job may follow, and gets the result first"
    );
    assert_eq!(
        next(&record, at(40 + 21 * 60)),
        Step::Publish(Channel::Topic),
        "no continuation job followed"
    );

    let record = decided(&waiting, Verdict::Succeeded, at(26));
    let record = after(&record, closed.clone(), at(27), &POLICY);
    assert!(
        matches!(next(&record, at(27)), Step::Wait(_)),
        "another copy of the event may have reported continue"
    );

    let record = decided(&created(&first_job(), 1), Verdict::Succeeded, at(20));
    assert_eq!(before(&record, &Step::Report, at(21)), None);
    let record = after(&record, closed, at(21), &POLICY);
    assert_eq!(
        next(&record, at(21)),
        Step::Publish(Channel::Topic),
        "the outcome was reported, or the action has ended"
    );
}

/// The 20 minutes of the next job begin with the "continue".
#[test]
fn a_lost_reply_to_continue_restarts_the_20_minutes() {
    let out_of_reach = |record: &ExecutionRecord| {
        let decided = decided(record, Verdict::Succeeded, at(21 * 60));
        let service_error = Observation::NotReported(ServiceError::new("ServiceUnavailable", ""));
        after(&decided, service_error, at(21 * 60), &POLICY)
    };
    let waiting = created(&first_job(), 1);
    let record = out_of_reach(&waiting);
    assert_eq!(record.job.result, Some(Delivery::Undeliverable));
    assert_eq!(
        next(&record, at(21 * 60)),
        Step::Publish(Channel::Topic),
        "its only job is over"
    );

    let record = out_of_reach(&before(&waiting, &Step::Report, at(26)).unwrap());
    assert_eq!(record.job.result, Some(Delivery::Continued));
    assert_eq!(next(&record, at(21 * 60)), Step::Wait(at(42 * 60)));
    assert_eq!(
        next(&record, at(42 * 60)),
        Step::Publish(Channel::Topic),
        "no continuation job followed"
    );
}

#[test]
fn an_adopted_invalidation_is_polled_not_created() {
    let parameters =
        UserParameters::parse(&Text::Given(r#"{"DistributionId":"E1"}"#.to_owned())).unwrap();
    assert_eq!(
        next(
            &adopted(job(FIRST), parameters, id(), budget(0), &POLICY),
            at(0)
        ),
        Step::Call(0, CloudFrontCall::Poll.into())
    );
}

fn listed(many: u64) -> Vec<Listed> {
    let one = |n: u64| Listed {
        id: InvalidationId::parse(&format!("I{n}")).unwrap(),
        status: Status::InProgress,
        created_at: at(n),
    };
    (1..=many).map(one).collect()
}

/// The search compares the invalidations that were created since the execution began, the nearest to that time first.
/// It identifies the right one by its caller reference and its paths, in any order.
#[test]
fn a_caller_reference_conflict_leads_to_its_invalidation() {
    let taken = |record: &ExecutionRecord, observation| after(record, observation, at(3), &POLICY);
    let wanted = taken(
        &first_job(),
        Observation::Replied(0, CloudFrontReply::CallerReferenceConflict.into()),
    );
    assert_eq!(
        next(&wanted, at(3)),
        Step::Call(0, CloudFrontCall::List.into())
    );

    let mut many = listed(3);
    many.reverse();
    many.push(Listed {
        id: InvalidationId::parse("OLD").unwrap(),
        status: Status::InProgress,
        created_at: Timestamp::from_millis(0),
    });
    let among = taken(
        &wanted,
        Observation::Replied(0, CloudFrontReply::Listed(many).into()),
    );
    let first = InvalidationId::parse("I1").unwrap();
    assert_eq!(
        next(&among, at(3)),
        Step::Call(0, CloudFrontCall::Compare(first.clone()).into())
    );

    let found = |reference: &str, paths: &[&str]| Found {
        status: Status::Completed,
        caller_reference: reference.to_owned(),
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
    };
    let ours = format!("codepipeline-{FIRST}");
    let other = taken(
        &among,
        Observation::Replied(
            0,
            CloudFrontReply::Compared(first.clone(), found(&ours, &["/a"])).into(),
        ),
    );
    let second = InvalidationId::parse("I2").unwrap();
    assert_eq!(
        next(&other, at(3)),
        Step::Call(0, CloudFrontCall::Compare(second).into()),
        "the same caller reference, but other paths"
    );
    let ours = taken(
        &among,
        Observation::Replied(
            0,
            CloudFrontReply::Compared(first, found(&ours, &["/*"])).into(),
        ),
    );
    assert_eq!(next(&ours, at(3)), Step::Decide(Verdict::Succeeded));

    let nothing = taken(
        &wanted,
        Observation::Replied(0, CloudFrontReply::Listed(Vec::new()).into()),
    );
    let failed = Verdict::Failed(Reason::CallerReferenceConflict);
    assert_eq!(next(&nothing, at(3)), Step::Decide(failed));
    let page = taken(
        &wanted,
        Observation::Replied(0, CloudFrontReply::Listed(listed(101)).into()),
    );
    let Some(Search::Among(candidates)) = page.targets[0].search.clone() else {
        panic!("nothing to compare");
    };
    assert_eq!(candidates.len(), CANDIDATES_AT_MOST);
}

#[test]
fn a_run_without_time_reports_first() {
    let record = first_job();
    assert_eq!(
        next(&record, at(40)),
        Step::Call(0, CloudFrontCall::Create.into()),
        "a report takes no longer than the reserve"
    );
    assert_eq!(
        next(&record, at(41)),
        Step::Report,
        "Lambda ends it at 60 s"
    );
    assert_eq!(
        next(&record, at(60)),
        Step::Call(0, CloudFrontCall::Create.into()),
        "the invocation has ended; this is another process"
    );
    let rejected = after(
        &record,
        Observation::NotReported(ServiceError::new("x", "")),
        at(41),
        &POLICY,
    );
    assert_eq!(next(&rejected, at(42)), Step::Wait(at(46)));
}

#[test]
fn a_record_that_no_sweep_finishes_is_stuck() {
    let paused = |minutes: u64| ExecutionRecord {
        backoff: Some(minutes * 60_000),
        ..first_job()
    };
    assert!(!is_stuck(&first_job()) && !is_stuck(&paused(4)));
    assert!(is_stuck(&paused(8)));
    let decided = decided(&paused(8), Verdict::SucceededWithWarning, at(1));
    assert!(!is_stuck(&decided), "its outcome stands");
    let finalized = finalized(&paused(16), at(1), &POLICY);
    assert_eq!(finalized.backoff, None);
}

#[test]
fn the_parameters_may_set_the_deadline() {
    let text = r#"{"DistributionId":"E1","TimeoutMinutes":60}"#;
    let parameters = UserParameters::parse(&Text::Given(text.to_owned())).unwrap();
    let record = begun(job(FIRST), parameters, budget(0), &POLICY);
    assert_eq!(record.deadline_at, at(3_600));
    assert_eq!(first_job().deadline_at, at(900));
}
