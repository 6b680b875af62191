//! The AWS clock: tokio's clock with an offset and a speed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_async::time::TimeSource;
use tokio::time::Instant;

/// The AWS clock. Copies show the same time.
///
/// It is derived from tokio's clock, so that under paused time an hour of AWS time takes no real time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    created_at: Instant,
    started_at_ms: u64,
    speed: f64,
}

impl Clock {
    /// A clock that shows `started_at_ms`, in milliseconds since 1970, now, and from now on runs `speed` AWS seconds
    /// for each of tokio's.
    ///
    /// # Panics
    /// Unless `speed` is above zero: with a stopped clock nothing completes.
    #[must_use]
    pub fn start(started_at_ms: u64, speed: f64) -> Self {
        assert!(speed > 0.0, "a stopped clock never completes anything");
        Self {
            created_at: Instant::now(),
            started_at_ms,
            speed,
        }
    }

    /// AWS's time now, in milliseconds since 1970; whole milliseconds of tokio's stay whole at speed 1.0.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        // Microseconds, because seconds as f64 would lose the last millisecond.
        self.started_at_ms
            + (self.created_at.elapsed().as_micros() as f64 * self.speed / 1_000.0) as u64
    }

    /// The duration of a span of AWS time on tokio's clock.
    #[must_use]
    pub fn to_tokio(&self, aws_time: Duration) -> Duration {
        aws_time.div_f64(self.speed)
    }

    /// Sleeps until the clock shows `due_ms`; without a value, for ever.
    pub(super) async fn reach(&self, due_ms: Option<u64>) {
        let Some(due_ms) = due_ms else {
            return std::future::pending().await;
        };
        let left_ms = due_ms.saturating_sub(self.now_ms()) as f64 / self.speed;
        // At least a millisecond, so that a rounded wait cannot spin.
        tokio::time::sleep(Duration::from_millis(left_ms.ceil().max(1.0) as u64)).await;
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.now_ms())
    }
}
