//! Metrics: lines in the CloudWatch embedded metric format. CloudWatch extracts the metrics from the log, so that no
//! API call is needed
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).

use std::fmt;

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use invalidation_core::model::timestamp::Timestamp;

/// The CloudWatch namespace of the metrics.
const NAMESPACE: &str = "CloudFrontInvalidation";
/// The only dimension is the function that writes the metric, so that two deployments in one account stay separate.
/// With a dimension for the pipeline or the distribution, each value would create another metric, and CloudWatch
/// charges per metric. The log contains both.
const DIMENSION: &str = "FunctionName";

/// A counter or a measured value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// An execution that succeeded.
    Succeeded,
    /// An execution that failed.
    Failed,
    /// An execution that timed out.
    TimedOut,
    /// An execution that reached its deadline and succeeds with a warning.
    SucceededWithWarning,
    /// The time from the start of an execution to its outcome.
    CompletionSeconds,
    /// The number of calls to CloudFront for an execution.
    CloudFrontCalls,
    /// The time from a target's queue entry to its invalidation, created for it or for its leader.
    QueueSeconds,
    /// The time by which the wait shortened the action: without it, the next continuation job would have reported the
    /// outcome.
    WaitSavedSeconds,
    /// An event without a readable job id. No result can be reported for it.
    InvalidEvents,
    /// A job that is unknown to CodePipeline.
    UnknownJobs,
    /// A job or a failure record of another function.
    ForeignJobs,
    /// A job whose identity CodePipeline did not return.
    UncheckedJobs,
    /// A job that the checker handled, because every delivery to `start` failed.
    FailedDeliveries,
    /// An invocation of the checker that could not report the result of such a job. Lambda retries it twice.
    FailedDeliveryErrors,
    /// An invocation of the checker that did nothing, because its settings are invalid.
    WrongSettings,
    /// An execution that was failed, because the sweeps did not complete with it.
    StuckExecutions,
    /// A job whose outcome CodePipeline never accepted, because it could not be reached before the job timed out there.
    UndeliveredResults,
    /// An attempt, from the third on, whose notification SNS rejected for a reason that no retry corrects.
    RejectedNotifications,
    /// An attempt, from the third on, whose event EventBridge rejected for a reason that no retry corrects.
    RejectedEvents,
    /// A notification that SNS did not accept after the last retry.
    AbandonedNotifications,
    /// An event that EventBridge did not accept after the last retry.
    AbandonedEvents,
    /// A call that a service throttled after the retries of the SDK.
    Throttles,
    /// The number of executions that were due at the beginning of a sweep.
    DueExecutions,
    /// The number of executions that were open at the end of a sweep, due or not.
    OpenExecutions,
    /// How long the longest overdue execution has been overdue, whether or not a sweep could advance it; 0 if none is.
    OldestOverdueSeconds,
}

impl Metric {
    /// All metrics.
    pub const ALL: [Self; 25] = [
        Self::Succeeded,
        Self::Failed,
        Self::TimedOut,
        Self::SucceededWithWarning,
        Self::CompletionSeconds,
        Self::CloudFrontCalls,
        Self::QueueSeconds,
        Self::WaitSavedSeconds,
        Self::InvalidEvents,
        Self::UnknownJobs,
        Self::ForeignJobs,
        Self::UncheckedJobs,
        Self::FailedDeliveries,
        Self::FailedDeliveryErrors,
        Self::WrongSettings,
        Self::StuckExecutions,
        Self::UndeliveredResults,
        Self::RejectedNotifications,
        Self::RejectedEvents,
        Self::AbandonedNotifications,
        Self::AbandonedEvents,
        Self::Throttles,
        Self::DueExecutions,
        Self::OpenExecutions,
        Self::OldestOverdueSeconds,
    ];

    /// Its name in CloudWatch, which alarms and dashboards use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::TimedOut => "TimedOut",
            Self::SucceededWithWarning => "SucceededWithWarning",
            Self::CompletionSeconds => "CompletionSeconds",
            Self::CloudFrontCalls => "CloudFrontCalls",
            Self::QueueSeconds => "QueueSeconds",
            Self::WaitSavedSeconds => "WaitSavedSeconds",
            Self::InvalidEvents => "InvalidEvents",
            Self::UnknownJobs => "UnknownJobs",
            Self::ForeignJobs => "ForeignJobs",
            Self::UncheckedJobs => "UncheckedJobs",
            Self::FailedDeliveries => "FailedDeliveries",
            Self::FailedDeliveryErrors => "FailedDeliveryErrors",
            Self::WrongSettings => "WrongSettings",
            Self::StuckExecutions => "StuckExecutions",
            Self::UndeliveredResults => "UndeliveredResults",
            Self::RejectedNotifications => "RejectedNotifications",
            Self::RejectedEvents => "RejectedEvents",
            Self::AbandonedNotifications => "AbandonedNotifications",
            Self::AbandonedEvents => "AbandonedEvents",
            Self::Throttles => "Throttles",
            Self::DueExecutions => "DueExecutions",
            Self::OpenExecutions => "OpenExecutions",
            Self::OldestOverdueSeconds => "OldestOverdueSeconds",
        }
    }

    const fn unit(self) -> &'static str {
        match self {
            Self::CompletionSeconds
            | Self::QueueSeconds
            | Self::WaitSavedSeconds
            | Self::OldestOverdueSeconds => "Seconds",
            _ => "Count",
        }
    }
}

/// The target of the events that carry a metric. They are not written to the log.
pub(super) const TARGET: &str = "metrics";
/// Their level, which is always enabled: metrics do not depend on the log level.
pub(super) const LEVEL: Level = Level::ERROR;
/// The field that contains the metric.
const FIELD: &str = "line";

/// Counts one occurrence.
pub fn count(metric: Metric, now: Timestamp) {
    measure(&[(metric, 1)], now);
}

/// Publishes measured values in one line.
pub fn measure(values: &[(Metric, u64)], now: Timestamp) {
    if tracing::enabled!(target: TARGET, LEVEL) {
        let line = metrics_line(values, now);
        tracing::event!(target: TARGET, LEVEL, %line);
    }
}

/// The line of these values, without the dimension.
fn metrics_line(values: &[(Metric, u64)], now: Timestamp) -> Value {
    let metrics: Vec<Value> = values
        .iter()
        .map(|(metric, _)| json!({ "Name": metric.name(), "Unit": metric.unit() }))
        .collect();
    let mut line: Map<String, Value> = values
        .iter()
        .map(|(metric, value)| (metric.name().to_owned(), (*value).into()))
        .collect();
    let directive = json!({
        "Timestamp": now.as_millis(),
        "CloudWatchMetrics": [{
            "Namespace": NAMESPACE,
            "Dimensions": [[DIMENSION]],
            "Metrics": metrics,
        }],
    });
    line.insert("_aws".to_owned(), directive);
    line.into()
}

/// The layer that writes each metric as a line with the name of the function.
#[derive(Debug)]
pub struct Metrics<W> {
    function: Value,
    write: W,
}

impl<W: Fn(&str)> Metrics<W> {
    /// A layer that writes lines with this function name through `write`.
    pub fn new(function: &str, write: W) -> Self {
        let function = function.into();
        Self { function, write }
    }

    /// Whether an event is a metric.
    #[must_use]
    pub fn is_one(metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }
}

impl<S: Subscriber, W: Fn(&str) + 'static> Layer<S> for Metrics<W> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        if let Some(rest) = line.0.strip_prefix('{') {
            let Self { function, write } = self;
            write(&format!("{{\"{DIMENSION}\":{function},{rest}"));
        }
    }
}

/// The field of an event that contains a metric.
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == FIELD {
            self.0 = format!("{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_metrics_their_values_and_the_function() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let values = [(Metric::Succeeded, 1), (Metric::CompletionSeconds, 34)];
        insta::assert_snapshot!(metrics_line(&values, now), @r#"{"CompletionSeconds":34,"Succeeded":1,"_aws":{"CloudWatchMetrics":[{"Dimensions":[["FunctionName"]],"Metrics":[{"Name":"Succeeded","Unit":"Count"},{"Name":"CompletionSeconds","Unit":"Seconds"}],"Namespace":"CloudFrontInvalidation"}],"Timestamp":1700000000000}}"#);
    }

    #[test]
    fn each_metric_has_a_unique_name() {
        let names: std::collections::BTreeSet<_> = Metric::ALL.map(Metric::name).into();
        assert_eq!(names.len(), Metric::ALL.len());
    }
}
