//! How fast a sweep may ask CloudFront: a bucket of tokens, one for each call.
//!
//! AWS publishes no rate for these calls. Users were refused with "Rate exceeded" after six or seven quick ones
//! (<https://github.com/aws/aws-sdk-js/issues/3983>), and the limit is the account's, so that a sweep that is too fast
//! takes from the job handlers, and from everybody else, what they need. Whatever CloudFront takes at the moment is found out
//! as TCP finds it out: half as fast after each refusal, a little faster after each reply.

use std::time::Duration;

use invalidation_core::model::timestamp::Timestamp;

/// A call. Tokens are counted in millionths of it, and rates in thousandths of a call in a second, so that every
/// millisecond brings a whole number of them.
const CALL: i64 = 1_000_000;
/// How many calls may be made at once.
const BURST: i64 = 5 * CALL;
/// The rate at which a sweep begins, and which it never exceeds: four calls in a second.
const FASTEST: i64 = 4_000;
/// The rate below which it never falls: one call in two seconds.
const SLOWEST: i64 = 500;
/// What a reply adds to the rate.
const STEP: i64 = 250;

/// The bucket.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    /// What is left; below zero, it is promised to those who wait already.
    tokens: i64,
    rate: i64,
    filled_at: Timestamp,
}

impl TokenBucket {
    /// A full bucket.
    pub(crate) const fn full(now: Timestamp) -> Self {
        Self {
            tokens: BURST,
            rate: FASTEST,
            filled_at: now,
        }
    }

    /// Takes the token of one call, and says how long the call has to wait for it; takes none when that would be longer
    /// than `patience`.
    pub(crate) fn take(&mut self, now: Timestamp, patience: Duration) -> Option<Duration> {
        self.fill(now);
        let missing = (CALL - self.tokens).max(0).unsigned_abs();
        let wait = Duration::from_millis(missing.div_ceil(self.rate.unsigned_abs()));
        (wait <= patience).then(|| {
            self.tokens -= CALL;
            wait
        })
    }

    /// Whether a call would have to wait.
    pub(crate) fn is_empty(&mut self, now: Timestamp) -> bool {
        self.fill(now);
        self.tokens < CALL
    }

    /// CloudFront said that there were too many calls: what was saved up is gone, and the rate halves.
    pub(crate) fn throttled(&mut self, now: Timestamp) {
        self.fill(now);
        self.tokens = self.tokens.min(0);
        self.rate = (self.rate / 2).max(SLOWEST);
    }

    /// CloudFront took a call.
    pub(crate) fn taken(&mut self, now: Timestamp) {
        self.fill(now);
        self.rate = (self.rate + STEP).min(FASTEST);
    }

    /// What the time since the last filling brings. A clock that was set back brings nothing, once.
    fn fill(&mut self, now: Timestamp) {
        let elapsed_ms = now.since(self.filled_at).as_millis();
        let elapsed_ms = i64::try_from(elapsed_ms).unwrap_or(i64::MAX);
        let brought = elapsed_ms.saturating_mul(self.rate);
        self.tokens = self.tokens.saturating_add(brought).min(BURST);
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

    /// The waits of so many calls at one moment.
    fn waits(bucket: &mut TokenBucket, now: Timestamp, calls: usize) -> Vec<Option<Duration>> {
        (0..calls).map(|_| bucket.take(now, LONG)).collect()
    }

    #[test]
    fn five_calls_at_once_and_then_four_in_a_second() {
        let mut bucket = TokenBucket::full(at(0));
        assert_eq!(waits(&mut bucket, at(0), 5), [ms(0); 5]);
        let next = [ms(250), ms(500), ms(750)];
        assert_eq!(waits(&mut bucket, at(0), 3), next);
        assert_eq!(bucket.take(at(900), LONG), ms(100), "after those before it");
        assert_eq!(waits(&mut bucket, at(60_000), 6)[4..], [ms(0), ms(250)]);
    }

    #[test]
    fn it_is_empty_while_a_call_would_have_to_wait() {
        let mut bucket = TokenBucket::full(at(0));
        waits(&mut bucket, at(0), 4);
        assert!(!bucket.is_empty(at(0)));
        waits(&mut bucket, at(0), 2);
        assert!(bucket.is_empty(at(499)), "the sixth waits for it, too");
        assert!(!bucket.is_empty(at(500)));
    }

    #[test]
    fn a_wait_that_is_too_long_takes_no_token() {
        let mut bucket = TokenBucket::full(at(0));
        waits(&mut bucket, at(0), 7);
        let patience = Duration::from_millis(749);
        assert_eq!(bucket.take(at(0), patience), None);
        assert_eq!(bucket.take(at(1), patience), ms(749));
    }

    #[test]
    fn a_throttle_halves_the_rate_and_a_reply_adds_a_step() {
        let mut bucket = TokenBucket::full(at(0));
        for backoff in [500, 1_000, 2_000, 2_000] {
            bucket.throttled(at(0));
            let (first, patience) = (ms(backoff), Duration::from_millis(backoff - 1));
            assert_eq!(
                bucket.take(at(0), patience),
                None,
                "what was saved up is gone"
            );
            let mut untouched = TokenBucket { ..bucket };
            assert_eq!(untouched.take(at(0), LONG), first);
        }
        // 0.5, 0.75 and 1 call in a second; 14 replies later it is as fast as ever.
        for backoff in [1_334, 1_000] {
            bucket.taken(at(0));
            let mut untouched = TokenBucket { ..bucket };
            assert_eq!(untouched.take(at(0), LONG), ms(backoff));
        }
        (0..20).for_each(|_| bucket.taken(at(0)));
        assert_eq!(bucket.take(at(0), LONG), ms(250));
    }

    /// What is promised stays promised; who comes later waits for it at the new rate.
    #[test]
    fn who_waits_already_is_waited_for() {
        let mut bucket = TokenBucket::full(at(0));
        waits(&mut bucket, at(0), 7);
        bucket.throttled(at(0));
        assert_eq!(bucket.take(at(0), LONG), ms(1_500));
    }

    #[test]
    fn a_clock_that_is_set_back_stops_it_for_no_longer_than_a_call_takes() {
        let mut bucket = TokenBucket::full(at(3_600_000));
        waits(&mut bucket, at(3_600_000), 5);
        assert_eq!(bucket.take(at(0), LONG), ms(250));
        assert_eq!(bucket.take(at(500), LONG), ms(0));
        assert_eq!(bucket.take(Timestamp::from_millis(u64::MAX), LONG), ms(0));
    }

    #[derive(Debug, Clone)]
    enum Event {
        Call(Duration),
        Throttled,
        Taken,
    }

    /// Something that happens, and how long after what happened before it. `taken` is how often CloudFront takes a call.
    fn events(taken: u32) -> impl Strategy<Value = Vec<(u64, Event)>> {
        let event = prop_oneof![
            4 => (0_u64..6_000).prop_map(|ms| Event::Call(Duration::from_millis(ms))),
            1 => Just(Event::Throttled),
            taken => Just(Event::Taken),
        ];
        prop::collection::vec((0_u64..2_000, event), 1..200)
    }

    /// When each call is made, in milliseconds since the beginning. Nobody waits longer than they can, and the rate stays
    /// within its bounds.
    fn calls(events: Vec<(u64, Event)>) -> Vec<i64> {
        let mut bucket = TokenBucket::full(at(0));
        let (mut now_ms, mut calls) = (0, Vec::new());
        for (backoff_ms, event) in events {
            now_ms += backoff_ms;
            match event {
                Event::Call(patience) => {
                    if let Some(wait) = bucket.take(at(now_ms), patience) {
                        assert!(wait <= patience);
                        calls.push((at(now_ms) + wait).since(at(0)));
                    }
                }
                Event::Throttled => bucket.throttled(at(now_ms)),
                Event::Taken => bucket.taken(at(now_ms)),
            }
            assert!((SLOWEST..=FASTEST).contains(&bucket.rate) && bucket.tokens <= BURST);
        }
        calls.sort_unstable();
        let in_ms = |call: Duration| i64::try_from(call.as_millis()).unwrap();
        calls.into_iter().map(in_ms).collect()
    }

    /// The most calls in so many milliseconds, in tokens. A call that waits is late by less than a millisecond.
    fn most(ms: i64) -> i64 {
        BURST + (ms + 1) * FASTEST
    }

    proptest! {
        /// Whatever CloudFront says and whoever comes when, a sweep has never made more calls than the burst and what the
        /// fastest rate has brought.
        #[test]
        fn never_faster_than_it_may_be(events in events(2)) {
            for (call, made) in calls(events).into_iter().zip(1..) {
                prop_assert!(made * CALL <= most(call), "{made} calls in {call} ms");
            }
        }

        /// As long as the rate does not rise, that holds for each span of time.
        #[test]
        fn never_faster_at_any_time(events in events(0)) {
            let calls = calls(events);
            for (nth, from) in calls.iter().enumerate() {
                for (until, made) in calls[nth..].iter().zip(1..) {
                    prop_assert!(made * CALL <= most(until - from), "{made} calls from {from} to {until} ms");
                }
            }
        }
    }
}
