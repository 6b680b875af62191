//! Metrics as CloudWatch has them, each value at its time.

use std::sync::{Arc, Mutex};

use serde_json::{Map, Value};
use shared::telemetry::Metrics;
use tests::listening;
use tracing::Dispatch;
use tracing::dispatcher::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt as _;

/// A value and when it was measured, in milliseconds since 1970.
type Point = (u64, u64);

/// Every value that is measured on this thread while it is there.
pub(crate) struct Series {
    points: Arc<Mutex<Vec<(String, Point)>>>,
    _listening: DefaultGuard,
}

impl Series {
    /// Listens from now on.
    pub(crate) fn listen() -> Self {
        listening::everywhere();
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
    fn of(&self, metric: &str) -> Vec<Point> {
        let points = self.points.lock().expect("no line panics");
        let ours = points.iter().filter(|(name, _)| name == metric);
        ours.map(|(_, point)| *point).collect()
    }

    /// The same without the times.
    pub(crate) fn values(&self, metric: &str) -> Vec<u64> {
        self.of(metric)
            .into_iter()
            .map(|(_, value)| value)
            .collect()
    }
}

/// The metrics of a line, each at its time.
fn points_of(line: &str) -> Vec<(String, Point)> {
    let line: Map<String, Value> = serde_json::from_str(line).expect("a metric is JSON");
    let at = line["_aws"]["Timestamp"].as_u64().expect("a time");
    let values = line
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), (at, value.as_u64()?))));
    values.collect()
}
