//! The log volume of a function, which has a price.

use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use invalidation_runtime::telemetry;
use tracing::{Dispatch, Instrument as _, error_span};
use tracing_subscriber::fmt::time::SystemTime;

use harness::subscriber;
use local_aws::lambda::{Function, FunctionError, Invocation};

/// The prefix of each line of Python's logger on Lambda: the level, the time, the request id.
const PYTHON_PREFIX: &str =
    "[INFO]\t2019-03-20T05:25:08.000Z\t11111111-1111-4111-8111-111111111111\t";

/// Bytes, as written.
#[derive(Clone, Debug, Default)]
pub(super) struct LogMeter(Arc<AtomicU64>);

impl LogMeter {
    pub(super) fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// The log layer of the functions in Lambda: lines of JSON at INFO, and the metrics.
    fn dispatch(&self, function: &'static str) -> Dispatch {
        let (lines, metrics) = (self.clone(), self.clone());
        let lookup = |name: &str| match name {
            "AWS_LAMBDA_LOG_FORMAT" => Some("JSON".to_owned()),
            "AWS_LAMBDA_FUNCTION_NAME" => Some(function.to_owned()),
            _ => None,
        };
        telemetry::dispatch(
            lookup,
            SystemTime,
            move || lines.clone(),
            move |line| metrics.add(line.len() as u64 + 1),
        )
    }
}

impl io::Write for LogMeter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.add(line.len() as u64);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A function of the product with a measured log.
pub(super) struct Logged<F> {
    function: F,
    name: &'static str,
    meter: LogMeter,
    dispatch: Dispatch,
    runs: Cell<u64>,
    least: Cell<u64>,
}

impl<F> Logged<F> {
    pub(super) fn new(name: &'static str, function: F) -> Self {
        subscriber::everywhere();
        let meter = LogMeter::default();
        Self {
            dispatch: meter.dispatch(name),
            function,
            name,
            meter,
            runs: Cell::new(0),
            least: Cell::new(u64::MAX),
        }
    }

    /// All logged bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.meter.bytes()
    }

    /// The bytes that each invocation logs at least. Its invocations must not overlap.
    pub(super) fn bytes_of_each_run(&self) -> u64 {
        self.least.get().min(self.bytes())
    }

    /// All further bytes.
    pub(super) fn bytes_beyond(&self) -> u64 {
        let of_all_runs = self.bytes_of_each_run() * self.runs.get();
        self.bytes().saturating_sub(of_all_runs)
    }
}

impl<F: Function> Function for Logged<F> {
    async fn invoke(&self, invocation: &Invocation) -> Result<Bytes, FunctionError> {
        let (before, request_id) = (self.bytes(), &invocation.request_id);
        let work = async {
            let span = error_span!("invocation", function = self.name, request_id);
            self.function.invoke(invocation).instrument(span).await
        };
        let end = subscriber::subscribed(self.dispatch.clone(), work).await;
        self.runs.set(self.runs.get() + 1);
        self.least.set(self.least.get().min(self.bytes() - before));
        end
    }
}

/// The bytes of a line of Python's logger on Lambda.
pub(super) fn python_line(words: &str) -> u64 {
    (PYTHON_PREFIX.len() + words.len() + 1) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_python_function_has_its_prefix_and_its_end() {
        let line = "[INFO]\t2019-03-20T05:25:08.123Z\tc6c51a6e-2d23-4fb4-b1f1-4e8c7e1ae6bd\tPutting job success\n";
        assert_eq!(python_line("Putting job success"), line.len() as u64);
    }
}
