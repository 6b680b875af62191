//! Intervals between polls, and backoffs between attempts of a call.

use std::time::Duration;

use super::next_step::Policy;
use crate::input::identifiers::JobId;
use crate::model::time_budget::NOTIFICATION_BACKOFF;

/// The interval until the next poll of an invalidation of this age: a third of its age, at least a third of
/// `status_max_age`, and at most `status_max_age`. An early completion is detected early, and a late one costs few
/// calls.
pub(super) fn poll_interval(age: Duration, policy: &Policy) -> Duration {
    (age / 3).clamp(policy.status_max_age / 3, policy.status_max_age)
}

/// The interval until the next poll for a detached action: a tenth of its age, from one minute (the schedule of the
/// checker) to ten minutes.
pub(super) fn watch_interval(age: Duration) -> Duration {
    (age / 10).clamp(Duration::from_secs(60), Duration::from_secs(600))
}

/// The backoff after the nth consecutive retryable error of CodePipeline: 5 s, doubling up to 60 s.
pub(super) fn call_backoff(delays: u32) -> Duration {
    doubling(Duration::from_secs(5), delays, Duration::from_secs(60))
}

/// The backoff after the nth consecutive retryable error of CloudFront, which many executions call: [`call_backoff`]
/// with a jitter of up to 50 % that depends on `name`. Executions that failed at the same time do not retry at the same
/// time.
pub(super) fn retry_backoff(delays: u32, name: &str) -> Duration {
    scattered(call_backoff(delays), delays, name)
}

/// The backoff after the nth failed attempt to read an artifact of this job, as for CloudFront.
#[must_use]
pub fn artifact_backoff(attempts: u32, job_id: &JobId) -> Duration {
    retry_backoff(attempts, job_id.as_str())
}

/// The backoff after the nth attempt to publish, during which no other process publishes either: 15 s, well above the
/// time-out of a call to SNS, doubling up to 10 minutes.
pub(super) fn publish_backoff(attempts: u32) -> Duration {
    doubling(NOTIFICATION_BACKOFF, attempts, Duration::from_secs(600))
}

/// The interval after the nth poll of a queue without capacity: 4 s, doubling up to 20 s, with a jitter of up to 50 %
/// that depends on `name`.
pub(super) fn queue_backoff(nth: u32, name: &str) -> Duration {
    scattered(
        doubling(Duration::from_secs(4), nth, Duration::from_secs(20)),
        nth,
        name,
    )
}

/// Adds a jitter of up to 50 %, always the same for the same name and number.
fn scattered(backoff: Duration, nth: u32, name: &str) -> Duration {
    let sum = |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte));
    let share = name.bytes().fold(nth, sum) % 512;
    backoff + backoff * share / 1_024
}

fn doubling(first: Duration, nth: u32, most: Duration) -> Duration {
    let factor = 1_u32.checked_shl(nth.saturating_sub(1)).unwrap_or(u32::MAX);
    first.saturating_mul(factor).min(most)
}
