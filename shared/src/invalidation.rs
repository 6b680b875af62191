//! The life of an invalidation. Every decision of the product is made in this file, from a record and the time alone.
//!
//! ```text
//!                     ┌──────── Look: in progress, or CloudFront puts us off
//!                     ▼                  │
//!  begin ──Create──▶ waiting ────────────┘
//!    │                │    │
//!    │ refused        │    └─ Completed ──────────────┐
//!    │                └────── deadline ─────────────┐ │
//!    ▼                                              ▼ ▼
//!  Decide(failed)                   Decide(timed out | succeeded)
//!    └───────────────┬───────────────────────────────┘
//!                    ▼                the outcome is written once, and never changes
//!        Answer the open job  ──▶  Announce to people  ──▶  Drain
//! ```
//!
//! While nothing is decided, an open job is answered "continue" once its visitor has held it long enough.
//!
//! [`next`] names the one next [`Step`]; whoever takes it reports an [`Observation`], and [`after`] is the record that
//! follows. `start` and the checker run the same loop over these functions; only the job that `start` brings differs.
//! The table of all steps is printed by this file's test, and kept beside it in `invalidation/steps.txt`.
#![warn(clippy::wildcard_enum_match_arm)]

use std::time::Duration;

use crate::identifiers::{InvalidationId, JobId, TopicArn};
use crate::parameters::UserParameters;
use crate::record::{
    Announcement, Delivery, Outcome, Reason, Record, SCHEMA_VERSION, Sighting, Status, Target,
    Trouble, Verdict, Visit,
};
use crate::timestamp::Timestamp;

/// "If the Lambda function has sent no reply after 20 minutes, the action times out"
/// (<https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>). A job older than this has no use for an
/// answer, and a return visit that has not come by then will not come.
pub const CODEPIPELINE_SILENCE: Duration = Duration::from_secs(20 * 60);

/// How often a notice is tried before we give up: with the pauses between, for about two and a half hours.
pub const ANNOUNCE_ATTEMPTS_AT_MOST: u32 = 20;

/// The one next thing to do for a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask CloudFront to create the invalidation, under the reference that makes a repetition harmless.
    Create,
    /// Ask CloudFront how the invalidation stands.
    Look,
    /// Write down how it ends.
    Decide(Verdict),
    /// Answer the open job: with the outcome, or with "continue" while there is none.
    Answer,
    /// Tell people the outcome.
    Announce,
    /// Nothing is left to do: leave the index, and let DynamoDB delete the record some day.
    Drain,
    /// Nothing to do before this moment.
    Rest(Timestamp),
    /// Nothing to do at all.
    Done,
}

/// What came of a step that reached out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// CloudFront has our invalidation, and it stands so.
    Created(InvalidationId, Status),
    /// CloudFront says that the invalidation stands so.
    Seen(Status),
    /// CloudFront will never do what we asked.
    Refused(Reason),
    /// CloudFront may do it later.
    PutOff(Trouble),
    /// CodePipeline took the answer, or no longer wants one.
    Answered(Delivery),
    /// CodePipeline did not take the answer, this time.
    Unanswered(Trouble),
    /// SNS took the notice.
    Announced {
        /// The id that SNS gave the message.
        message_id: String,
    },
    /// SNS did not take the notice, this time.
    Unannounced(Trouble),
}

/// How patient we are; from the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// An InProgress that CloudFront said longer ago than this is asked again.
    pub status_max_age: Duration,
    /// How long an execution may take.
    pub timeout: Duration,
    /// How long a finished record is kept.
    pub retention: Duration,
}

/// How long a visitor may stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// When it came.
    pub from: Timestamp,
    /// Until when it may hold the job open.
    pub answer_by: Timestamp,
    /// Until when it may wait for anything, so that what it does next can still end in time.
    pub leave_by: Timestamp,
    /// When Lambda ends it.
    pub ends_at: Timestamp,
}

/// The next step for `record` at `now`.
#[must_use]
pub fn next(record: &Record, now: Timestamp) -> Step {
    match &record.outcome {
        None => pursue(record, now),
        Some(outcome) => conclude(record, outcome, now),
    }
}

/// The next step while nothing is decided.
fn pursue(record: &Record, now: Timestamp) -> Step {
    let Some(target) = &record.target else {
        return Step::Decide(Verdict::Failed(Reason::NoTarget));
    };
    let may_call = now >= target.next_call_at;
    let is_late = now >= record.deadline_at;
    match &target.invalidation {
        Some(Sighting {
            status: Status::Completed,
            ..
        }) => return Step::Decide(Verdict::Succeeded),
        // The last look may be old by now: CloudFront gets one more chance to say Completed.
        Some(sighting) if may_call && (!is_late || sighting.seen_at < record.deadline_at) => {
            return Step::Look;
        }
        None if may_call && !is_late => return Step::Create,
        Some(_) | None => {}
    }
    if is_late {
        return Step::Decide(Verdict::TimedOut);
    }
    let next_try = target.next_call_at.min(record.deadline_at);
    let answer_at = record.visit.answer_by.max(record.visit.retry_at);
    match record.visit.is_open() {
        true if now >= answer_at => Step::Answer,
        true => Step::Rest(next_try.min(answer_at)),
        false => Step::Rest(next_try),
    }
}

/// The next step once the outcome is decided: CodePipeline hears it first, then people do, then the record is drained.
fn conclude(record: &Record, outcome: &Outcome, now: Timestamp) -> Step {
    match record.visit.answer {
        None if now >= record.visit.retry_at => return Step::Answer,
        None => return Step::Rest(record.visit.retry_at),
        // CodePipeline will come back and hear it then; if it does not, it has given up.
        Some(Delivery::Continued) if now < outcome.decided_at + CODEPIPELINE_SILENCE => {
            return Step::Rest(outcome.decided_at + CODEPIPELINE_SILENCE);
        }
        Some(
            Delivery::Continued | Delivery::Concluded | Delivery::Closed | Delivery::Undeliverable,
        ) => {}
    }
    match record.announcement {
        Announcement::Owed { retry_at, .. } if now >= retry_at => Step::Announce,
        Announcement::Owed { retry_at, .. } => Step::Rest(retry_at),
        Announcement::Undecided
        | Announcement::Unwanted
        | Announcement::Sent { .. }
        | Announcement::GivenUp => {
            if record.is_drained() {
                Step::Done
            } else {
                Step::Drain
            }
        }
    }
}

/// When the checker should look at `record`, as it stands at `now`; none when nothing is left to do.
///
/// A visitor that may still be alive is left alone. If it dies, this is when its job is taken over.
#[must_use]
pub fn due_at(record: &Record, now: Timestamp) -> Option<Timestamp> {
    let next_at = match next(record, now) {
        Step::Done => return None,
        Step::Rest(until) => until,
        Step::Create
        | Step::Look
        | Step::Decide(_)
        | Step::Answer
        | Step::Announce
        | Step::Drain => now,
    };
    Some(if record.visit.is_open() {
        next_at.max(record.visit.ends_at)
    } else {
        next_at
    })
}

/// The record to write before `step` is taken, if the step is one that must be announced or counted first, so that
/// even a process that dies in the middle of it has been counted.
#[must_use]
pub fn before(record: &Record, step: &Step, now: Timestamp) -> Option<Record> {
    match step {
        Step::Create => {
            let mut record = record.clone();
            let target = record.target.as_mut()?;
            target.create_attempts = target.create_attempts.saturating_add(1);
            Some(record)
        }
        Step::Announce => {
            let Announcement::Owed { attempts, .. } = record.announcement else {
                return None;
            };
            let attempts = attempts.saturating_add(1);
            let retry_at = now + announce_pause(attempts);
            Some(Record {
                announcement: Announcement::Owed { attempts, retry_at },
                ..record.clone()
            })
        }
        Step::Look | Step::Decide(_) | Step::Answer | Step::Drain | Step::Rest(_) | Step::Done => {
            None
        }
    }
}

/// The record that follows from `observation`, made at `now`.
#[must_use]
pub fn after(record: &Record, observation: Observation, now: Timestamp, policy: &Policy) -> Record {
    let mut record = record.clone();
    match observation {
        Observation::Created(id, status) => see(&mut record, id, status, now, policy),
        Observation::Seen(status) => {
            if let Some(Sighting { id, .. }) = record.sighting().cloned() {
                see(&mut record, id, status, now, policy);
            }
        }
        Observation::Refused(reason) => record = decided(&record, Verdict::Failed(reason), now),
        Observation::PutOff(trouble) => {
            if let Some(target) = &mut record.target {
                target.delays = target.delays.saturating_add(1);
                target.next_call_at = now + call_pause(target.delays);
                target.trouble = Some(trouble);
            }
        }
        // An earlier "continue" of ours may have got through, its reply lost: CodePipeline may well come back.
        Observation::Answered(Delivery::Closed) if record.outcome.is_none() => {
            record.visit.answer = Some(Delivery::Continued);
        }
        Observation::Answered(delivery) => record.visit.answer = Some(delivery),
        Observation::Unanswered(_) => {
            record.visit.delays = record.visit.delays.saturating_add(1);
            record.visit.retry_at = now + call_pause(record.visit.delays);
            if now.since(record.visit.opened_at) >= CODEPIPELINE_SILENCE {
                record.visit.answer = Some(Delivery::Undeliverable);
            }
        }
        Observation::Announced { message_id } => {
            record.announcement = Announcement::Sent { message_id }
        }
        Observation::Unannounced(_) => {
            if matches!(record.announcement, Announcement::Owed { attempts, .. } if attempts >= ANNOUNCE_ATTEMPTS_AT_MOST)
            {
                record.announcement = Announcement::GivenUp;
            }
        }
    }
    record
}

/// The record with its outcome decided, and a notice owed if anybody wants one. An outcome that stands is never
/// changed, and the condition of the write keeps another process from deciding at the same time.
#[must_use]
pub fn decided(record: &Record, verdict: Verdict, now: Timestamp) -> Record {
    let mut record = record.clone();
    if record.outcome.is_none() {
        record.outcome = Some(Outcome {
            verdict,
            decided_at: now,
        });
        record.announcement = match record.topic {
            Some(_) => Announcement::Owed {
                attempts: 0,
                retry_at: now,
            },
            None => Announcement::Unwanted,
        };
    }
    record
}

/// The record with nothing left to do.
#[must_use]
pub fn drained(record: &Record, now: Timestamp, policy: &Policy) -> Record {
    Record {
        due_at: None,
        expires_at: Some((now + policy.retention).as_seconds()),
        ..record.clone()
    }
}

/// The record of a first visit.
#[must_use]
pub fn begun(job_id: JobId, parameters: UserParameters, stay: Stay, policy: &Policy) -> Record {
    let target = Target {
        distribution_id: parameters.distribution_id,
        paths: parameters.paths,
        caller_reference: format!("codepipeline-{job_id}"),
        create_attempts: 0,
        next_call_at: stay.from,
        delays: 0,
        trouble: None,
        invalidation: None,
    };
    let record = blank(job_id, stay, policy);
    Record {
        pipeline: parameters.pipeline_name,
        topic: parameters.sns_topic_arn,
        target: Some(target),
        ..record
    }
}

/// The record of an execution that the function before us began: its invalidation is taken over. It was last seen in
/// an unknown state, so the first step is to look.
#[must_use]
pub fn adopted(
    job_id: JobId,
    parameters: UserParameters,
    invalidation: InvalidationId,
    stay: Stay,
    policy: &Policy,
) -> Record {
    let mut record = begun(job_id, parameters, stay, policy);
    if let Some(target) = &mut record.target {
        target.invalidation = Some(Sighting {
            id: invalidation,
            status: Status::InProgress,
            seen_at: stay.from,
        });
    }
    record
}

/// The record of an execution that was refused at the door.
#[must_use]
pub fn refused(
    job_id: JobId,
    pipeline: Option<String>,
    topic: Option<TopicArn>,
    reason: Reason,
    stay: Stay,
    policy: &Policy,
) -> Record {
    let record = Record {
        pipeline,
        topic,
        ..blank(job_id, stay, policy)
    };
    decided(&record, Verdict::Failed(reason), stay.from)
}

/// The record with the job of a return visit opened; none when that visit is over, or is the one that is open already,
/// as when Lambda delivers an event a second time.
#[must_use]
pub fn reopened(record: &Record, job_id: JobId, number: u32, stay: Stay) -> Option<Record> {
    let is_known = record.visit.job_id == job_id || number < record.visit.number;
    (!is_known).then(|| Record {
        visit: opened(job_id, number, stay),
        expires_at: None,
        ..record.clone()
    })
}

fn blank(job_id: JobId, stay: Stay, policy: &Policy) -> Record {
    Record {
        version: SCHEMA_VERSION,
        id: job_id.clone(),
        write_id: String::new(),
        pipeline: None,
        topic: None,
        target: None,
        visit: opened(job_id, 0, stay),
        created_at: stay.from,
        deadline_at: stay.from + policy.timeout,
        outcome: None,
        announcement: Announcement::Undecided,
        due_at: None,
        expires_at: None,
    }
}

fn opened(job_id: JobId, number: u32, stay: Stay) -> Visit {
    Visit {
        number,
        job_id,
        opened_at: stay.from,
        answer_by: stay.answer_by,
        ends_at: stay.ends_at,
        delays: 0,
        retry_at: stay.from,
        answer: None,
    }
}

fn see(record: &mut Record, id: InvalidationId, status: Status, now: Timestamp, policy: &Policy) {
    let age = now.since(record.created_at);
    if let Some(target) = &mut record.target {
        target.next_call_at = now + look_pause(age, policy);
        target.invalidation = Some(Sighting {
            id,
            status,
            seen_at: now,
        });
        target.delays = 0;
        target.trouble = None;
    }
}

/// The pause until the next look at an invalidation of this age: a third of what it has taken so far, so that an early
/// completion is noticed early and a late one costs few calls, within a third of and the whole of the status's greatest age.
fn look_pause(age: Duration, policy: &Policy) -> Duration {
    (age / 3).clamp(policy.status_max_age / 3, policy.status_max_age)
}

/// The pause after CloudFront or CodePipeline put us off for the n-th time in a row: 5 s, doubling up to 60 s.
fn call_pause(delays: u32) -> Duration {
    doubling(Duration::from_secs(5), delays, Duration::from_secs(60))
}

/// The pause after the n-th try of a notice, and the time for which that try keeps others from publishing: 15 s, well
/// above the time-out of a call to SNS, doubling up to 10 minutes.
fn announce_pause(attempts: u32) -> Duration {
    doubling(Duration::from_secs(15), attempts, Duration::from_secs(600))
}

fn doubling(first: Duration, nth: u32, most: Duration) -> Duration {
    let factor = 1_u32.checked_shl(nth.saturating_sub(1)).unwrap_or(u32::MAX);
    first.saturating_mul(factor).min(most)
}

#[cfg(test)]
mod tests;
