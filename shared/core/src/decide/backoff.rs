//! Waiting times between two attempts of the same call.

use std::time::Duration;

use super::next_step::Policy;
use crate::model::time_budget::NOTIFICATION_BACKOFF;

/// The pause until the next look at an invalidation of this age: a third of what it has taken so far, so that an early
/// completion is noticed early and a late one costs few calls, within a third of and the whole of the status's greatest age.
pub(super) fn poll_interval(age: Duration, policy: &Policy) -> Duration {
    (age / 3).clamp(policy.status_max_age / 3, policy.status_max_age)
}

/// The pause until the next look at what goes on after its action was released, when nobody waits: a tenth of its age, from
/// one minute, which is how often the checker comes, to ten.
pub(super) fn watch_interval(age: Duration) -> Duration {
    (age / 10).clamp(Duration::from_secs(60), Duration::from_secs(600))
}

/// The backoff after the nth consecutive retryable error of CodePipeline: 5 s, doubling up to 60 s.
pub(super) fn call_backoff(delays: u32) -> Duration {
    doubling(Duration::from_secs(5), delays, Duration::from_secs(60))
}

/// The same after CloudFront did, whom many executions ask: up to half as much again, different for each `name`, so that those
/// who were retryable at the same moment do not come back at the same moment.
pub(super) fn retry_backoff(delays: u32, name: &str) -> Duration {
    scattered(call_backoff(delays), delays, name)
}

/// The pause after the n-th try of a notification, and the time for which that try keeps others from publishing: 15 s, well
/// above the time-out of a call to SNS, doubling up to 10 minutes.
pub(super) fn publish_backoff(attempts: u32) -> Duration {
    doubling(NOTIFICATION_BACKOFF, attempts, Duration::from_secs(600))
}

/// The pause after the n-th look at a queue in which there is no room yet: 4 s, doubling up to 20 s, and up to half as much
/// again. `name` is that of the one who waits.
pub(super) fn queue_backoff(nth: u32, name: &str) -> Duration {
    scattered(
        doubling(Duration::from_secs(4), nth, Duration::from_secs(20)),
        nth,
        name,
    )
}

/// A pause and up to half of it: always the same for the same name and number.
fn scattered(backoff: Duration, nth: u32, name: &str) -> Duration {
    let sum = |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte));
    let share = name.bytes().fold(nth, sum) % 512;
    backoff + backoff * share / 1_024
}

fn doubling(first: Duration, nth: u32, most: Duration) -> Duration {
    let factor = 1_u32.checked_shl(nth.saturating_sub(1)).unwrap_or(u32::MAX);
    first.saturating_mul(factor).min(most)
}
