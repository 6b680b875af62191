//! AWS's clock: tokio's, moved to another day and perhaps faster.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_async::time::TimeSource;
use tokio::time::Instant;

#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    born: Instant,
    started_at_ms: u64,
    speed: f64,
}

impl Clock {
    pub(super) fn start(started_at_ms: u64, speed: f64) -> Self {
        assert!(
            speed > 0.0,
            "a clock that stands still never completes anything"
        );
        Self {
            born: Instant::now(),
            started_at_ms,
            speed,
        }
    }

    pub(super) fn now_ms(&self) -> u64 {
        // Microseconds: whole milliseconds of tokio time stay whole under speed 1.0, which seconds as f64 would not.
        self.started_at_ms + (self.born.elapsed().as_micros() as f64 * self.speed / 1_000.0) as u64
    }

    /// Sleeps until the clock shows `due_ms`, for ever without one.
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
