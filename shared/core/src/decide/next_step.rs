//! The next step of an execution. Every decision is made in this file, from the record and the time only.
//!
//! ```text
//!  each target:       ┌──────── Poll: in progress, or a retryable error of CloudFront
//!                     ▼                  │
//!  begin ──Create──▶ waiting ────────────┘
//!    │                │    │
//!    │ rejected       │    └─ Completed ─────────┐
//!    │                └────── deadline ────────┐ │
//!    ▼                                         ▼ ▼
//!  Decide(failed)  Decide(timed out | succeeded | succeeded with warning), once each target has settled
//!    └───────────────┬──────────────────────────┘
//!                    ▼                the outcome is written once, and never changes
//!        Report the result  ──▶  Publish  ──▶  Finalize
//! ```
//!
//! Before the decision, an open job gets the result "continue" when the wait of its job handler is over.
//!
//! An action with `OnTimeout` = `release` is still polled after its result, until CloudFront has completed its invalidations.
//!
//! [`next`] returns the next [`Step`]. The caller performs it and reports an [`Observation`]; [`after`] returns the updated record.
//! `start` and the checker run the same loop; only `start` has a job. `steps.txt` is the table of all steps, printed by a test.
#![warn(clippy::wildcard_enum_match_arm)]

use std::time::Duration;

use crate::model::execution_record::{
    Channel, Delivery, ExecutionRecord, Goal, OnTimeout, Outcome, PublishState, Reason,
    ServiceError, Verdict,
};
use crate::model::timestamp::Timestamp;

use super::backoff::call_backoff;
use super::continuation::is_leaving;
use super::publish::{change_checked, pending, publish_step, tried};
use super::target_step::{self, Call, CallContext, CloudFrontCall, QueueCall, Reply, ReplyContext};
use super::{delivery as known, publish};

/// "If the Lambda function has sent no reply after 20 minutes, the action times out"
/// (<https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>).
const CODEPIPELINE_SILENCE: Duration = Duration::from_secs(20 * 60);

/// The maximum difference of two clocks: of two functions, or of a function and CloudFront.
pub(super) const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// By any clock, CodePipeline has given up on a job older than this: it has no use for an answer, and a continuation job that
/// has not come by then will not come.
pub const CODEPIPELINE_PATIENCE: Duration =
    Duration::from_secs(CODEPIPELINE_SILENCE.as_secs() + CLOCK_SKEW.as_secs());

/// How long an action with `OnTimeout` = `release` is polled after the time-out; far longer than any observed invalidation.
pub(super) const WATCH_AT_MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// A record whose pause has grown beyond this was taken up by several passes, none of which came to its end.
const LONGEST_BACKOFF: Duration = Duration::from_secs(4 * 60);

/// The one next thing to do for a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// Ask CloudFront, or the queue before it, something for the target of this place.
    Call(usize, Call),
    /// Write down how it ends.
    Decide(Verdict),
    /// Report a result for the open job: the outcome, or "continue" before there is one.
    Report,
    /// Check whether the outcome is a change, for `NotifyOn` = `change`.
    CheckForChange,
    /// Tell the outcome on this channel.
    Publish(Channel),
    /// Skip the notification of this outcome.
    Skip,
    /// Nothing is left to do: leave the index, and let DynamoDB delete the record eventually.
    Finalize,
    /// Nothing to do before this moment.
    Wait(Timestamp),
    /// Nothing to do at all.
    Done,
}

/// What came of a step that reached out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Observation {
    /// What CloudFront, or the queue before it, said of the target of this place.
    Replied(usize, Reply),
    /// CodePipeline accepted the result, or no longer accepts one.
    Reported(Delivery),
    /// CodePipeline did not accept the result in this attempt.
    NotReported(ServiceError),
    /// Whether the outcome is a change.
    ChangeChecked(bool),
    /// The service of this channel took the announcement.
    Published {
        /// The channel.
        channel: Channel,
        /// The id that the service gave it.
        message_id: String,
    },
    /// The announcement was not taken, or could not be made, this time.
    NotPublished(Channel, ServiceError),
    /// The settings do not allow to publish to the record's topic.
    Disallowed,
}

/// The time limits from the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Policy {
    /// An InProgress status older than this is polled again.
    pub status_max_age: Duration,
    /// How long an execution may take.
    pub timeout: Duration,
    /// How long a finished record is kept.
    pub retention: Duration,
    /// How many of the wildcards that a distribution may have in progress are reserved for manual invalidations.
    pub reserved_wildcards: u32,
    /// Whether there is a bus for events.
    pub puts_events: bool,
}

/// The next step for `record` at `now`.
#[must_use]
pub fn next(record: &ExecutionRecord, now: Timestamp) -> Step {
    match &record.outcome {
        None => pursue(record, now),
        Some(outcome) => conclude(record, outcome, now),
    }
}

/// The next step while nothing is decided.
fn pursue(record: &ExecutionRecord, now: Timestamp) -> Step {
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
    let report_at = record.job.wait_until.max(record.job.retry_at);
    if is_leaving(record, now) {
        return step_or_wait(Step::Report, record.job.retry_at, now);
    }
    let context = CallContext {
        goal: record.goal,
        until: record.deadline_at,
        is_late,
    };
    let call = next_call(record, context);
    match call {
        Some((at, target_index, call))
            if now >= at && !(is_late && is_waiting_to_retry(record, now)) =>
        {
            return Step::Call(target_index, call);
        }
        _ if is_late => return Step::Decide(verdict(record)),
        Some(_) | None => {}
    }
    let next_try = call.map_or(record.deadline_at, |(at, ..)| at.min(record.deadline_at));
    match record.job.is_open() {
        true if now >= report_at => Step::Report,
        true => Step::Wait(next_try.min(report_at)),
        false => Step::Wait(next_try),
    }
}

/// Whether CloudFront retryable a target that has not settled, and may not be asked for it yet. At the deadline this is the end
/// for all: whatever CloudFront says of the others, the execution no longer succeeds, and asking for each of many targets
/// could take many minutes while CloudFront does not reply.
fn is_waiting_to_retry(record: &ExecutionRecord, now: Timestamp) -> bool {
    record.targets.iter().any(|target| {
        !target.is_settled(record.goal)
            && target.service_error.is_some()
            && target.next_call_at > now
    })
}

/// The call that may be made first, and when: of those that may be made at the same time, that of the first target.
fn next_call(record: &ExecutionRecord, context: CallContext) -> Option<(Timestamp, usize, Call)> {
    let calls = record
        .targets
        .iter()
        .enumerate()
        .filter_map(|(target_index, target)| {
            Some((
                target.next_call_at,
                target_index,
                target_step::call(target, context)?,
            ))
        });
    calls.min_by_key(|(at, target_index, _)| (*at, *target_index))
}

/// How it ends now that each target has settled, or that it is too late.
fn verdict(record: &ExecutionRecord) -> Verdict {
    let mut targets = record.targets.iter();
    if let Some(reason) = targets.clone().find_map(|target| target.rejection.clone()) {
        return Verdict::Failed(reason);
    }
    let is_taken = targets.clone().all(|target| target.invalidation.is_some());
    match record.on_timeout {
        _ if targets.all(|target| target.is_settled(record.goal)) => Verdict::Succeeded,
        OnTimeout::Succeed | OnTimeout::Release if is_taken => Verdict::SucceededWithWarning,
        OnTimeout::Fail | OnTimeout::Succeed | OnTimeout::Release => Verdict::TimedOut,
    }
}

/// The step, or a rest until the moment from which on it may be taken.
pub(super) fn step_or_wait(step: Step, from: Timestamp, now: Timestamp) -> Step {
    if now >= from { step } else { Step::Wait(from) }
}

/// The next step after the decision: report the result to CodePipeline, publish the notification, finalize the record.
fn conclude(record: &ExecutionRecord, outcome: &Outcome, now: Timestamp) -> Step {
    if record.job.is_open() {
        return step_or_wait(Step::Report, record.job.retry_at, now);
    }
    let leaving = leaving(record, now);
    // Others wait for the room; where it cannot be given back at once, nothing else waits for that.
    if let Some((_, target_index)) = leaving.filter(|(at, _)| *at <= now) {
        return Step::Call(target_index, Call::Queue(QueueCall::Leave));
    }
    let patient_until = outcome.decided_at + CODEPIPELINE_PATIENCE;
    // CodePipeline receives it on the continuation job; if it does not, it has given up. Who was not known may have been somebody
    // else than the one who comes back.
    let may_come = matches!(
        record.job.result,
        Some(Delivery::Continued | Delivery::Unknown)
    );
    if may_come && now < patient_until {
        return Step::Wait(patient_until);
    }
    if let Some(step) = watch(record, outcome, now) {
        return step;
    }
    let pending = pending(record).filter(|_| !record.is_unknown());
    match (pending, leaving) {
        (Some((at, channel)), _) => step_or_wait(publish_step(record, channel), at, now),
        (None, Some((at, _))) => Step::Wait(at),
        (None, None) if record.is_finalized() => Step::Done,
        (None, None) => Step::Finalize,
    }
}

/// The next target that must leave its queue, and when; none once all have, or whoever has not is forgotten there.
fn leaving(record: &ExecutionRecord, now: Timestamp) -> Option<(Timestamp, usize)> {
    if now > record.queues_until() {
        return None;
    }
    let targets = record.targets.iter().enumerate();
    let standing = targets.filter(|(_, target)| target.stands_in_queue());
    standing
        .map(|(target_index, target)| (target.next_call_at, target_index))
        .min()
}

/// The next look at what goes on after its action was released; none once that has come to its end.
fn watch(record: &ExecutionRecord, outcome: &Outcome, now: Timestamp) -> Option<Step> {
    if !record.is_watched() {
        return None;
    }
    let until = outcome.decided_at + WATCH_AT_MOST;
    let context = CallContext {
        goal: Goal::Completed,
        until,
        is_late: now >= until,
    };
    let (at, target_index, call) = next_call(record, context)?;
    Some(step_or_wait(Step::Call(target_index, call), at, now))
}

/// When the checker should look at `record`, as it stands at `now`; none when nothing is left to do.
///
/// A job handler that may still be alive is left alone. If it dies, this is when its job is taken over.
#[must_use]
pub fn due_at(record: &ExecutionRecord, now: Timestamp) -> Option<Timestamp> {
    let next_at = match next(record, now) {
        Step::Done => return None,
        Step::Wait(until) => until,
        Step::Call(..)
        | Step::Decide(_)
        | Step::Report
        | Step::CheckForChange
        | Step::Publish(_)
        | Step::Skip
        | Step::Finalize => now,
    };
    Some(if record.job.is_open() {
        next_at.max(record.job.ends_at)
    } else {
        next_at
    })
}

/// The record to write before `step` is taken, if the step is one that must be announced or counted first, so that
/// even a process that dies in the middle of it has been counted.
#[must_use]
pub fn before(record: &ExecutionRecord, step: &Step, now: Timestamp) -> Option<ExecutionRecord> {
    match step {
        Step::Call(target_index, Call::CloudFront(CloudFrontCall::Create)) => {
            let mut record = record.clone();
            let target = record.targets.get_mut(*target_index)?;
            target.create_attempts = target.create_attempts.saturating_add(1);
            target.first_create_at.get_or_insert(now);
            Some(record)
        }
        Step::CheckForChange => tried(record, Channel::Topic, now),
        Step::Publish(channel) => tried(record, *channel, now),
        Step::Report if record.outcome.is_none() => {
            let mut record = record.clone();
            record.job.may_continue = true;
            Some(record)
        }
        Step::Call(..)
        | Step::Decide(_)
        | Step::Report
        | Step::Skip
        | Step::Finalize
        | Step::Wait(_)
        | Step::Done => None,
    }
}

/// Whether passes have taken up the record again and again, and none came to its end: it makes them panic, or die, or
/// hang. It is not moved any more, so that it can do no harm.
#[must_use]
pub fn is_stuck(record: &ExecutionRecord) -> bool {
    record
        .backoff
        .is_some_and(|backoff| Duration::from_millis(backoff) > LONGEST_BACKOFF)
}

/// The record that follows from `observation`, made at `now`.
#[must_use]
pub fn after(
    record: &ExecutionRecord,
    observation: Observation,
    now: Timestamp,
    policy: &Policy,
) -> ExecutionRecord {
    let mut record = record.clone();
    match observation {
        // What an outcome was decided on is not changed any more, so that each message tells the same.
        Observation::Replied(target_index, reply)
            if record.outcome.is_none() || record.is_watched() || reply.is_of_the_end() =>
        {
            if matches!(reply, Reply::CloudFront(_)) {
                record.cloudfront_calls = record.cloudfront_calls.saturating_add(1);
            }
            let reply_context = ReplyContext {
                began: record.created_at,
                now,
                policy: record.outcome.is_none().then_some(policy),
            };
            if let Some(target) = record.targets.get_mut(target_index) {
                target_step::replied(target, reply, reply_context);
            }
        }
        Observation::Replied(..) => {}
        Observation::Reported(delivery) => {
            let delivery = known::learned(&mut record, delivery);
            record.job.result = Some(unless_it_continues(&record, delivery));
        }
        Observation::NotReported(_) => {
            record.job.delays = record.job.delays.saturating_add(1);
            record.job.retry_at = now + call_backoff(record.job.delays);
            if now.since(record.job.opened_at) >= CODEPIPELINE_PATIENCE {
                let delivery = unless_it_continues(&record, Delivery::Undeliverable);
                record.job.result = Some(delivery);
            }
        }
        Observation::ChangeChecked(is_change) => change_checked(&mut record, is_change, now),
        Observation::Published {
            channel,
            message_id,
        } => *record.publish_state_mut(channel) = PublishState::Sent { message_id },
        Observation::NotPublished(channel, _) => publish::not_published(&mut record, channel),
        // Another try would meet the same list.
        Observation::Disallowed => record.notification_state = PublishState::Abandoned,
    }
    record
}

/// What became of the answer to a job that takes none any more, or whose time is over. A "continue" of ours may have got
/// through, its reply lost: then CodePipeline may well come back, with a job whose 20 minutes began later.
const fn unless_it_continues(record: &ExecutionRecord, delivery: Delivery) -> Delivery {
    match delivery {
        Delivery::Closed | Delivery::Undeliverable if record.job.may_continue => {
            Delivery::Continued
        }
        Delivery::Continued
        | Delivery::Concluded
        | Delivery::Closed
        | Delivery::Undeliverable
        | Delivery::Unknown => delivery,
    }
}

/// The record with its outcome decided, and a pending notification if there is a topic. An outcome that stands is never
/// changed, and the condition of the write keeps another process from deciding at the same time.
#[must_use]
pub fn decided(record: &ExecutionRecord, verdict: Verdict, now: Timestamp) -> ExecutionRecord {
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
pub fn finalized(record: &ExecutionRecord, now: Timestamp, policy: &Policy) -> ExecutionRecord {
    ExecutionRecord {
        due_at: None,
        overdue_at: None,
        backoff: None,
        expires_at: Some((now + policy.retention).as_seconds()),
        ..record.clone()
    }
}
