//! A time in whole milliseconds since the Unix epoch, the only unit of time in a record.

use std::ops::Add;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;

/// A time in milliseconds since the Unix epoch (UTC).
///
/// Pure code reads no clock: `now` is an argument. Arithmetic saturates, so that no stored number can cause an overflow
/// or a panic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The time this many milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down: the unit that DynamoDB's TTL reads.
    #[must_use]
    pub const fn as_seconds(self) -> u64 {
        self.0 / 1000
    }

    /// The time in RFC 3339 format, in UTC and whole seconds, such as `2026-01-31T12:00:00Z`. A time after the year
    /// 9999 is shown as the end of that year.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let last = UtcDateTime::MAX.unix_timestamp();
        let seconds = i64::try_from(self.as_seconds()).map_or(last, |seconds| seconds.min(last));
        let moment = UtcDateTime::from_unix_timestamp(seconds).unwrap_or(UtcDateTime::MAX);
        moment
            .format(&Rfc3339)
            .expect("RFC 3339 can write each year from 0 to 9999")
    }

    /// The time from `earlier` to this one; zero if `earlier` is later, as with clock skew.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let (early, late) = (Timestamp::from_millis(1_500), Timestamp::from_millis(4_000));
        assert_eq!(late.since(early), Duration::from_millis(2_500));
        assert_eq!(early.since(late), Duration::ZERO);
        assert_eq!(
            early + Duration::from_secs(1),
            Timestamp::from_millis(2_500)
        );
        assert_eq!(
            Timestamp::from_millis(u64::MAX) + Duration::from_secs(1),
            Timestamp::from_millis(u64::MAX)
        );
        assert_eq!((late.as_millis(), late.as_seconds()), (4_000, 4));
    }

    #[test]
    fn a_moment_is_written_as_rfc_3339_wants_it() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_767_225_600_999, "2026-01-01T00:00:00Z"),
            (u64::MAX, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(Timestamp::from_millis(millis).to_rfc3339(), text);
        }
    }
}
