//! Time: a few phases far apart, and the seconds within them.
//!
//! A phase is longer than any backoff of the product. The first two precede the deadline, the third follows it. From
//! there on each phase is like the previous one, so the third repeats, with all stored times one phase older.
//! CodePipeline waits for a result during two phases: its 20 minutes, and what the product adds for clock
//! differences.

use std::time::Duration;

use invalidation_core::model::execution_record::{Channel, ExecutionRecord, PublishState};
use invalidation_core::model::time_budget::START_TIMEOUT;
use invalidation_core::model::timestamp::Timestamp;

/// How long a phase is.
pub const PHASE: Duration = Duration::from_secs(10 * 60 + 32);
/// How long a run may take before Lambda ends it.
pub const RUN: Duration = START_TIMEOUT;
/// The number of the last phase, which repeats.
pub const LAST: u8 = 2;

/// The start of the last phase: so late that anything from the beginning of time is too old to matter.
fn last() -> Timestamp {
    Timestamp::from_millis(0) + PHASE * u32::from(LAST)
}

/// The number of the phase at `now`.
#[must_use]
fn phase(now: Timestamp) -> u8 {
    let phases = now.since(Timestamp::from_millis(0)).as_secs() / PHASE.as_secs();
    u8::try_from(phases).unwrap_or(LAST).min(LAST)
}

/// The beginning of the next phase.
#[must_use]
pub fn next(now: Timestamp) -> Timestamp {
    if now < last() {
        Timestamp::from_millis(0) + PHASE * (u32::from(phase(now)) + 1)
    } else {
        now + PHASE
    }
}

/// How much earlier it can be made, so that the last phase has just begun.
#[must_use]
pub fn surplus(now: Timestamp) -> Duration {
    now.since(last())
}

/// `moment` so much earlier, but not before the beginning of time.
#[must_use]
pub fn earlier(moment: Timestamp, by: Duration) -> Timestamp {
    Timestamp::from_millis(0) + moment.since(Timestamp::from_millis(0) + by)
}

/// The record as if all of it had happened this much earlier.
pub fn age(record: &mut ExecutionRecord, by: Duration) {
    let age = |moment: &mut Timestamp| *moment = earlier(*moment, by);
    let job = &mut record.job;
    for moment in [
        &mut record.created_at,
        &mut record.deadline_at,
        &mut job.opened_at,
        &mut job.wait_until,
        &mut job.ends_at,
        &mut job.retry_at,
    ] {
        age(moment);
    }
    for target in &mut record.targets {
        age(&mut target.next_call_at);
        target.first_create_at.iter_mut().for_each(age);
        target.last_create_at.iter_mut().for_each(age);
        target.entered_at.as_mut().map(age);
        if let Some(snapshot) = &mut target.invalidation {
            age(&mut snapshot.checked_at);
        }
    }
    if let Some(outcome) = &mut record.outcome {
        age(&mut outcome.decided_at);
    }
    for channel in Channel::ALL {
        if let PublishState::Pending { retry_at, .. } = record.publish_state_mut(channel) {
            age(retry_at);
        }
    }
    for moment in [&mut record.due_at, &mut record.overdue_at] {
        moment.as_mut().map(age);
    }
}

/// The record without what no longer matters at `now`: the exact value of a past time that is only compared with the
/// current time, and values that only appear in texts.
pub fn forget(record: &mut ExecutionRecord, now: Timestamp) {
    record.cloudfront_calls = 0;
    let forget = |moment: &mut Timestamp| {
        if *moment <= now {
            *moment = Timestamp::from_millis(0);
        }
    };
    let job = &mut record.job;
    for moment in [&mut job.wait_until, &mut job.ends_at, &mut job.retry_at] {
        forget(moment);
    }
    for target in &mut record.targets {
        forget(&mut target.next_call_at);
        target.create_attempts = 0;
        // A search that begins earlier also finds the invalidation.
        target.first_create_at = None;
        target.last_create_at = None;
        target.entered_at = None;
        if let Some(snapshot) = &mut target.invalidation {
            let is_last = snapshot.checked_at >= record.deadline_at;
            snapshot.checked_at = if is_last {
                record.deadline_at
            } else {
                Timestamp::from_millis(0)
            };
        }
    }
    for channel in Channel::ALL {
        if let PublishState::Pending { retry_at, .. } = record.publish_state_mut(channel) {
            forget(retry_at);
        }
    }
    if let Some(due_at) = &mut record.due_at {
        forget(due_at);
    }
    record.overdue_at = None;
    record.expires_at = record.expires_at.map(|_| 0);
}
