//! What we count: each number is one line on standard output in CloudWatch's Embedded Metric Format, from which
//! CloudWatch makes a metric without a call of ours
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).

use std::io::Write as _;
use std::sync::OnceLock;

use crate::timestamp::Timestamp;

/// The namespace of our metrics in CloudWatch.
const NAMESPACE: &str = "CloudFrontInvalidation";
/// The one dimension: the function that writes the metric, so that two deployments in one account do not mix.
const DIMENSION: &str = "FunctionName";

/// Something that is counted or measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// An event without a readable job id, which nobody can answer.
    UnanswerableEvents,
    /// A job that the checker answers, because every delivery to `start` failed.
    RescuedJobs,
    /// An execution that is failed, because no pass comes to its end with it.
    StuckExecutions,
    /// A notice that SNS did not take after the last try.
    GivenUpNotices,
    /// A call that CloudFront, CodePipeline or SNS refused, after the SDK's own tries, because there were too many.
    Throttles,
    /// The age of the oldest execution that a pass of the checker had in hand, 0 when nothing was due.
    OldestUnfinishedSeconds,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::UnanswerableEvents,
        Self::RescuedJobs,
        Self::StuckExecutions,
        Self::GivenUpNotices,
        Self::Throttles,
        Self::OldestUnfinishedSeconds,
    ];

    /// Its name in CloudWatch, which alarms and dashboards use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnanswerableEvents => "UnanswerableEvents",
            Self::RescuedJobs => "RescuedJobs",
            Self::StuckExecutions => "StuckExecutions",
            Self::GivenUpNotices => "GivenUpNotices",
            Self::Throttles => "Throttles",
            Self::OldestUnfinishedSeconds => "OldestUnfinishedSeconds",
        }
    }

    const fn unit(self) -> &'static str {
        match self {
            Self::OldestUnfinishedSeconds => "Seconds",
            _ => "Count",
        }
    }
}

/// The name of the function that writes, once somebody is there to read.
static FUNCTION: OnceLock<String> = OnceLock::new();

/// From now on metrics are written, in the name of this function.
pub(super) fn write_for(function: String) {
    // Only the first call counts: a process is one function.
    let _ = FUNCTION.set(function);
}

/// Counts one occurrence.
pub fn count(metric: Metric, now: Timestamp) {
    measure(metric, 1, now);
}

/// Writes a measured value. Before [`init`](super::init) nobody reads, and nothing is written.
pub fn measure(metric: Metric, value: u64, now: Timestamp) {
    if let Some(function) = FUNCTION.get() {
        // A metric that cannot be written is no reason to stop work, and there is no other place to say so.
        let _ = writeln!(
            std::io::stdout().lock(),
            "{}",
            line(metric, value, function, now)
        );
    }
}

fn line(metric: Metric, value: u64, function: &str, now: Timestamp) -> serde_json::Value {
    let (name, unit) = (metric.name(), metric.unit());
    serde_json::json!({
        "_aws": {
            "Timestamp": now.as_millis(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [[DIMENSION]],
                "Metrics": [{ "Name": name, "Unit": unit }],
            }],
        },
        DIMENSION: function,
        name: value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_how_much_and_of_whom() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        insta::assert_snapshot!(line(Metric::OldestUnfinishedSeconds, 90, "example-checker", now), @r#"{"FunctionName":"example-checker","OldestUnfinishedSeconds":90,"_aws":{"CloudWatchMetrics":[{"Dimensions":[["FunctionName"]],"Metrics":[{"Name":"OldestUnfinishedSeconds","Unit":"Seconds"}],"Namespace":"CloudFrontInvalidation"}],"Timestamp":1700000000000}}"#);
    }

    #[test]
    fn each_metric_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = Metric::ALL.map(Metric::name).into();
        assert_eq!(names.len(), Metric::ALL.len());
    }
}
