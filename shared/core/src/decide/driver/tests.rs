use std::time::Duration;

use super::*;
use crate::decide::CloudFrontCall;
use crate::decide::tests::{FIRST, POLICY, RETURN, at, budget, first_job, incoming_job, job};
use crate::input::identifiers::InvalidationId;
use crate::model::execution_record::{
    Channel, Delivery, PublishState, Reason, ServiceError, Status,
};
use crate::model::time_budget::Pace;

/// A budget that allows waits until then, and calls long after it.
fn until(wait_until: Timestamp) -> TimeBudget {
    TimeBudget {
        wait_until,
        work_until: wait_until + Duration::from_secs(40),
        pace: Pace::UNLIMITED,
    }
}

fn writer(name: &str) -> Writer {
    Writer::new(name.to_owned())
}

/// A process with its record. All its writes succeed. `moves` lists the writes and the steps.
struct Process {
    driver: Driver,
    moves: Vec<String>,
}

impl Process {
    fn new(driver: Driver) -> Self {
        let moves = Vec::new();
        Self { driver, moves }
    }

    /// Writes until the next move is not a write.
    fn next(&mut self, seconds: u64) -> Move {
        loop {
            let next = self
                .driver
                .next_move(at(seconds), until(at(seconds + 40)), &POLICY);
            if next != Move::Write {
                return next;
            }
            let replaces = self.driver.replaces().unwrap_or("nothing").to_owned();
            let write_id = &self.driver.record().write_id;
            self.moves.push(format!("{write_id} replaces {replaces}"));
            self.driver.written(Saved::Written);
        }
    }

    /// Performs this step, which must be the next one.
    fn take(&mut self, step: &Step, observation: Observation, seconds: u64) {
        assert_eq!(self.next(seconds), Move::Take(step.clone()));
        self.moves.push(match step {
            Step::Call(_, Call::CloudFront(call)) => format!("{call:?}"),
            Step::Call(_, Call::Queue(call)) => format!("{call:?}"),
            step => format!("{step:?}"),
        });
        self.driver.observed(observation, at(seconds), &POLICY);
    }
}

fn created(status: Status) -> Observation {
    Observation::Replied(
        0,
        CloudFrontReply::Created(InvalidationId::parse("I1").unwrap(), status).into(),
    )
}

/// Before a step calls a service, the changes that it depends on are written. A question and its reply need no write.
#[test]
fn each_effect_follows_the_write_that_it_depends_on() {
    let mut process = Process::new(Driver::fresh(first_job(), writer("a")));
    process.take(
        &Step::Call(0, CloudFrontCall::Create.into()),
        created(Status::InProgress),
        0,
    );
    process.take(
        &Step::Call(0, CloudFrontCall::Poll.into()),
        Observation::Replied(0, CloudFrontReply::Polled(Status::InProgress).into()),
        5,
    );
    process.take(
        &Step::Call(0, CloudFrontCall::Poll.into()),
        Observation::Replied(0, CloudFrontReply::Polled(Status::Completed).into()),
        10,
    );
    process.take(
        &Step::Report,
        Observation::Reported(Delivery::Concluded),
        10,
    );
    let message_id = "m".to_owned();
    process.take(
        &Step::Publish(Channel::Topic),
        Observation::Published {
            channel: Channel::Topic,
            message_id,
        },
        10,
    );
    assert_eq!(process.next(10), Move::Leave);
    assert_eq!(
        process.moves,
        [
            "a#1 replaces nothing",
            "Create",
            "a#2 replaces a#1",
            "Poll",
            "Poll",
            "a#3 replaces a#2",
            "Report",
            "a#4 replaces a#3",
            "Publish(Topic)",
            "a#5 replaces a#4",
        ]
    );
    assert!(process.driver.record().is_finalized());
}

/// One write stores the id of the invalidation and that a continuation job may follow; no effect is between the two.
#[test]
fn a_new_id_and_may_continue_are_stored_in_one_write() {
    let mut record = first_job();
    record.job.wait_until = at(0);
    let mut process = Process::new(Driver::fresh(record, writer("a")));
    process.take(
        &Step::Call(0, CloudFrontCall::Create.into()),
        created(Status::InProgress),
        0,
    );
    let continued = Observation::Reported(Delivery::Continued);
    process.take(&Step::Report, continued, 0);
    assert_eq!(process.next(0), Move::Leave);
    assert_eq!(
        process.moves,
        [
            "a#1 replaces nothing",
            "Create",
            "a#2 replaces a#1",
            "Report",
            "a#3 replaces a#2",
        ]
    );
}

#[test]
fn an_open_job_waits_as_long_as_allowed() {
    let mut driver = Driver::fresh(first_job(), writer("a"));
    assert_eq!(driver.next_move(at(0), until(at(40)), &POLICY), Move::Write);
    driver.written(Saved::Written);
    assert_eq!(
        driver.next_move(at(0), until(at(40)), &POLICY),
        Move::Take(Step::Call(0, CloudFrontCall::Create.into()))
    );
    driver.observed(created(Status::InProgress), at(0), &POLICY);
    assert_eq!(driver.next_move(at(0), until(at(40)), &POLICY), Move::Write);
    driver.written(Saved::Written);
    let Move::Wait(until) = driver.next_move(at(0), until(at(40)), &POLICY) else {
        panic!("it must wait");
    };
    assert_eq!(
        driver.next_move(at(0), super::tests::until(until), &POLICY),
        Move::Wait(until)
    );
    assert_eq!(
        driver.next_move(
            at(0),
            super::tests::until(Timestamp::from_millis(until.as_millis() - 1)),
            &POLICY
        ),
        Move::Leave,
        "the wait exceeds the budget"
    );
}

#[test]
fn a_concurrent_write_replaces_the_record() {
    let mut driver = Driver::fresh(first_job(), writer("a"));
    assert_eq!(driver.next_move(at(0), until(at(40)), &POLICY), Move::Write);
    let mut theirs = first_job();
    theirs.write_id = "b#7".to_owned();
    theirs.job.result = Some(Delivery::Closed);
    theirs.outcome = Some(crate::model::execution_record::Outcome {
        verdict: Verdict::TimedOut,
        decided_at: at(0),
    });
    theirs.notification_state = PublishState::Abandoned;
    driver.written(Saved::Overtaken(Box::new(theirs)));
    assert_eq!(driver.replaces(), Some("b#7"));
    assert!(!driver.is_deciding(), "the outcome is stored");
    assert_eq!(
        driver.next_move(at(0), until(at(40)), &POLICY),
        Move::Write,
        "only the finalization is left, and no step of the replaced record"
    );
    assert!(driver.record().is_finalized());
}

#[test]
fn a_continuation_job_is_opened_first_even_after_a_concurrent_write() {
    let incoming_job = incoming_job(RETURN, 1, budget(60));
    let mut stored = first_job();
    stored.write_id = "a#1".to_owned();
    stored.job.result = Some(Delivery::Continued);
    let mut driver = Driver::with_job(stored.clone(), incoming_job.clone(), writer("b"));
    assert!(driver.awaits_result(&job(RETURN)) && !driver.awaits_result(&job(FIRST)));
    assert_eq!(
        driver.next_move(at(60), until(at(100)), &POLICY),
        Move::Write
    );
    stored.write_id = "c#1".to_owned();
    driver.written(Saved::Overtaken(Box::new(stored)));
    assert!(
        driver.awaits_result(&job(RETURN)),
        "also opened in the stored record"
    );
    assert_eq!(
        driver.next_move(at(60), until(at(100)), &POLICY),
        Move::Write
    );
    assert_eq!(driver.replaces(), Some("c#1"));
    driver.written(Saved::Written);
    let mut process = Process::new(driver);
    assert_eq!(
        process.next(60),
        Move::Take(Step::Call(0, CloudFrontCall::Create.into()))
    );
    let stored = process.driver.record().clone();

    let mut again = Process::new(Driver::with_job(stored.clone(), incoming_job, writer("d")));
    assert_eq!(
        again.next(60),
        Move::Take(Step::Call(0, CloudFrontCall::Create.into()))
    );
    assert_eq!(
        again.moves,
        ["d#1 replaces b#2"],
        "the attempt is counted, but the job is not opened twice"
    );
    assert_eq!(again.driver.record().job, stored.job);
}

#[test]
fn a_decision_is_written_before_anything_else_and_only_once() {
    let mut process = Process::new(Driver::loaded(first_job(), writer("a")));
    let failed = Verdict::Failed(Reason::Internal);
    process.driver.decide(failed.clone(), at(1));
    assert!(process.driver.is_deciding());
    assert_eq!(process.next(1), Move::Take(Step::Report));
    assert_eq!(process.moves.len(), 1);
    assert!(!process.driver.is_deciding());
    process.driver.decide(Verdict::TimedOut, at(2));
    assert_eq!(
        process.driver.record().outcome.as_ref().unwrap().verdict,
        failed
    );
    let mut loaded = Driver::loaded(process.driver.record().clone(), writer("b"));
    loaded.decide(Verdict::TimedOut, at(3));
    assert_eq!(
        loaded.next_move(at(3), until(at(3)), &POLICY),
        Move::Take(Step::Report),
        "nothing has changed, so nothing is written"
    );
}

/// A sweep increases the backoff before it begins, and the end of the work removes it.
#[test]
fn the_end_of_the_work_removes_the_backoff() {
    let mut claimed = first_job();
    claimed.backoff = Some(60_000);
    claimed.job.result = Some(Delivery::Continued);
    let mut process = Process::new(Driver::loaded(claimed, writer("a")));
    let service_error = ServiceError::new("Throttling", "");
    process.take(
        &Step::Call(0, CloudFrontCall::Create.into()),
        Observation::Replied(0, CloudFrontReply::Retryable(service_error).into()),
        1,
    );
    assert_eq!(process.driver.record().backoff, Some(60_000));
    assert_eq!(process.next(1), Move::Leave);
    assert_eq!(process.driver.record().backoff, None);
    assert_eq!(process.moves.len(), 3, "{:?}", process.moves);
    let record = process.driver.record();
    assert_eq!(record.due_at, Some(record.targets[0].next_call_at));
    assert_eq!(record.overdue_at, Some(record.deadline_at));
    assert!(record.due_at > Some(at(1)));
}

#[test]
fn a_rejected_write_succeeded_only_if_the_stored_write_id_is_the_same() {
    let mut ours = first_job();
    ours.write_id = "a#2".to_owned();
    assert_eq!(Saved::rejected(&ours, ours.clone()), Saved::Written);
    let mut theirs = ours.clone();
    theirs.write_id = "b#2".to_owned();
    assert_eq!(
        Saved::rejected(&ours, theirs.clone()),
        Saved::Overtaken(Box::new(theirs))
    );
}

const OTHER: &str = "33333333-abcd-3333-abcd-333333abcdef";

/// The record as another process has written it, with another open job.
fn with_another_job(number: u32) -> ExecutionRecord {
    let mut theirs = first_job();
    theirs.write_id = "c#1".to_owned();
    theirs.job.number = number;
    theirs.job.job_id = job(OTHER);
    theirs
}

/// An execution whose continuation job is open and stored.
fn returned() -> Driver {
    let mut stored = first_job();
    stored.job.result = Some(Delivery::Continued);
    let incoming_job = incoming_job(RETURN, 1, budget(60));
    let mut driver = Driver::with_job(stored, incoming_job, writer("b"));
    assert_eq!(
        driver.next_move(at(60), until(at(100)), &POLICY),
        Move::Write
    );
    driver.written(Saved::Written);
    driver
}

/// Otherwise a second result would be reported for the job, and its rejection would count as the end of the action.
#[test]
fn a_result_is_kept_when_another_job_replaced_its_own() {
    let mut driver = returned();
    let continued = Observation::Reported(Delivery::Continued);
    driver.observed(continued, at(60), &POLICY);
    driver.written(Saved::Overtaken(Box::new(with_another_job(1))));
    let job_state = &driver.record().job;
    assert_eq!(job_state.job_id.as_str(), RETURN);
    assert_eq!(job_state.result, Some(Delivery::Continued));
    assert!(!driver.awaits_result(&job(RETURN)));
}

/// Another run may have reported "continue" for the job before it was replaced. A rejection of its result would then
/// not be the end of the action.
#[test]
fn a_replaced_job_may_continue() {
    let mut driver = returned();
    assert!(!driver.record().job.may_continue);
    driver.written(Saved::Overtaken(Box::new(with_another_job(1))));
    let job_state = &driver.record().job;
    assert_eq!(
        (job_state.job_id.as_str(), job_state.result),
        (RETURN, None)
    );
    assert!(job_state.may_continue);
}

/// After any concurrent write, a result is reported for the job of the run.
#[test]
fn a_replaced_job_gets_its_result_before_the_run_ends() {
    for (delivery, is_pending, now_open) in [
        (None, true, OTHER),
        (Some(Delivery::Closed), false, OTHER),
        (Some(Delivery::Unknown), false, OTHER),
        (Some(Delivery::Continued), false, FIRST),
    ] {
        let mut driver = Driver::fresh(first_job(), writer("a"));
        assert_eq!(driver.next_move(at(0), until(at(40)), &POLICY), Move::Write);
        driver.written(Saved::Overtaken(Box::new(with_another_job(2))));
        assert!(driver.awaits_result(&job(FIRST)), "{delivery:?}");
        let next = driver.next_move(at(0), until(at(40)), &POLICY);
        assert_eq!(next, Move::ReportLate(job(FIRST)), "{delivery:?}");
        driver.reported_late(&job(FIRST), delivery, at(1));
        assert_eq!(
            driver.awaits_result(&job(FIRST)),
            is_pending,
            "{delivery:?}"
        );
        let job_state = &driver.record().job;
        assert_eq!((job_state.job_id.as_str(), job_state.number), (now_open, 2));
        let next = driver.next_move(at(1), until(at(1)), &POLICY);
        assert!(!matches!(next, Move::ReportLate(_)), "{delivery:?}");
    }
}
