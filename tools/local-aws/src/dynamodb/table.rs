//! A table: its keys, its items, and its indexes with their delay.

use std::collections::{BTreeMap, VecDeque};

use super::value::{Item, Value, size};
use crate::rejection::Rejection;

/// "Item size limit: 400 KB".
const ITEM_BYTES: usize = 400 * 1_024;
/// "… no greater than 64 KB in size."
const NAME_BYTES: usize = 65_535;
/// "Partition key: 1 to 2048 bytes"
const KEY_BYTES: usize = 2_048;

/// The type of a key attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// `S`, not empty.
    Text,
    /// `N`.
    Number,
}

impl KeyKind {
    fn letter(self) -> &'static str {
        match self {
            Self::Text => "S",
            Self::Number => "N",
        }
    }
}

/// A key attribute of a table or an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The attribute's name.
    pub name: String,
    /// The attribute's type.
    pub kind: KeyKind,
}

impl Key {
    /// A key of type `S`.
    #[must_use]
    pub fn text(name: &str) -> Self {
        Self {
            name: name.into(),
            kind: KeyKind::Text,
        }
    }

    /// A key of type `N`.
    #[must_use]
    pub fn number(name: &str) -> Self {
        Self {
            name: name.into(),
            kind: KeyKind::Number,
        }
    }
}

/// The attributes in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Projection {
    /// The keys of the table and of the index.
    KeysOnly,
    /// All of them.
    All,
}

/// A global secondary index. Items without its keys are not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// The index's name.
    pub name: String,
    /// The partition key.
    pub hash_key: Key,
    /// The sort key, if it has one.
    pub range_key: Option<Key>,
    /// The attributes that it contains.
    pub projection: Projection,
}

impl Index {
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.hash_key).chain(&self.range_key)
    }
}

/// A table with a partition key and no sort key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The table's name.
    pub name: String,
    /// The partition key.
    pub hash_key: Key,
    /// Its global secondary indexes.
    pub indexes: Vec<Index>,
}

impl Table {
    /// The key of an item that is to be stored.
    pub(super) fn key_of_item(&self, item: &Item) -> Result<Value, Rejection> {
        let name = &self.hash_key.name;
        let missing = || invalid(&format!("Missing the key {name} in the item"));
        let value = item.get(name).ok_or_else(missing)?;
        if value.kind() != self.hash_key.kind.letter() {
            let (expected, actual) = (self.hash_key.kind.letter(), value.kind());
            return Err(invalid(&format!(
                "Type mismatch for key {name} expected: {expected} actual: {actual}"
            )));
        }
        check_length(value, &format!("Key: {name}"))?;
        Ok(value.clone())
    }

    /// The key of a request for one item.
    pub(super) fn key_of_request(&self, key: &Item) -> Result<Value, Rejection> {
        let only = key
            .get(&self.hash_key.name)
            .filter(|value| value.kind() == self.hash_key.kind.letter());
        let Some(value) = only.filter(|_| key.len() == 1) else {
            return Err(Rejection::validation(
                "The provided key element does not match the schema",
            ));
        };
        check_length(value, &format!("Key: {}", self.hash_key.name))?;
        Ok(value.clone())
    }

    /// Whether an index contains the item: "only items that have the key attributes appear in it".
    fn indexes_hold(&self, item: &Item) -> bool {
        let has_keys = |index: &Index| index.keys().all(|key| item.contains_key(&key.name));
        self.indexes.iter().any(has_keys)
    }

    /// "If you … specify a value of the wrong type for an index key attribute, DynamoDB returns a ValidationException."
    pub(super) fn check_item(&self, item: &Item, too_large: &str) -> Result<(), Rejection> {
        for (name, value) in item {
            value.check().map_err(Rejection::validation)?;
            // "Attribute names must be at least one character long, but no greater than 64 KB in size"
            // (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>).
            if !(1..=NAME_BYTES).contains(&name.len()) {
                return Err(invalid("Attribute names have 1 to 65535 bytes"));
            }
        }
        for index in &self.indexes {
            for key in index.keys() {
                let Some(value) = item.get(&key.name) else {
                    continue;
                };
                let (expected, actual) = (key.kind.letter(), value.kind());
                if expected != actual {
                    let what = format!(
                        "Type mismatch for Index Key {} Expected: {expected} Actual: {actual}",
                        key.name
                    );
                    return Err(invalid(&format!("{what} IndexName: {}", index.name)));
                }
                check_length(
                    value,
                    &format!("IndexName: {}, IndexKey: {}", index.name, key.name),
                )?;
            }
        }
        if size(item) > ITEM_BYTES {
            return Err(Rejection::validation(too_large));
        }
        Ok(())
    }
}

fn check_length(value: &Value, place: &str) -> Result<(), Rejection> {
    match value {
        Value::S(text) if text.is_empty() => Err(Rejection::validation(format!(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. {place}"
        ))),
        Value::S(text) if text.len() > KEY_BYTES => Err(invalid(&format!(
            "Size of hashkey has exceeded the maximum size limit of {KEY_BYTES} bytes. {place}"
        ))),
        _ => Ok(()),
    }
}

fn invalid(what: &str) -> Rejection {
    Rejection::validation(format!("One or more parameter values were invalid: {what}"))
}

/// A table with its items.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) schema: Table,
    items: BTreeMap<Value, Item>,
    /// The items as the indexes contain them: "global secondary indexes … are updated asynchronously". An item that is
    /// in no index is omitted, so that a query does not read it.
    indexed: BTreeMap<Value, Item>,
    on_the_way: VecDeque<(u64, Value, Option<Item>)>,
    writes: usize,
    /// The item after each write; `None` if the history is not kept.
    history: Option<Vec<(Value, Option<Item>)>>,
}

impl Stored {
    pub(super) fn new(schema: Table) -> Self {
        Self {
            schema,
            items: BTreeMap::new(),
            indexed: BTreeMap::new(),
            on_the_way: VecDeque::new(),
            writes: 0,
            history: Some(Vec::new()),
        }
    }

    pub(super) fn items(&self) -> &BTreeMap<Value, Item> {
        &self.items
    }

    pub(super) fn indexed(&self) -> &BTreeMap<Value, Item> {
        &self.indexed
    }

    /// Every write: the key, and the item unless it was deleted; `None` if the history is not kept.
    pub(super) fn history(&self) -> &[(Value, Option<Item>)] {
        self.history.as_deref().unwrap_or_default()
    }

    /// The number of writes.
    pub(super) fn writes(&self) -> usize {
        self.writes
    }

    /// Discards the history of writes, and stops it.
    pub(super) fn forget_history(&mut self) {
        self.history = None;
    }

    pub(super) fn get(&self, key: &Value) -> Option<&Item> {
        self.items.get(key)
    }

    /// Stores an item, or deletes it.
    pub(super) fn write(&mut self, now_ms: u64, key: Value, item: Option<Item>) {
        let seen = item.clone().filter(|item| self.schema.indexes_hold(item));
        self.on_the_way.push_back((now_ms, key.clone(), seen));
        self.writes += 1;
        if let Some(history) = &mut self.history {
            history.push((key.clone(), item.clone()));
        }
        set(&mut self.items, key, item);
    }

    /// Applies to the indexes the writes that are at least as old as the delay.
    pub(super) fn settle_indexes(&mut self, now_ms: u64, lag_ms: u64) {
        while let Some((_, key, item)) = self
            .on_the_way
            .pop_front_if(|(written_ms, ..)| *written_ms + lag_ms <= now_ms)
        {
            set(&mut self.indexed, key, item);
        }
    }
}

fn set(items: &mut BTreeMap<Value, Item>, key: Value, item: Option<Item>) {
    match item {
        Some(item) => items.insert(key, item),
        None => items.remove(&key),
    };
}
