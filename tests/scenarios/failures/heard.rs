//! What the functions say while a story is played: lines of the log, and metrics.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use invalidation_runtime::telemetry::Metrics;
use tracing::field::{Field, Visit};
use tracing::{Dispatch, Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

use crate::series::{OVERDUE, Point, points_of};

/// The crates whose lines are ours.
const OURS: [&str; 4] = [
    "invalidation_runtime",
    "invalidation_aws",
    "start",
    "checker",
];
/// The fields that say why.
const WHY: [&str; 3] = ["trouble", "reason", "error"];

/// What was heard.
#[derive(Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Said>>);

#[derive(Default)]
struct Said {
    /// Each warning or error that was not there before, and how often it came.
    lines: Vec<(String, u32)>,
    /// The sum of each metric, or the greatest value where it is a time or a level.
    metrics: BTreeMap<String, u64>,
    /// For how long something was overdue, at each pass.
    overdue: Vec<Point>,
}

impl Heard {
    /// Who listens, on this thread.
    pub(super) fn dispatch(&self) -> Dispatch {
        let heard = self.clone();
        let metrics = Metrics::new("start", move |line: &str| heard.measured(line));
        Dispatch::new(
            tracing_subscriber::registry()
                .with(self.clone())
                .with(metrics),
        )
    }

    /// The warnings and errors, each with how often it came.
    pub(super) fn lines(&self) -> Vec<String> {
        let told = |(line, times): &(String, u32)| match times {
            1 => line.clone(),
            times => format!("{line} ({times} times)"),
        };
        self.said().lines.iter().map(told).collect()
    }

    /// The metrics that are not zero.
    pub(super) fn metrics(&self) -> BTreeMap<String, u64> {
        let mut metrics = self.said().metrics.clone();
        metrics.retain(|_, value| *value > 0);
        metrics
    }

    /// For how long something was overdue, at each pass.
    pub(super) fn overdue(&self) -> Vec<Point> {
        self.said().overdue.clone()
    }

    fn measured(&self, line: &str) {
        for (name, (at, value)) in points_of(line) {
            if name == OVERDUE {
                self.said().overdue.push((at, value));
            }
            let known = self.said().metrics.get(&name).copied().unwrap_or_default();
            let is_level = name == "UnfinishedExecutions" || name == "OpenExecutions";
            let is_most = is_level || name.ends_with("Seconds");
            let now = if is_most {
                known.max(value)
            } else {
                known + value
            };
            self.said().metrics.insert(name, now);
        }
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.0.lock().expect("no line panics")
    }
}

impl<S: Subscriber> Layer<S> for Heard {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let written_by = metadata.target().split("::").next().unwrap_or_default();
        if *metadata.level() > Level::WARN || !OURS.contains(&written_by) {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        let why = line.why.map(|why| format!(" — {why}")).unwrap_or_default();
        let line = format!("{} `{}`{why}", metadata.level(), line.message);
        let lines = &mut self.said().lines;
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, times)) => *times += 1,
            None => lines.push((line, 1)),
        }
    }
}

#[derive(Default)]
struct Line {
    message: String,
    why: Option<String>,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name if WHY.contains(&name) => self.why = Some(format!("{value:?}")),
            _ => {}
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut why = value.to_string();
        let mut cause = value.source();
        while let Some(error) = cause {
            why = format!("{why}: {error}");
            cause = error.source();
        }
        self.record_debug(field, &format_args!("{why}"));
    }
}
