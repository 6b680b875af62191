//! The content of notifications and events, in each of their formats.

use serde_json::Value;

use crate::fact::Notification;
use local_aws::eventbridge::Put;
use local_aws::sns::Published;

/// A message of SNS, and the execution that it names.
pub(super) fn notification(published: &Published) -> (Option<&str>, Notification) {
    let attribute = |name: &str| published.attributes.get(name).map(String::as_str);
    let status = attribute("status").unwrap_or_default();
    let notification = Notification {
        topic: Some(published.topic.clone()),
        success: Some(status != "failed"),
        says: outcome(status, &reason(&published.message)),
        message: Some(published.message_id.clone()),
    };
    (attribute("notification_id"), notification)
}

/// An event of EventBridge, and the execution that it names.
pub(super) fn event(put: &Put) -> (Option<&str>, Notification) {
    let field = |name: &str| put.detail.get(name).and_then(Value::as_str);
    let status = field("status").unwrap_or_default();
    let notification = Notification {
        topic: Some(put.bus.clone()),
        success: Some(status != "failed"),
        says: outcome(status, field("reason").unwrap_or_default()),
        message: Some(put.event_id.clone()),
    };
    (field("notificationId"), notification)
}

fn outcome(status: &str, reason: &str) -> String {
    [status, reason].join(" ").trim().to_owned()
}

/// The reason of a failure: a line of a text, a field of a document, or the description in a chat.
fn reason(message: &str) -> String {
    let Ok(object) = serde_json::from_str::<Value>(message) else {
        let reason = message.lines().find(|line| line.starts_with("Reason: "));
        return reason.unwrap_or_default().to_owned();
    };
    let reasons = [
        &object["default"],
        &object["reason"],
        &object["content"]["description"],
    ];
    let reason_text = reasons
        .into_iter()
        .find_map(Value::as_str)
        .unwrap_or_default();
    match object.get("default") {
        Some(_) => reason(reason_text),
        None => reason_text.to_owned(),
    }
}
