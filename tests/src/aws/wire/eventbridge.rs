//! EventBridge's AWS JSON 1.1.

use serde_json::json;

use super::{Answer, Ask, json, unknown_operation};
use crate::aws::call::Service;
use crate::aws::eventbridge::EventBridge;
use crate::aws::refusal::Refusal;

pub(super) const TARGET: &str = "AWSEvents";

/// A call is about the bus of its first entry.
pub(super) fn recognise(operation: &str, body: &[u8]) -> Ask {
    Ask {
        service: Service::EventBridge,
        operation: operation.into(),
        subject: json::text(body, "/Entries/0/EventBusName"),
    }
}

pub(super) fn serve(
    eventbridge: &mut EventBridge,
    now_ms: u64,
    caller: &str,
    operation: &str,
    body: &[u8],
) -> Result<Answer, Refusal> {
    if operation != "PutEvents" {
        return Err(unknown_operation(operation));
    }
    let fates = eventbridge.put_events(now_ms, caller, json::read(body)?)?;
    let failed = fates.iter().filter(|fate| fate.is_err()).count();
    let detail = match fates.first() {
        Some(Ok(event_id)) => format!("event {event_id}"),
        Some(Err((code, _))) => format!("entry refused: {code}"),
        None => String::new(),
    };
    let entries: Vec<_> = fates
        .into_iter()
        .map(|fate| match fate {
            Ok(event_id) => json!({ "EventId": event_id }),
            Err((code, message)) => json!({ "ErrorCode": code, "ErrorMessage": message }),
        })
        .collect();
    let body = json!({ "FailedEntryCount": failed, "Entries": entries });
    Ok(Answer::ok(body.to_string(), detail))
}
