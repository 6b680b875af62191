//! EventBridge: events put on a bus.

mod console;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

pub use console::{Console, Put};

use super::names::Names;
use super::refusal::Refusal;

/// "The total size of an entry must be less than 256 KB" is what most clients live by; the service itself takes 1 MB by now
/// (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html>).
const ENTRY_BYTES: usize = 262_144;
/// "Array Members: Minimum number of 1 item. Maximum number of 10 items."
const ENTRIES: usize = 10;

#[derive(Debug)]
pub(super) struct EventBridge {
    names: Names,
    buses: BTreeSet<String>,
    /// The error code with which each entry is refused, while the call as a whole is answered well.
    refusing: Option<String>,
    events: Vec<Put>,
}

/// A `PutEvents` request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::aws) struct PutEvents {
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(default)]
    event_bus_name: Option<String>,
    #[serde(default)]
    source: String,
    #[serde(default)]
    detail_type: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    time: Option<f64>,
}

/// What became of one entry: its event id, or an error code and a message.
pub(in crate::aws) type Fate = Result<String, (String, String)>;

impl EventBridge {
    pub(super) fn new(names: Names) -> Self {
        Self {
            names,
            buses: BTreeSet::from(["default".to_owned()]),
            refusing: None,
            events: Vec::new(),
        }
    }

    /// Takes what can be taken, entry by entry.
    pub(super) fn put_events(
        &mut self,
        now_ms: u64,
        caller: &str,
        request: PutEvents,
    ) -> Result<Vec<Fate>, Refusal> {
        if !(1..=ENTRIES).contains(&request.entries.len()) {
            return Err(validation("entries must have 1 to 10 members"));
        }
        let bytes: usize = request.entries.iter().map(Entry::bytes).sum();
        if bytes > ENTRY_BYTES {
            return Err(validation(
                "Total size of the entries in the request is over the limit.",
            ));
        }
        let fates = request
            .entries
            .into_iter()
            .map(|entry| self.put(now_ms, caller, entry));
        Ok(fates.collect())
    }

    fn put(&mut self, now_ms: u64, caller: &str, entry: Entry) -> Fate {
        let refused = |code: &str, message: &str| Err((code.to_owned(), message.to_owned()));
        if let Some(code) = &self.refusing {
            return refused(code, "The entry was refused.");
        }
        let bus = entry.event_bus_name.unwrap_or_else(|| "default".to_owned());
        // A bus may be named by its ARN, which ends with the name.
        let name = bus
            .rsplit_once(":event-bus/")
            .map_or(&*bus, |(_, name)| name);
        if !self.buses.contains(name) {
            return refused("ResourceNotFoundException", "Event bus does not exist.");
        }
        // "Source … is not allowed to start with aws."
        if entry.source.is_empty() || entry.source.starts_with("aws.") {
            return refused(
                "NotAuthorizedForSourceException",
                "Not authorized for the source.",
            );
        }
        if entry.detail_type.is_empty() {
            return refused("InvalidArgument", "Parameter DetailType is not valid.");
        }
        let Ok(detail) = serde_json::from_str::<Map<String, Value>>(&entry.detail) else {
            return refused("MalformedDetail", "Detail is malformed.");
        };
        let event_id = self.names.uuid("event", self.events.len() as u64);
        self.events.push(Put {
            at_ms: now_ms,
            bus: name.to_owned(),
            source: entry.source,
            detail_type: entry.detail_type,
            detail,
            time_ms: entry.time.map(|seconds| (seconds * 1_000.0).round() as u64),
            event_id: event_id.clone(),
            caller: caller.to_owned(),
        });
        Ok(event_id)
    }
}

impl Entry {
    /// "The size of an entry … source, detail-type, detail and resources, each in UTF-8, and 14 bytes for the time."
    fn bytes(&self) -> usize {
        let time = self.time.map_or(0, |_| 14);
        time + self.source.len() + self.detail_type.len() + self.detail.len()
    }
}

fn validation(message: &str) -> Refusal {
    Refusal::new(400, "ValidationException", message)
}
