//! A rate limit of calls to CloudFront: a token bucket with one token per call.
//!
//! The limits of CloudFront apply to the account, so a run that is too fast would throttle the job handlers and every other
//! client. Except for `CreateInvalidation`, AWS publishes no rate, and a quota may be raised. So the bucket adapts its rate as
//! TCP does: it halves the rate after each throttle, and raises it a little after each reply.

use std::time::Duration;

use invalidation_core::model::time_budget::Pace;
use invalidation_core::model::timestamp::Timestamp;

/// One call. Tokens are counted in millionths of a call, and rates in thousandths of a call per second, so that every
/// millisecond adds a whole number of tokens.
const CALL: i64 = 1_000_000;
/// The minimum rate: one call in two seconds, which is the default quota of `CreateInvalidation`.
const SLOWEST: i64 = 500;

/// The limits of one kind of call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    /// The maximum number of calls at once, in tokens.
    burst: i64,
    /// The initial and maximum rate.
    fastest: i64,
    /// The increase of the rate after a reply.
    step: i64,
}

impl Rate {
    /// The creations of a run. Users got "Rate exceeded" after six or seven calls in quick succession
    /// (<https://github.com/aws/aws-sdk-js/issues/3983>). The rate begins high, for an account with a raised quota, and is that
    /// of the default quota after a few throttles at once. It rises slowly, because a throttle delays its target.
    pub(super) const CREATES: Self = Self {
        burst: 8 * CALL,
        fastest: 32_000,
        step: 5,
    };
    /// The status checks and lists of a job, which waits for each of them.
    pub(super) const READS_OF_JOB: Self = Self {
        burst: 16 * CALL,
        fastest: 32_000,
        step: 250,
    };
    /// Those of a sweep, which is in no hurry.
    pub(super) const READS_OF_SWEEP: Self = Self {
        burst: 5 * CALL,
        fastest: 4_000,
        step: 250,
    };
}

/// The token bucket.
#[derive(Debug)]
pub(super) struct TokenBucket {
    /// The available tokens. A negative number is reserved by calls that are waiting.
    tokens: i64,
    /// The current rate.
    rate: i64,
    limits: Rate,
    filled_at: Timestamp,
}

impl TokenBucket {
    /// A full bucket.
    pub(super) const fn full(limits: Rate, now: Timestamp) -> Self {
        Self {
            tokens: limits.burst,
            rate: limits.fastest,
            limits,
            filled_at: now,
        }
    }

    /// How many calls need not wait, and when another one need not if there is none.
    pub(super) fn pace(&mut self, now: Timestamp) -> Pace {
        self.fill(now);
        let missing = (CALL - self.tokens).max(0).unsigned_abs();
        let wait = Duration::from_millis(missing.div_ceil(self.rate.unsigned_abs()));
        Pace {
            creates: usize::try_from(self.tokens / CALL).unwrap_or(0),
            more_at: now + wait,
        }
    }

    /// Takes the token of one call and returns how long the call must wait. Takes no token and returns `None` if the
    /// wait would exceed `max_wait`.
    pub(super) fn take(&mut self, now: Timestamp, max_wait: Duration) -> Option<Duration> {
        self.fill(now);
        let missing = (CALL - self.tokens).max(0).unsigned_abs();
        let wait = Duration::from_millis(missing.div_ceil(self.rate.unsigned_abs()));
        (wait <= max_wait).then(|| {
            self.tokens -= CALL;
            wait
        })
    }

    /// Whether a call would have to wait.
    pub(super) fn is_empty(&mut self, now: Timestamp) -> bool {
        self.fill(now);
        self.tokens < CALL
    }

    /// Records a throttle: removes the available tokens and halves the rate.
    pub(super) fn throttled(&mut self, now: Timestamp) {
        self.fill(now);
        self.tokens = self.tokens.min(0);
        self.rate = (self.rate / 2).max(SLOWEST);
    }

    /// Records a call that CloudFront processed.
    pub(super) fn processed(&mut self, now: Timestamp) {
        self.fill(now);
        self.rate = (self.rate + self.limits.step).min(self.limits.fastest);
    }

    /// Adds the tokens for the time since the last update. A clock that was set back adds none, once.
    fn fill(&mut self, now: Timestamp) {
        let elapsed_ms = now.since(self.filled_at).as_millis();
        let elapsed_ms = i64::try_from(elapsed_ms).unwrap_or(i64::MAX);
        let added = elapsed_ms.saturating_mul(self.rate);
        self.tokens = self.tokens.saturating_add(added).min(self.limits.burst);
        self.filled_at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LONG: Duration = Duration::from_secs(60);

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    fn ms(ms: u64) -> Option<Duration> {
        Some(Duration::from_millis(ms))
    }

    /// The waits of `calls` calls at one moment.
    fn waits(bucket: &mut TokenBucket, now: Timestamp, calls: usize) -> Vec<Option<Duration>> {
        (0..calls).map(|_| bucket.take(now, LONG)).collect()
    }

    #[test]
    fn five_calls_at_once_and_then_four_in_a_second() {
        let mut bucket = TokenBucket::full(Rate::READS_OF_SWEEP, at(0));
        assert_eq!(waits(&mut bucket, at(0), 5), [ms(0); 5]);
        let next = [ms(250), ms(500), ms(750)];
        assert_eq!(waits(&mut bucket, at(0), 3), next);
        assert_eq!(
            bucket.take(at(900), LONG),
            ms(100),
            "after the earlier calls"
        );
        assert_eq!(waits(&mut bucket, at(60_000), 6)[4..], [ms(0), ms(250)]);
    }

    #[test]
    fn the_bucket_is_empty_while_a_call_would_have_to_wait() {
        let mut bucket = TokenBucket::full(Rate::READS_OF_SWEEP, at(0));
        waits(&mut bucket, at(0), 4);
        assert!(!bucket.is_empty(at(0)));
        waits(&mut bucket, at(0), 2);
        assert!(bucket.is_empty(at(499)), "the sixth call has reserved it");
        assert!(!bucket.is_empty(at(500)));
    }

    #[test]
    fn a_wait_that_is_too_long_takes_no_token() {
        let mut bucket = TokenBucket::full(Rate::READS_OF_SWEEP, at(0));
        waits(&mut bucket, at(0), 7);
        let max_wait = Duration::from_millis(749);
        assert_eq!(bucket.take(at(0), max_wait), None);
        assert_eq!(bucket.take(at(1), max_wait), ms(749));
    }

    #[test]
    fn a_throttle_halves_the_rate_and_a_reply_adds_a_step() {
        let mut bucket = TokenBucket::full(Rate::READS_OF_SWEEP, at(0));
        for backoff in [500, 1_000, 2_000, 2_000] {
            bucket.throttled(at(0));
            let (first, max_wait) = (ms(backoff), Duration::from_millis(backoff - 1));
            assert_eq!(
                bucket.take(at(0), max_wait),
                None,
                "the available tokens are removed"
            );
            let mut untouched = TokenBucket { ..bucket };
            assert_eq!(untouched.take(at(0), LONG), first);
        }
        // 0.5, 0.75 and 1 call per second. After 14 more replies, the rate is at its maximum.
        for backoff in [1_334, 1_000] {
            bucket.processed(at(0));
            let mut untouched = TokenBucket { ..bucket };
            assert_eq!(untouched.take(at(0), LONG), ms(backoff));
        }
        (0..20).for_each(|_| bucket.processed(at(0)));
        assert_eq!(bucket.take(at(0), LONG), ms(250));
    }

    /// A reserved token stays reserved. A later call waits for it at the new rate.
    #[test]
    fn a_waiting_call_keeps_its_token() {
        let mut bucket = TokenBucket::full(Rate::READS_OF_SWEEP, at(0));
        waits(&mut bucket, at(0), 7);
        bucket.throttled(at(0));
        assert_eq!(bucket.take(at(0), LONG), ms(1_500));
    }

    #[test]
    fn a_clock_that_is_set_back_delays_only_one_call() {
        let mut bucket = TokenBucket::full(Rate::READS_OF_SWEEP, at(3_600_000));
        waits(&mut bucket, at(3_600_000), 5);
        assert_eq!(bucket.take(at(0), LONG), ms(250));
        assert_eq!(bucket.take(at(500), LONG), ms(0));
        assert_eq!(bucket.take(Timestamp::from_millis(u64::MAX), LONG), ms(0));
    }

    #[test]
    fn the_pace_of_creations_falls_to_the_default_quota_after_throttles() {
        let mut bucket = TokenBucket::full(Rate::CREATES, at(0));
        assert_eq!(bucket.pace(at(0)).creates, 8);
        waits(&mut bucket, at(0), 8);
        let pace = bucket.pace(at(0));
        assert_eq!((pace.creates, pace.more_at), (0, at(32)), "32 a second");
        (0..6).for_each(|_| bucket.throttled(at(0)));
        assert_eq!(bucket.pace(at(0)).more_at, at(2_000));
        let later = bucket.pace(at(2_000));
        assert_eq!((later.creates, later.more_at), (1, at(2_000)));
        (0..100).for_each(|_| bucket.processed(at(2_000)));
        waits(&mut bucket, at(2_000), 1);
        assert_eq!(bucket.pace(at(2_000)).more_at, at(3_000), "one a second");
    }

    #[derive(Debug, Clone)]
    enum Event {
        Call(Duration),
        Throttled,
        Processed,
    }

    /// Events with the time since the previous event. `processed` is the weight of calls that CloudFront processes.
    fn events(processed: u32) -> impl Strategy<Value = Vec<(u64, Event)>> {
        let event = prop_oneof![
            4 => (0_u64..6_000).prop_map(|ms| Event::Call(Duration::from_millis(ms))),
            1 => Just(Event::Throttled),
            processed => Just(Event::Processed),
        ];
        prop::collection::vec((0_u64..2_000, event), 1..200)
    }

    /// The times of the calls, in milliseconds since the beginning. No call waits longer than its limit, and the rate
    /// stays within its bounds.
    fn calls(events: Vec<(u64, Event)>) -> Vec<i64> {
        let mut bucket = TokenBucket::full(Rate::READS_OF_SWEEP, at(0));
        let (mut now_ms, mut calls) = (0, Vec::new());
        for (backoff_ms, event) in events {
            now_ms += backoff_ms;
            match event {
                Event::Call(max_wait) => {
                    if let Some(wait) = bucket.take(at(now_ms), max_wait) {
                        assert!(wait <= max_wait);
                        calls.push((at(now_ms) + wait).since(at(0)));
                    }
                }
                Event::Throttled => bucket.throttled(at(now_ms)),
                Event::Processed => bucket.processed(at(now_ms)),
            }
            assert!(
                (SLOWEST..=Rate::READS_OF_SWEEP.fastest).contains(&bucket.rate)
                    && bucket.tokens <= Rate::READS_OF_SWEEP.burst
            );
        }
        calls.sort_unstable();
        let in_ms = |call: Duration| i64::try_from(call.as_millis()).unwrap();
        calls.into_iter().map(in_ms).collect()
    }

    /// The maximum number of calls within `ms` milliseconds, in tokens. A call that waits is late by less than a
    /// millisecond.
    fn most(ms: i64) -> i64 {
        Rate::READS_OF_SWEEP.burst + (ms + 1) * Rate::READS_OF_SWEEP.fastest
    }

    proptest! {
        /// For any sequence of replies and calls, a sweep never makes more calls than the burst plus the tokens of the
        /// maximum rate.
        #[test]
        fn never_above_the_maximum_rate(events in events(2)) {
            for (call, made) in calls(events).into_iter().zip(1..) {
                prop_assert!(made * CALL <= most(call), "{made} calls in {call} ms");
            }
        }

        /// As long as the rate does not rise, the same holds for each interval.
        #[test]
        fn never_above_the_rate_in_any_interval(events in events(0)) {
            let calls = calls(events);
            for (nth, from) in calls.iter().enumerate() {
                for (until, made) in calls[nth..].iter().zip(1..) {
                    prop_assert!(made * CALL <= most(until - from), "{made} calls from {from} to {until} ms");
                }
            }
        }
    }
}
