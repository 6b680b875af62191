//! The log lines from which a timeline is built: what happened, when, and in which run of which function.

use std::collections::BTreeMap;

use invalidation_runtime::telemetry::Code;
use serde_json::Value;

use super::Reader;
use super::envelope::{Enveloped, Message, messages, moment};
use super::line::Line;

/// A line that `start` or `checker` wrote, or in which Lambda reports that an invocation ended abnormally.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The time, in milliseconds since 1970.
    pub at_ms: u64,
    /// The log stream, which is one execution environment. If the export does not name it: the text that contained the
    /// line.
    pub stream: String,
    /// The execution that the line belongs to, if the line names it.
    pub execution: Option<String>,
    /// Whether `start` or `checker` wrote it. All other lines are written by Lambda about an invocation that ended
    /// abnormally.
    pub is_of_function: bool,
    message: Message,
}

impl Entry {
    /// The text of a field; `None` if it is empty or not a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        Line::read(&self.message).text(name)
    }

    /// The event of the line; `None` if its code is missing or unknown.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        Line::read(&self.message).code()
    }

    /// A whole number in a field.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        Line::read(&self.message).number(name)
    }

    /// The function that wrote the line, from its span or its crate; `None` if neither is known.
    #[must_use]
    pub fn function(&self) -> Option<&str> {
        let name = self.span("function");
        let written_by = || self.text("target")?.split("::").next();
        name.or_else(written_by)
            .filter(|name| matches!(*name, "start" | "checker"))
    }

    /// The request ID of the invocation, from the span or from Lambda's own line.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        if self.is_of_function {
            return self.span("request_id");
        }
        match &self.message {
            Message::Object(object) => object.get("record")?["requestId"].as_str(),
            Message::Text(text) => text
                .split([' ', '\t', ':', '\n'])
                .find(|word| is_uuid(word)),
        }
    }

    /// Whether Lambda ended the invocation at its time-out.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        match &self.message {
            Message::Object(object) => object
                .get("record")
                .is_some_and(|record| record["status"] == "timeout"),
            Message::Text(text) => text.contains("Task timed out"),
        }
    }

    fn span(&self, name: &str) -> Option<&str> {
        let span = Line::read(&self.message).value("span")?;
        span.get(name).and_then(Value::as_str)
    }
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36 && word.bytes().filter(|byte| *byte == b'-').count() == 4
}

/// Reads the same texts as [`read_log`](super::read_log) line by line, in chronological order.
#[must_use]
pub fn read_entries(texts: &[impl AsRef<str>]) -> Vec<Entry> {
    let texts = texts.iter().map(|text| messages(text.as_ref()));
    let texts: Vec<Vec<Enveloped>> = texts.collect();
    let mut reader = Reader::default();
    for one in texts.iter().flatten() {
        reader.learn(&Line::read(&one.message));
    }
    let mut latest = BTreeMap::new();
    let mut entries = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        for one in text {
            entries.extend(entry(number, one, &reader, &mut latest));
        }
    }
    // A line without a time sorts after the line before it.
    entries.sort_by_key(|entry| entry.at_ms);
    entries
}

fn entry(
    text: usize,
    one: &Enveloped,
    reader: &Reader,
    latest: &mut BTreeMap<String, u64>,
) -> Option<Entry> {
    let line = Line::read(&one.message);
    let stream = one.stream.clone().unwrap_or_else(|| text.to_string());
    let own = line.at_ms().or_else(|| line.text("time").and_then(moment));
    let at_ms = own.or(one.at_ms);
    let at_ms = at_ms.or_else(|| latest.get(&stream).copied());
    if let Some(at_ms) = at_ms {
        latest.insert(stream.clone(), at_ms);
    }
    let is_of_function = line.is_of_function();
    (is_of_function || line.is_lambda_error()).then(|| Entry {
        at_ms: at_ms.unwrap_or_default(),
        stream,
        execution: reader.execution_of(&line),
        is_of_function,
        message: one.message.clone(),
    })
}
