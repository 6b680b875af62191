use std::time::Duration;

use super::*;
use crate::decide::tests::{FIRST, POLICY, RETURN, at, first_visit, job, stay, visitor};
use crate::decide::{Call, CloudFrontCall};
use crate::input::identifiers::InvalidationId;
use crate::model::execution_record::{Announcement, Channel, Delivery, Reason, Status, Trouble};

/// Waits are allowed until then, and work long after it.
fn until(wait_until: Timestamp) -> TimeBudget {
    TimeBudget {
        wait_until,
        work_until: wait_until + Duration::from_secs(40),
    }
}

fn writer(name: &str) -> Writer {
    Writer::new(name.to_owned())
}

/// A process with its record, whose writes all succeed; `moves` tells them apart from what it does.
struct Process {
    execution: Execution,
    moves: Vec<String>,
}

impl Process {
    fn new(execution: Execution) -> Self {
        let moves = Vec::new();
        Self { execution, moves }
    }

    /// Makes writes until something else is to do.
    fn next(&mut self, seconds: u64) -> Move {
        loop {
            let next = self
                .execution
                .next_move(at(seconds), until(at(seconds + 40)), &POLICY);
            if next != Move::Write {
                return next;
            }
            let replaces = self.execution.replaces().unwrap_or("nothing").to_owned();
            let write_id = &self.execution.record().write_id;
            self.moves.push(format!("{write_id} replaces {replaces}"));
            self.execution.written(Saved::Written);
        }
    }

    /// Takes the step that must be next.
    fn take(&mut self, step: &Step, observation: Observation, seconds: u64) {
        assert_eq!(self.next(seconds), Move::Take(step.clone()));
        self.moves.push(match step {
            Step::Call(_, Call::CloudFront(call)) => format!("{call:?}"),
            Step::Call(_, Call::Queue(call)) => format!("{call:?}"),
            step => format!("{step:?}"),
        });
        self.execution.observed(observation, at(seconds), &POLICY);
    }
}

fn created(status: Status) -> Observation {
    Observation::Replied(
        0,
        CloudFrontReply::Created(InvalidationId::parse("I1").unwrap(), status).into(),
    )
}

/// What a step assumes is in the table before it reaches out; a question, and its answer, are not worth a write.
#[test]
fn a_life_in_its_order() {
    let mut process = Process::new(Execution::fresh(first_visit(), writer("a")));
    process.take(
        &Step::Call(0, CloudFrontCall::Create.into()),
        created(Status::InProgress),
        0,
    );
    process.take(
        &Step::Call(0, CloudFrontCall::Look.into()),
        Observation::Replied(0, CloudFrontReply::Seen(Status::InProgress).into()),
        5,
    );
    process.take(
        &Step::Call(0, CloudFrontCall::Look.into()),
        Observation::Replied(0, CloudFrontReply::Seen(Status::Completed).into()),
        10,
    );
    process.take(
        &Step::Answer,
        Observation::Answered(Delivery::Concluded),
        10,
    );
    let message_id = "m".to_owned();
    process.take(
        &Step::Announce(Channel::Topic),
        Observation::Announced {
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
            "Look",
            "Look",
            "a#3 replaces a#2",
            "Answer",
            "a#4 replaces a#3",
            "Announce(Topic)",
            "a#5 replaces a#4",
        ]
    );
    assert!(process.execution.record().is_drained());
}

/// The id of the invalidation, and that CodePipeline may come back, are one write: nothing happens between the two.
#[test]
fn what_must_be_written_is_written_at_once() {
    let mut record = first_visit();
    record.visit.answer_by = at(0);
    let mut process = Process::new(Execution::fresh(record, writer("a")));
    process.take(
        &Step::Call(0, CloudFrontCall::Create.into()),
        created(Status::InProgress),
        0,
    );
    let continued = Observation::Answered(Delivery::Continued);
    process.take(&Step::Answer, continued, 0);
    assert_eq!(process.next(0), Move::Leave);
    assert_eq!(
        process.moves,
        [
            "a#1 replaces nothing",
            "Create",
            "a#2 replaces a#1",
            "Answer",
            "a#3 replaces a#2",
        ]
    );
}

#[test]
fn an_open_job_is_held_as_long_as_it_may_be() {
    let mut execution = Execution::fresh(first_visit(), writer("a"));
    assert_eq!(
        execution.next_move(at(0), until(at(40)), &POLICY),
        Move::Write
    );
    execution.written(Saved::Written);
    assert_eq!(
        execution.next_move(at(0), until(at(40)), &POLICY),
        Move::Take(Step::Call(0, CloudFrontCall::Create.into()))
    );
    execution.observed(created(Status::InProgress), at(0), &POLICY);
    assert_eq!(
        execution.next_move(at(0), until(at(40)), &POLICY),
        Move::Write
    );
    execution.written(Saved::Written);
    let Move::Wait(until) = execution.next_move(at(0), until(at(40)), &POLICY) else {
        panic!("it must wait");
    };
    assert_eq!(
        execution.next_move(at(0), super::tests::until(until), &POLICY),
        Move::Wait(until)
    );
    assert_eq!(
        execution.next_move(
            at(0),
            super::tests::until(Timestamp::from_millis(until.as_millis() - 1)),
            &POLICY
        ),
        Move::Leave,
        "it would be too long"
    );
}

#[test]
fn who_is_overtaken_goes_on_from_what_the_other_wrote() {
    let mut execution = Execution::fresh(first_visit(), writer("a"));
    assert_eq!(
        execution.next_move(at(0), until(at(40)), &POLICY),
        Move::Write
    );
    let mut theirs = first_visit();
    theirs.write_id = "b#7".to_owned();
    theirs.visit.answer = Some(Delivery::Closed);
    theirs.outcome = Some(crate::model::execution_record::Outcome {
        verdict: Verdict::TimedOut,
        decided_at: at(0),
    });
    theirs.announcement = Announcement::GivenUp;
    execution.written(Saved::Overtaken(Box::new(theirs)));
    assert_eq!(execution.replaces(), Some("b#7"));
    assert!(!execution.is_deciding(), "the table knows");
    assert_eq!(
        execution.next_move(at(0), until(at(40)), &POLICY),
        Move::Write,
        "only draining is left, and no step of the record that is gone"
    );
    assert!(execution.record().is_drained());
}

#[test]
fn a_return_visit_opens_its_job_first_whoever_writes_in_between() {
    let visitor = visitor(RETURN, 1, stay(60));
    let mut stored = first_visit();
    stored.write_id = "a#1".to_owned();
    stored.visit.answer = Some(Delivery::Continued);
    let mut execution = Execution::visited(stored.clone(), visitor.clone(), writer("b"));
    assert!(execution.owes(&job(RETURN)) && !execution.owes(&job(FIRST)));
    assert_eq!(
        execution.next_move(at(60), until(at(100)), &POLICY),
        Move::Write
    );
    stored.write_id = "c#1".to_owned();
    execution.written(Saved::Overtaken(Box::new(stored)));
    assert!(execution.owes(&job(RETURN)), "opened in theirs, too");
    assert_eq!(
        execution.next_move(at(60), until(at(100)), &POLICY),
        Move::Write
    );
    assert_eq!(execution.replaces(), Some("c#1"));
    execution.written(Saved::Written);
    let mut process = Process::new(execution);
    assert_eq!(
        process.next(60),
        Move::Take(Step::Call(0, CloudFrontCall::Create.into()))
    );
    let stored = process.execution.record().clone();

    let mut again = Process::new(Execution::visited(stored.clone(), visitor, writer("d")));
    assert_eq!(
        again.next(60),
        Move::Take(Step::Call(0, CloudFrontCall::Create.into()))
    );
    assert_eq!(
        again.moves,
        ["d#1 replaces b#2"],
        "the try is counted, but the job not opened twice"
    );
    assert_eq!(again.execution.record().visit, stored.visit);
}

#[test]
fn a_decision_is_written_before_anything_else_and_only_once() {
    let mut process = Process::new(Execution::loaded(first_visit(), writer("a")));
    let failed = Verdict::Failed(Reason::Internal);
    process.execution.decide(failed.clone(), at(1));
    assert!(process.execution.is_deciding());
    assert_eq!(process.next(1), Move::Take(Step::Answer));
    assert_eq!(process.moves.len(), 1);
    assert!(!process.execution.is_deciding());
    process.execution.decide(Verdict::TimedOut, at(2));
    assert_eq!(
        process.execution.record().outcome.as_ref().unwrap().verdict,
        failed
    );
    let mut loaded = Execution::loaded(process.execution.record().clone(), writer("b"));
    loaded.decide(Verdict::TimedOut, at(3));
    assert_eq!(
        loaded.next_move(at(3), until(at(3)), &POLICY),
        Move::Take(Step::Answer),
        "nothing has changed, so nothing is written"
    );
}

/// A pass counts itself before its work; whoever comes to the end of the work takes the count away.
#[test]
fn the_end_of_the_work_takes_the_pause_away() {
    let mut claimed = first_visit();
    claimed.pause = Some(60_000);
    claimed.visit.answer = Some(Delivery::Continued);
    let mut process = Process::new(Execution::loaded(claimed, writer("a")));
    let trouble = Trouble::new("Throttling", "");
    process.take(
        &Step::Call(0, CloudFrontCall::Create.into()),
        Observation::Replied(0, CloudFrontReply::PutOff(trouble).into()),
        1,
    );
    assert_eq!(process.execution.record().pause, Some(60_000));
    assert_eq!(process.next(1), Move::Leave);
    assert_eq!(process.execution.record().pause, None);
    assert_eq!(process.moves.len(), 3, "{:?}", process.moves);
    let record = process.execution.record();
    assert_eq!(record.due_at, Some(record.targets[0].next_call_at));
    assert_eq!(record.overdue_at, Some(record.deadline_at));
    assert!(record.due_at > Some(at(1)));
}

#[test]
fn a_refused_write_is_ours_only_under_our_own_id() {
    let mut ours = first_visit();
    ours.write_id = "a#2".to_owned();
    assert_eq!(Saved::refused(&ours, ours.clone()), Saved::Written);
    let mut theirs = ours.clone();
    theirs.write_id = "b#2".to_owned();
    assert_eq!(
        Saved::refused(&ours, theirs.clone()),
        Saved::Overtaken(Box::new(theirs))
    );
}

const OTHER: &str = "33333333-abcd-3333-abcd-333333abcdef";

/// The record as somebody else has written it, with another job open.
fn with_another_job(number: u32) -> Record {
    let mut theirs = first_visit();
    theirs.write_id = "c#1".to_owned();
    theirs.visit.number = number;
    theirs.visit.job_id = job(OTHER);
    theirs
}

/// An execution whose continuation job is open, and stands in the table.
fn returned() -> Execution {
    let mut stored = first_visit();
    stored.visit.answer = Some(Delivery::Continued);
    let visitor = visitor(RETURN, 1, stay(60));
    let mut execution = Execution::visited(stored, visitor, writer("b"));
    assert_eq!(
        execution.next_move(at(60), until(at(100)), &POLICY),
        Move::Write
    );
    execution.written(Saved::Written);
    execution
}

/// Otherwise the job would be given a second result, and its refusal be taken for the end of the action.
#[test]
fn what_was_said_to_a_job_is_kept_when_another_stood_in_its_place() {
    let mut execution = returned();
    let continued = Observation::Answered(Delivery::Continued);
    execution.observed(continued, at(60), &POLICY);
    execution.written(Saved::Overtaken(Box::new(with_another_job(1))));
    let visit = &execution.record().visit;
    assert_eq!(visit.job_id.as_str(), RETURN);
    assert_eq!(visit.answer, Some(Delivery::Continued));
    assert!(!execution.owes(&job(RETURN)));
}

/// Another run may have told the job to continue before it lost its place, so that its refusal would be no end of the action.
#[test]
fn a_job_in_whose_place_another_stood_may_return() {
    let mut execution = returned();
    assert!(!execution.record().visit.may_return);
    execution.written(Saved::Overtaken(Box::new(with_another_job(1))));
    let visit = &execution.record().visit;
    assert_eq!((visit.job_id.as_str(), visit.answer), (RETURN, None));
    assert!(visit.may_return);
}

/// Whatever others have made of the record, the run's own job gets what the record has for it.
#[test]
fn a_job_in_whose_place_another_stands_is_answered_before_the_run_ends() {
    for (said, is_owed, now_open) in [
        (None, true, OTHER),
        (Some(Delivery::Closed), false, OTHER),
        (Some(Delivery::Unknown), false, OTHER),
        (Some(Delivery::Continued), false, FIRST),
    ] {
        let mut execution = Execution::fresh(first_visit(), writer("a"));
        assert_eq!(
            execution.next_move(at(0), until(at(40)), &POLICY),
            Move::Write
        );
        execution.written(Saved::Overtaken(Box::new(with_another_job(2))));
        assert!(execution.owes(&job(FIRST)), "{said:?}");
        let next = execution.next_move(at(0), until(at(40)), &POLICY);
        assert_eq!(next, Move::AnswerLate(job(FIRST)), "{said:?}");
        execution.answered_late(&job(FIRST), said, at(1));
        assert_eq!(execution.owes(&job(FIRST)), is_owed, "{said:?}");
        let visit = &execution.record().visit;
        assert_eq!((visit.job_id.as_str(), visit.number), (now_open, 2));
        let next = execution.next_move(at(1), until(at(1)), &POLICY);
        assert!(!matches!(next, Move::AnswerLate(_)), "{said:?}");
    }
}
