//! AWS's clock, which may run faster than the one on the wall.

use std::time::Duration;

use tokio::time::Instant;

/// Tells AWS's time, and waits in it. Copies tell the same time.
///
/// It is made of tokio's clock, so that under paused time an hour of AWS passes in no time at all.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started_at_ms: u64,
    started: Instant,
    speed: f64,
}

impl Clock {
    /// A clock that shows `started_at_ms` (epoch milliseconds) now, and runs `speed` AWS seconds for each second of
    /// tokio's. A speed must be positive and finite.
    pub fn new(started_at_ms: u64, speed: f64) -> Self {
        Self {
            started_at_ms,
            started: Instant::now(),
            speed,
        }
    }

    /// AWS's time now, in epoch milliseconds.
    pub fn now_ms(&self) -> u64 {
        let elapsed = self.started.elapsed().mul_f64(self.speed);
        self.started_at_ms
            + u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX - self.started_at_ms)
    }

    /// Waits for so much of AWS's time to pass.
    pub async fn sleep(&self, aws_time: Duration) {
        tokio::time::sleep(self.to_tokio(aws_time)).await;
    }

    /// How long a span of AWS's time takes on tokio's clock.
    pub fn to_tokio(&self, aws_time: Duration) -> Duration {
        aws_time.div_f64(self.speed)
    }
}
