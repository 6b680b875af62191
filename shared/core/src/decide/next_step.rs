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
//! For an action with `OnTimeout` = `release`, polling continues after the result until CloudFront has completed the
//! invalidations.
//!
//! [`next`] returns the next [`Step`]. The caller performs it and returns an [`Observation`]; [`after`] returns the
//! updated record. `start` and the checker run the same loop; only `start` has a job. `steps.txt` is the table of all
//! steps; a test checks it.
#![warn(clippy::wildcard_enum_match_arm)]

use std::time::Duration;

use crate::model::execution_record::{
    Channel, Delivery, ExecutionRecord, Goal, OnTimeout, Outcome, PublishState, Reason,
    ServiceError, Verdict,
};
use crate::model::time_budget::{CODEPIPELINE_SILENCE, Pace};
use crate::model::timestamp::Timestamp;

use super::backoff::call_backoff;
use super::continuation::is_leaving;
use super::due_calls::next_call;
use super::publish::{change_checked, pending, publish_step, tried};
use super::target_step::{self, Call, CallContext, CloudFrontCall, QueueCall, Reply, ReplyContext};
use super::{delivery as known, publish};

/// The maximum difference of two clocks: of two functions, or of a function and CloudFront.
pub(super) const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// By any clock, CodePipeline has ended a job that is older than this: it accepts no result, and no continuation job
/// follows.
pub const CODEPIPELINE_PATIENCE: Duration =
    Duration::from_secs(CODEPIPELINE_SILENCE.as_secs() + CLOCK_SKEW.as_secs());

/// How long the invalidations of a detached action are polled after the time-out; far longer than any observed
/// invalidation.
pub(super) const WATCH_AT_MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// If the backoff of a record is longer, several sweeps have begun to process it and none has finished.
const LONGEST_BACKOFF: Duration = Duration::from_secs(4 * 60);

/// The next step of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// Call CloudFront or the queue for the target of this index.
    Call(usize, Call),
    /// Decide the outcome.
    Decide(Verdict),
    /// Report a result for the open job: the outcome, or "continue" before there is one.
    Report,
    /// Check whether the outcome is a change, for `NotifyOn` = `change`.
    CheckForChange,
    /// Publish the outcome on this channel.
    Publish(Channel),
    /// Skip the notification of this outcome.
    Skip,
    /// Nothing is left to do: remove the record from the indexes, and let DynamoDB delete it eventually.
    Finalize,
    /// Nothing to do before this time.
    Wait(Timestamp),
    /// Nothing to do at all.
    Done,
}

/// The result of a step that calls a service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Observation {
    /// The reply of CloudFront or the queue for the target of this index.
    Replied(usize, Reply),
    /// CodePipeline accepted the result, or no longer accepts one.
    Reported(Delivery),
    /// CodePipeline did not accept the result in this attempt.
    NotReported(ServiceError),
    /// Whether the outcome is a change.
    ChangeChecked(bool),
    /// The service of this channel accepted the message.
    Published {
        /// The channel.
        channel: Channel,
        /// The message id from the service.
        message_id: String,
    },
    /// The message was not accepted in this attempt, or could not be composed.
    NotPublished(Channel, ServiceError),
    /// The settings do not allow publishing to the record's topic.
    Disallowed,
    /// The settings do not allow the pipeline to invalidate the target of this place.
    DisallowedTarget(usize, Reason),
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
    /// Whether an event bus is configured.
    pub puts_events: bool,
}

/// The next step for `record` at `now`.
#[must_use]
pub fn next(record: &ExecutionRecord, now: Timestamp) -> Step {
    next_at_pace(record, now, Pace::UNLIMITED)
}

/// The next step of a process that may create invalidations at this pace only.
#[must_use]
pub(super) fn next_at_pace(record: &ExecutionRecord, now: Timestamp, pace: Pace) -> Step {
    match &record.outcome {
        None => pursue(record, now, pace),
        Some(outcome) => conclude(record, outcome, now),
    }
}

/// The next step while nothing is decided.
fn pursue(record: &ExecutionRecord, now: Timestamp, pace: Pace) -> Step {
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
    let call = next_call(record, CallContext::of(record, now), pace);
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

/// Whether a target that has not settled has a service error, and its next call is not due yet. At the deadline this
/// ends the execution: it can no longer succeed, whatever the status of the other targets, and polling many targets
/// could take many minutes while CloudFront does not reply.
fn is_waiting_to_retry(record: &ExecutionRecord, now: Timestamp) -> bool {
    record.targets.iter().any(|target| {
        !target.is_settled(record.goal)
            && target.service_error.is_some()
            && target.next_call_at > now
    })
}

/// The verdict once each target has settled or the deadline has passed.
fn verdict(record: &ExecutionRecord) -> Verdict {
    let mut targets = record.targets.iter();
    if let Some(reason) = targets.clone().find_map(|target| target.rejection.clone()) {
        return Verdict::Failed(reason);
    }
    let is_created = targets
        .clone()
        .all(|target| target.is_empty() || target.invalidation.is_some());
    match record.on_timeout {
        _ if targets.all(|target| target.is_settled(record.goal)) => Verdict::Succeeded,
        OnTimeout::Succeed | OnTimeout::Release if is_created => Verdict::SucceededWithWarning,
        OnTimeout::Fail | OnTimeout::Succeed | OnTimeout::Release => Verdict::TimedOut,
    }
}

/// The step, or a wait until it is due.
pub(super) fn step_or_wait(step: Step, from: Timestamp, now: Timestamp) -> Step {
    if now >= from { step } else { Step::Wait(from) }
}

/// The next step after the decision: report the result to CodePipeline, publish the notification, finalize the record.
fn conclude(record: &ExecutionRecord, outcome: &Outcome, now: Timestamp) -> Step {
    if record.job.is_open() {
        return step_or_wait(Step::Report, record.job.retry_at, now);
    }
    let leaving = leaving(record, now);
    // Other executions wait for the capacity. If it cannot be released at once, no other step waits for that.
    if let Some((_, target_index)) = leaving.filter(|(at, _)| *at <= now) {
        return Step::Call(target_index, Call::Queue(QueueCall::Leave));
    }
    let patient_until = outcome.decided_at + CODEPIPELINE_PATIENCE;
    // CodePipeline receives the outcome with the continuation job, unless it has ended the action. A job that was not
    // found may have been forged, so the genuine continuation job may still follow.
    let may_follow = matches!(
        record.job.result,
        Some(Delivery::Continued | Delivery::Unknown)
    );
    if may_follow && now < patient_until {
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

/// The next target to remove from its queue, and when; none if no target is in a queue, or the entries have expired.
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

/// The next poll for a detached action; none once polling has ended.
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
    let (at, target_index, call) = next_call(record, context, Pace::UNLIMITED)?;
    Some(step_or_wait(Step::Call(target_index, call), at, now))
}

/// When the checker should process `record`, as of `now`; none if nothing is left to do.
///
/// The checker does not process a record whose job handler may still be running. If the handler crashed, the checker
/// continues at this time.
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

/// The record to write before `step`, if the step must be counted or marked first, so that an attempt counts even if
/// the process crashes during it.
#[must_use]
pub fn before(record: &ExecutionRecord, step: &Step, now: Timestamp) -> Option<ExecutionRecord> {
    match step {
        Step::Call(target_index, Call::CloudFront(CloudFrontCall::Create)) => {
            let mut record = record.clone();
            let target = record.targets.get_mut(*target_index)?;
            target.create_attempts = target.create_attempts.saturating_add(1);
            target.first_create_at.get_or_insert(now);
            target.last_create_at = Some(now);
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

/// Whether several sweeps have begun to process the record and none has finished, because they panicked, crashed or
/// hung. Such a record is no longer processed, so that it causes no further failures.
#[must_use]
pub fn is_stuck(record: &ExecutionRecord) -> bool {
    // A decided record cannot be failed. Its backoff still grows with each sweep.
    record.outcome.is_none()
        && record
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
        // The facts that an outcome was decided on do not change, so that each message is the same.
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
        // A retry would be rejected by the same settings.
        Observation::Disallowed => record.notification_state = PublishState::Abandoned,
        Observation::DisallowedTarget(target_index, reason) if record.outcome.is_none() => {
            if let Some(target) = record.targets.get_mut(target_index) {
                target.rejection = Some(reason);
            }
        }
        Observation::DisallowedTarget(..) => {}
    }
    record
}

/// The delivery of a result that CodePipeline no longer accepts, or that was reported too late. An earlier "continue"
/// may have arrived although its reply was lost; then a continuation job may follow, whose 20 minutes began later.
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

/// The record with its outcome decided, and a pending notification if there is a topic. An existing outcome is never
/// changed. The condition of the write prevents a concurrent decision.
#[must_use]
pub fn decided(record: &ExecutionRecord, verdict: Verdict, now: Timestamp) -> ExecutionRecord {
    let mut record = record.clone();
    if record.outcome.is_none() {
        record.outcome = Some(Outcome {
            verdict,
            decided_at: now,
        });
        // The only call left removes the queue entry, at once. A detached action keeps its poll interval.
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
