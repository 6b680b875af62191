//! What we count: lines in CloudWatch's Embedded Metric Format, from which CloudWatch makes metrics
//! without a call of ours
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).

use std::fmt;

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use invalidation_core::model::timestamp::Timestamp;

/// The namespace of our metrics in CloudWatch.
const NAMESPACE: &str = "CloudFrontInvalidation";
/// The one dimension: the function that writes the metric, so that two deployments in one account do not mix. A pipeline or
/// a distribution would make a metric of its own of each, and CloudWatch bills by the metric; the log has them.
const DIMENSION: &str = "FunctionName";

/// Something that is counted or measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// An execution that was decided to have succeeded.
    Succeeded,
    /// An execution that was decided to have failed.
    Failed,
    /// An execution that was decided to have timed out.
    TimedOut,
    /// An execution whose deadline came first, and that succeeds regardless.
    SucceededWithWarning,
    /// How long an execution took from its beginning to its outcome.
    CompletionSeconds,
    /// How often CloudFront was asked for an execution.
    CloudFrontCalls,
    /// How long after it entered the queue before its distribution a target had its invalidation, its own or another's.
    QueueSeconds,
    /// By how much the wait shortened a job that ended with the outcome: what CodePipeline's next job would have cost.
    WaitSavedSeconds,
    /// An event without a readable job id, which nobody can answer.
    InvalidEvents,
    /// A job that CodePipeline does not have.
    UnknownJobs,
    /// A job of another function, or a failure record of one.
    ForeignJobs,
    /// A job of which CodePipeline did not say whose it is.
    UncheckedJobs,
    /// A job that the checker answered, because every delivery to `start` failed.
    FailedDeliveries,
    /// A run of the checker that could not answer such a job. Lambda tries it again, twice.
    FailedDeliveryErrors,
    /// A run of the checker that could do nothing, because its settings are wrong.
    WrongSettings,
    /// An execution that is failed, because no sweep comes to its end with it.
    StuckExecutions,
    /// A job of which CodePipeline never accepted the outcome, because it could not be reached until its own timer had ended it.
    UndeliveredResults,
    /// A notification that SNS did not take after the last try.
    AbandonedNotifications,
    /// An event that EventBridge did not take after the last try.
    AbandonedEvents,
    /// A call that a service refused, after the SDK's own tries, because there were too many.
    Throttles,
    /// How many executions were due when a sweep of the checker came.
    DueExecutions,
    /// How many executions were open after a sweep of the checker: due, or waiting for something.
    OpenExecutions,
    /// For how long the execution that is overdue longest has been overdue, whether or not a sweep could move it; 0 when
    /// none is.
    OldestOverdueSeconds,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 23] = [
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

/// The target of the events that carry a metric: no line of the log, but one for CloudWatch.
pub(super) const TARGET: &str = "metrics";
/// Their level, which is always asked for: what is counted does not depend on what is logged.
pub(super) const LEVEL: Level = Level::ERROR;
/// The field that carries it.
const FIELD: &str = "line";

/// Counts one occurrence.
pub fn count(metric: Metric, now: Timestamp) {
    measure(&[(metric, 1)], now);
}

/// Hands measured values, all in one line, to whoever listens.
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

/// Who listens for metrics, and writes each as a line in the name of one function.
#[derive(Debug)]
pub struct Metrics<W> {
    function: Value,
    write: W,
}

impl<W: Fn(&str)> Metrics<W> {
    /// Writes through `write`, in the name of this function.
    pub fn new(function: &str, write: W) -> Self {
        let function = function.into();
        Self { function, write }
    }

    /// Whether an event is a metric, and no line of the log.
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

/// The one field of an event that carries a metric.
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
    fn a_line_says_what_how_much_and_of_whom() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let values = [(Metric::Succeeded, 1), (Metric::CompletionSeconds, 34)];
        insta::assert_snapshot!(metrics_line(&values, now), @r#"{"CompletionSeconds":34,"Succeeded":1,"_aws":{"CloudWatchMetrics":[{"Dimensions":[["FunctionName"]],"Metrics":[{"Name":"Succeeded","Unit":"Count"},{"Name":"CompletionSeconds","Unit":"Seconds"}],"Namespace":"CloudFrontInvalidation"}],"Timestamp":1700000000000}}"#);
    }

    #[test]
    fn each_metric_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = Metric::ALL.map(Metric::name).into();
        assert_eq!(names.len(), Metric::ALL.len());
    }
}
