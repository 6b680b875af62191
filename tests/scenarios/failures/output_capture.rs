//! Captures what the functions write during a run: log lines and metrics.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use invalidation_runtime::telemetry::{self, Code, Scope, Severity};
use serde_json::{Map, Value};
use tracing::Dispatch;
use tracing_subscriber::fmt::time::SystemTime;

use crate::series::{OVERDUE, Point, points_of};

/// The fields with a cause.
const WHY: [&str; 3] = ["service_error", "reason", "error"];
/// The fields of every line.
const OF_EACH_LINE: [&str; 5] = ["timestamp", "level", "message", "event", "target"];

/// The captured output.
#[derive(Clone, Default)]
pub(super) struct OutputCapture(Arc<Mutex<Output>>);

#[derive(Default)]
struct Output {
    /// Each different warning or error, and how often it was logged.
    lines: Vec<(String, u32)>,
    /// The sum of each metric, or the greatest value of a time or a level.
    metrics: BTreeMap<String, u64>,
    /// The greatest lateness at each sweep.
    overdue: Vec<Point>,
}

impl OutputCapture {
    /// The subscriber for this thread: the log in the format of production.
    pub(super) fn dispatch(&self) -> Dispatch {
        let (lines, metrics) = (self.clone(), self.clone());
        let lookup = |name: &str| match name {
            "AWS_LAMBDA_LOG_FORMAT" => Some("JSON".to_owned()),
            "AWS_LAMBDA_LOG_LEVEL" => Some("DEBUG".to_owned()),
            "AWS_LAMBDA_FUNCTION_NAME" => Some("start".to_owned()),
            _ => None,
        };
        telemetry::dispatch(
            lookup,
            SystemTime,
            move || lines.clone(),
            move |line| metrics.measured(line),
        )
    }

    /// The warnings and errors, each with its count.
    pub(super) fn lines(&self) -> Vec<String> {
        let observed = |(line, times): &(String, u32)| match times {
            1 => line.clone(),
            times => format!("{line} ({times} times)"),
        };
        self.output().lines.iter().map(observed).collect()
    }

    /// The metrics that are not zero.
    pub(super) fn metrics(&self) -> BTreeMap<String, u64> {
        let mut metrics = self.output().metrics.clone();
        metrics.retain(|_, value| *value > 0);
        metrics
    }

    /// The greatest lateness at each sweep.
    pub(super) fn overdue(&self) -> Vec<Point> {
        self.output().overdue.clone()
    }

    fn measured(&self, line: &str) {
        for (name, (at, value)) in points_of(line) {
            if name == OVERDUE {
                self.output().overdue.push((at, value));
            }
            let known = self
                .output()
                .metrics
                .get(&name)
                .copied()
                .unwrap_or_default();
            let is_level = name == "DueExecutions" || name == "OpenExecutions";
            let is_most = is_level || name.ends_with("Seconds");
            let now = if is_most {
                known.max(value)
            } else {
                known + value
            };
            self.output().metrics.insert(name, now);
        }
    }

    fn output(&self) -> MutexGuard<'_, Output> {
        self.0.lock().expect("no line panics")
    }
}

impl io::Write for OutputCapture {
    /// The log writes whole lines.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line: Map<String, Value> = serde_json::from_slice(bytes)?;
        if let Some(code) = line
            .get("event")
            .and_then(Value::as_str)
            .and_then(Code::parse)
        {
            check(code, &line);
            self.logged(code, &line);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl OutputCapture {
    fn logged(&self, code: Code, line: &Map<String, Value>) {
        if !matches!(code.severity(), Severity::Warn | Severity::Error) {
            return;
        }
        let why = WHY.iter().find_map(|name| line.get(*name)?.as_str());
        let why = why.map(|why| format!(" — {why}")).unwrap_or_default();
        let line = format!("{} `{}`{why}", code.severity().name(), code.code());
        let lines = &mut self.output().lines;
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, times)) => *times += 1,
            None => lines.push((line, 1)),
        }
    }
}

/// Asserts that a line has the fields of its code for any set of spans, and no other field.
fn check(code: Code, line: &Map<String, Value>) {
    let has = |name: &str| line.get(name).is_some_and(Value::is_string);
    let is_placed = match code.scope() {
        Scope::Invocation => true,
        Scope::Job => has("job_id"),
        Scope::Execution => has("execution_id"),
        Scope::Target => {
            let names = ["distribution_id", "distribution_tenant_id", "alias"];
            has("execution_id") && names.iter().any(|name| has(name))
        }
    };
    assert!(is_placed, "{line:?}");
    assert_eq!(line["level"], code.severity().name(), "{line:?}");
    assert_eq!(line["message"], code.message(), "{line:?}");
    let spans = [Scope::Job, Scope::Target].map(Scope::fields).concat();
    for name in line.keys().filter(|name| *name != "span") {
        let is_known = [&OF_EACH_LINE[..], code.fields(), &spans]
            .iter()
            .any(|names| names.contains(&name.as_str()));
        assert!(is_known, "{name} in {line:?}");
    }
}
