//! CloudFront's rate limit. AWS publishes no rate; users were throttled after six or seven quick calls.

use super::CloudFront;
use crate::rejection::Rejection;

/// The cost of a call. Tokens are counted in thousandths, so that every millisecond adds a whole number of them.
const CALL: u64 = 1_000;

/// A token bucket. A throttled call costs nothing.
#[derive(Debug)]
pub(super) struct Bucket {
    capacity: u64,
    per_ms: u64,
    tokens: u64,
    filled_ms: u64,
}

impl Bucket {
    pub(super) fn full(burst: u32, per_second: u32, now_ms: u64) -> Self {
        let capacity = u64::from(burst) * CALL;
        Self {
            capacity,
            // Thousandths of a token in a millisecond equal whole tokens in a second.
            per_ms: per_second.into(),
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
    /// Admits a call of any operation and caller, or throttles it before it is parsed.
    pub(crate) fn admit(&mut self, now_ms: u64) -> Result<(), Rejection> {
        if self.rate.as_mut().is_none_or(|bucket| bucket.take(now_ms)) {
            return Ok(());
        }
        self.throttled += 1;
        Err(Rejection::new(400, "Throttling", "Rate exceeded"))
    }
}
