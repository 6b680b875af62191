//! One JSON object per line, for scripts.

use std::io::Write;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Moment, View};
use crate::simulate::Report;
use invariants::as_json;
use local_aws::codepipeline::{ActionState, Status};
use local_aws::eventbridge::Put;
use local_aws::lambda::Attempt;
use local_aws::sns::Published;
use local_aws::{Call, Outcome};

/// Writes the events to standard output. Each object has a `type`: `delivered`, `call`, `invocation`, and finally
/// `result`; `at` is in AWS seconds since the run began.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonLines;

impl JsonLines {
    /// Writes the result.
    pub fn close(self, report: &Report) {
        print(&result(report));
    }
}

impl View for JsonLines {
    fn show(&mut self, at: Duration, moment: Moment<'_>) {
        let mut line = match moment {
            Moment::Delivered(delivered) => {
                json!({ "type": "delivered", "by": delivered.by, "function": delivered.function, "why": delivered.why })
            }
            Moment::Call(call) => of_call(call),
            Moment::Attempt(attempt) => of_attempt(attempt),
            Moment::Log(_) | Moment::Progress(_) => return,
        };
        line["at"] = json!(seconds(at));
        print(&line);
    }
}

fn of_call(call: &Call) -> Value {
    let (status, code) = match &call.outcome {
        Outcome::Rejected { status, code } => (Some(status), Some(code)),
        _ => (None, None),
    };
    json!({
        "type": "call",
        "caller": call.caller,
        "service": call.service.to_string(),
        "operation": call.operation,
        "subject": call.subject,
        "outcome": match &call.outcome {
            Outcome::Ok => "ok",
            Outcome::Rejected { .. } => "refused",
            Outcome::Dropped { .. } => "dropped",
            Outcome::Killed { .. } => "killed",
            Outcome::Hung => "hung",
            Outcome::Garbled { .. } => "garbled",
        },
        "took_effect": call.outcome.took_effect(),
        "status": status,
        "code": code,
        "detail": call.detail,
    })
}

fn of_attempt(attempt: &Attempt) -> Value {
    json!({
        "type": "invocation",
        "function": attempt.function_arn,
        "request_id": attempt.request_id,
        "attempt": attempt.number,
        "seconds": seconds(Duration::from_millis(attempt.ended_ms - attempt.started_ms)),
        "error": attempt.result.as_ref().err().map(|error| &error.message),
    })
}

fn result(report: &Report) -> Value {
    json!({
        "type": "result",
        "ok": report.is_ok(),
        "finalized": report.finalized,
        "at": seconds(report.took),
        "calls": report.calls.len(),
        "invocations": report.attempts.len(),
        "action": report.action.as_ref().map(of_action),
        "notifications": report.notifications.iter().map(of_notification).collect::<Vec<Value>>(),
        "events": report.events.iter().map(of_event).collect::<Vec<Value>>(),
        "invariants": { "services": as_json(&report.seen), "log": as_json(&report.logged) },
    })
}

fn of_action(action: &ActionState) -> Value {
    let failure = match &action.status {
        Status::Failed { kind, message } => {
            Some(json!({ "type": format!("{kind:?}"), "message": message }))
        }
        _ => None,
    };
    json!({
        "status": action.status.to_string(),
        "failure": failure,
        "summary": action.summary,
        "percent_complete": action.percent_complete,
        "external_execution_id": action.external_execution_id,
        "output_variables": action.output_variables,
        "jobs": action.job_count,
        "seconds": action.ended_ms.map(|ended_ms| seconds(Duration::from_millis(ended_ms - action.started_ms))),
    })
}

fn of_notification(notification: &Published) -> Value {
    json!({
        "topic": notification.topic,
        "subject": notification.subject,
        "message": notification.message,
        "attributes": notification.attributes,
    })
}

fn of_event(event: &Put) -> Value {
    json!({
        "bus": event.bus,
        "id": event.event_id,
        "source": event.source,
        "detail_type": event.detail_type,
        "detail": event.detail,
    })
}

/// To the millisecond, without the rounding error of a quotient of two floats.
fn seconds(time: Duration) -> f64 {
    time.as_millis() as f64 / 1_000.0
}

fn print(line: &Value) {
    // The reader may close the pipe.
    let _ = writeln!(std::io::stdout(), "{line}");
}
