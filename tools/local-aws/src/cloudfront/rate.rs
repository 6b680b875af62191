//! CloudFront's rate limits: of all calls, and of CreateInvalidation. AWS publishes no rate; users were throttled after six
//! or seven quick calls.

use super::CloudFront;
use crate::rejection::Rejection;

/// The cost of a call. Tokens are counted in parts of 60,000, so that every millisecond adds a whole number of them at any
/// rate per minute.
const CALL: u64 = 60_000;

/// A token bucket. A throttled call costs nothing.
#[derive(Debug)]
pub(super) struct Bucket {
    capacity: u64,
    per_ms: u64,
    tokens: u64,
    filled_ms: u64,
}

impl Bucket {
    pub(super) fn full(burst: u32, per_minute: u32, now_ms: u64) -> Self {
        let capacity = u64::from(burst) * CALL;
        Self {
            capacity,
            // Parts of a token in a millisecond equal whole tokens in a minute.
            per_ms: per_minute.into(),
            tokens: capacity,
            filled_ms: now_ms,
        }
    }

    fn take(&mut self, now_ms: u64) -> bool {
        let since = now_ms.saturating_sub(self.filled_ms);
        let tokens = self
            .tokens
            .saturating_add(since.saturating_mul(self.per_ms));
        self.tokens = tokens.min(self.capacity);
        self.filled_ms = now_ms;
        let left = self.tokens.checked_sub(CALL);
        self.tokens = left.unwrap_or(self.tokens);
        left.is_some()
    }
}

impl CloudFront {
    /// Admits a call of CreateInvalidation, or throttles it.
    pub(crate) fn admit_creation(&mut self, now_ms: u64) -> Result<(), Rejection> {
        let is_admitted = self
            .create_rate
            .as_mut()
            .is_none_or(|bucket| bucket.take(now_ms));
        self.throttled_unless(is_admitted)
    }

    /// Admits a call of any operation and caller, or throttles it before it is parsed.
    pub(crate) fn admit(&mut self, now_ms: u64) -> Result<(), Rejection> {
        let is_admitted = self.rate.as_mut().is_none_or(|bucket| bucket.take(now_ms));
        self.throttled_unless(is_admitted)
    }

    fn throttled_unless(&mut self, is_admitted: bool) -> Result<(), Rejection> {
        if is_admitted {
            return Ok(());
        }
        self.throttled += 1;
        Err(Rejection::new(400, "Throttling", "Rate exceeded"))
    }
}
