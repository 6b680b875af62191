//! Query: one partition of a table or an index, in order, page by page.

use std::cmp::Ordering;

use super::condition::{Comparison, Condition, Operand};
use super::expression::Bindings;
use super::requests::Query;
use super::table::{Index, Key, Projection, Stored};
use super::value::{Item, Value, size};
use crate::aws::refusal::Refusal;

/// "A single Query operation will read up to … a maximum of 1 MB of data."
const PAGE_BYTES: usize = 1_024 * 1_024;

#[derive(Debug)]
pub(in crate::aws) struct Page {
    pub(in crate::aws) items: Vec<Item>,
    pub(in crate::aws) last_evaluated_key: Option<Item>,
}

pub(super) fn run(table: &Stored, query: &Query) -> Result<Page, Refusal> {
    let bindings = Bindings::new(
        query.names.clone(),
        query.values.clone(),
        [("KeyConditionExpression", Some(query.condition.as_str()))],
    )?;
    let index = index_of(table, query)?;
    let keys: Vec<&Key> = index.map_or_else(
        || vec![&table.schema.hash_key],
        |index| index.keys().collect(),
    );
    let condition = key_condition(&query.condition, &keys, &bindings)?;
    let forward = query.scan_index_forward.unwrap_or(true);
    let place = |item: &Item| place(table, &keys, item);
    let mut found: Vec<&Item> = Vec::new();
    // "If an item doesn't contain the index key attributes, it is not in the index": hence a sparse index.
    let candidates = if index.is_some() {
        table.indexed()
    } else {
        table.items()
    };
    for item in candidates
        .values()
        .filter(|item| keys.iter().all(|key| item.contains_key(&key.name)))
    {
        if condition.holds(item, &bindings)? {
            found.push(item);
        }
    }
    found.sort_by_key(|item| place(item));
    if !forward {
        found.reverse();
    }
    if let Some(start) = &query.exclusive_start_key {
        let start = place(start);
        let past = if forward {
            Ordering::Greater
        } else {
            Ordering::Less
        };
        found.retain(|item| place(item).cmp(&start) == past);
    }
    Ok(cut(table, index, &keys, &found, limit_of(query)?))
}

fn index_of<'t>(table: &'t Stored, query: &Query) -> Result<Option<&'t Index>, Refusal> {
    let Some(name) = &query.index_name else {
        return Ok(None);
    };
    let missing = || {
        Refusal::validation(format!(
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
        // "Strongly consistent reads are not supported on global secondary indexes. If you query a global secondary
        // index with ConsistentRead set to true, you will receive a ValidationException."
        return Err(Refusal::validation(
            "Consistent reads are not supported on global secondary indexes",
        ));
    }
    Ok(Some(index))
}

fn limit_of(query: &Query) -> Result<usize, Refusal> {
    match query.limit.map(usize::try_from) {
        None => Ok(usize::MAX),
        Some(Ok(limit)) if limit > 0 => Ok(limit),
        Some(_) => Err(Refusal::validation(
            "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
        )),
    }
}

/// "You must specify the partition key name and value as an equality condition"; the sort key may be compared once.
fn key_condition(text: &str, keys: &[&Key], bindings: &Bindings) -> Result<Condition, Refusal> {
    let unsupported = || Refusal::validation("Query key condition not supported");
    let condition = Condition::parse(Some(text))?.ok_or_else(unsupported)?;
    let parts = match &condition {
        Condition::And(left, right) => vec![&**left, &**right],
        single => vec![single],
    };
    let is_on = |part: &Condition, key: Option<&&Key>| {
        key.is_some_and(|key| key_test(part, bindings).is_some_and(|(name, _)| name == key.name))
    };
    let hashes = |part: &&&Condition| {
        is_on(part, keys.first()) && key_test(part, bindings).is_some_and(|(_, equality)| equality)
    };
    let others = parts.iter().filter(|part| is_on(part, keys.get(1))).count();
    if parts.iter().filter(hashes).count() != 1 || others != parts.len() - 1 {
        let missing = keys.first().map_or("", |key| key.name.as_str());
        return Err(Refusal::validation(format!(
            "Query condition missed key schema element: {missing}"
        )));
    }
    Ok(condition)
}

/// The attribute that a key condition tests, and whether it tests for equality.
fn key_test<'a>(part: &'a Condition, bindings: &'a Bindings) -> Option<(&'a str, bool)> {
    let (operand, equality) = match part {
        Condition::Compare(_, Comparison::NotEqual, _) => return None,
        Condition::Compare(operand, comparison, Operand::Value(_)) => {
            (operand, *comparison == Comparison::Equal)
        }
        Condition::Between(operand, ..) => (operand, false),
        Condition::BeginsWith(path, _) => return Some((path.attribute(bindings)?, false)),
        _ => return None,
    };
    match operand {
        Operand::Path(path) => Some((path.attribute(bindings)?, equality)),
        Operand::Value(_) => None,
    }
}

/// Where an item stands in its partition: by the sort key, then by the table's key.
fn place(table: &Stored, keys: &[&Key], item: &Item) -> (Option<Value>, Option<Value>) {
    let range = keys.get(1).and_then(|key| item.get(&key.name));
    (
        range.cloned(),
        item.get(&table.schema.hash_key.name).cloned(),
    )
}

/// The first page of what was found. "If LastEvaluatedKey is present … there is more data": it is there whenever reading
/// stopped early, even if nothing should follow.
fn cut(
    table: &Stored,
    index: Option<&Index>,
    keys: &[&Key],
    found: &[&Item],
    limit: usize,
) -> Page {
    let key_names = || {
        keys.iter()
            .map(|key| &key.name)
            .chain([&table.schema.hash_key.name])
    };
    let only_keys = |item: &Item| {
        let pairs = key_names().filter_map(|name| item.get_key_value(name));
        pairs
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<Item>()
    };
    let (mut items, mut bytes, mut last_evaluated_key) = (Vec::new(), 0, None);
    for item in found {
        bytes += size(item);
        items.push(match index.map(|index| index.projection) {
            Some(Projection::KeysOnly) => only_keys(item),
            _ => (*item).clone(),
        });
        if items.len() == limit || bytes > PAGE_BYTES {
            last_evaluated_key = Some(only_keys(item));
            break;
        }
    }
    Page {
        items,
        last_evaluated_key,
    }
}
