//! What an export wraps around our lines.

use serde_json::{Deserializer, Map, Value};

/// One line of a log, out of its envelope.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Message {
    /// A JSON object.
    Object(Map<String, Value>),
    /// Anything else.
    Text(String),
}

/// The lines of a log. A text that is JSON from end to end is taken as such, also when it is printed over many lines;
/// any other is read line by line.
pub(super) fn messages(text: &str) -> Vec<Message> {
    let values: Result<Vec<Value>, _> = Deserializer::from_str(text).into_iter().collect();
    match values {
        Ok(values) => values.into_iter().flat_map(unwrapped).collect(),
        Err(_) => text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .flat_map(|line| match object_in(line) {
                Some(object) => unwrapped(Value::Object(object)),
                None => vec![Message::Text(line.to_owned())],
            })
            .collect(),
    }
}

/// `aws logs filter-log-events` prints `{"events": [{"timestamp": …, "message": "…"}, …]}`.
fn unwrapped(value: Value) -> Vec<Message> {
    match value {
        Value::Object(mut object) => match object.remove("events") {
            Some(Value::Array(events)) => events.into_iter().map(event).collect(),
            Some(other) => {
                object.insert("events".into(), other);
                vec![event(Value::Object(object))]
            }
            None => vec![event(Value::Object(object))],
        },
        Value::Array(events) => events.into_iter().map(event).collect(),
        other => vec![Message::Text(other.to_string())],
    }
}

/// An event of CloudWatch has our line as its `message`; our own line has words there.
fn event(value: Value) -> Message {
    let Value::Object(object) = value else {
        return Message::Text(value.to_string());
    };
    let inner = object
        .get("message")
        .and_then(Value::as_str)
        .filter(|_| !object.contains_key("target"));
    match inner {
        Some(message) => match object_in(message) {
            Some(line) => Message::Object(line),
            None => Message::Text(message.to_owned()),
        },
        None => Message::Object(object),
    }
}

/// The JSON object that begins somewhere in a line, behind a time stamp or the name of a stream.
fn object_in(line: &str) -> Option<Map<String, Value>> {
    let from = line.find('{')?;
    let mut values = Deserializer::from_str(&line[from..]).into_iter::<Map<String, Value>>();
    values.next()?.ok()
}
