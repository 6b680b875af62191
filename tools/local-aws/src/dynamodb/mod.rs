//! DynamoDB: tables with a hash key and sparse global secondary indexes.

mod capacity;
mod condition;
mod console;
mod expression;
mod number;
mod query;
mod requests;
mod table;
mod update;
mod value;

use std::collections::BTreeMap;

pub use capacity::WriteUnits;
pub use console::Console;
pub(crate) use number::NO_NUMBER;
pub(super) use requests::{DeleteItem, GetItem, PutItem, Query, Select, UpdateItem};
pub use table::{Index, Key, KeyKind, Projection, Table};
pub(super) use value::{Item, Value};

use super::rejection::Rejection;
use condition::Condition;
use expression::Bindings;
use requests::{OnFailure, ReturnValues};
use table::Stored;
use update::Update;

#[derive(Debug, Default)]
pub(super) struct DynamoDb {
    tables: BTreeMap<String, Stored>,
    index_lag_ms: u64,
    ttl_attribute: Option<String>,
}

/// The result of a write: the attributes that `ReturnValues` asked for, and whether there was an item before.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) attributes: Option<Item>,
    pub(super) replaced: bool,
}

impl DynamoDb {
    pub(super) fn get_item(&mut self, get: &GetItem) -> Result<Option<Item>, Rejection> {
        let table = self.table(&get.table_name)?;
        Ok(table.get(&table.schema.key_of_request(&get.key)?).cloned())
    }

    pub(super) fn put_item(&mut self, now_ms: u64, put: PutItem) -> Result<Written, Rejection> {
        let bindings = Bindings::new(
            put.names,
            put.values,
            [("ConditionExpression", put.condition.as_deref())],
        )?;
        let condition = Condition::parse(put.condition.as_deref())?;
        let table = self.table(&put.table_name)?;
        let key = table.schema.key_of_item(&put.item)?;
        table
            .schema
            .check_item(&put.item, "Item size has exceeded the maximum allowed size")?;
        let old = table.get(&key).cloned();
        max_wait(condition.as_ref(), old.as_ref(), &bindings, put.on_failure)?;
        table.write(now_ms, key, Some(put.item));
        Ok(Written {
            replaced: old.is_some(),
            attributes: put.returns.choose(old, None)?,
        })
    }

    pub(super) fn update_item(
        &mut self,
        now_ms: u64,
        change: UpdateItem,
    ) -> Result<Written, Rejection> {
        let (update, condition) = (change.update.as_deref(), change.condition.as_deref());
        let expressions = [
            ("UpdateExpression", update),
            ("ConditionExpression", condition),
        ];
        let bindings = Bindings::new(change.names, change.values, expressions)?;
        let (update, condition) = (Update::parse(update)?, Condition::parse(condition)?);
        let table = self.table(&change.table_name)?;
        let key = table.schema.key_of_request(&change.key)?;
        update.spare(&table.schema.hash_key.name, &bindings)?;
        let old = table.get(&key).cloned();
        max_wait(
            condition.as_ref(),
            old.as_ref(),
            &bindings,
            change.on_failure,
        )?;
        // "Edits an existing item's attributes, or adds a new item to the table if it does not already exist."
        let new = update.apply(old.as_ref().unwrap_or(&change.key), &bindings)?;
        table.schema.check_item(
            &new,
            "Item size to update has exceeded the maximum allowed size",
        )?;
        table.write(now_ms, key, Some(new.clone()));
        Ok(Written {
            replaced: old.is_some(),
            attributes: change.returns.choose(old, Some(new))?,
        })
    }

    pub(super) fn delete_item(
        &mut self,
        now_ms: u64,
        delete: DeleteItem,
    ) -> Result<Written, Rejection> {
        let condition = delete.condition.as_deref();
        let bindings = Bindings::new(
            delete.names,
            delete.values,
            [("ConditionExpression", condition)],
        )?;
        let condition = Condition::parse(condition)?;
        let table = self.table(&delete.table_name)?;
        let key = table.schema.key_of_request(&delete.key)?;
        let old = table.get(&key).cloned();
        max_wait(
            condition.as_ref(),
            old.as_ref(),
            &bindings,
            delete.on_failure,
        )?;
        table.write(now_ms, key, None);
        Ok(Written {
            replaced: old.is_some(),
            attributes: delete.returns.choose(old, None)?,
        })
    }

    pub(super) fn query(&mut self, now_ms: u64, query: &Query) -> Result<query::Page, Rejection> {
        let lag_ms = self.index_lag_ms;
        let table = self.table(&query.table_name)?;
        table.settle_indexes(now_ms, lag_ms);
        query::run(table, query)
    }

    /// Writes the item with this key as another writer would, with a new text in this attribute. If several tables have
    /// such an item, the first one is used.
    pub(super) fn overtake(&mut self, now_ms: u64, key_text: &str, attribute: &str) {
        for table in self.tables.values_mut() {
            let mut items = table.items().iter();
            let Some((key, item)) = items.find(|(key, _)| key.to_string() == key_text) else {
                continue;
            };
            let (key, mut item) = (key.clone(), item.clone());
            let text = format!("another writer at {now_ms}");
            item.insert(attribute.to_owned(), Value::S(text));
            return table.write(now_ms, key, Some(item));
        }
    }

    /// The number of writes in all tables.
    pub(super) fn writes(&self) -> usize {
        self.tables.values().map(Stored::writes).sum()
    }

    /// The key of the item of a request, in readable form.
    pub(super) fn key_text(&self, table: &str, item: &Item) -> Option<String> {
        let hash_key = &self.tables.get(table)?.schema.hash_key.name;
        item.get(hash_key).map(Value::to_string)
    }

    fn table(&mut self, name: &str) -> Result<&mut Stored, Rejection> {
        let missing = || {
            Rejection::new(
                400,
                "ResourceNotFoundException",
                "Requested resource not found",
            )
        };
        self.tables.get_mut(name).ok_or_else(missing)
    }
}

/// Rejects the write if its condition is not met. "ALL_OLD: returns all of the attributes of the item, as they appeared
/// before the operation."
fn max_wait(
    condition: Option<&Condition>,
    old: Option<&Item>,
    bindings: &Bindings,
    on_failure: OnFailure,
) -> Result<(), Rejection> {
    let nothing = Item::new();
    let Some(condition) = condition else {
        return Ok(());
    };
    if condition.holds(old.unwrap_or(&nothing), bindings)? {
        return Ok(());
    }
    let mut rejection = Rejection::new(
        400,
        "ConditionalCheckFailedException",
        "The conditional request failed",
    );
    if let (OnFailure::AllOld, Some(old)) = (on_failure, old) {
        rejection.member = Some(("Item", value::to_json(old)));
    }
    Err(rejection)
}

impl ReturnValues {
    fn choose(self, old: Option<Item>, new: Option<Item>) -> Result<Option<Item>, Rejection> {
        match (self, new) {
            (Self::None, _) => Ok(None),
            (Self::AllOld, _) => Ok(old),
            (Self::AllNew, Some(new)) => Ok(Some(new)),
            (Self::AllNew, None) => {
                Err(Rejection::validation("Return values set to invalid value"))
            }
        }
    }
}
