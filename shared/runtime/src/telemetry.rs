//! Logging: one JSON line per event, with an RFC 3339 timestamp and the level as top-level fields, and the invocation
//! that wrote it.
//!
//! Lambda reads the timestamp and the level: "If you don't supply a valid timestamp, Lambda will assign the log the
//! level INFO and add a timestamp"
//! (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>).
//!
//! The configured level (`AWS_LAMBDA_LOG_LEVEL`, or `RUST_LOG` if that is not set) and each `target=level` apply to the
//! crates of this project only. Below INFO, libraries log requests, responses and the raw event, which contains
//! credentials. Libraries therefore log at WARN or above, whatever level is configured.

mod code;
mod identity;
mod json;
mod level;
mod measured;
mod metrics;
mod publishing;
mod span;
mod target;
mod traces;

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use tracing::level_filters::LevelFilter;
use tracing::{Dispatch, Instrument as _, Level, Metadata, error_span};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{FilterFn, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use invalidation_core::decide::{self, CloudFrontReply, Observation, Reply};
use invalidation_core::input::identifiers::TopicArn;
use invalidation_core::model::execution_record::{
    Delivery, ExecutionRecord, ServiceError, ServiceErrorKind, Verdict,
};
use invalidation_core::model::timestamp::Timestamp;

use json::{FlatJson, INVOCATION, SpanFields};
use traces::Traces;

pub use code::{Code, Scope, Severity};
pub use identity::{foreign_job, foreign_record, reported_late, unchecked_job};
pub use metrics::{Metric, Metrics, Selection, count, measure};
pub use span::{claimed, execution, of_job, target as target_span};

/// Writes a log line with a code and its fields. [`Code`] defines the level, the message and the names of the fields.
/// Fields of the enclosing spans are added to the line and must not be repeated as arguments.
#[macro_export]
macro_rules! log {
    ($code:ident $(, $($field:tt)+)?) => {
        ::tracing::event!(
            $crate::telemetry::level_of($crate::telemetry::Code::$code),
            message = (const { $crate::telemetry::Code::$code.message() }),
            event = (const { $crate::telemetry::Code::$code.code() }),
            $($($field)+)?
        )
    };
}

/// The level of an event.
#[must_use]
pub const fn level_of(code: Code) -> Level {
    match code.severity() {
        Severity::Debug => Level::DEBUG,
        Severity::Info => Level::INFO,
        Severity::Warn => Level::WARN,
        Severity::Error => Level::ERROR,
    }
}

/// The environment variable with the name of the function in Lambda.
const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// The environment variable with the address of the X-Ray daemon.
const XRAY_DAEMON: &str = "AWS_XRAY_DAEMON_ADDRESS";

/// Starts logging and metrics on standard output, and tracing to the X-Ray daemon if there is one. `lookup` returns the
/// value of an environment variable.
///
/// The format is JSON, unless `AWS_LAMBDA_LOG_FORMAT` is `Text`, or is not set and standard output is a terminal.
pub fn init(lookup: impl Fn(&str) -> Option<String>) {
    dispatch(lookup, SystemTime, std::io::stdout, print).init();
}

/// The subscriber that [`init`] installs. Log lines get the time of `timer` and go to `writer`. Metrics go to `print`,
/// one line each.
pub fn dispatch<T, W>(
    lookup: impl Fn(&str) -> Option<String>,
    timer: T,
    writer: W,
    print: impl Fn(&str) + Send + Sync + 'static,
) -> Dispatch
where
    T: FormatTime + Send + Sync + 'static,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let level::Level { filter, misread } = level::configured(&lookup);
    let is_text = match lookup("AWS_LAMBDA_LOG_FORMAT") {
        Some(format) => format.eq_ignore_ascii_case("text"),
        None => std::io::stdout().is_terminal(),
    };
    let metrics = Metrics::new(&lookup(FUNCTION_NAME).unwrap_or_default(), print)
        .only(Selection::configured(&lookup));
    let traces = lookup(XRAY_DAEMON).and_then(|address| Traces::to(&address).ok());
    let is_traced = traces.is_some();
    let is_call = move |metadata: &Metadata<'_>| is_traced && Traces::is_call(metadata);
    let registry = tracing_subscriber::registry()
        .with(metrics.with_filter(interested_in(is_metric, metrics::LEVEL.into())))
        .with(traces.with_filter(interested_in(is_call, Traces::level(is_traced))));
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    let dispatch = if is_text {
        let text = layer.with_timer(timer).with_ansi(false);
        Dispatch::new(registry.with(text.with_filter(filter)))
    } else {
        let json = layer
            .fmt_fields(SpanFields)
            .event_format(FlatJson { timer });
        Dispatch::new(registry.with(json.with_filter(filter)))
    };
    if let Some(setting) = misread {
        tracing::dispatcher::with_default(&dispatch, || log!(LogLevelInvalid, setting));
    }
    dispatch
}

/// A filter with a static maximum level. Without the hint, `tracing` would evaluate the filter for every event of a
/// library, instead of caching the result per callsite.
fn interested_in<F: Fn(&Metadata<'_>) -> bool>(is_wanted: F, least: LevelFilter) -> FilterFn<F> {
    filter_fn(is_wanted).with_max_level_hint(least)
}

/// Writes a line to standard output, which Lambda sends to CloudWatch Logs.
fn print(line: &str) {
    // A failed write must not stop the work, and there is no other place to report it.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

fn is_metric(metadata: &Metadata<'_>) -> bool {
    Metrics::<fn(&str)>::is_one(metadata)
}

/// Runs one invocation of a function. Each line that it logs has the name of the function and Lambda's request id. Its
/// calls are traced as Lambda's `trace` header specifies.
///
/// # Errors
/// The error of the work, logged and in the form that Lambda [reports](reported).
pub async fn invocation<E: NamedError>(
    function: &'static str,
    request_id: &str,
    trace: Option<&str>,
    work: impl Future<Output = Result<(), E>>,
) -> Result<(), Reported> {
    traces::begin(trace);
    // A span below the configured level would be disabled, and lines above that level would lack its fields.
    let span = error_span!(INVOCATION, function, request_id);
    async { work.await.map_err(|error| reported(&error)) }
        .instrument(span)
        .await
}

/// Logs that CodePipeline sent a job.
pub fn job_received(record: &ExecutionRecord) {
    let names = record.targets.iter().map(|it| it.resource.to_string());
    let ids = record.snapshots().map(|seen| seen.id.to_string());
    let reason = match (record.targets.as_slice(), verdict(record)) {
        ([], Some(Verdict::Failed(reason))) => Some(reason),
        _ => None,
    };
    execution(record).in_scope(|| {
        log!(
            JobReceived,
            distribution_id = listed(names),
            topic = record.topic.as_ref().map(TopicArn::as_str),
            invalidation_id = listed(ids),
            job_number = record.job.number,
            deadline_ms = record.deadline_at.as_millis(),
            goal = ?record.goal,
            on_timeout = ?record.on_timeout,
            notify_on = ?record.notify_on,
        );
        if let Some(reason) = reason {
            log!(JobRejected, ?reason);
        }
    });
}

/// The names, separated by commas; `None` if there are none.
fn listed(names: impl Iterator<Item = String>) -> Option<String> {
    let names: Vec<String> = names.collect();
    (!names.is_empty()).then(|| names.join(","))
}

/// Logs the outcome of an execution, after it was stored.
pub fn decided(record: &ExecutionRecord) {
    let outcome = outcome(verdict(record));
    let cloudfront_calls = record.cloudfront_calls;
    log!(OutcomeDecided, outcome, cloudfront_calls);
    measured::decided(record);
}

fn verdict(record: &ExecutionRecord) -> Option<&Verdict> {
    record.outcome.as_ref().map(|outcome| &outcome.verdict)
}

/// The outcome as a value for a log field.
fn outcome(verdict: Option<&Verdict>) -> &'static str {
    match verdict {
        None => "continue",
        Some(Verdict::Succeeded) => "succeeded",
        Some(Verdict::Failed(_)) => "failed",
        Some(Verdict::TimedOut) => "timed out",
        Some(Verdict::SucceededWithWarning) => "succeeded with warning",
    }
}

/// Logs the reply to a step and counts its metrics. `record` is the state after the reply.
pub fn observed(record: &ExecutionRecord, observation: &Observation, now: Timestamp) {
    if service_error(observation).is_some_and(|it| it.kind == ServiceErrorKind::Throttled) {
        count(Metric::Throttles, now);
    }
    match observation {
        Observation::Replied(target_index, reply) => {
            if let Some(target) = record.targets.get(*target_index) {
                target::replied(record, target, reply);
                measured::replied(target, reply, now);
            }
        }
        Observation::Reported(delivery) => {
            result_reported(record, *delivery, now);
            measured::result_reported(record, *delivery, now);
        }
        Observation::NotReported(service_error) => result_not_reported(record, service_error, now),
        Observation::ChangeChecked(is_change) => publishing::change_checked(record, *is_change),
        Observation::Published {
            channel,
            message_id,
        } => publishing::published(record, *channel, message_id),
        Observation::NotPublished(channel, service_error) => {
            publishing::not_published(record, *channel, service_error, now);
        }
        Observation::Disallowed => publishing::disallowed(record, now),
        Observation::DisallowedTarget(target_index, reason) => {
            if let Some(target) = record.targets.get(*target_index) {
                target::disallowed(target, reason);
            }
        }
    }
}

/// The error with which a service rejected a call, if a retry may succeed.
const fn service_error(observation: &Observation) -> Option<&ServiceError> {
    match observation {
        Observation::Replied(_, Reply::CloudFront(CloudFrontReply::Retryable(service_error)))
        | Observation::NotReported(service_error)
        | Observation::NotPublished(_, service_error) => Some(service_error),
        _ => None,
    }
}

fn result_reported(record: &ExecutionRecord, delivery: Delivery, now: Timestamp) {
    let (job_id, outcome) = (record.job.job_id.as_str(), outcome(verdict(record)));
    match delivery {
        Delivery::Continued => log!(ContinuationAccepted, job_id, outcome),
        Delivery::Concluded => log!(ResultAccepted, job_id, outcome),
        Delivery::Unknown => identity::unknown_job(&record.job.job_id, now),
        Delivery::Closed | Delivery::Undeliverable => log!(ResultClosed, job_id, outcome),
    }
}

fn result_not_reported(record: &ExecutionRecord, service_error: &ServiceError, now: Timestamp) {
    let (job_id, outcome) = (record.job.job_id.as_str(), outcome(verdict(record)));
    match record.job.result {
        None => log!(ResultRetry, job_id, outcome, %service_error),
        Some(Delivery::Undeliverable) => {
            count(Metric::UndeliveredResults, now);
            log!(ResultExpired, job_id, outcome, %service_error);
        }
        Some(Delivery::Continued | Delivery::Concluded | Delivery::Closed | Delivery::Unknown) => {
            log!(ResultUnconfirmed, job_id, outcome, %service_error);
        }
    }
}

/// Logs and counts a result that was never delivered, after the record was finalized and stored.
pub fn finalized(record: &ExecutionRecord, now: Timestamp) {
    if decide::is_undelivered(record) {
        let (job_id, outcome) = (record.job.job_id.as_str(), outcome(verdict(record)));
        count(Metric::UndeliveredResults, now);
        log!(ResultUndelivered, job_id, outcome);
    }
}

/// Logs an event without a readable job id, without its content, and counts it.
pub fn invalid_event(fault: &(dyn std::error::Error + 'static), now: Timestamp) {
    log!(EventUnreadable, error = fault);
    count(Metric::InvalidEvents, now);
}

/// Logs an error that a function is about to return, and converts it to the form that Lambda reports: one text with the
/// full cause chain, because the runtime would report the outermost error only.
#[must_use]
pub fn reported<E: NamedError>(error: &E) -> Reported {
    let text = chain(error);
    log!(InvocationFailed, error = text);
    Reported {
        name: error.name(),
        text,
    }
}

/// An error in the form that Lambda reports.
#[derive(Debug)]
pub struct Reported {
    /// The `errorType`.
    pub name: &'static str,
    /// The `errorMessage`: the error with all its causes.
    pub text: String,
}

/// An error with which an invocation ends.
pub trait NamedError: std::error::Error + 'static {
    /// The `errorType` that Lambda shows. Without it, the runtime would use the path of a Rust type.
    fn name(&self) -> &'static str;
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}
