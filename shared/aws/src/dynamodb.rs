//! The [`ExecutionStore`] of DynamoDB, and the stored form of a record.

mod changes;
mod key;
mod packed;
mod queues;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure, Select,
};

use super::{sent, service_error};
use invalidation_core::decide::driver::Saved;
use invalidation_core::input::identifiers::JobId;
use invalidation_core::model::execution_record::{DUE_INDEX, OVERDUE_INDEX};
use invalidation_core::model::execution_record::{ExecutionRecord, SCHEMA_VERSION};
use invalidation_core::model::time_budget::FIRST_BACKOFF;
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::ports::{ExecutionStore, Open, StoreError};

use key::ID;

pub use key::ItemKey;

/// The partition key of the index. A partition accepts 1,000 writes per second, which is enough for some hundred
/// deployments. Its only value is `0`, so that more shards can be added.
const DUE_SHARD: &str = "due_shard";
/// The sort key of the index. Being a separate attribute, it is also available for an unreadable record.
const OVERDUE_AT: &str = "overdue_at";

/// The maximum number of index pages per read.
const PAGES_AT_MOST: u32 = 10;
/// Defers a record by its backoff and doubles the backoff. Both expressions read the item as it was before the update.
/// An item of an earlier version of this code has no `overdue_at`; it counts as overdue from now on, unless the next
/// write sets another value.
const CLAIM: &str = "SET due_at = if_not_exists(backoff, :first) + :now, \
                       backoff = if_not_exists(backoff, :first) + if_not_exists(backoff, :first), \
                       overdue_at = if_not_exists(overdue_at, :now)";

type Item = HashMap<String, AttributeValue>;

/// The table of execution records.
#[derive(Debug, Clone)]
pub struct DynamoDb {
    client: Client,
    table: String,
}

impl DynamoDb {
    /// A store that uses the table of this name.
    #[must_use]
    pub fn new(client: Client, table: &str) -> Self {
        let table = table.to_owned();
        Self { client, table }
    }
}

impl ExecutionStore for DynamoDb {
    async fn load(&self, id: &JobId) -> Result<Option<ExecutionRecord>, StoreError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .consistent_read(true);
        let key = ItemKey::Execution(id.clone());
        let reply = sent(request.key(ID, key.value()).send()).await;
        let reply = reply.map_err(|error| unavailable("GetItem", &error))?;
        reply.item.map(record).transpose()
    }

    async fn claim(
        &self,
        id: &JobId,
        now: Timestamp,
    ) -> Result<Option<ExecutionRecord>, StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(ID, ItemKey::Execution(id.clone()).value())
            .condition_expression("due_at <= :now")
            .update_expression(CLAIM)
            .expression_attribute_values(":now", millis(now.as_millis()))
            .expression_attribute_values(
                ":first",
                AttributeValue::N(FIRST_BACKOFF.as_millis().to_string()),
            )
            .return_values(ReturnValue::AllNew);
        match sent(request.send()).await {
            Ok(reply) => reply.attributes.map(record).transpose(),
            Err(error) if is_condition(&error) => Ok(None),
            Err(error) => Err(unavailable("UpdateItem", &error)),
        }
    }

    async fn save(
        &self,
        record: &ExecutionRecord,
        replaces: Option<&str>,
    ) -> Result<Saved, StoreError> {
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item(record)?))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let request = match replaces {
            None => request.condition_expression("attribute_not_exists(id)"),
            Some(write_id) => request
                .condition_expression("write_id = :replaces")
                .expression_attribute_values(":replaces", text(write_id)),
        };
        match sent(request.send()).await {
            Ok(_) => Ok(Saved::Written),
            Err(error) => overtaken(record, &error),
        }
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<JobId>, StoreError> {
        let (mut due, mut last) = (Vec::new(), None);
        // Entries of other kinds are skipped. They must not displace the records on the page.
        for _ in 0..PAGES_AT_MOST {
            let page = self.due_after(last, now, limit).await?;
            due.extend(ids(page.items()));
            last = page.last_evaluated_key;
            if due.len() >= limit || last.is_none() {
                break;
            }
        }
        Ok(due)
    }

    async fn open(&self) -> Result<Open, StoreError> {
        let executions = self.count().await?;
        let overdue_at = match executions {
            0 => None,
            _ => self.first_overdue().await?,
        };
        Ok(Open {
            executions,
            overdue_at,
        })
    }

    async fn is_change(&self, record: &ExecutionRecord) -> Result<bool, StoreError> {
        self.changes(record).await
    }
}

impl DynamoDb {
    async fn due_after(
        &self,
        last: Option<Item>,
        now: Timestamp,
        limit: usize,
    ) -> Result<QueryOutput, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(DUE_INDEX)
            .key_condition_expression("due_shard = :shard AND due_at <= :now")
            .expression_attribute_values(":shard", text("0"))
            .expression_attribute_values(":now", millis(now.as_millis()))
            .set_exclusive_start_key(last)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let reply = sent(request.send()).await;
        reply.map_err(|error| unavailable("Query", &error))
    }

    /// The number of records that have work left, readable or not.
    async fn count(&self) -> Result<u64, StoreError> {
        let (mut count, mut last) = (0, None);
        for _ in 0..PAGES_AT_MOST {
            let request = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(DUE_INDEX)
                .select(Select::Count)
                .key_condition_expression("due_shard = :shard")
                .expression_attribute_values(":shard", text("0"))
                .set_exclusive_start_key(last);
            let page = sent(request.send()).await;
            let page = page.map_err(|error| unavailable("Query", &error))?;
            count += u64::try_from(page.count).unwrap_or_default();
            last = page.last_evaluated_key;
            if last.is_none() {
                break;
            }
        }
        Ok(count)
    }

    async fn first_overdue(&self) -> Result<Option<Timestamp>, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(OVERDUE_INDEX)
            .key_condition_expression("due_shard = :shard")
            .expression_attribute_values(":shard", text("0"))
            .limit(1);
        let page = sent(request.send()).await;
        let page = page.map_err(|error| unavailable("Query", &error))?;
        Ok(first_moment(page.items()))
    }
}

/// The time of the first entry of a page. An invalid time counts as long past: a false alarm is better than none.
fn first_moment(page: &[Item]) -> Option<Timestamp> {
    let moment = page.first()?.get(OVERDUE_AT)?.as_n().ok()?;
    Some(Timestamp::from_millis(moment.parse().unwrap_or_default()))
}

/// Maps a failed write. With `ReturnValuesOnConditionCheckFailure`, DynamoDB returns the stored item.
fn overtaken(
    record: &ExecutionRecord,
    error: &SdkError<PutItemError>,
) -> Result<Saved, StoreError> {
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(failure)) => {
            let stored = failure
                .item
                .clone()
                .ok_or(StoreError::Gone)
                .and_then(self::record)?;
            Ok(Saved::rejected(record, stored))
        }
        _ => Err(unavailable("PutItem", error)),
    }
}

fn is_condition(error: &SdkError<UpdateItemError>) -> bool {
    let service = error.as_service_error();
    service.is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}

fn item(record: &ExecutionRecord) -> Result<Item, StoreError> {
    let item: Item =
        serde_dynamo::to_item(record).map_err(|error| StoreError::Unreadable(error.to_string()))?;
    let mut item = packed::packed(item, &record.targets);
    if record.due_at.is_some() {
        item.insert(DUE_SHARD.to_owned(), text("0"));
    }
    Ok(item)
}

fn record(mut item: Item) -> Result<ExecutionRecord, StoreError> {
    let version = item.get("v").and_then(|value| value.as_n().ok());
    if version.and_then(|version| version.parse().ok()) != Some(SCHEMA_VERSION) {
        let version = version.map_or("none", String::as_str);
        return Err(StoreError::Unreadable(format!(
            "its version is {version}, and this function reads {SCHEMA_VERSION}"
        )));
    }
    item.remove(DUE_SHARD);
    let invalid =
        || StoreError::Unreadable("an attribute is missing, or not what it should be".to_owned());
    if !item.values().all(is_known) {
        return Err(invalid());
    }
    let item = packed::unpacked(item).ok_or_else(invalid)?;
    // The library's own error would repeat values of the item.
    serde_dynamo::from_item(item).map_err(|_| invalid())
}

/// Whether the SDK knows the type of a value and of each nested value. `serde_dynamo` panics on an unknown type.
fn is_known(value: &AttributeValue) -> bool {
    match value {
        AttributeValue::L(values) => values.iter().all(is_known),
        AttributeValue::M(values) => values.values().all(is_known),
        value => !value.is_unknown(),
    }
}

/// The execution ids on a page of the index. Other keys were not written by these functions; they are logged and
/// skipped.
fn ids(page: &[Item]) -> Vec<JobId> {
    let id = |item: &Item| match ItemKey::parse(item.get(ID)?.as_s().ok()?)? {
        ItemKey::Execution(id) => Some(id),
        ItemKey::Queue(_) | ItemKey::Action(_) => None,
    };
    let ids: Vec<JobId> = page.iter().filter_map(id).collect();
    let foreign = page.len() - ids.len();
    if foreign > 0 {
        invalidation_runtime::log!(SweepForeignEntries, foreign);
    }
    ids
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn millis(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn unavailable<E: ProvideErrorMetadata, R>(
    operation: &'static str,
    error: &SdkError<E, R>,
) -> StoreError {
    StoreError::Unavailable {
        operation,
        service_error: service_error(error),
    }
}
