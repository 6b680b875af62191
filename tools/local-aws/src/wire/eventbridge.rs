//! EventBridge's AWS JSON 1.1.

use serde_json::{Value, json};

use super::{Reply, Requested, json, unknown_operation};
use crate::call::Service;
use crate::eventbridge::{Disposition, EventBridge};
use crate::rejection::Rejection;

pub(super) const TARGET: &str = "AWSEvents";

/// The subject of a call is the bus that it names, or that its first entry names.
pub(super) fn identify(operation: &str, body: &[u8]) -> Requested {
    let place = match operation {
        "DescribeEventBus" => "/Name",
        _ => "/Entries/0/EventBusName",
    };
    Requested {
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
) -> Result<Reply, Rejection> {
    match operation {
        "PutEvents" => put_events(eventbridge, now_ms, caller, body),
        "DescribeEventBus" => {
            let name = eventbridge.describe_event_bus(&json::read(body)?)?;
            let body = json!({ "Name": name });
            Ok(Reply::ok(body.to_string(), "it exists"))
        }
        _ => Err(unknown_operation(operation)),
    }
}

fn put_events(
    eventbridge: &mut EventBridge,
    now_ms: u64,
    caller: &str,
    body: &[u8],
) -> Result<Reply, Rejection> {
    let dispositions = eventbridge.put_events(now_ms, caller, json::read(body)?)?;
    let is_rejected = |disposition: &&Disposition| {
        matches!(
            disposition,
            Disposition::Rejected(..) | Disposition::Broken(_)
        )
    };
    let failed = dispositions.iter().filter(is_rejected).count();
    let detail = match dispositions.first() {
        Some(Disposition::Put(event_id)) => format!("event {event_id}"),
        Some(Disposition::Dropped(event_id)) => {
            format!("event {event_id} is dropped: there is no such bus")
        }
        Some(Disposition::Rejected(code, _)) => format!("entry refused: {code}"),
        Some(Disposition::Broken(code)) => format!("entry refused: {code}"),
        None => String::new(),
    };
    let entries: Vec<_> = dispositions.into_iter().map(entry).collect();
    let body = json!({ "FailedEntryCount": failed, "Entries": entries });
    Ok(Reply::ok(body.to_string(), detail))
}

fn entry(disposition: Disposition) -> Value {
    match disposition {
        Disposition::Put(event_id) | Disposition::Dropped(event_id) => {
            json!({ "EventId": event_id })
        }
        Disposition::Rejected(code, message) => {
            json!({ "ErrorCode": code, "ErrorMessage": message })
        }
        Disposition::Broken(code) => {
            json!({ "ErrorCode": code, "ErrorMessage": "The entry was refused." })
        }
    }
}
