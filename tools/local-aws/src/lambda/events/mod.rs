//! Asynchronous invocation: a queue of events, each delivered until the function succeeds or Lambda discards it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout_at};

use super::{Function, FunctionError, Invocation};
use crate::Clock;

mod failure_record;

/// "MaximumEventAgeInSeconds 60–21600 (default 6 h)".
pub const DEFAULT_MAXIMUM_AGE: Duration = Duration::from_secs(6 * 60 * 60);

/// The asynchronous invocation settings of one function, and the function itself.
#[derive(Clone, Debug)]
pub struct AsyncInvocation {
    /// The function's ARN, without a version.
    pub function_arn: String,
    /// The time-out of one attempt, on tokio's clock: a process runs in real time regardless of the AWS clock.
    pub timeout: Duration,
    /// Further attempts after a failed one; AWS allows 0 to 2 and defaults to 2.
    pub retries: u32,
    /// The age (AWS time) at which Lambda discards an event; see [`DEFAULT_MAXIMUM_AGE`].
    pub maximum_age: Duration,
    /// The queue of the function that is the on-failure destination.
    pub on_failure: Option<EventQueue>,
    /// Receives every attempt when it has ended.
    pub attempts: Option<UnboundedSender<Attempt>>,
    /// The AWS clock, for the delays of retries and the time stamps of records.
    pub clock: Clock,
}

/// One attempt to deliver one event, after it ended.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The function's ARN.
    pub function_arn: String,
    /// The event's request id.
    pub request_id: String,
    /// 1 for the first attempt.
    pub number: u32,
    /// When it began, AWS time in epoch milliseconds.
    pub started_ms: u64,
    /// When it ended, AWS time in epoch milliseconds.
    pub ended_ms: u64,
    /// The function's response, or why it failed.
    pub result: Result<Bytes, FunctionError>,
}

/// The sending end of a queue of events for one function. Clones are the same queue.
#[derive(Clone, Debug)]
pub struct EventQueue {
    sender: UnboundedSender<Event>,
    open: Arc<AtomicUsize>,
}

/// The other end of an [`EventQueue`].
#[derive(Debug)]
pub struct Events {
    receiver: UnboundedReceiver<Event>,
    open: Arc<AtomicUsize>,
    request_ids: fastrand::Rng,
}

#[derive(Debug)]
struct Event {
    payload: Bytes,
    copies: Vec<Duration>,
    sent_at: Instant,
}

/// A new queue and its receiving end. Request ids are derived from `seed`, so that a run can be repeated.
pub fn event_queue(seed: u64) -> (EventQueue, Events) {
    let (sender, receiver) = unbounded_channel();
    let open = Arc::new(AtomicUsize::new(0));
    (
        EventQueue {
            sender,
            open: Arc::clone(&open),
        },
        Events {
            receiver,
            open,
            request_ids: fastrand::Rng::with_seed(seed),
        },
    )
}

impl EventQueue {
    /// Sends Lambda an event and returns at once, as an invocation of type `Event` does. If the receiving end is gone,
    /// the event is lost.
    pub fn send(&self, payload: impl Into<Bytes>) {
        self.send_copies(payload, &[Duration::ZERO]);
    }

    /// Sends Lambda one event that it delivers several times under one request id, each time after another delay (AWS
    /// time): "Even if your function doesn't return an error, it's possible … to receive the same event … multiple
    /// times".
    pub fn send_copies(&self, payload: impl Into<Bytes>, copies: &[Duration]) {
        self.open.fetch_add(copies.len(), Ordering::Relaxed);
        // A failed send means that the service has been shut down, so the event has no receiver.
        let _ = self.sender.send(Event {
            payload: payload.into(),
            copies: copies.to_vec(),
            sent_at: Instant::now(),
        });
    }

    /// Whether every copy of every event has been delivered or discarded.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.open.load(Ordering::Relaxed) == 0
    }
}

impl Events {
    /// Takes the next event out of the queue without delivering it; `None` once every clone of the queue is gone.
    pub async fn recv(&mut self) -> Option<Bytes> {
        let event = self.receiver.recv().await?;
        self.open.fetch_sub(event.copies.len(), Ordering::Relaxed);
        Some(event.payload)
    }

    /// Delivers events concurrently until every clone of the queue is gone and the last event has ended. Dropping the
    /// future cancels all attempts.
    pub async fn deliver(mut self, function: &impl Function, rules: &AsyncInvocation) {
        let mut open = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                Some(()) = open.next() => {
                    self.open.fetch_sub(1, Ordering::Relaxed);
                }
                event = self.receiver.recv() => match event {
                    Some(event) => {
                        let request_id = uuid(&mut self.request_ids);
                        for after in &event.copies {
                            let delivery = Delivery::new(&event, *after, &request_id, rules);
                            open.push(delivery.see_through(function));
                        }
                    }
                    None => break,
                },
            }
        }
        while open.next().await.is_some() {
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// One event in delivery.
struct Delivery<'a> {
    rules: &'a AsyncInvocation,
    request_id: String,
    payload: Bytes,
    begins: Instant,
    expires: Instant,
}

impl<'a> Delivery<'a> {
    fn new(event: &Event, after: Duration, request_id: &str, rules: &'a AsyncInvocation) -> Self {
        let begins = event.sent_at + rules.clock.to_tokio(after);
        Self {
            rules,
            request_id: request_id.to_owned(),
            payload: event.payload.clone(),
            begins,
            expires: begins + rules.clock.to_tokio(rules.maximum_age),
        }
    }

    async fn see_through(self, function: &impl Function) {
        if self.begins > Instant::now() {
            tokio::time::sleep_until(self.begins).await;
        }
        let mut number = 1;
        while let Err(error) = self.attempt(function, number).await {
            if number > self.rules.retries {
                return self.give_up("RetriesExhausted", number, &error);
            }
            if !self.wait_before_retry(number).await {
                return self.give_up("EventAgeExceeded", number, &error);
            }
            number += 1;
        }
    }

    async fn attempt(&self, function: &impl Function, number: u32) -> Result<(), FunctionError> {
        let started_ms = self.rules.clock.now_ms();
        let result = self.run(function).await;
        let ended = result.as_ref().map(|_| ()).map_err(Clone::clone);
        if let Some(attempts) = &self.rules.attempts {
            let function_arn = self.rules.function_arn.clone();
            let request_id = self.request_id.clone();
            let ended_ms = self.rules.clock.now_ms();
            let _ = attempts.send(Attempt {
                function_arn,
                request_id,
                number,
                started_ms,
                ended_ms,
                result,
            });
        }
        ended
    }

    async fn run(&self, function: &impl Function) -> Result<Bytes, FunctionError> {
        let deadline = Instant::now() + self.rules.timeout;
        let invocation = Invocation {
            request_id: self.request_id.clone(),
            function_arn: self.rules.function_arn.clone(),
            payload: self.payload.clone(),
            deadline,
        };
        timeout_at(deadline, function.invoke(&invocation))
            .await
            .unwrap_or_else(|_| Err(self.timed_out()))
    }

    fn timed_out(&self) -> FunctionError {
        let seconds = self.rules.timeout.as_secs_f64();
        let message = format!(
            "RequestId: {} Error: Task timed out after {seconds:.2} seconds",
            self.request_id
        );
        FunctionError::new("Sandbox.Timedout", message)
    }

    /// "Error/timeout: 2 more attempts, 1 min then 2 min later." False if the event is too old for one more.
    async fn wait_before_retry(&self, number: u32) -> bool {
        let delay = Duration::from_secs(60) * number;
        let retry_at = Instant::now() + self.rules.clock.to_tokio(delay);
        tokio::time::sleep_until(retry_at.min(self.expires)).await;
        retry_at < self.expires
    }

    fn give_up(&self, condition: &str, attempts: u32, error: &FunctionError) {
        if let Some(destination) = &self.rules.on_failure {
            destination.send(self.failure_record(condition, attempts, error));
        }
    }
}

fn uuid(random: &mut fastrand::Rng) -> String {
    let bits = random.u128(..);
    let (a, b, c) = (bits >> 96, bits >> 80 & 0xffff, bits >> 64 & 0x0fff);
    let (d, e) = (bits >> 48 & 0x3fff | 0x8000, bits & 0xffff_ffff_ffff);
    format!("{a:08x}-{b:04x}-4{c:03x}-{d:04x}-{e:012x}")
}
