//! The Lambda service with an in-process function, under tokio's paused clock, and with a real process.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop there"
)]

mod events;
mod processes;

use std::time::Duration;

use local_aws::Clock;
use local_aws::lambda::{
    AsyncInvocation, Attempt, DEFAULT_MAXIMUM_AGE, EventQueue, Function, event_queue,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const BORN_MS: u64 = 1_700_000_000_000;

struct Service {
    rules: AsyncInvocation,
    attempts: UnboundedReceiver<Attempt>,
}

fn service(speed: f64) -> Service {
    let (sender, attempts) = unbounded_channel();
    let rules = AsyncInvocation {
        function_arn: "arn:aws:lambda:us-east-1:111111111111:function:tested".into(),
        timeout: Duration::from_secs(2),
        retries: 2,
        maximum_age: DEFAULT_MAXIMUM_AGE,
        on_failure: None,
        attempts: Some(sender),
        clock: Clock::start(BORN_MS, speed),
    };
    Service { rules, attempts }
}

/// Delivers everything that `send` puts into the queue, and returns (number, start and end in AWS milliseconds, error
/// message) of each attempt, in the order of their ends.
async fn deliver(
    function: &impl Function,
    service: Service,
    send: impl FnOnce(&EventQueue),
) -> Vec<(u32, u64, u64, String)> {
    let Service {
        rules,
        mut attempts,
    } = service;
    let (queue, events) = event_queue(7);
    send(&queue);
    drop(queue);
    events.deliver(function, &rules).await;
    drop(rules);
    let mut ended = Vec::new();
    while let Some(attempt) = attempts.recv().await {
        let message = attempt
            .result
            .map_or_else(|error| error.message, |_| "replied".into());
        ended.push((
            attempt.number,
            attempt.started_ms - BORN_MS,
            attempt.ended_ms - BORN_MS,
            message,
        ));
    }
    ended
}
