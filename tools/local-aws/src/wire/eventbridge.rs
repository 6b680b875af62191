//! EventBridge's AWS JSON 1.1.

use serde_json::{Value, json};

use super::{Answer, Ask, json, unknown_operation};
use crate::call::Service;
use crate::eventbridge::{EventBridge, Fate};
use crate::refusal::Refusal;

pub(super) const TARGET: &str = "AWSEvents";

/// A call is about the bus that it names, or that its first entry does.
pub(super) fn recognise(operation: &str, body: &[u8]) -> Ask {
    let place = match operation {
        "DescribeEventBus" => "/Name",
        _ => "/Entries/0/EventBusName",
    };
    Ask {
        service: Service::EventBridge,
        operation: operation.into(),
        subject: json::text(body, place),
    }
}

pub(super) fn serve(
    eventbridge: &mut EventBridge,
    now_ms: u64,
    caller: &str,
    operation: &str,
    body: &[u8],
) -> Result<Answer, Refusal> {
    match operation {
        "PutEvents" => put_events(eventbridge, now_ms, caller, body),
        "DescribeEventBus" => {
            let name = eventbridge.describe_event_bus(&json::read(body)?)?;
            let body = json!({ "Name": name });
            Ok(Answer::ok(body.to_string(), "it exists"))
        }
        _ => Err(unknown_operation(operation)),
    }
}

fn put_events(
    eventbridge: &mut EventBridge,
    now_ms: u64,
    caller: &str,
    body: &[u8],
) -> Result<Answer, Refusal> {
    let fates = eventbridge.put_events(now_ms, caller, json::read(body)?)?;
    let is_refused = |fate: &&Fate| matches!(fate, Fate::Refused(..) | Fate::Broken(_));
    let failed = fates.iter().filter(is_refused).count();
    let detail = match fates.first() {
        Some(Fate::Put(event_id)) => format!("event {event_id}"),
        Some(Fate::Dropped(event_id)) => {
            format!("event {event_id} is dropped: there is no such bus")
        }
        Some(Fate::Refused(code, _)) => format!("entry refused: {code}"),
        Some(Fate::Broken(code)) => format!("entry refused: {code}"),
        None => String::new(),
    };
    let entries: Vec<_> = fates.into_iter().map(entry).collect();
    let body = json!({ "FailedEntryCount": failed, "Entries": entries });
    Ok(Answer::ok(body.to_string(), detail))
}

fn entry(fate: Fate) -> Value {
    match fate {
        Fate::Put(event_id) | Fate::Dropped(event_id) => json!({ "EventId": event_id }),
        Fate::Refused(code, message) => json!({ "ErrorCode": code, "ErrorMessage": message }),
        Fate::Broken(code) => {
            json!({ "ErrorCode": code, "ErrorMessage": "The entry was refused." })
        }
    }
}
