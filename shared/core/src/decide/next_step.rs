//! The life of an invalidation. Every decision of the product is made in this file, from a record and the time alone.
//!
//! ```text
//!  each target:       ┌──────── Look: in progress, or CloudFront puts us off
//!                     ▼                  │
//!  begin ──Create──▶ waiting ────────────┘
//!    │                │    │
//!    │ refused        │    └─ Completed ─────────┐
//!    │                └────── deadline ────────┐ │
//!    ▼                                         ▼ ▼
//!  Decide(failed)  Decide(timed out | excused | succeeded), once each target has settled
//!    └───────────────┬──────────────────────────┘
//!                    ▼                the outcome is written once, and never changes
//!        Answer the open job  ──▶  Announce to people  ──▶  Drain
//! ```
//!
//! While nothing is decided, an open job is answered "continue" once its visitor has held it long enough.
//!
//! An action that asked to be released is watched on after its answer, until CloudFront has completed what it took.
//!
//! [`next`] names the one next [`Step`]; whoever takes it reports an [`Observation`], and [`after`] is the record that
//! follows. `start` and the checker run the same loop over these functions; only the job that `start` brings differs.
//! The table of all steps is printed by this file's test, and kept beside it in `steps.txt`.
#![warn(clippy::wildcard_enum_match_arm)]

use std::time::Duration;

use crate::model::execution_record::{
    Announcement, Channel, Delivery, Goal, OnTimeout, Outcome, Reason, Record, Trouble, Verdict,
};
use crate::model::timestamp::Timestamp;

use super::backoff::call_pause;
use super::continuation::is_leaving;
use super::publish::{announcing, owed, recalled, tried};
use super::target_step::{self, Asking, Call, CloudFrontCall, Hearing, QueueCall, Reply};
use super::{delivery as known, publish};

/// "If the Lambda function has sent no reply after 20 minutes, the action times out"
/// (<https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>).
const CODEPIPELINE_SILENCE: Duration = Duration::from_secs(20 * 60);

/// How much two clocks may differ, ours on two machines or one of ours and CloudFront's.
pub(super) const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// By any clock, CodePipeline has given up on a job older than this: it has no use for an answer, and a return visit that
/// has not come by then will not come.
pub const CODEPIPELINE_PATIENCE: Duration =
    Duration::from_secs(CODEPIPELINE_SILENCE.as_secs() + CLOCK_SKEW.as_secs());

/// How long an action that asked to be released is watched on: far longer than any invalidation was ever seen to take.
pub(super) const WATCH_AT_MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// A record whose pause has grown beyond this was taken up by several passes, none of which came to its end.
const LONGEST_PAUSE: Duration = Duration::from_secs(4 * 60);

/// The one next thing to do for a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// Ask CloudFront, or the queue before it, something for the target of this place.
    Call(usize, Call),
    /// Write down how it ends.
    Decide(Verdict),
    /// Answer the open job: with the outcome, or with "continue" while there is none.
    Answer,
    /// Find out whether the outcome is a change, for people who want to hear of changes alone.
    Recall,
    /// Tell the outcome on this channel.
    Announce(Channel),
    /// Nobody wants to hear of this outcome: owe no notice any more.
    Omit,
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
    /// What CloudFront, or the queue before it, said of the target of this place.
    Replied(usize, Reply),
    /// CodePipeline took the answer, or no longer wants one.
    Answered(Delivery),
    /// CodePipeline did not take the answer, this time.
    Unanswered(Trouble),
    /// Whether the outcome is a change.
    Recalled(bool),
    /// The service of this channel took the announcement.
    Announced {
        /// The channel.
        channel: Channel,
        /// The id that the service gave it.
        message_id: String,
    },
    /// The announcement was not taken, or could not be made, this time.
    Unannounced(Channel, Trouble),
    /// The settings do not allow to publish to the record's topic.
    Disallowed,
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
    /// How many of the wildcards that a distribution may have in progress are left to people.
    pub reserved_wildcards: u32,
    /// Whether there is a bus for events.
    pub puts_events: bool,
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
    if record.targets.is_empty() {
        return Step::Decide(Verdict::Failed(Reason::NoTarget));
    }
    let is_late = now >= record.deadline_at;
    let is_settled = record
        .targets
        .iter()
        .all(|target| target.is_settled(record.goal));
    if is_settled {
        return Step::Decide(verdict(record));
    }
    let answer_at = record.visit.answer_by.max(record.visit.retry_at);
    if is_leaving(record, now) {
        return or_rest(Step::Answer, record.visit.retry_at, now);
    }
    let asking = Asking {
        goal: record.goal,
        until: record.deadline_at,
        is_late,
    };
    let call = next_call(record, asking);
    match call {
        Some((at, place, call)) if now >= at && !(is_late && is_put_off(record, now)) => {
            return Step::Call(place, call);
        }
        _ if is_late => return Step::Decide(verdict(record)),
        Some(_) | None => {}
    }
    let next_try = call.map_or(record.deadline_at, |(at, ..)| at.min(record.deadline_at));
    match record.visit.is_open() {
        true if now >= answer_at => Step::Answer,
        true => Step::Rest(next_try.min(answer_at)),
        false => Step::Rest(next_try),
    }
}

/// Whether CloudFront put off a target that has not settled, and may not be asked for it yet. At the deadline this is the end
/// for all: whatever CloudFront says of the others, the execution no longer succeeds, and asking for each of many targets
/// could take many minutes while CloudFront does not reply.
fn is_put_off(record: &Record, now: Timestamp) -> bool {
    record.targets.iter().any(|target| {
        !target.is_settled(record.goal) && target.trouble.is_some() && target.next_call_at > now
    })
}

/// The call that may be made first, and when: of those that may be made at the same time, that of the first target.
fn next_call(record: &Record, asking: Asking) -> Option<(Timestamp, usize, Call)> {
    let calls = record
        .targets
        .iter()
        .enumerate()
        .filter_map(|(place, target)| {
            Some((
                target.next_call_at,
                place,
                target_step::call(target, asking)?,
            ))
        });
    calls.min_by_key(|(at, place, _)| (*at, *place))
}

/// How it ends now that each target has settled, or that it is too late.
fn verdict(record: &Record) -> Verdict {
    let mut targets = record.targets.iter();
    if let Some(reason) = targets.clone().find_map(|target| target.refusal.clone()) {
        return Verdict::Failed(reason);
    }
    let is_taken = targets.clone().all(|target| target.invalidation.is_some());
    match record.on_timeout {
        _ if targets.all(|target| target.is_settled(record.goal)) => Verdict::Succeeded,
        OnTimeout::Succeed | OnTimeout::Release if is_taken => Verdict::Excused,
        OnTimeout::Fail | OnTimeout::Succeed | OnTimeout::Release => Verdict::TimedOut,
    }
}

/// The step, or a rest until the moment from which on it may be taken.
pub(super) fn or_rest(step: Step, from: Timestamp, now: Timestamp) -> Step {
    if now >= from { step } else { Step::Rest(from) }
}

/// The next step once the outcome is decided: CodePipeline hears it first, then people do, then the record is drained.
fn conclude(record: &Record, outcome: &Outcome, now: Timestamp) -> Step {
    if record.visit.is_open() {
        return or_rest(Step::Answer, record.visit.retry_at, now);
    }
    let leaving = leaving(record, now);
    // Others wait for the room; where it cannot be given back at once, nothing else waits for that.
    if let Some((_, place)) = leaving.filter(|(at, _)| *at <= now) {
        return Step::Call(place, Call::Queue(QueueCall::Leave));
    }
    let patient_until = outcome.decided_at + CODEPIPELINE_PATIENCE;
    // CodePipeline will come back and hear it then; if it does not, it has given up. Who was not known may have been somebody
    // else than the one who comes back.
    let may_come = matches!(
        record.visit.answer,
        Some(Delivery::Continued | Delivery::Unknown)
    );
    if may_come && now < patient_until {
        return Step::Rest(patient_until);
    }
    if let Some(step) = watch(record, outcome, now) {
        return step;
    }
    let owed = owed(record).filter(|_| !record.is_unknown());
    match (owed, leaving) {
        (Some((at, channel)), _) => or_rest(announcing(record, channel), at, now),
        (None, Some((at, _))) => Step::Rest(at),
        (None, None) if record.is_drained() => Step::Done,
        (None, None) => Step::Drain,
    }
}

/// The next target that must leave its queue, and when; none once all have, or whoever has not is forgotten there.
fn leaving(record: &Record, now: Timestamp) -> Option<(Timestamp, usize)> {
    if now > record.queues_until() {
        return None;
    }
    let targets = record.targets.iter().enumerate();
    let standing = targets.filter(|(_, target)| target.stands_in_queue());
    standing
        .map(|(place, target)| (target.next_call_at, place))
        .min()
}

/// The next look at what goes on after its action was released; none once that has come to its end.
fn watch(record: &Record, outcome: &Outcome, now: Timestamp) -> Option<Step> {
    if !record.is_watched() {
        return None;
    }
    let until = outcome.decided_at + WATCH_AT_MOST;
    let asking = Asking {
        goal: Goal::Completed,
        until,
        is_late: now >= until,
    };
    let (at, place, call) = next_call(record, asking)?;
    Some(or_rest(Step::Call(place, call), at, now))
}

/// When the checker should look at `record`, as it stands at `now`; none when nothing is left to do.
///
/// A visitor that may still be alive is left alone. If it dies, this is when its job is taken over.
#[must_use]
pub fn due_at(record: &Record, now: Timestamp) -> Option<Timestamp> {
    let next_at = match next(record, now) {
        Step::Done => return None,
        Step::Rest(until) => until,
        Step::Call(..)
        | Step::Decide(_)
        | Step::Answer
        | Step::Recall
        | Step::Announce(_)
        | Step::Omit
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
        Step::Call(place, Call::CloudFront(CloudFrontCall::Create)) => {
            let mut record = record.clone();
            let target = record.targets.get_mut(*place)?;
            target.create_attempts = target.create_attempts.saturating_add(1);
            target.first_create_at.get_or_insert(now);
            Some(record)
        }
        Step::Recall => tried(record, Channel::Topic, now),
        Step::Announce(channel) => tried(record, *channel, now),
        Step::Answer if record.outcome.is_none() => {
            let mut record = record.clone();
            record.visit.may_return = true;
            Some(record)
        }
        Step::Call(..)
        | Step::Decide(_)
        | Step::Answer
        | Step::Omit
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
        // What an outcome was decided on is not changed any more, so that each message tells the same.
        Observation::Replied(place, reply)
            if record.outcome.is_none() || record.is_watched() || reply.is_of_the_end() =>
        {
            if matches!(reply, Reply::CloudFront(_)) {
                record.cloudfront_calls = record.cloudfront_calls.saturating_add(1);
            }
            let hearing = Hearing {
                began: record.created_at,
                now,
                policy: record.outcome.is_none().then_some(policy),
            };
            if let Some(target) = record.targets.get_mut(place) {
                target_step::replied(target, reply, hearing);
            }
        }
        Observation::Replied(..) => {}
        Observation::Answered(delivery) => {
            let delivery = known::learned(&mut record, delivery);
            record.visit.answer = Some(unless_it_returns(&record, delivery));
        }
        Observation::Unanswered(_) => {
            record.visit.delays = record.visit.delays.saturating_add(1);
            record.visit.retry_at = now + call_pause(record.visit.delays);
            if now.since(record.visit.opened_at) >= CODEPIPELINE_PATIENCE {
                let delivery = unless_it_returns(&record, Delivery::Undeliverable);
                record.visit.answer = Some(delivery);
            }
        }
        Observation::Recalled(is_change) => recalled(&mut record, is_change, now),
        Observation::Announced {
            channel,
            message_id,
        } => *record.announced_mut(channel) = Announcement::Sent { message_id },
        Observation::Unannounced(channel, _) => publish::unannounced(&mut record, channel),
        // Another try would meet the same list.
        Observation::Disallowed => record.announcement = Announcement::GivenUp,
    }
    record
}

/// What became of the answer to a job that takes none any more, or whose time is over. A "continue" of ours may have got
/// through, its reply lost: then CodePipeline may well come back, with a job whose 20 minutes began later.
const fn unless_it_returns(record: &Record, delivery: Delivery) -> Delivery {
    match delivery {
        Delivery::Closed | Delivery::Undeliverable if record.visit.may_return => {
            Delivery::Continued
        }
        Delivery::Continued
        | Delivery::Concluded
        | Delivery::Closed
        | Delivery::Undeliverable
        | Delivery::Unknown => delivery,
    }
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
        // What is left to ask is to leave the queue, unless the invalidation is watched on in its own time.
        if record.on_timeout != OnTimeout::Release {
            let targets = record.targets.iter_mut();
            targets.for_each(|target| target.next_call_at = now);
        }
        publish::decided(&mut record, now);
    }
    record
}

/// The record with nothing left to do.
#[must_use]
pub fn drained(record: &Record, now: Timestamp, policy: &Policy) -> Record {
    Record {
        due_at: None,
        overdue_at: None,
        pause: None,
        expires_at: Some((now + policy.retention).as_seconds()),
        ..record.clone()
    }
}
