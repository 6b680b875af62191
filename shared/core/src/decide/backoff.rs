//! Intervals between polls, and backoffs between attempts of a call.

use std::time::Duration;

use crate::input::identifiers::JobId;
use crate::model::time_budget::NOTIFICATION_BACKOFF;

/// The age of an invalidation at its first poll. One in ten completes earlier, by the distribution that the bench uses.
const FIRST_POLL: Duration = Duration::from_secs(5);
/// Fewer than one in a hundred invalidations takes longer.
const LONG: Duration = Duration::from_secs(10 * 60);
/// The shortest interval between two polls.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1_500);

/// The interval until the next poll of an invalidation of this age. The first poll comes when CloudFront can have
/// completed it. Each later interval is an eighth of the age, so that the delay of a result is in proportion to the time
/// that CloudFront took: at least 1.5 s, and at most `status_max_age`. After ten minutes it grows by a twentieth of the further
/// age, because an action may wait for hours: with 10 s, an invalidation is polled 220 times in 23 hours. `bench wait`
/// prints the delay and the polls for other shares.
#[must_use]
pub fn poll_interval(age: Duration, status_max_age: Duration) -> Duration {
    let until_first = FIRST_POLL.saturating_sub(age);
    let shortest = SHORTEST_INTERVAL.min(status_max_age);
    let longest = status_max_age.max(age.saturating_sub(LONG) / 20);
    (age / 8).max(until_first).clamp(shortest, longest)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The ages at which an invalidation is polled, in milliseconds, until it is this old; each call takes 30 ms.
    fn polls(until_ms: u64, status_max_age: Duration) -> Vec<u64> {
        let mut age = Duration::from_millis(30);
        let mut polls = Vec::new();
        loop {
            age += poll_interval(age, status_max_age);
            let age_ms = u64::try_from(age.as_millis()).unwrap();
            if age_ms > until_ms {
                return polls;
            }
            polls.push(age_ms);
            age += Duration::from_millis(30);
        }
    }

    #[test]
    fn the_first_poll_comes_after_five_seconds_and_each_pause_is_an_eighth_of_the_age() {
        let ten = Duration::from_secs(10);
        assert_eq!(
            polls(30_000, ten),
            [
                5_000, 6_530, 8_060, 9_590, 11_120, 12_650, 14_265, 16_081, 18_125, 20_425, 23_012,
                25_922, 29_196
            ]
        );
        for (age_s, pause_ms) in [
            (0, 5_000),
            (4, 1_500),
            (5, 1_500),
            (12, 1_500),
            (16, 2_000),
            (40, 5_000),
            (80, 10_000),
            (800, 10_000),
            (4_600, 200_000),
        ] {
            let pause = poll_interval(Duration::from_secs(age_s), ten);
            assert_eq!(pause, Duration::from_millis(pause_ms), "{age_s} s");
        }
    }

    #[test]
    fn no_pause_is_longer_than_the_greatest_age_of_a_status_or_a_twentieth_of_the_age() {
        for max_age_ms in [100, 1_500, 5_000, 300_000] {
            let max_age = Duration::from_millis(max_age_ms);
            for age in [0, 1, 10, 100, 10_000].map(Duration::from_secs) {
                assert!(poll_interval(age, max_age) <= max_age.max(age / 20));
            }
        }
    }

    #[test]
    fn an_action_of_a_day_polls_two_hundred_times() {
        let of_a_day = polls(23 * 60 * 60 * 1_000, Duration::from_secs(10)).len();
        assert!((200..230).contains(&of_a_day), "{of_a_day}");
    }
}
