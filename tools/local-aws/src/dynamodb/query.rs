//! Query: one partition of a table or an index, in order, page by page.

use std::collections::BTreeMap;

use super::condition::{Comparison, Condition, Operand};
use super::expression::Bindings;
use super::requests::Query;
use super::table::{Index, Key, Projection, Stored};
use super::value::{Item, Value, size};
use crate::rejection::Rejection;

/// "A single Query operation will read up to … a maximum of 1 MB of data."
const PAGE_BYTES: usize = 1_024 * 1_024;

#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) items: Vec<Item>,
    pub(crate) last_evaluated_key: Option<Item>,
}

pub(super) fn run(table: &Stored, query: &Query) -> Result<Page, Rejection> {
    let expression = [("KeyConditionExpression", Some(query.condition.as_str()))];
    let bindings = Bindings::new(query.names.clone(), query.values.clone(), expression)?;
    let view = View::of(table, query)?;
    let condition = view.key_condition(&query.condition, &bindings)?;
    let mut found = Vec::new();
    for item in view.members() {
        if condition.holds(item, &bindings)? {
            found.push(item);
        }
    }
    found.sort_by_key(|item| view.place(item));
    let forward = query.scan_index_forward.unwrap_or(true);
    if !forward {
        found.reverse();
    }
    if let Some(start) = &query.exclusive_start_key {
        if view.keys_of(start) != *start || view.keys().any(|key| !start.contains_key(&key.name)) {
            return Err(Rejection::validation(
                "The provided starting key is invalid",
            ));
        }
        let start = view.place(start);
        found.retain(|item| {
            if forward {
                view.place(item) > start
            } else {
                view.place(item) < start
            }
        });
    }
    Ok(view.cut(&found, limit_of(query)?))
}

fn limit_of(query: &Query) -> Result<usize, Rejection> {
    match query.limit.map(usize::try_from) {
        None => Ok(usize::MAX),
        Some(Ok(limit)) if limit > 0 => Ok(limit),
        Some(_) => Err(Rejection::validation(
            "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
        )),
    }
}

/// The source of a query: the table itself, or one of its indexes with its delay.
struct View<'t> {
    table_key: &'t Key,
    hash_key: &'t Key,
    range_key: Option<&'t Key>,
    items: &'t BTreeMap<Value, Item>,
    projection: Projection,
}

impl<'t> View<'t> {
    fn of(table: &'t Stored, query: &Query) -> Result<Self, Rejection> {
        let table_key = &table.schema.hash_key;
        let Some(name) = &query.index_name else {
            let (items, projection) = (table.items(), Projection::All);
            return Ok(Self {
                table_key,
                hash_key: table_key,
                range_key: None,
                items,
                projection,
            });
        };
        let missing = || {
            Rejection::validation(format!(
                "The table does not have the specified index: {name}"
            ))
        };
        let index = table
            .schema
            .indexes
            .iter()
            .find(|index| index.name == *name)
            .ok_or_else(missing)?;
        if query.consistent_read == Some(true) {
            // "If you query a global secondary index with ConsistentRead set to true, you will receive a
            // ValidationException."
            return Err(Rejection::validation(
                "Consistent reads are not supported on global secondary indexes",
            ));
        }
        let Index {
            hash_key,
            range_key,
            projection,
            ..
        } = index;
        let (range_key, items, projection) = (range_key.as_ref(), table.indexed(), *projection);
        Ok(Self {
            table_key,
            hash_key,
            range_key,
            items,
            projection,
        })
    }

    fn keys(&self) -> impl Iterator<Item = &'t Key> {
        [self.hash_key].into_iter().chain(self.range_key)
    }

    /// An item without the index's keys is not in the index: that makes it sparse.
    fn members(&self) -> impl Iterator<Item = &'t Item> {
        self.items
            .values()
            .filter(|item| self.keys().all(|key| item.contains_key(&key.name)))
    }

    /// The position of an item in its partition: by the sort key, then by the table's key.
    fn place<'i>(&self, item: &'i Item) -> (Option<&'i Value>, Option<&'i Value>) {
        let range = self.range_key.and_then(|key| item.get(&key.name));
        (range, item.get(&self.table_key.name))
    }

    /// The part of an item from which the next page continues.
    fn keys_of(&self, item: &Item) -> Item {
        let names = self.keys().chain([self.table_key]).map(|key| &key.name);
        let pairs = names.filter_map(|name| item.get_key_value(name));
        pairs
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// "You must specify the partition key name and value as an equality condition"; the sort key may be compared once.
    fn key_condition(&self, text: &str, bindings: &Bindings) -> Result<Condition, Rejection> {
        let unsupported = || Rejection::validation("Query key condition not supported");
        let condition = Condition::parse(Some(text))?.ok_or_else(unsupported)?;
        let tests = match &condition {
            Condition::And(left, right) => vec![test_of(left, bindings), test_of(right, bindings)],
            single => vec![test_of(single, bindings)],
        };
        let hash_test = Some((self.hash_key.name.as_str(), true));
        let of_range = |test: &&Option<(&str, bool)>| {
            test.is_some_and(|(name, _)| self.range_key.is_some_and(|key| key.name == name))
        };
        let hashes = tests.iter().filter(|test| **test == hash_test).count();
        if hashes == 1 && tests.iter().filter(of_range).count() == tests.len() - 1 {
            return Ok(condition);
        }
        Err(Rejection::validation(format!(
            "Query condition missed key schema element: {}",
            self.hash_key.name
        )))
    }

    /// The first page of the result. "If LastEvaluatedKey is present there may be more data": it is present whenever
    /// reading stopped early, even if no item follows.
    fn cut(&self, found: &[&Item], limit: usize) -> Page {
        let mut page = Page {
            items: Vec::new(),
            last_evaluated_key: None,
        };
        let mut bytes = 0;
        for item in found {
            let read = match self.projection {
                Projection::KeysOnly => self.keys_of(item),
                Projection::All => (*item).clone(),
            };
            bytes += size(&read);
            page.items.push(read);
            if page.items.len() == limit || bytes > PAGE_BYTES {
                page.last_evaluated_key = Some(self.keys_of(item));
                break;
            }
        }
        page
    }
}

/// The attribute that a key condition tests, and whether it tests for equality.
fn test_of<'a>(condition: &'a Condition, bindings: &'a Bindings) -> Option<(&'a str, bool)> {
    let (path, equality) = match condition {
        Condition::Compare(_, Comparison::NotEqual, _) => return None,
        Condition::Compare(Operand::Path(path), comparison, Operand::Value(_)) => {
            (path, *comparison == Comparison::Equal)
        }
        Condition::Between(Operand::Path(path), ..) | Condition::BeginsWith(path, _) => {
            (path, false)
        }
        _ => return None,
    };
    Some((path.attribute(bindings)?, equality))
}
