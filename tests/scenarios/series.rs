//! Metrics as CloudWatch has them, each value with its time, and the state of a template's alarm on them.

use std::sync::{Arc, Mutex};

use harness::subscriber;
use invalidation_runtime::telemetry::Metrics;
use serde_json::{Map, Value};
use tracing::Dispatch;
use tracing::dispatcher::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt as _;

/// The template with the alarms.
pub(crate) const TEMPLATE: &str = include_str!("../../infra/sam/template.yaml");

/// The metric of the greatest lateness.
pub(crate) const OVERDUE: &str = "OldestOverdueSeconds";
/// Its alarm.
pub(crate) const OVERDUE_ALARM: &str = "OldestOverdueAlarm";

/// A value and its time, in milliseconds since 1970.
pub(crate) type Point = (u64, u64);

/// Every value that is measured on this thread during its lifetime.
pub(crate) struct Series {
    points: Arc<Mutex<Vec<(String, Point)>>>,
    _listening: DefaultGuard,
}

impl Series {
    /// Listens from now on.
    pub(crate) fn listen() -> Self {
        subscriber::everywhere();
        let points = Arc::<Mutex<Vec<(String, Point)>>>::default();
        let known = points.clone();
        let metrics = Metrics::new("a function", move |line: &str| {
            known
                .lock()
                .expect("no line panics")
                .extend(points_of(line));
        });
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(metrics));
        let guard = tracing::dispatcher::set_default(&dispatch);
        Self {
            points,
            _listening: guard,
        }
    }

    /// The values of one metric, in the order in which they were measured.
    pub(crate) fn of(&self, metric: &str) -> Vec<Point> {
        let points = self.points.lock().expect("no line panics");
        let values = points.iter().filter(|(name, _)| name == metric);
        values.map(|(_, point)| *point).collect()
    }

    /// The same without the times.
    pub(crate) fn values(&self, metric: &str) -> Vec<u64> {
        self.of(metric)
            .into_iter()
            .map(|(_, value)| value)
            .collect()
    }

    /// The sum of one metric.
    pub(crate) fn sum(&self, metric: &str) -> u64 {
        self.values(metric).into_iter().sum()
    }
}

/// The metrics of a line, each at its time.
pub(crate) fn points_of(line: &str) -> Vec<(String, Point)> {
    let line: Map<String, Value> = serde_json::from_str(line).expect("a metric is JSON");
    let at = line["_aws"]["Timestamp"].as_u64().expect("a time");
    let values = line
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), (at, value.as_u64()?))));
    values.collect()
}

/// An alarm of the template on the greatest value of a metric.
pub(crate) struct Alarm {
    period_ms: u64,
    periods: usize,
    threshold: u64,
}

impl Alarm {
    /// The alarm of this name.
    pub(crate) fn of_template(name: &str) -> Self {
        let (_, rest) = TEMPLATE
            .split_once(&format!("\n  {name}:\n"))
            .expect("the template has it");
        let (text, _) = rest.split_once("\n\n").expect("another resource follows");
        let property = |name: &str| {
            let line = text.lines().find_map(|line| {
                let line = line.trim().strip_prefix(name)?;
                line.strip_prefix(": ")
            });
            line.unwrap_or_else(|| panic!("{name} in {text}"))
                .to_owned()
        };
        assert_eq!(property("Statistic"), "Maximum");
        assert_eq!(property("ComparisonOperator"), "GreaterThanThreshold");
        assert_eq!(property("TreatMissingData"), "notBreaching");
        let number = |name: &str| property(name).parse::<u64>().expect("a number");
        Self {
            period_ms: number("Period") * 1_000,
            periods: usize::try_from(number("EvaluationPeriods")).expect("a few"),
            threshold: number("Threshold"),
        }
    }

    /// How often it is raised: the maximum over all alignments of its periods with the values.
    pub(crate) fn raised(&self, points: &[Point]) -> usize {
        let minutes = 0..self.period_ms / 60_000;
        let counts = minutes.map(|minute| self.raised_from(points, minute * 60_000));
        counts.max().unwrap_or_default()
    }

    fn raised_from(&self, points: &[Point], offset_ms: u64) -> usize {
        let place = |at: u64| (at + offset_ms) / self.period_ms;
        let (Some((first, _)), Some((last, _))) = (points.first(), points.last()) else {
            return 0;
        };
        let (mut in_a_row, mut raised) = (0, 0);
        for period in place(*first)..=place(*last) {
            let inside = points.iter().filter(|(at, _)| place(*at) == period);
            let greatest = inside.map(|(_, value)| *value).max();
            if greatest.is_some_and(|value| value > self.threshold) {
                in_a_row += 1;
                raised += usize::from(in_a_row == self.periods);
            } else {
                in_a_row = 0;
            }
        }
        raised
    }
}

#[test]
fn an_alarm_counts_periods_in_a_row() {
    let alarm = Alarm {
        period_ms: 300_000,
        periods: 3,
        threshold: 1_800,
    };
    let each_minute = |values: &[u64]| -> Vec<Point> {
        (0..)
            .map(|n| n * 60_000)
            .zip(values.iter().copied())
            .collect()
    };
    assert_eq!(alarm.raised(&[]), 0);
    assert_eq!(alarm.raised(&each_minute(&[1_800; 60])), 0);
    assert_eq!(alarm.raised(&each_minute(&[1_801; 60])), 1);
    let short = [[0; 30], [1_900; 30]].concat();
    assert_eq!(alarm.raised(&each_minute(&short[..35])), 0);
    let twice = [[1_900; 30], [0; 30], [1_900; 30]].concat();
    assert_eq!(alarm.raised(&each_minute(&twice)), 2);
}
