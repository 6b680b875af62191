//! The formats in which an export wraps log lines.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Deserializer, Map, Value};

/// One line of a log, without its envelope.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Message {
    /// A JSON object.
    Object(Map<String, Value>),
    /// Anything else.
    Text(String),
}

/// A line, and the data of its envelope.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Enveloped {
    pub(super) message: Message,
    /// When CloudWatch received it, in milliseconds since 1970.
    pub(super) at_ms: Option<u64>,
    /// The log stream: one for each execution environment, which runs one invocation at a time.
    pub(super) stream: Option<String>,
}

impl Enveloped {
    const fn bare(message: Message) -> Self {
        Self {
            message,
            at_ms: None,
            stream: None,
        }
    }

    /// A line after a time stamp and the name of its stream, as `aws logs tail` prints both; either may be missing.
    fn behind(prefix: &str, message: Message) -> Self {
        let mut words = prefix.split_whitespace();
        let is_stream = |word: &&str| word.contains('[') && word.contains(']');
        Self {
            message,
            at_ms: words.clone().next().and_then(moment),
            stream: words.find(is_stream).map(str::to_owned),
        }
    }
}

/// A time as a log writes it, in milliseconds since 1970.
pub(super) fn moment(text: &str) -> Option<u64> {
    let moment = DateTime::from_str(text, Format::DateTimeWithOffset).ok()?;
    u64::try_from(moment.to_millis().ok()?).ok()
}

/// The lines of a log. A text that is one JSON document is parsed as such, even if it is printed over many lines; any
/// other text is read line by line.
pub(super) fn messages(text: &str) -> Vec<Enveloped> {
    let values: Result<Vec<Value>, _> = Deserializer::from_str(text).into_iter().collect();
    match values {
        Ok(values) => values.into_iter().flat_map(unwrapped).collect(),
        Err(_) => text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .flat_map(of_line)
            .collect(),
    }
}

fn of_line(line: &str) -> Vec<Enveloped> {
    let Some(object) = object_in(line) else {
        return vec![Enveloped::behind(line, Message::Text(line.to_owned()))];
    };
    let prefix = line.split('{').next().unwrap_or_default();
    let behind = Enveloped::behind(prefix, Message::Text(String::new()));
    let unwrapped = unwrapped(Value::Object(object)).into_iter();
    let dated = unwrapped.map(|inner| Enveloped {
        at_ms: inner.at_ms.or(behind.at_ms),
        stream: inner.stream.or_else(|| behind.stream.clone()),
        message: inner.message,
    });
    dated.collect()
}

/// `aws logs filter-log-events` prints `{"events": [{"timestamp": …, "message": "…"}, …]}`.
fn unwrapped(value: Value) -> Vec<Enveloped> {
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
        other => vec![Enveloped::bare(Message::Text(other.to_string()))],
    }
}

/// A CloudWatch event has the log line as its `message`; in a log line, `message` is plain text.
fn event(value: Value) -> Enveloped {
    let Value::Object(object) = value else {
        return Enveloped::bare(Message::Text(value.to_string()));
    };
    let inner = object
        .get("message")
        .and_then(Value::as_str)
        .filter(|_| !object.contains_key("target"));
    let Some(message) = inner else {
        return Enveloped::bare(Message::Object(object));
    };
    let stream = object.get("logStreamName").and_then(Value::as_str);
    Enveloped {
        at_ms: object.get("timestamp").and_then(Value::as_u64),
        stream: stream.map(str::to_owned),
        message: object_in(message)
            .map_or_else(|| Message::Text(message.to_owned()), Message::Object),
    }
}

/// The JSON object that begins somewhere in a line, after a time stamp or the name of a stream.
fn object_in(line: &str) -> Option<Map<String, Value>> {
    let from = line.find('{')?;
    let mut values = Deserializer::from_str(&line[from..]).into_iter::<Map<String, Value>>();
    values.next()?.ok()
}
