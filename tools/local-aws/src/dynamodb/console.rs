//! The console of DynamoDB.

use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::capacity::{self, WriteUnits};
use super::table::{Stored, Table};
use super::value::{Item, Value, to_json};
use crate::Aws;

/// Creates tables, and reads them. Items are in DynamoDB's JSON: `{"id": {"S": "…"}}`.
#[derive(Clone, Debug)]
pub struct Console {
    pub(crate) aws: Aws,
}

impl Console {
    /// Creates an empty table; it replaces one of the same name.
    pub fn create_table(&self, table: Table) {
        self.aws.at_once(|state, _| {
            state
                .dynamodb
                .tables
                .insert(table.name.clone(), Stored::new(table))
        });
    }

    /// The delay, in AWS time, until an index contains a write. Zero by default.
    pub fn set_index_lag(&self, lag: Duration) {
        self.aws
            .at_once(|state, _| state.dynamodb.index_lag_ms = lag.as_millis() as u64);
    }

    /// The attribute that holds an item's time to live, in epoch seconds.
    pub fn set_ttl_attribute(&self, name: &str) {
        self.aws
            .at_once(|state, _| state.dynamodb.ttl_attribute = Some(name.into()));
    }

    /// Deletes the expired items of all tables and returns their number. DynamoDB does so "typically within two days";
    /// here nothing expires until this is called.
    pub fn expire(&self) -> usize {
        self.aws.at_once(|state, now_ms| {
            let Some(attribute) = state.dynamodb.ttl_attribute.clone() else {
                return 0;
            };
            state
                .dynamodb
                .tables
                .values_mut()
                .map(|table| expire(table, &attribute, now_ms))
                .sum()
        })
    }

    /// All items of a table by key; `None` if there is no such table.
    #[must_use]
    pub fn items(&self, table: &str) -> Vec<Map<String, Json>> {
        self.aws.at_once(|state, _| {
            let table = state.dynamodb.tables.get(table);
            table.map_or_else(Vec::new, |table| {
                table.items().values().map(object).collect()
            })
        })
    }

    /// The item after each write to a table, in order; `None` for a deletion.
    #[must_use]
    pub fn history(&self, table: &str) -> Vec<Option<Map<String, Json>>> {
        self.aws.at_once(|state, _| {
            let table = state.dynamodb.tables.get(table);
            let writes = table.map(Stored::history).unwrap_or_default();
            let items = writes.iter().map(|(_, item)| item.as_ref().map(object));
            items.collect()
        })
    }

    /// The write capacity that a table has consumed; zero if there is no such table.
    #[must_use]
    pub fn write_units(&self, table: &str) -> WriteUnits {
        self.aws.at_once(|state, _| {
            let table = state.dynamodb.tables.get(table);
            table.map(capacity::used).unwrap_or_default()
        })
    }

    /// Stops the [`history`](Self::history) of a table from now on: a day of a large company has a million writes.
    pub fn forget_history(&self, table: &str) {
        self.aws.at_once(|state, _| {
            if let Some(table) = state.dynamodb.tables.get_mut(table) {
                table.forget_history();
            }
        });
    }

    /// The number of items of a table in its indexes.
    #[must_use]
    pub fn indexed(&self, table: &str) -> usize {
        self.aws.at_once(|state, now_ms| {
            let lag_ms = state.dynamodb.index_lag_ms;
            let table = state.dynamodb.tables.get_mut(table);
            table.map_or(0, |table| {
                table.settle_indexes(now_ms, lag_ms);
                table.indexed().len()
            })
        })
    }

    /// The item whose partition key is this text or number.
    #[must_use]
    pub fn item(&self, table: &str, key: &str) -> Option<Map<String, Json>> {
        self.aws.at_once(|state, _| {
            let items = state.dynamodb.tables.get(table)?.items();
            if let Some(item) = items.get(&Value::S(key.to_owned())) {
                return Some(object(item));
            }
            items
                .iter()
                .find(|(value, _)| value.to_string() == key)
                .map(|(_, item)| object(item))
        })
    }

    /// Stores an item regardless of conditions, for instance one that the functions would never write.
    ///
    /// # Panics
    /// When the table is missing, or DynamoDB itself would reject the item.
    pub fn put_raw(&self, table: &str, item: Map<String, Json>) {
        let item: Item =
            serde_json::from_value(Json::Object(item)).expect("an item in DynamoDB's JSON");
        self.aws.at_once(|state, now_ms| {
            let table = state
                .dynamodb
                .tables
                .get_mut(table)
                .expect("a table that was created");
            let key = table
                .schema
                .key_of_item(&item)
                .expect("an item with the table's key");
            table
                .schema
                .check_item(&item, "too large")
                .expect("an item that fits the indexes");
            table.write(now_ms, key, Some(item));
        });
    }
}

fn object(item: &Item) -> Map<String, Json> {
    match to_json(item) {
        Json::Object(object) => object,
        _ => Map::new(),
    }
}

fn expire(table: &mut Stored, attribute: &str, now_ms: u64) -> usize {
    let now = now_ms / 1_000;
    // "Items with an expiration time older than 5 years are not deleted": such a number is treated as a mistake.
    let past = now.saturating_sub(5 * 365 * 86_400)..now;
    let expired = |item: &Item| match item.get(attribute) {
        Some(Value::N(seconds)) => seconds
            .to_string()
            .parse()
            .is_ok_and(|seconds| past.contains(&seconds)),
        _ => false,
    };
    let keys: Vec<Value> = table
        .items()
        .iter()
        .filter(|(_, item)| expired(item))
        .map(|(key, _)| key.clone())
        .collect();
    for key in &keys {
        table.write(now_ms, key.clone(), None);
    }
    keys.len()
}
