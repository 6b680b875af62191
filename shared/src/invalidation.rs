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

mod begin;
mod join;
mod pause;
mod search;

use std::time::Duration;

use crate::identifiers::InvalidationId;
use crate::record::{
    Announcement, Delivery, Found, Listed, Outcome, Reason, Record, Search, Sighting, Status,
    Target, Trouble, Verdict,
};
use crate::timestamp::Timestamp;

pub use begin::{Stay, Visitor, adopted, begun, refused, reopened};
pub use join::joined;
pub use search::CANDIDATES_AT_MOST;

use pause::{announce_pause, call_pause, look_pause};

/// "If the Lambda function has sent no reply after 20 minutes, the action times out"
/// (<https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>).
const CODEPIPELINE_SILENCE: Duration = Duration::from_secs(20 * 60);

/// How much two clocks may differ, ours on two machines or one of ours and CloudFront's.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// By any clock, CodePipeline has given up on a job older than this: it has no use for an answer, and a return visit that
/// has not come by then will not come.
pub const CODEPIPELINE_PATIENCE: Duration =
    Duration::from_secs(CODEPIPELINE_SILENCE.as_secs() + CLOCK_SKEW.as_secs());

/// How often a notice is tried before we give up: with the pauses between, for about two and a half hours.
pub const ANNOUNCE_ATTEMPTS_AT_MOST: u32 = 20;

/// What a visitor keeps free at the end of its Lambda time to answer its job: a write and an answer, each of which may
/// take its whole time-out.
pub const RESERVE: Duration = Duration::from_secs(20);

/// A record whose pause has grown beyond this was taken up by several passes, none of which came to its end.
const LONGEST_PAUSE: Duration = Duration::from_secs(4 * 60);

/// The one next thing to do for a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// Ask CloudFront to create the invalidation, under the reference that makes a repetition harmless.
    Create,
    /// Ask CloudFront for its latest invalidations, one of which must be ours.
    List,
    /// Ask CloudFront whether this invalidation is ours.
    Compare(InvalidationId),
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
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Observation {
    /// CloudFront has our invalidation, and it stands so.
    Created(InvalidationId, Status),
    /// CloudFront has an invalidation under our reference already, and does not say which.
    ReferenceTaken,
    /// CloudFront's latest invalidations.
    Listed(Vec<Listed>),
    /// What CloudFront has under the id that was to be compared.
    Compared(InvalidationId, Found),
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Policy {
    /// An InProgress that CloudFront said longer ago than this is asked again.
    pub status_max_age: Duration,
    /// How long an execution may take.
    pub timeout: Duration,
    /// How long a finished record is kept.
    pub retention: Duration,
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
    if target.is_completed() {
        return Step::Decide(Verdict::Succeeded);
    }
    let answer_at = record.visit.answer_by.max(record.visit.retry_at);
    if is_leaving(record, now) {
        return or_rest(Step::Answer, record.visit.retry_at, now);
    }
    let is_late = now >= record.deadline_at;
    match call(target, record.deadline_at, is_late) {
        Some(step) if now >= target.next_call_at => return step,
        _ if is_late => return Step::Decide(Verdict::TimedOut),
        Some(_) | None => {}
    }
    let next_try = target.next_call_at.min(record.deadline_at);
    match record.visit.is_open() {
        true if now >= answer_at => Step::Answer,
        true => Step::Rest(next_try.min(answer_at)),
        false => Step::Rest(next_try),
    }
}

/// Whether the visitor is still there, but with hardly more time than an answer takes: a job that is told to come back
/// is better than a visitor that Lambda ends in the middle of a call.
fn is_leaving(record: &Record, now: Timestamp) -> bool {
    let ends_at = record.visit.ends_at;
    record.visit.is_open() && now < ends_at && now + RESERVE > ends_at
}

/// What is asked of CloudFront next; none once it is too late.
fn call(target: &Target, deadline_at: Timestamp, is_late: bool) -> Option<Step> {
    match (&target.invalidation, &target.search) {
        // The last look may be old by now: CloudFront gets one more chance to say Completed.
        (Some(sighting), _) => (!is_late || sighting.seen_at < deadline_at).then_some(Step::Look),
        (None, _) if is_late => None,
        (None, None) => Some(Step::Create),
        (None, Some(Search::Wanted)) => Some(Step::List),
        (None, Some(Search::Among(candidates))) => candidates.first().cloned().map(Step::Compare),
    }
}

/// The step, or a rest until the moment from which on it may be taken.
fn or_rest(step: Step, from: Timestamp, now: Timestamp) -> Step {
    if now >= from { step } else { Step::Rest(from) }
}

/// The next step once the outcome is decided: CodePipeline hears it first, then people do, then the record is drained.
fn conclude(record: &Record, outcome: &Outcome, now: Timestamp) -> Step {
    match record.visit.answer {
        None => return or_rest(Step::Answer, record.visit.retry_at, now),
        // CodePipeline will come back and hear it then; if it does not, it has given up.
        Some(Delivery::Continued) if now < outcome.decided_at + CODEPIPELINE_PATIENCE => {
            return Step::Rest(outcome.decided_at + CODEPIPELINE_PATIENCE);
        }
        Some(
            Delivery::Continued | Delivery::Concluded | Delivery::Closed | Delivery::Undeliverable,
        ) => {}
    }
    match record.announcement {
        Announcement::Owed { retry_at, .. } => or_rest(Step::Announce, retry_at, now),
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
        | Step::List
        | Step::Compare(_)
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
        Step::Answer if record.outcome.is_none() => {
            let mut record = record.clone();
            record.visit.may_return = true;
            Some(record)
        }
        Step::List
        | Step::Compare(_)
        | Step::Look
        | Step::Decide(_)
        | Step::Answer
        | Step::Drain
        | Step::Rest(_)
        | Step::Done => None,
    }
}

/// Whether passes have taken up the record again and again, and none came to its end: it makes them panic, or die, or
/// hang. It is not moved any more, so that it can do no harm.
#[must_use]
pub fn is_stuck(record: &Record) -> bool {
    record
        .pause
        .is_some_and(|pause| Duration::from_millis(pause) > LONGEST_PAUSE)
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
        Observation::ReferenceTaken => search::begin(&mut record),
        Observation::Listed(listed) => {
            search::narrow(&mut record, listed);
            give_up_search(&mut record, now);
        }
        Observation::Compared(id, found) => {
            if search::is_ours(&record, &found) {
                see(&mut record, id, found.status, now, policy);
            } else {
                search::exclude(&mut record, &id);
                give_up_search(&mut record, now);
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
        // A "continue" of ours may have got through, its reply lost: CodePipeline may well come back.
        Observation::Answered(Delivery::Closed) if record.visit.may_return => {
            record.visit.answer = Some(Delivery::Continued);
        }
        Observation::Answered(delivery) => record.visit.answer = Some(delivery),
        Observation::Unanswered(_) => {
            record.visit.delays = record.visit.delays.saturating_add(1);
            record.visit.retry_at = now + call_pause(record.visit.delays);
            if now.since(record.visit.opened_at) >= CODEPIPELINE_PATIENCE {
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
        pause: None,
        expires_at: Some((now + policy.retention).as_seconds()),
        ..record.clone()
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
        target.search = None;
    }
}

/// Fails the execution once no candidate is left that could be ours.
fn give_up_search(record: &mut Record, now: Timestamp) {
    if search::is_exhausted(record) {
        *record = decided(record, Verdict::Failed(Reason::ReferenceReused), now);
    }
}

#[cfg(test)]
pub(crate) mod tests;
