//! How many calls CloudFront takes. AWS publishes no rate; users were refused after six or seven quick calls.

use super::CloudFront;
use crate::refusal::Rejection;

/// What a call costs. Tokens are counted in thousandths, so that every millisecond brings a whole number of them.
const CALL: u64 = 1_000;

/// A bucket of tokens. A refused call costs none.
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
            // As many thousandths of a token in a millisecond as whole ones in a second.
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
    /// Lets a call in, whatever it asks for and whoever makes it, or refuses it unread.
    pub(crate) fn admit(&mut self, now_ms: u64) -> Result<(), Rejection> {
        if self.rate.as_mut().is_none_or(|bucket| bucket.take(now_ms)) {
            return Ok(());
        }
        self.throttled += 1;
        Err(Rejection::new(400, "Throttling", "Rate exceeded"))
    }
}
