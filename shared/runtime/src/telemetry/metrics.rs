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

use crate::settings;

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

    /// Whether an alarm of high urgency uses it: the stack has those alarms with [`Selection::Basic`] as well.
    const fn is_basic(self) -> bool {
        matches!(
            self,
            Self::UndeliveredResults | Self::RejectedEvents | Self::AbandonedEvents
        )
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

/// Which metrics are written, by [`METRICS`](crate::settings::METRICS). CloudWatch charges for each metric with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// None.
    None,
    /// Those of the alarms of high urgency.
    Basic,
    /// All.
    Full,
}

impl Selection {
    /// Reads the value of the setting; `None` if it is no selection.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "none" => Some(Self::None),
            "basic" => Some(Self::Basic),
            "full" => Some(Self::Full),
            _ => None,
        }
    }

    /// The selection of a deployment. Without a valid setting it is full; an invalid one is an error of the settings.
    pub(super) fn configured(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let set = lookup(settings::METRICS);
        set.and_then(|text| Self::parse(&text))
            .unwrap_or(Self::Full)
    }
}

/// The target of the events that carry a metric. They are not written to the log.
pub(super) const TARGET: &str = "metrics";
/// Their level, which is always enabled: metrics do not depend on the log level.
pub(super) const LEVEL: Level = Level::ERROR;
/// The field that contains the metric.
const FIELD: &str = "line";
/// The field that contains whether it is basic.
const IS_BASIC: &str = "is_basic";

/// Counts one occurrence.
pub fn count(metric: Metric, now: Timestamp) {
    measure(&[(metric, 1)], now);
}

/// Publishes measured values in one line.
pub fn measure(values: &[(Metric, u64)], now: Timestamp) {
    if tracing::enabled!(target: TARGET, LEVEL) {
        let line = metrics_line(values, now);
        let is_basic = values.iter().any(|(metric, _)| metric.is_basic());
        tracing::event!(target: TARGET, LEVEL, is_basic, %line);
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
    selection: Selection,
    write: W,
}

impl<W: Fn(&str)> Metrics<W> {
    /// A layer that writes all metrics, as lines with this function name, through `write`.
    pub fn new(function: &str, write: W) -> Self {
        Self {
            function: function.into(),
            selection: Selection::Full,
            write,
        }
    }

    /// The layer that writes only the selected metrics.
    #[must_use]
    pub fn only(self, selection: Selection) -> Self {
        Self { selection, ..self }
    }

    /// Whether an event is a metric.
    #[must_use]
    pub fn is_one(metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }
}

impl<S: Subscriber, W: Fn(&str) + 'static> Layer<S> for Metrics<W> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        let is_selected = match self.selection {
            Selection::None => false,
            Selection::Basic => line.is_basic,
            Selection::Full => true,
        };
        if let Some(rest) = line.text.strip_prefix('{').filter(|_| is_selected) {
            let Self {
                function, write, ..
            } = self;
            write(&format!("{{\"{DIMENSION}\":{function},{rest}"));
        }
    }
}

/// The fields of an event that contains a metric.
#[derive(Default)]
struct Line {
    text: String,
    is_basic: bool,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == FIELD {
            self.text = format!("{value:?}");
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if field.name() == IS_BASIC {
            self.is_basic = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::time::SystemTime;

    use super::*;
    use crate::telemetry;

    #[test]
    fn a_line_has_the_metrics_their_values_and_the_function() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let values = [(Metric::Succeeded, 1), (Metric::CompletionSeconds, 34)];
        insta::assert_snapshot!(metrics_line(&values, now), @r#"{"CompletionSeconds":34,"Succeeded":1,"_aws":{"CloudWatchMetrics":[{"Dimensions":[["FunctionName"]],"Metrics":[{"Name":"Succeeded","Unit":"Count"},{"Name":"CompletionSeconds","Unit":"Seconds"}],"Namespace":"CloudFrontInvalidation"}],"Timestamp":1700000000000}}"#);
    }

    /// Whether a metric of an alarm of high urgency, and another one, are written with this setting.
    fn written(setting: Option<&str>) -> [bool; 2] {
        let lines = Arc::<Mutex<String>>::default();
        let known = lines.clone();
        let lookup = |name: &str| {
            setting
                .filter(|_| name == settings::METRICS)
                .map(str::to_owned)
        };
        let print = move |line: &str| known.lock().unwrap().push_str(line);
        let dispatch = telemetry::dispatch(lookup, SystemTime, std::io::sink, print);
        tracing::dispatcher::with_default(&dispatch, || {
            let now = Timestamp::from_millis(0);
            count(Metric::UndeliveredResults, now);
            count(Metric::Succeeded, now);
        });
        let lines = lines.lock().unwrap();
        ["UndeliveredResults", "Succeeded"].map(|name| lines.contains(name))
    }

    #[test]
    fn the_setting_selects_the_metrics_that_are_written() {
        assert_eq!(written(Some("none")), [false, false]);
        assert_eq!(written(Some("basic")), [true, false]);
        assert_eq!(written(Some("full")), [true, true]);
        assert_eq!(written(Some("")), [true, true]);
        assert_eq!(written(None), [true, true]);
    }

    #[test]
    fn each_metric_has_a_unique_name() {
        let names: std::collections::BTreeSet<_> = Metric::ALL.map(Metric::name).into();
        assert_eq!(names.len(), Metric::ALL.len());
    }
}
