//! Who wakes the functions: CodePipeline for each visit, and EventBridge each minute.

use std::time::Duration;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, interval_at};

use super::deployment::{ACCOUNT, REGION};
use super::options::Options;
use super::script::Script;
use super::view::Waking;
use crate::aws::Aws;
use crate::lambda::{Clock, EventQueue, Events};

const MINUTE: Duration = Duration::from_secs(60);

/// The ways into the functions.
pub(super) struct Wakers {
    pub(super) aws: Aws,
    pub(super) clock: Clock,
    pub(super) start: EventQueue,
    pub(super) checker: EventQueue,
    pub(super) seen: UnboundedSender<Waking>,
}

impl Wakers {
    /// Wakes the functions for as long as it is polled.
    pub(super) async fn run(&self, options: &Options, given_up: Events) {
        match &options.script {
            Script::Action { .. } | Script::Event(_) => {
                let twice = options
                    .troubles
                    .iter()
                    .any(super::Trouble::doubles_first_event);
                let codepipeline = async {
                    self.first_visit(if twice { 2 } else { 1 }).await;
                    self.return_visits().await;
                };
                tokio::join!(
                    codepipeline,
                    self.rescues(given_up),
                    self.schedule(options.seed)
                );
            }
            Script::Rescue(record) => {
                let codepipeline = async {
                    self.lost_visit(record).await;
                    self.return_visits().await;
                };
                tokio::join!(
                    codepipeline,
                    self.rescues(given_up),
                    self.schedule(options.seed)
                );
            }
            Script::Wake(event) => self.wake("you", "checker", "with your event", event, 1),
            Script::Stray(event) => self.wake("you", "start", "with your event", event, 1),
        }
        std::future::pending::<()>().await;
    }

    async fn first_visit(&self, copies: u32) {
        let invocation = self.aws.codepipeline().next_invocation().await;
        let why = if copies == 1 {
            "first visit"
        } else {
            "first visit, delivered twice"
        };
        self.wake("CodePipeline", "start", why, &invocation.event, copies);
    }

    /// CodePipeline did invoke `start`, but Lambda got it to run three times in vain.
    async fn lost_visit(&self, record: &Value) {
        self.aws.codepipeline().next_invocation().await;
        self.wake(
            "Lambda",
            "checker",
            "every delivery to start failed",
            record,
            1,
        );
    }

    async fn return_visits(&self) {
        loop {
            let invocation = self.aws.codepipeline().next_invocation().await;
            self.wake(
                "CodePipeline",
                "start",
                "return visit",
                &invocation.event,
                1,
            );
        }
    }

    /// The on-failure destination of `start` is `checker`.
    async fn rescues(&self, mut given_up: Events) {
        while let Some(record) = given_up.recv().await {
            let record = serde_json::from_slice(&record).unwrap_or_default();
            self.wake("Lambda", "checker", "start was given up", &record, 1);
        }
    }

    /// "runs within that minute, but not on the precise 0th second": the second follows from the seed.
    async fn schedule(&self, seed: u64) {
        let second = Duration::from_secs(fastrand::Rng::with_seed(seed).u64(1..60));
        let first = Instant::now() + self.clock.to_tokio(second);
        let mut minutes = interval_at(first, self.clock.to_tokio(MINUTE));
        for number in 1_u64.. {
            minutes.tick().await;
            self.wake(
                "EventBridge",
                "checker",
                "every minute",
                &self.scheduled_event(number),
                1,
            );
        }
    }

    fn scheduled_event(&self, number: u64) -> Value {
        let now = DateTime::from_millis(i64::try_from(self.clock.now_ms()).unwrap_or(i64::MAX));
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

    fn wake(
        &self,
        by: &'static str,
        function: &'static str,
        why: &'static str,
        event: &Value,
        copies: u32,
    ) {
        // Whoever watched may have gone home while the last functions still run.
        let _ = self.seen.send(Waking {
            at_ms: self.clock.now_ms(),
            by,
            function,
            why,
        });
        let queue = if function == "start" {
            &self.start
        } else {
            &self.checker
        };
        queue.send_copies(event.to_string(), copies);
    }
}
