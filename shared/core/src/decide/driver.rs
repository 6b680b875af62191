//! Drives one execution record in one process: selects the next [`Move`], and applies its result to the record.
//!
//! A decision is written before the process acts on it, and the id of a new invalidation as soon as it is known. If the
//! process crashes at any point, another process can continue from the stored record. Other replies of CloudFront stay
//! in memory until the next write; if they are lost, one more poll is necessary. Each write has the condition that the
//! stored record has not changed. If the condition fails, the driver loads the stored record, merges its own
//! observations, and selects the next move again.
//!
//! This module has no I/O. `advance` of `invalidation-runtime` and the model checker both perform its moves, so the
//! model checker verifies the code that runs.

use super::due_calls::{steps, together};
use super::next_step::next_at_pace;
mod writer;

use crate::decide::{self, Call, CloudFrontReply, IncomingJob, Observation, Policy, Reply, Step};
use crate::input::identifiers::JobId;
use crate::model::execution_record::{Delivery, ExecutionRecord, JobState, Verdict};
use crate::model::time_budget::TimeBudget;
use crate::model::timestamp::Timestamp;

pub use writer::Writer;

/// The next action of a process on its record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Move {
    /// Write [`Driver::record`] if the stored write id is still [`Driver::replaces`], then call [`Driver::written`].
    Write,
    /// Perform a step that calls a service, then call [`Driver::observed`].
    Take(Step),
    /// Make these calls at the same time, each for another target. After all of them have ended, call
    /// [`Driver::observed`] with each reply, in this order.
    Together(Vec<(usize, Call)>),
    /// Wait until then, and keep the job open.
    Wait(Timestamp),
    /// Report a result for this job, which another job has replaced in the record: the outcome, or "continue" before
    /// there is one. Then call [`Driver::reported_late`].
    ReportLate(JobId),
    /// Nothing to do for now, and every change is written.
    Leave,
}

/// The result of a conditional write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// The table holds the record of this write.
    Written,
    /// Another process has written the record since; this is the stored record.
    Overtaken(Box<ExecutionRecord>),
}

impl Saved {
    /// The result of a write of `record` whose condition failed because the table held `stored`. The SDK retries a call
    /// whose reply was lost, and the retry then fails on the first attempt's own write. The write id distinguishes this
    /// case from a write by another process.
    #[must_use]
    pub fn rejected(record: &ExecutionRecord, stored: ExecutionRecord) -> Self {
        if stored.write_id == record.write_id {
            Self::Written
        } else {
            Self::Overtaken(Box::new(stored))
        }
    }
}

/// The stored state of the record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Stored {
    /// The write id as last read or written.
    write_id: String,
    /// Whether the stored record has an outcome.
    is_decided: bool,
}

impl Stored {
    fn of(record: &ExecutionRecord) -> Self {
        Self {
            write_id: record.write_id.clone(),
            is_decided: record.outcome.is_some(),
        }
    }
}

/// Whether the record has changes that are not stored, and when they must be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Unwritten {
    /// No changes.
    Nothing,
    /// The changes must be written before the next effect. If they are lost, one more call to CloudFront is necessary.
    BeforeAnEffect,
    /// The changes must be written before anything else happens.
    AtOnce,
}

/// Whether the next step is selected.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Phase {
    /// No step is selected.
    Deciding,
    /// This move is performed as soon as the write that it depends on has succeeded.
    Cleared(Move),
}

/// The job with which a run began, and whether CodePipeline has replied to its result.
///
/// A record holds one job. A forged event may replace it before its result is reported. A run must not end without an
/// error before CodePipeline itself has replied to a result of its job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum CameWith {
    /// No job waits for this run: a sweep of the checker began it, or CodePipeline has replied.
    Nothing,
    /// This job waits for a result.
    Pending(JobId),
    /// This job waits for a result. The report failed, and this run does not retry it.
    Retryable(JobId),
}

impl CameWith {
    const fn job(&self) -> Option<&JobId> {
        match self {
            Self::Nothing => None,
            Self::Pending(job_id) | Self::Retryable(job_id) => Some(job_id),
        }
    }
}

/// The driver of one execution record in one process.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Driver {
    record: ExecutionRecord,
    /// None when the table holds no record yet.
    stored: Option<Stored>,
    unwritten: Unwritten,
    phase: Phase,
    /// The job that must be opened in the record, even after a concurrent write.
    incoming_job: Option<IncomingJob>,
    came_with: CameWith,
    writer: Writer,
}

impl Driver {
    /// An execution whose record is not stored yet. The record is written before anything else happens, because a copy
    /// of its event may arrive after the execution has ended. The copy must not add a queue entry again.
    #[must_use]
    pub fn fresh(record: ExecutionRecord, writer: Writer) -> Self {
        Self {
            came_with: CameWith::Pending(record.job.job_id.clone()),
            record,
            stored: None,
            unwritten: Unwritten::AtOnce,
            phase: Phase::Deciding,
            incoming_job: None,
            writer,
        }
    }

    /// An execution whose record was loaded from the table.
    #[must_use]
    pub fn loaded(record: ExecutionRecord, writer: Writer) -> Self {
        Self {
            stored: Some(Stored::of(&record)),
            unwritten: Unwritten::Nothing,
            came_with: CameWith::Nothing,
            ..Self::fresh(record, writer)
        }
    }

    /// An execution whose record was loaded for a continuation job. This job is stored as the open job before anything
    /// else happens; from then on the checker can also report its result.
    #[must_use]
    pub fn with_job(record: ExecutionRecord, incoming_job: IncomingJob, writer: Writer) -> Self {
        Self::loaded(record, writer).opening(incoming_job)
    }

    /// An execution whose record is not stored yet, and that begins with this job. This is usually the first job of the
    /// execution; a continuation job is stored as the open job of the new record.
    #[must_use]
    pub fn fresh_with_job(
        record: ExecutionRecord,
        incoming_job: IncomingJob,
        writer: Writer,
    ) -> Self {
        Self::fresh(record, writer).opening(incoming_job)
    }

    /// An execution whose record was loaded for a job that is not verified, and therefore not stored yet.
    #[must_use]
    pub fn unverified(record: ExecutionRecord, job_id: JobId, writer: Writer) -> Self {
        Self {
            came_with: CameWith::Pending(job_id),
            ..Self::loaded(record, writer)
        }
    }

    /// The current record.
    #[must_use]
    pub const fn record(&self) -> &ExecutionRecord {
        &self.record
    }

    /// The write id that a [`Move::Write`] replaces; none for the first write.
    #[must_use]
    pub fn replaces(&self) -> Option<&str> {
        self.stored.as_ref().map(|stored| stored.write_id.as_str())
    }

    /// Whether the next write stores the outcome for the first time.
    #[must_use]
    pub const fn is_deciding(&self) -> bool {
        let is_known = matches!(&self.stored, Some(stored) if stored.is_decided);
        self.record.outcome.is_some() && !is_known
    }

    /// Whether this job still waits for its result.
    #[must_use]
    pub fn awaits_result(&self, job_id: &JobId) -> bool {
        let job = &self.record.job;
        if job.job_id == *job_id {
            job.is_open()
        } else {
            self.came_with.job() == Some(job_id)
        }
    }

    /// The job that waits for this run, if another job has replaced it in the record.
    fn displaced(&self) -> Option<&JobId> {
        match &self.came_with {
            CameWith::Pending(job_id) if *job_id != self.record.job.job_id => Some(job_id),
            CameWith::Pending(_) | CameWith::Retryable(_) | CameWith::Nothing => None,
        }
    }

    /// Applies CodePipeline's reply to a result of a job that is not the open job of the record; none if the report
    /// failed. If CodePipeline accepts the result, this is the job that it has open.
    pub fn reported_late(&mut self, job_id: &JobId, delivery: Option<Delivery>, now: Timestamp) {
        self.came_with = match (delivery, self.came_with.job()) {
            (None, Some(came_with)) => CameWith::Retryable(came_with.clone()),
            (None, None) | (Some(_), _) => CameWith::Nothing,
        };
        if let Some(delivery @ (Delivery::Continued | Delivery::Concluded)) = delivery {
            let record = decide::reported_late(&self.record, job_id, delivery, now);
            self.change(record);
        }
    }

    /// Replaces the record. A change is written before the next effect.
    fn change(&mut self, record: ExecutionRecord) {
        if record != self.record {
            self.record = record;
            self.must_write();
        }
    }

    /// Requires a write before the next effect, unless an earlier one is required.
    const fn must_write(&mut self) {
        if matches!(self.unwritten, Unwritten::Nothing) {
            self.unwritten = Unwritten::BeforeAnEffect;
        }
    }

    fn opening(mut self, incoming_job: IncomingJob) -> Self {
        self.came_with = CameWith::Pending(incoming_job.job_id.clone());
        self.open(incoming_job);
        self
    }

    fn open(&mut self, incoming_job: IncomingJob) {
        if let Some(reopened) = decide::reopened(&self.record, &incoming_job) {
            self.record = reopened;
            self.unwritten = Unwritten::AtOnce;
        }
        self.incoming_job = Some(incoming_job);
    }

    /// Decides the outcome, unless it is decided already.
    pub fn decide(&mut self, verdict: Verdict, now: Timestamp) {
        self.change(decide::decided(&self.record, verdict, now));
    }

    /// The next move at `now`. While a job is open, the driver waits for the next step until `time.wait_until`. From
    /// `time.work_until` on, no call begins.
    #[must_use]
    pub fn next_move(&mut self, now: Timestamp, time: TimeBudget, policy: &Policy) -> Move {
        if let Some(job_id) = self.displaced().cloned() {
            // The outcome is stored before it is reported for any job.
            return self.once_written(Move::ReportLate(job_id), now);
        }
        let is_time_up = now >= time.work_until;
        match std::mem::replace(&mut self.phase, Phase::Deciding) {
            Phase::Cleared(Move::Take(Step::Call(..)) | Move::Together(_)) if is_time_up => {}
            Phase::Cleared(due) => return due,
            Phase::Deciding => {}
        }
        loop {
            let step = if is_time_up {
                decide::last(&self.record, now)
            } else {
                next_at_pace(&self.record, now, time.pace)
            };
            match step {
                Step::Wait(until) if self.record.job.is_open() && until <= time.wait_until => {
                    return self.unless_urgent(Move::Wait(until), now);
                }
                Step::Wait(_) | Step::Done => return self.leave(now),
                Step::Decide(verdict) => {
                    self.change(decide::decided(&self.record, verdict, now));
                }
                Step::Skip => self.change(decide::skipped(&self.record)),
                Step::Finalize => self.change(decide::finalized(&self.record, now, policy)),
                Step::Call(target_index, call) => {
                    let calls = together(&self.record, (target_index, call), now, time.pace);
                    return self.clear_calls(calls, now);
                }
                step @ (Step::Report | Step::CheckForChange | Step::Publish(_)) => {
                    let steps = [step.clone()];
                    return self.clear(&steps, false, Move::Take(step), now);
                }
            }
        }
    }

    /// Applies the result of a [`Move::Write`].
    pub fn written(&mut self, saved: Saved) {
        match saved {
            Saved::Written => {
                self.stored = Some(Stored::of(&self.record));
                self.unwritten = Unwritten::Nothing;
            }
            Saved::Overtaken(theirs) => self.go_on_from(*theirs),
        }
    }

    /// Applies the result of a [`Move::Take`] at `now`. The id of a new invalidation is stored at once, because only a
    /// repeated request under the same caller reference could return it if it were lost.
    pub fn observed(&mut self, observation: Observation, now: Timestamp, policy: &Policy) {
        let is_created = matches!(
            observation,
            Observation::Replied(_, Reply::CloudFront(CloudFrontReply::Created(..)))
        );
        let is_of_another = self
            .came_with
            .job()
            .is_some_and(|job_id| *job_id != self.record.job.job_id);
        if matches!(observation, Observation::Reported(_)) && !is_of_another {
            self.came_with = CameWith::Nothing;
        }
        let after = decide::after(&self.record, observation, now, policy);
        self.change(after);
        if is_created && self.unwritten == Unwritten::BeforeAnEffect {
            self.unwritten = Unwritten::AtOnce;
        }
    }

    fn go_on_from(&mut self, record: ExecutionRecord) {
        let (incoming_job, ours) = (self.incoming_job.take(), self.record.job.clone());
        let known = decide::merged(&record, &self.record);
        *self = Self {
            came_with: self.came_with.clone(),
            ..Self::loaded(record, self.writer.clone())
        };
        self.change(known);
        if let Some(incoming_job) = incoming_job {
            let is_theirs = self.record.job.job_id == ours.job_id;
            self.open(incoming_job);
            // CodePipeline's reply to this run's job stays valid although another job replaced it. Another run may have
            // reported "continue" for the job before.
            if !is_theirs && self.record.job.job_id == ours.job_id {
                let may_continue = ours.may_continue || self.record.job.may_continue;
                self.change(ExecutionRecord {
                    job: JobState {
                        may_continue,
                        ..ours
                    },
                    ..self.record.clone()
                });
            }
        }
    }

    fn clear_calls(&mut self, mut calls: Vec<(usize, Call)>, now: Timestamp) -> Move {
        let steps: Vec<Step> = steps(&calls).collect();
        let are_questions = calls.iter().all(|(_, call)| call.is_question());
        let due = match (calls.pop(), calls.is_empty()) {
            (Some((target_index, call)), true) => Move::Take(Step::Call(target_index, call)),
            (last, _) => {
                calls.extend(last);
                Move::Together(calls)
            }
        };
        self.clear(&steps, are_questions, due, now)
    }

    /// The move that performs these steps, after one write of all changes that they depend on. A question has no effect
    /// and depends on no write.
    fn clear(&mut self, steps: &[Step], are_questions: bool, due: Move, now: Timestamp) -> Move {
        for step in steps {
            if let Some(claimed) = decide::before(&self.record, step, now) {
                self.change(claimed);
            }
        }
        match self.unwritten {
            Unwritten::Nothing => due,
            Unwritten::BeforeAnEffect if are_questions => due,
            Unwritten::AtOnce if are_questions => self.write(now),
            Unwritten::BeforeAnEffect | Unwritten::AtOnce => {
                self.phase = Phase::Cleared(due);
                self.write(now)
            }
        }
    }

    /// The move, unless a change must be written before anything else.
    fn unless_urgent(&mut self, due: Move, now: Timestamp) -> Move {
        match self.unwritten {
            Unwritten::Nothing | Unwritten::BeforeAnEffect => due,
            Unwritten::AtOnce => self.write(now),
        }
    }

    /// The move, once every change is written.
    fn once_written(&mut self, due: Move, now: Timestamp) -> Move {
        match self.unwritten {
            Unwritten::Nothing => due,
            Unwritten::BeforeAnEffect | Unwritten::AtOnce => self.write(now),
        }
    }

    /// Removes the backoff, which counts the sweeps that did not finish.
    fn leave(&mut self, now: Timestamp) -> Move {
        if self.record.backoff.take().is_some() {
            self.must_write();
        }
        self.once_written(Move::Leave, now)
    }

    fn write(&mut self, now: Timestamp) -> Move {
        self.record.write_id = self.writer.next_id();
        self.record.due_at = decide::due_at(&self.record, now);
        let is_open = self.record.due_at.is_some();
        self.record.overdue_at = is_open.then(|| decide::overdue_at(&self.record));
        Move::Write
    }
}

#[cfg(test)]
mod tests;
