//! One process, from its start to its end, with its measurements.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

use super::usage::{cpu_at_rest, unreadable};
use crate::memory;
use local_aws::lambda::{Environment, FunctionError, Invocation, LogLine, Program};
use local_aws::{Aws, Call};

/// The cost of one event.
pub(super) struct Taken {
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
    /// The calls to AWS that the function made.
    pub(super) calls: Vec<Call>,
}

/// A process that has handled at least one event.
pub(super) struct Session {
    program: Program,
    environment: Environment,
    pid: u32,
    cpu: Duration,
    handled: u32,
    calls: UnboundedReceiver<Call>,
    /// Its output, which must be read all the time, as Lambda does.
    log: UnboundedReceiver<LogLine>,
}

impl Session {
    /// Starts the process, sends it its first event, and returns the total cost.
    pub(super) async fn start(
        aws: &Aws,
        program: &Program,
        event: String,
    ) -> io::Result<(Self, Taken)> {
        let (logs, log) = unbounded_channel();
        let began = Instant::now();
        let environment = Environment::start(program, &logs).await?;
        let pid = environment
            .pid()
            .ok_or_else(|| io::Error::other("the function ended at once"))?;
        let mut session = Self {
            program: program.clone(),
            environment,
            pid,
            cpu: Duration::ZERO,
            handled: 0,
            calls: aws.watch_calls(),
            log,
        };
        let taken = session.take(began, event).await?;
        Ok((session, taken))
    }

    /// Sends the waiting process an event.
    pub(super) async fn handle(&mut self, event: String) -> io::Result<Taken> {
        self.forget_the_calls_of_others();
        self.take(Instant::now(), event).await
    }

    /// In megabytes.
    pub(super) fn peak_memory(&self) -> io::Result<f64> {
        let bytes = memory::peak(self.pid).ok_or_else(|| unreadable("VmHWM"))?;
        Ok(bytes as f64 / 1_048_576.0)
    }

    async fn take(&mut self, began: Instant, event: String) -> io::Result<Taken> {
        let invocation = self.invocation(event);
        let job_result = self.environment.run(&invocation).await;
        let wall = began.elapsed();
        if let Err(error) | Ok(Err(error)) = job_result {
            return Err(self.failed(&error));
        }
        let cpu = cpu_at_rest(self.pid).await?;
        let spent = cpu.saturating_sub(self.cpu);
        self.cpu = cpu;
        Ok(Taken {
            wall,
            cpu: spent,
            calls: self.own_calls(),
        })
    }

    fn failed(&mut self, error: &FunctionError) -> io::Error {
        let mut told = format!("{} failed: {}", self.program.name, error.message);
        while let Ok(line) = self.log.try_recv() {
            told = told + "\n" + &line.text;
        }
        io::Error::other(told)
    }

    fn invocation(&mut self, event: String) -> Invocation {
        self.handled += 1;
        let name = &self.program.name;
        Invocation {
            request_id: format!("00000000-0000-4000-8000-{:012x}", self.handled),
            function_arn: format!("arn:aws:lambda:us-east-1:111111111111:function:{name}"),
            payload: Bytes::from(event),
            deadline: Instant::now() + Duration::from_secs(55),
        }
    }

    fn forget_the_calls_of_others(&mut self) {
        while self.calls.try_recv().is_ok() {}
    }

    fn own_calls(&mut self) -> Vec<Call> {
        let mut calls = Vec::new();
        while let Ok(call) = self.calls.try_recv() {
            if call.caller == self.program.name {
                calls.push(call);
            }
        }
        calls
    }
}
