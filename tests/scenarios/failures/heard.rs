//! What the functions say while a story is played: lines of the log, and metrics.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use invalidation_runtime::telemetry::{self, Code, Scope, Severity};
use serde_json::{Map, Value};
use tracing::Dispatch;
use tracing_subscriber::fmt::time::SystemTime;

use crate::series::{OVERDUE, Point, points_of};

/// The fields that say why.
const WHY: [&str; 3] = ["service_error", "reason", "error"];
/// What each line has.
const OF_EACH_LINE: [&str; 5] = ["timestamp", "level", "message", "event", "target"];

/// What was heard.
#[derive(Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Said>>);

#[derive(Default)]
struct Said {
    /// Each warning or error that was not there before, and how often it came.
    lines: Vec<(String, u32)>,
    /// The sum of each metric, or the greatest value where it is a time or a level.
    metrics: BTreeMap<String, u64>,
    /// For how long something was overdue, at each sweep.
    overdue: Vec<Point>,
}

impl Heard {
    /// Who listens, on this thread: the log as Lambda gets it.
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

    /// For how long something was overdue, at each sweep.
    pub(super) fn overdue(&self) -> Vec<Point> {
        self.said().overdue.clone()
    }

    fn measured(&self, line: &str) {
        for (name, (at, value)) in points_of(line) {
            if name == OVERDUE {
                self.said().overdue.push((at, value));
            }
            let known = self.said().metrics.get(&name).copied().unwrap_or_default();
            let is_level = name == "DueExecutions" || name == "OpenExecutions";
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

impl io::Write for Heard {
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

impl Heard {
    fn logged(&self, code: Code, line: &Map<String, Value>) {
        if !matches!(code.severity(), Severity::Warn | Severity::Error) {
            return;
        }
        let why = WHY.iter().find_map(|name| line.get(*name)?.as_str());
        let why = why.map(|why| format!(" — {why}")).unwrap_or_default();
        let line = format!("{} `{}`{why}", code.severity().name(), code.code());
        let lines = &mut self.said().lines;
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, times)) => *times += 1,
            None => lines.push((line, 1)),
        }
    }
}

/// A line has the fields that its code promises, whichever spans were around it, and no other.
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
