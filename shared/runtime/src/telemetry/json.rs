//! The line format: one flat JSON object. It contains the fields of the event and of the enclosing spans, so that a
//! query need not distinguish them. The fields of the invocation's span are grouped under `span`.
//!
//! The JSON format of `tracing_subscriber` can flatten the fields of the event only.

use std::fmt::{self, Write as _};

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::{chain, level};

/// The span whose fields are grouped under `span`.
pub(super) const INVOCATION: &str = "invocation";

/// Writes each field of a span on its own line as `"name":value`. JSON values contain no line breaks.
#[derive(Debug, Clone, Copy)]
pub(super) struct SpanFields;

impl<'writer> FormatFields<'writer> for SpanFields {
    fn format_fields<R: RecordFields>(
        &self,
        mut writer: Writer<'writer>,
        fields: R,
    ) -> fmt::Result {
        let mut members = Members::after('\n');
        fields.record(&mut members);
        writer.write_str(members.text()?)
    }

    fn add_fields(
        &self,
        current: &'writer mut FormattedFields<Self>,
        fields: &tracing::span::Record<'_>,
    ) -> fmt::Result {
        self.format_fields(current.as_writer(), fields)
    }
}

/// Writes an event as a line.
#[derive(Debug, Clone)]
pub(super) struct FlatJson<T> {
    pub(super) timer: T,
}

impl<S, T> FormatEvent<S, SpanFields> for FlatJson<T>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    T: FormatTime,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, SpanFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        let mut timestamp = String::new();
        self.timer.format_time(&mut Writer::new(&mut timestamp))?;
        let mut line = Members::after(',');
        line.add("timestamp", timestamp.as_str());
        line.add("level", metadata.level().as_str());
        event.record(&mut line);
        let mut invocation = None;
        let mut within: Vec<&Metadata<'_>> = vec![metadata];
        for span in context.event_scope().into_iter().flatten() {
            let (extensions, metadata) = (span.extensions(), span.metadata());
            let fields = extensions.get::<FormattedFields<SpanFields>>();
            let fields = fields.map_or("", |fields| fields.fields.as_str());
            if metadata.name() == INVOCATION {
                invocation = Some(fields.replace('\n', ","));
            } else if level::is_project_crate(metadata.target()) {
                fields
                    .split('\n')
                    .filter(|member| !is_known(member, &within))
                    .for_each(|member| line.add_member(member));
                within.push(metadata);
            }
        }
        line.add("target", metadata.target());
        let members = line.text()?.strip_prefix(',').unwrap_or_default();
        write!(writer, "{{{members}")?;
        if let Some(fields) = invocation {
            let fields = fields.strip_prefix(',').unwrap_or_default();
            write!(writer, r#","span":{{{fields},"name":"{INVOCATION}"}}"#)?;
        }
        writeln!(writer, "}}")
    }
}

/// Whether the event or an inner span has a field of this name, so that this one would be a duplicate.
fn is_known(member: &str, within: &[&Metadata<'_>]) -> bool {
    let name = member
        .strip_prefix('"')
        .and_then(|rest| rest.split('"').next());
    name.is_none_or(|name| {
        within
            .iter()
            .any(|inner| inner.fields().field(name).is_some())
    })
}

/// The members of a JSON object, each after a separator.
struct Members {
    separator: char,
    text: Vec<u8>,
    is_whole: bool,
}

impl Members {
    const fn after(separator: char) -> Self {
        Self {
            separator,
            text: Vec::new(),
            is_whole: true,
        }
    }

    fn add(&mut self, name: &str, value: impl Serialize) {
        self.separate();
        let is_named = serde_json::to_writer(&mut self.text, name).is_ok();
        self.text.push(b':');
        self.is_whole &= is_named && serde_json::to_writer(&mut self.text, &value).is_ok();
    }

    /// Adds a member that was formatted as `"name":value`.
    fn add_member(&mut self, member: &str) {
        self.separate();
        self.text.extend_from_slice(member.as_bytes());
    }

    fn separate(&mut self) {
        self.text
            .extend_from_slice(self.separator.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn text(&self) -> Result<&str, fmt::Error> {
        let text = str::from_utf8(&self.text).map_err(|_| fmt::Error)?;
        self.is_whole.then_some(text).ok_or(fmt::Error)
    }
}

impl Visit for Members {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.add(field.name(), chain(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = write!(text, "{value:?}");
        self.add(field.name(), text);
    }
}

#[cfg(test)]
mod tests;
