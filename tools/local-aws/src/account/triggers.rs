//! The triggers of the functions: CodePipeline for each job, and EventBridge each minute.

use std::time::Duration;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, interval_at};

use super::{ACCOUNT, REGION};
use crate::Aws;
use crate::lambda::EventQueue;

const MINUTE: Duration = Duration::from_secs(60);

/// An event that is delivered at once and never again.
pub const ONCE: &[Duration] = &[Duration::ZERO];
/// An event of which two copies are delivered at the same time.
pub const TWICE: &[Duration] = &[Duration::ZERO, Duration::ZERO];

/// An event that a function received.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// When, on AWS's clock, in milliseconds since 1970.
    pub at_ms: u64,
    /// The source: CodePipeline, EventBridge, Lambda, or the caller of `simulate`.
    pub by: &'static str,
    /// `start` or `checker`.
    pub function: &'static str,
    /// The reason, in a few words.
    pub why: &'static str,
}

/// The triggers of the functions.
#[derive(Clone, Debug)]
pub struct Triggers {
    /// The AWS that provides the jobs and the clock.
    pub aws: Aws,
    /// The events of `start`.
    pub start: EventQueue,
    /// The events of `checker`.
    pub checker: EventQueue,
    /// Receives each delivered event.
    pub seen: Option<UnboundedSender<Delivered>>,
}

impl Triggers {
    /// Sends `start` each event of CodePipeline, and each of its `copies` after its delay. Never ends.
    pub async fn jobs(&self, copies: &[Duration]) {
        let codepipeline = self.aws.codepipeline();
        loop {
            let invocation = codepipeline.next_invocation().await;
            if invocation.function_name != "start" {
                // The job of another function, which is not part of the account and never reports a result.
                continue;
            }
            let why = match invocation.number {
                1 => "first job",
                _ => "continuation job",
            };
            self.trigger("CodePipeline", "start", why, &invocation.event, copies);
        }
    }

    /// Invokes `checker` each minute, for the first time after this span of AWS time: a schedule "runs within that
    /// minute, but not on the precise 0th second". Never ends.
    pub async fn schedule(&self, first: Duration) {
        let clock = self.aws.clock();
        let first = Instant::now() + clock.to_tokio(first);
        let mut minutes = interval_at(first, clock.to_tokio(MINUTE));
        for number in 1_u64.. {
            minutes.tick().await;
            let scheduled_run = scheduled_run(number, clock.now_ms());
            self.trigger(
                "EventBridge",
                "checker",
                "every minute",
                &scheduled_run,
                ONCE,
            );
        }
    }

    /// Invokes `checker` at once, as a scheduled run does.
    pub fn scheduled_run(&self) {
        let scheduled_run = scheduled_run(0, self.aws.now_ms());
        self.trigger(
            "EventBridge",
            "checker",
            "every minute",
            &scheduled_run,
            ONCE,
        );
    }

    /// Sends `function` an event, and each of its `copies` after its delay, and notifies the receiver.
    pub fn trigger(
        &self,
        by: &'static str,
        function: &'static str,
        why: &'static str,
        event: &Value,
        copies: &[Duration],
    ) {
        if let Some(seen) = &self.seen {
            // The receiver may be gone while the last functions still run.
            let _ = seen.send(Delivered {
                at_ms: self.aws.now_ms(),
                by,
                function,
                why,
            });
        }
        let queue = if function == "start" {
            &self.start
        } else {
            &self.checker
        };
        queue.send_copies(event.to_string(), copies);
    }
}

/// The event of an EventBridge rule that has a schedule.
pub fn scheduled_run(number: u64, now_ms: u64) -> Value {
    let now = DateTime::from_millis(i64::try_from(now_ms).unwrap_or(i64::MAX));
    json!({
        "version": "0",
        "id": format!("00000000-0000-4000-8000-{number:012x}"),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": now.fmt(Format::DateTime).unwrap_or_default(),
        "region": REGION,
        "resources": [format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/every-minute")],
        "detail": {},
    })
}
