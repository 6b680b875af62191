//! EventBridge as its operators see it.

use serde_json::{Map, Value};

use crate::Aws;

/// An event that a bus took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// When, on AWS's clock, in milliseconds since 1970.
    pub at_ms: u64,
    /// The bus's name.
    pub bus: String,
    /// Who it comes from.
    pub source: String,
    /// What it is about.
    pub detail_type: String,
    /// What it says.
    pub detail: Map<String, Value>,
    /// When it happened, as the sender says, in milliseconds since 1970.
    pub time_ms: Option<u64>,
    /// The id that EventBridge gave it.
    pub event_id: String,
    /// Who put it, as named at the door.
    pub caller: String,
}

/// Creates buses, and looks at what was put on them.
#[derive(Clone, Debug)]
pub struct Console {
    pub(crate) aws: Aws,
}

impl Console {
    /// Creates a bus. The one that is called `default` is always there.
    pub fn add_bus(&self, name: &str) {
        self.aws
            .at_once(|state, _| state.eventbridge.buses.insert(name.into()));
    }

    /// Deletes a bus. (The service lets nobody delete the one that is called `default`; here it goes like the others.)
    pub fn delete_bus(&self, name: &str) {
        self.aws
            .at_once(|state, _| state.eventbridge.buses.remove(name));
    }

    /// Refuses each entry with this code from now on, in calls that are answered well; none takes it back.
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
