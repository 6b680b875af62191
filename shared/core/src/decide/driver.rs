//! A record in the hands of one process: which move is next, and what follows from what came of it.
//!
//! What is decided is written before it is acted on, and the id of a new invalidation as soon as it is known, so that a
//! process that dies between two lines leaves a record from which any other can go on. What CloudFront says in between
//! is kept in memory until the next such write: losing it costs one more look. Every write carries the condition that
//! nobody else has written since; who is overtaken takes over what the other wrote, and asks again what is next.
//!
//! All of this is decided here, without I/O: `advance` of `invalidation-runtime` makes the moves, and so does the model checker,
//! so that what it proves is proven of the code that runs.

use crate::decide::{self, CloudFrontReply, IncomingJob, Observation, Policy, Reply, Step};
use crate::input::identifiers::JobId;
use crate::model::execution_record::{Delivery, ExecutionRecord, JobState, Verdict};
use crate::model::time_budget::TimeBudget;
use crate::model::timestamp::Timestamp;

/// Who writes: the source of write ids that no other writer uses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Writer {
    name: String,
    writes: u32,
}

impl Writer {
    /// A writer whose `name` no other invocation of any function has.
    #[must_use]
    pub const fn new(name: String) -> Self {
        Self { name, writes: 0 }
    }

    fn next_id(&mut self) -> String {
        self.writes = self.writes.saturating_add(1);
        format!("{}#{}", self.name, self.writes)
    }
}

/// What a process does next with the record that it holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Move {
    /// Write [`Driver::record`] if the table still holds what [`Driver::replaces`], then tell
    /// [`Driver::written`].
    Write,
    /// Take a step that reaches out, then tell [`Driver::observed`].
    Take(Step),
    /// Wait until then, with the job held open.
    Wait(Timestamp),
    /// Give this job, in whose place the record has another, what the record has for it: the outcome, or "continue". Then
    /// tell [`Driver::reported_late`].
    ReportLate(JobId),
    /// There is nothing to do for now, and everything is written.
    Leave,
}

/// What came of a conditional write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// The table holds what we wrote.
    Written,
    /// Somebody else has written since; this is what the table holds.
    Overtaken(Box<ExecutionRecord>),
}

impl Saved {
    /// What a write of `record` came to whose condition failed, for the table held `stored`. The SDK repeats a call whose
    /// reply was lost, and the repetition then meets our own first write: the id of the write tells it from somebody
    /// else's.
    #[must_use]
    pub fn rejected(record: &ExecutionRecord, stored: ExecutionRecord) -> Self {
        if stored.write_id == record.write_id {
            Self::Written
        } else {
            Self::Overtaken(Box::new(stored))
        }
    }
}

/// What the table holds of a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Stored {
    /// The id of the write that it holds, as far as we know.
    write_id: String,
    /// Whether that write has the outcome.
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

/// Whether the record has changes that are not in the table, and when they must be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Unwritten {
    /// There are none.
    Nothing,
    /// They must be written before the next effect. If they are lost before that, CloudFront is asked once more.
    BeforeAnEffect,
    /// They must be written before anything else happens.
    AtOnce,
}

/// Whether the next step is decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Phase {
    /// It is not.
    Deciding,
    /// It is this one: it is taken as soon as the write that it assumes has succeeded.
    Cleared(Step),
}

/// The job with which a run began, and whether CodePipeline has responded to a result of it.
///
/// A record holds one job. A forged event may put another job there before this one has its result. A run must not end
/// without an error before CodePipeline itself has responded to a result of its job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum CameWith {
    /// No job waits for this run: a sweep of the checker began it, or CodePipeline has responded.
    Nothing,
    /// This job waits for a result.
    Pending(JobId),
    /// This job waits for a result, but CodePipeline could not be reached with one, and this run does not try again.
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

/// A record in the hands of one process.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Driver {
    record: ExecutionRecord,
    /// None when the table holds no record yet.
    stored: Option<Stored>,
    unwritten: Unwritten,
    phase: Phase,
    /// Whose job must be opened in the record, whoever writes it in the meantime.
    incoming_job: Option<IncomingJob>,
    came_with: CameWith,
    writer: Writer,
}

impl Driver {
    /// An execution whose record is not in the table yet. It is written before anything else happens: a copy of its event
    /// may come when all is over, and must not even take a place in the queue again.
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

    /// An execution whose record was loaded for a continuation job. Its job is written down as the open one before anything
    /// else happens; from then on the checker can answer it, too.
    #[must_use]
    pub fn with_job(record: ExecutionRecord, incoming_job: IncomingJob, writer: Writer) -> Self {
        let mut driver = Self::loaded(record, writer);
        driver.came_with = CameWith::Pending(incoming_job.job_id.clone());
        driver.open(incoming_job);
        driver
    }

    /// An execution whose record was loaded for a job that has not proven itself, and is not written down yet.
    #[must_use]
    pub fn unverified(record: ExecutionRecord, job_id: JobId, writer: Writer) -> Self {
        Self {
            came_with: CameWith::Pending(job_id),
            ..Self::loaded(record, writer)
        }
    }

    /// The record as it stands.
    #[must_use]
    pub const fn record(&self) -> &ExecutionRecord {
        &self.record
    }

    /// The id of the write that a [`Move::Write`] replaces; none when it must be the first.
    #[must_use]
    pub fn replaces(&self) -> Option<&str> {
        self.stored.as_ref().map(|stored| stored.write_id.as_str())
    }

    /// Whether the write to come tells the table the outcome.
    #[must_use]
    pub const fn is_deciding(&self) -> bool {
        let is_known = matches!(&self.stored, Some(stored) if stored.is_decided);
        self.record.outcome.is_some() && !is_known
    }

    /// Whether this job still waits for its answer.
    #[must_use]
    pub fn awaits_result(&self, job_id: &JobId) -> bool {
        let job = &self.record.job;
        if job.job_id == *job_id {
            job.is_open()
        } else {
            self.came_with.job() == Some(job_id)
        }
    }

    /// The job that waits for this run, if the record has another in its place.
    fn displaced(&self) -> Option<&JobId> {
        match &self.came_with {
            CameWith::Pending(job_id) if *job_id != self.record.job.job_id => Some(job_id),
            CameWith::Pending(_) | CameWith::Retryable(_) | CameWith::Nothing => None,
        }
    }

    /// What CodePipeline said to the result of a job that does not stand in the record as open; none when it could not be
    /// told. A result that it takes proves that this is the job for which it waits.
    pub fn reported_late(&mut self, job_id: &JobId, said: Option<Delivery>, now: Timestamp) {
        self.came_with = match (said, self.came_with.job()) {
            (None, Some(came_with)) => CameWith::Retryable(came_with.clone()),
            (None, None) | (Some(_), _) => CameWith::Nothing,
        };
        if let Some(delivery @ (Delivery::Continued | Delivery::Concluded)) = said {
            let record = decide::reported_late(&self.record, job_id, delivery, now);
            self.change(record);
        }
    }

    /// Goes on from `record`, which is written before the next effect.
    fn change(&mut self, record: ExecutionRecord) {
        if record != self.record {
            self.record = record;
            self.must_write();
        }
    }

    /// Has the record written before the next effect, if not earlier.
    const fn must_write(&mut self) {
        if matches!(self.unwritten, Unwritten::Nothing) {
            self.unwritten = Unwritten::BeforeAnEffect;
        }
    }

    fn open(&mut self, incoming_job: IncomingJob) {
        if let Some(reopened) = decide::reopened(&self.record, &incoming_job) {
            self.record = reopened;
            self.unwritten = Unwritten::AtOnce;
        }
        self.incoming_job = Some(incoming_job);
    }

    /// Decides how the execution ends, unless that is decided already.
    pub fn decide(&mut self, verdict: Verdict, now: Timestamp) {
        self.change(decide::decided(&self.record, verdict, now));
    }

    /// The next move at `now`. An open job is held, and its next step awaited, as long as `time` allows; once the time is up,
    /// no call begins.
    #[must_use]
    pub fn next_move(&mut self, now: Timestamp, time: TimeBudget, policy: &Policy) -> Move {
        if let Some(job_id) = self.displaced().cloned() {
            // An outcome is in the table before any job gets it.
            return self.once_written(Move::ReportLate(job_id), now);
        }
        let is_time_up = now >= time.work_until;
        match std::mem::replace(&mut self.phase, Phase::Deciding) {
            Phase::Cleared(Step::Call(..)) if is_time_up => {}
            Phase::Cleared(step) => return Move::Take(step),
            Phase::Deciding => {}
        }
        loop {
            let step = if is_time_up {
                decide::last(&self.record, now)
            } else {
                decide::next(&self.record, now)
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
                step
                @ (Step::Call(..) | Step::Report | Step::CheckForChange | Step::Publish(_)) => {
                    return self.clear(step, now);
                }
            }
        }
    }

    /// What came of a [`Move::Write`].
    pub fn written(&mut self, saved: Saved) {
        match saved {
            Saved::Written => {
                self.stored = Some(Stored::of(&self.record));
                self.unwritten = Unwritten::Nothing;
            }
            Saved::Overtaken(theirs) => self.go_on_from(*theirs),
        }
    }

    /// What came of a [`Move::Take`] at `now`. Nobody but us knows the id of a new invalidation, and until it is stored
    /// only a repetition under the same reference could tell it; so the table gets it first.
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
            // Whoever stood in its place meanwhile, what CodePipeline has said to our job is said; and another run may have
            // told it to continue before that, unknown to this one.
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

    /// The step, once everything is written that it assumes: in one write with all that had to be written anyway. A question
    /// has no effect, and assumes nothing.
    fn clear(&mut self, step: Step, now: Timestamp) -> Move {
        if let Some(claimed) = decide::before(&self.record, &step, now) {
            self.change(claimed);
        }
        let is_question = matches!(&step, Step::Call(_, call) if call.is_question());
        match self.unwritten {
            Unwritten::Nothing => Move::Take(step),
            Unwritten::BeforeAnEffect if is_question => Move::Take(step),
            Unwritten::AtOnce if is_question => self.write(now),
            Unwritten::BeforeAnEffect | Unwritten::AtOnce => {
                self.phase = Phase::Cleared(step);
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

    /// Whoever comes to the end of the work takes away the pause that counts those who did not.
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
