//! EventBridge: events put on a bus.

mod console;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

pub use console::{Console, Put};

use super::names::Names;
use super::rejection::Rejection;

/// "The total size of an entry must be less than 256 KB" is the limit that most clients apply; the service now accepts
/// 1 MB (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html>).
const ENTRY_BYTES: usize = 262_144;
/// "Array Members: Minimum number of 1 item. Maximum number of 10 items."
const ENTRIES: usize = 10;

#[derive(Debug)]
pub(super) struct EventBridge {
    names: Names,
    buses: BTreeSet<String>,
    /// The error code with which each entry is rejected, while the call as a whole succeeds.
    rejecting: Option<String>,
    events: Vec<Put>,
    /// The number of accepted entries, including dropped ones.
    taken: u64,
}

/// A `PutEvents` request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutEvents {
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

/// A `DescribeEventBus` request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeEventBus {
    /// "If you omit this, the default event bus is displayed."
    #[serde(default)]
    name: Option<String>,
}

/// The result of one entry.
pub(crate) enum Disposition {
    /// It is on its bus; with its event id.
    Put(String),
    /// It was accepted, and dropped because the bus does not exist; with its event id.
    Dropped(String),
    /// It was rejected, with an error code and a message.
    Rejected(&'static str, String),
    /// Each entry is rejected with this code by [`Console::reject_entries`].
    Broken(String),
}

impl EventBridge {
    pub(super) fn new(names: Names) -> Self {
        Self {
            names,
            buses: BTreeSet::from(["default".to_owned()]),
            rejecting: None,
            events: Vec::new(),
            taken: 0,
        }
    }

    /// Handles the request entry by entry.
    pub(super) fn put_events(
        &mut self,
        now_ms: u64,
        caller: &str,
        request: PutEvents,
    ) -> Result<Vec<Disposition>, Rejection> {
        if !(1..=ENTRIES).contains(&request.entries.len()) {
            return Err(validation("entries must have 1 to 10 members"));
        }
        let bytes: usize = request.entries.iter().map(Entry::bytes).sum();
        if bytes > ENTRY_BYTES {
            return Err(validation(
                "Total size of the entries in the request is over the limit.",
            ));
        }
        let dispositions = request
            .entries
            .into_iter()
            .map(|entry| self.put(now_ms, caller, entry));
        Ok(dispositions.collect())
    }

    /// The name of a bus of this account, by its name or its ARN.
    pub(super) fn describe_event_bus(
        &self,
        request: &DescribeEventBus,
    ) -> Result<String, Rejection> {
        let name = name_of(request.name.as_deref());
        if self.buses.contains(name) {
            return Ok(name.to_owned());
        }
        let what = format!("Event bus {name} does not exist.");
        Err(Rejection::new(400, "ResourceNotFoundException", &what))
    }

    fn put(&mut self, now_ms: u64, caller: &str, entry: Entry) -> Disposition {
        if let Some(code) = &self.rejecting {
            return Disposition::Broken(code.clone());
        }
        if let Some(rejected) = entry.fault() {
            return rejected;
        }
        let Ok(detail) = serde_json::from_str::<Map<String, Value>>(&entry.detail) else {
            let what = "Detail is malformed.".to_owned();
            return Disposition::Rejected("MalformedDetail", what);
        };
        let event_id = self.names.uuid("event", self.taken);
        self.taken += 1;
        let bus = name_of(entry.event_bus_name.as_deref()).to_owned();
        if !self.buses.contains(&bus) {
            // No error code of PutEventsResultEntry covers this case, and the service accepts the entry: LocalStack has
            // recorded an event id and FailedEntryCount 0 (test_put_events_nonexistent_event_bus in
            // <https://github.com/localstack/localstack/pull/8264>).
            return Disposition::Dropped(event_id);
        }
        self.events.push(Put {
            at_ms: now_ms,
            bus,
            source: entry.source,
            detail_type: entry.detail_type,
            detail,
            time_ms: entry.time.map(|seconds| (seconds * 1_000.0).round() as u64),
            event_id: event_id.clone(),
            caller: caller.to_owned(),
        });
        Disposition::Put(event_id)
    }
}

/// The name of a bus, which may be named by its ARN: that ends with the name.
fn name_of(bus: Option<&str>) -> &str {
    let bus = bus.unwrap_or("default");
    bus.rsplit_once(":event-bus/").map_or(bus, |(_, name)| name)
}

impl Entry {
    /// What is wrong with the members of the entry: "InvalidArgument: A specified parameter is not valid" and
    /// "NotAuthorizedForSourceException: You do not have permissions to publish events with this source onto this event bus"
    /// (<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html>). "Detail, DetailType, and
    /// Source are required for EventBridge to successfully process an event"
    /// (<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html>).
    fn fault(&self) -> Option<Disposition> {
        let required = [
            ("Source", &self.source),
            ("DetailType", &self.detail_type),
            ("Detail", &self.detail),
        ];
        if let Some((name, _)) = required.iter().find(|(_, text)| text.is_empty()) {
            let what =
                format!("Parameter {name} is not valid. Reason: {name} is a required argument.");
            return Some(Disposition::Rejected("InvalidArgument", what));
        }
        // A custom source may not begin with "aws.".
        let what = "Not authorized for the source.".to_owned();
        let is_foreign = self.source.starts_with("aws.");
        is_foreign.then_some(Disposition::Rejected(
            "NotAuthorizedForSourceException",
            what,
        ))
    }

    /// "The size of an entry … source, detail-type, detail and resources, each in UTF-8, and 14 bytes for the time."
    fn bytes(&self) -> usize {
        let time = self.time.map_or(0, |_| 14);
        time + self.source.len() + self.detail_type.len() + self.detail.len()
    }
}

fn validation(message: &str) -> Rejection {
    Rejection::new(400, "ValidationException", message)
}
