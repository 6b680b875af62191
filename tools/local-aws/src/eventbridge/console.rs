//! The console of EventBridge.

use serde_json::{Map, Value};

use crate::Aws;

/// An event that a bus accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// When, on AWS's clock, in milliseconds since 1970.
    pub at_ms: u64,
    /// The bus's name.
    pub bus: String,
    /// Its source.
    pub source: String,
    /// Its detail type.
    pub detail_type: String,
    /// Its detail.
    pub detail: Map<String, Value>,
    /// When it happened, as the sender says, in milliseconds since 1970.
    pub time_ms: Option<u64>,
    /// The id that EventBridge gave it.
    pub event_id: String,
    /// The caller, as named by its transport.
    pub caller: String,
}

/// Creates buses, and reads the events on them.
#[derive(Clone, Debug)]
pub struct Console {
    pub(crate) aws: Aws,
}

impl Console {
    /// Creates a bus. The bus `default` always exists.
    pub fn add_bus(&self, name: &str) {
        self.aws
            .at_once(|state, _| state.eventbridge.buses.insert(name.into()));
    }

    /// Deletes a bus. (In AWS the bus `default` cannot be deleted; here it can.)
    pub fn delete_bus(&self, name: &str) {
        self.aws
            .at_once(|state, _| state.eventbridge.buses.remove(name));
    }

    /// Rejects each entry with this code from now on, in calls that succeed as a whole. It cannot be reverted.
    pub fn reject_entries(&self, code: Option<&str>) {
        self.aws
            .at_once(|state, _| state.eventbridge.rejecting = code.map(str::to_owned));
    }

    /// All events so far, in the order in which they were put.
    #[must_use]
    pub fn events(&self) -> Vec<Put> {
        self.aws
            .at_once(|state, _| state.eventbridge.events.clone())
    }
}
