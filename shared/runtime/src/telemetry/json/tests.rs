use std::io;
use std::sync::{Arc, Mutex};

use futures_util::future::join;
use serde_json::{Value, json};
use tracing::{Instrument as _, error, error_span, warn};
use tracing_subscriber::fmt::time::FormatTime;

use super::*;
use crate::log;
use crate::telemetry::{Code, claimed, dispatch, execution, of_job, target_span};
use invalidation_core::decide::{InvocationBudget, Policy, begun};
use invalidation_core::input::identifiers::JobId;
use invalidation_core::input::job_event::Text;
use invalidation_core::input::user_parameters::UserParameters;
use invalidation_core::model::execution_record::ExecutionRecord;
use invalidation_core::model::timestamp::Timestamp;
use std::time::Duration;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The record of an action with one distribution after the intake of its first job.
fn new_record() -> ExecutionRecord {
    let at = |seconds: u64| Timestamp::from_millis(seconds * 1_000);
    let text = Text::Given(r#"{"DistributionId":"E1"}"#.to_owned());
    let budget = InvocationBudget {
        from: at(0),
        wait_until: at(25),
        work_until: at(40),
        ends_at: at(60),
    };
    let policy = Policy {
        status_max_age: Duration::from_secs(9),
        timeout: Duration::from_secs(900),
        retention: Duration::from_secs(86_400),
        reserved_wildcards: 2,
        puts_events: false,
    };
    let id = JobId::parse("11111111-abcd-1111-abcd-111111abcdef").unwrap();
    begun(id, UserParameters::parse(&text).unwrap(), budget, &policy)
}

struct Noon;

impl FormatTime for Noon {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        writer.write_str("2026-01-01T12:00:00.000000Z")
    }
}

/// Installs a global subscriber. With a single thread-local subscriber, `tracing` may cache a callsite that another
/// thread reaches first as disabled, and the test would miss its events.
fn install_global_subscriber() {
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
}

/// The lines that `work` logs at this level.
fn written(level: &'static str, work: impl FnOnce()) -> Vec<String> {
    install_global_subscriber();
    let lines = Lines::default();
    let writer = lines.clone();
    let lookup = |name: &str| match name {
        "AWS_LAMBDA_LOG_LEVEL" => Some(level.to_owned()),
        "AWS_LAMBDA_LOG_FORMAT" => Some("JSON".to_owned()),
        _ => None,
    };
    let dispatch = dispatch(lookup, Noon, move || writer.clone(), |_| {});
    tracing::dispatcher::with_default(&dispatch, work);
    let bytes = lines.0.lock().unwrap().clone();
    let text = String::from_utf8(bytes).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn read(level: &'static str, work: impl FnOnce()) -> Vec<Value> {
    let lines = written(level, work);
    lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn job(id: &str) -> JobId {
    JobId::parse(id).unwrap()
}

const ONE: &str = "11111111-abcd-1111-abcd-111111abcdef";
const OTHER: &str = "22222222-abcd-1111-abcd-111111abcdef";

#[test]
fn a_line_is_flat_and_has_the_fields_of_its_spans() {
    let record = new_record();
    let lines = written("INFO", || {
        let invocation = error_span!(INVOCATION, function = "start", request_id = "r\"1");
        let target = &record.targets[0];
        invocation.in_scope(|| {
            execution(&record).in_scope(|| {
                target_span(target).in_scope(|| log!(QueueWaiting, ahead = 2));
            });
        });
    });
    insta::assert_snapshot!(lines.join("\n"));
}

/// Spans stay enabled at the least verbose level of Lambda, so their fields are in each line.
#[test]
fn no_level_removes_the_fields_of_a_span() {
    for level in ["ERROR", "FATAL", "warn,invalidation_runtime=error"] {
        let lines = read(level, || {
            execution(&new_record()).in_scope(|| {
                log!(RecordConflict);
                log!(NotificationForbidden, topic = None::<&str>);
            });
        });
        assert_eq!(lines.len(), 1, "{level}: {lines:?}");
        assert_eq!(lines[0]["event"], "notification.forbidden");
        assert_eq!(
            lines[0]["execution_id"],
            new_record().id.as_str(),
            "{level}"
        );
    }
}

/// The checker advances several records concurrently in one task.
#[tokio::test]
async fn concurrent_executions_have_separate_fields() {
    install_global_subscriber();
    let lines = Lines::default();
    let writer = lines.clone();
    let lookup = |name: &str| (name == "AWS_LAMBDA_LOG_FORMAT").then(|| "JSON".to_owned());
    let dispatch = dispatch(lookup, Noon, move || writer.clone(), |_| {});
    let _guard = tracing::dispatcher::set_default(&dispatch);
    let work = async |id: &str| {
        let id = job(id);
        let logging = async {
            for _ in 0..3 {
                log!(RecordTimedOut);
                log!(JobUnknown, job_id = %id);
                tokio::task::yield_now().await;
            }
        };
        logging.instrument(claimed(&id)).await;
    };
    join(work(ONE), work(OTHER)).await;
    let bytes = lines.0.lock().unwrap().clone();
    let lines = String::from_utf8(bytes).unwrap();
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 12);
    assert_ne!(
        lines[0]["execution_id"], lines[2]["execution_id"],
        "the lines alternate"
    );
    for line in lines.iter().filter(|line| line.get("job_id").is_some()) {
        assert_eq!(line["execution_id"], line["job_id"]);
    }
}

#[tokio::test]
async fn the_innermost_of_two_fields_counts() {
    let lines = written("INFO", || {
        let work = of_job(&job(ONE), async { log!(JobUnknown, job_id = OTHER) });
        futures_util::FutureExt::now_or_never(work).unwrap();
        let record = new_record();
        claimed(&record.id).in_scope(|| execution(&record).in_scope(|| log!(RecordConflict)));
    });
    assert!(
        lines[0].contains(OTHER) && !lines[0].contains(ONE),
        "{lines:?}"
    );
    assert_eq!(lines[1].matches("\"execution_id\"").count(), 1, "{lines:?}");
    let line: Value = serde_json::from_str(&lines[1]).unwrap();
    assert_eq!(line["execution_id"], new_record().id.as_str());
}

/// The span of a library may contain credentials.
#[test]
fn the_span_of_a_library_is_not_written() {
    let lines = written("TRACE", || {
        let span = error_span!(target: "hyper", "request", event = "the credentials");
        span.in_scope(|| {
            log!(RecordConflict);
            warn!(target: "hyper", "broken");
        });
    });
    assert_eq!(lines.len(), 2);
    assert!(!lines.concat().contains("credentials"), "{lines:?}");
}

#[test]
fn any_value_is_json() {
    #[derive(Debug, thiserror::Error)]
    #[error("outer\n\"{{")]
    struct Outer(#[source] std::num::ParseIntError);
    let cause = Outer("x".parse::<u8>().unwrap_err());
    let lines = read("INFO", || {
        let error: &(dyn std::error::Error + 'static) = &cause;
        claimed(&job(ONE)).in_scope(|| {
            error!(text = "a\n\"b\"\u{0}", number = -1, large = u64::MAX, is = true, half = 0.5, nan = f64::NAN,
                debug = ?Some("\n"), error, "m");
        });
    });
    assert_eq!(
        lines,
        [json!({
            "timestamp": "2026-01-01T12:00:00.000000Z", "level": "ERROR", "message": "m", "text": "a\n\"b\"\u{0}", "number": -1,
            "large": u64::MAX, "is": true, "half": 0.5, "nan": null, "debug": "Some(\"\\n\")",
            "error": "outer\n\"{: invalid digit found in string", "execution_id": ONE,
            "target": "invalidation_runtime::telemetry::json::tests",
        })]
    );
}

#[test]
fn each_event_has_a_unique_code() {
    let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.code()).collect();
    let messages: std::collections::BTreeSet<&str> =
        Code::ALL.iter().map(|code| code.message()).collect();
    assert_eq!(messages.len(), codes.len());
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Code::ALL.len());
    for code in Code::ALL {
        assert_eq!(Code::parse(code.code()), Some(*code));
        let is_plain = |c: char| c.is_ascii_lowercase() || c == '_' || c == '.';
        assert!(
            code.code().contains('.') && code.code().chars().all(is_plain),
            "{code:?}"
        );
    }
    assert_eq!(Code::parse("job received"), None);
}
