//! The functions in this process and in virtual time, and the display of such a run.
//!
//! The functions' handlers, the SDK and the local AWS share one clock. The clock is stopped while any task can run, and
//! then advances to the next event, so a run takes little real time and the display speed cannot change the result.
//! Each event is stored with its time and displayed at that time.

use std::fmt;
use std::io;
use std::thread;
use std::time::Duration;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use invalidation_runtime::settings::{AWS_REGION, Settings};
use invalidation_runtime::telemetry;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};
use tracing::Dispatch;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use super::options::Options;
use super::report::Report;
use super::view::{Moment, View};
use harness::subscriber;
use harness::{Checker, Start, alone};
use local_aws::account::{Delivered, REGION};
use local_aws::codepipeline::ActionState;
use local_aws::lambda::{Attempt, LogLine};
use local_aws::{Aws, Call};

/// Both functions, each with its log sent to `logs`.
pub(super) fn functions(
    options: &Options,
    aws: &Aws,
    logs: &UnboundedSender<LogLine>,
) -> io::Result<(Start, Checker)> {
    subscriber::everywhere();
    let given = options.function_settings();
    let lookup = |name: &str| match name {
        AWS_REGION => Some(REGION.to_owned()),
        // A terminal shows the run instead of the log.
        "AWS_LAMBDA_LOG_FORMAT" => Some("JSON".to_owned()),
        _ => given.get(name).cloned(),
    };
    let settings =
        Settings::from_lookup(lookup).map_err(|faults| io::Error::other(faults.to_string()))?;
    let log = |name: &'static str| {
        let lines = Lines {
            function: name,
            logs: logs.clone(),
        };
        let named = |setting: &str| match setting {
            "AWS_LAMBDA_FUNCTION_NAME" => Some(name.to_owned()),
            _ => lookup(setting),
        };
        lines.dispatch(named, AwsTime(aws.clone()))
    };
    Ok((
        Start::new(aws, &settings).logging(log("start")),
        Checker::new(aws, &settings).logging(log("checker")),
    ))
}

/// The destination of the log lines of one function.
#[derive(Clone, Debug)]
struct Lines {
    function: &'static str,
    logs: UnboundedSender<LogLine>,
}

impl Lines {
    fn dispatch(&self, lookup: impl Fn(&str) -> Option<String>, time: AwsTime) -> Dispatch {
        let (lines, metrics) = (self.clone(), self.clone());
        telemetry::dispatch(
            lookup,
            time,
            move || lines.clone(),
            move |line| metrics.send(line),
        )
    }

    fn send(&self, line: &str) {
        // The receiver may be gone.
        let _ = self.logs.send(LogLine {
            function: self.function.to_owned(),
            text: line.to_owned(),
        });
    }
}

impl io::Write for Lines {
    /// The log writes whole lines.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        String::from_utf8_lossy(bytes)
            .lines()
            .for_each(|line| self.send(line));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The AWS clock, for the log.
struct AwsTime(Aws);

impl FormatTime for AwsTime {
    fn format_time(&self, out: &mut Writer<'_>) -> fmt::Result {
        let millis = i64::try_from(self.0.now_ms()).unwrap_or(i64::MAX);
        let now = DateTime::from_millis(millis).fmt(Format::DateTime);
        out.write_str(&now.map_err(|_| fmt::Error)?)
    }
}

/// Runs in virtual time, on a separate thread, and displays the run at `options.speed` times its speed.
pub(super) async fn play(options: &Options, view: &mut impl View) -> io::Result<Report> {
    let (kept, mut shown) = unbounded_channel();
    let (ended, end) = oneshot::channel();
    let own = options.clone();
    thread::spawn(move || {
        // The SDK's jitter comes from this generator.
        fastrand::seed(own.seed);
        let report = alone(super::live(&own, &mut Kept(kept)));
        // The receiver may be gone.
        let _ = ended.send(report);
    });
    let began = Instant::now();
    while let Some((at, moment)) = shown.recv().await {
        sleep_until(began + at.div_f64(options.speed)).await;
        view.show(at, moment.as_moment());
    }
    end.await
        .map_err(|_| io::Error::other("the run ended in a panic"))?
}

/// A moment that is displayed later.
enum Shown {
    Delivered(Delivered),
    Call(Call),
    Attempt(Attempt),
    Log(LogLine),
    Progress(ActionState),
}

impl Shown {
    fn as_moment(&self) -> Moment<'_> {
        match self {
            Self::Delivered(delivered) => Moment::Delivered(delivered),
            Self::Call(call) => Moment::Call(call),
            Self::Attempt(attempt) => Moment::Attempt(attempt),
            Self::Log(line) => Moment::Log(line),
            Self::Progress(action) => Moment::Progress(action),
        }
    }
}

/// Stores each moment for the display.
struct Kept(UnboundedSender<(Duration, Shown)>);

impl View for Kept {
    fn show(&mut self, at: Duration, moment: Moment<'_>) {
        let shown = match moment {
            Moment::Delivered(delivered) => Shown::Delivered(delivered.clone()),
            Moment::Call(call) => Shown::Call(call.clone()),
            Moment::Attempt(attempt) => Shown::Attempt(attempt.clone()),
            Moment::Log(line) => Shown::Log(line.clone()),
            Moment::Progress(action) => Shown::Progress(action.clone()),
        };
        let _ = self.0.send((at, shown));
    }
}
