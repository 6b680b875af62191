//! The queues of the distributions, as items of the table of execution records.
//!
//! One item is one queue, [`ItemKey::Queue`]. Each entry has separate attributes: its need, its number, the last number
//! that it leads if it is a leader, and, after it left, how long that is stored. Concurrent writes of different entries
//! therefore do not conflict, and no write depends on the values of others.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::key::ID;
use super::{DynamoDb, Item, ItemKey, is_known, millis};
use crate::{sent, service_error};
use invalidation_core::model::execution_record::{Resource, ServiceError, ServiceErrorKind};
use invalidation_core::model::queue::{Entry, EntryId, Need, Queue};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::ports::{QueueError, Queues};

/// How long, in seconds, the item of a queue is retained after its last entry has expired.
const RETENTION_SECONDS: u64 = 86_400;

/// The attribute of the last assigned number.
const LAST: &str = "last_number";
/// The prefixes of the attribute names of an entry.
const NEED: &str = "need/";
const NUMBER: &str = "number/";
const LEADER: &str = "leader_up_to/";
const LEFT: &str = "left/";
const TURN: &str = "turn/";
/// The attribute that each change of the order increments.
const REVISION: &str = "revision";

/// Assigns the next number to the entry, in one update.
const ENTER: &str = "SET #number = if_not_exists(#last, :zero) + :one, #last = if_not_exists(#last, :zero) + :one, \
                     #need = :need, #revision = if_not_exists(#revision, :zero) + :one, expires_at = :expires_at";

/// Records that the entry has left.
const LEAVE: &str = "SET #left = :until, #revision = if_not_exists(#revision, :zero) + :one";

impl Queues for DynamoDb {
    async fn enter(
        &self,
        resource: &Resource,
        entry_id: &EntryId,
        need: &Need,
        now: Timestamp,
    ) -> Result<Queue, QueueError> {
        let stored = serde_dynamo::to_item(need).map_err(|error| no_queue(&error.to_string()))?;
        let request = self
            .update(resource)
            .update_expression(ENTER)
            .condition_expression("attribute_not_exists(#need) AND attribute_not_exists(#left)")
            .expression_attribute_names("#left", of(LEFT, entry_id))
            .expression_attribute_names("#number", of(NUMBER, entry_id))
            .expression_attribute_names("#need", of(NEED, entry_id))
            .expression_attribute_names("#last", LAST)
            .expression_attribute_names("#revision", REVISION)
            .expression_attribute_values(":zero", millis(0))
            .expression_attribute_values(":one", millis(1))
            .expression_attribute_values(":need", AttributeValue::M(stored))
            .expression_attribute_values(
                ":expires_at",
                millis(need.until.as_seconds() + RETENTION_SECONDS),
            );
        let queue = updated(request).await?;
        self.sweep(resource, &queue, now).await;
        Ok(queue)
    }

    async fn queue(&self, resource: &Resource) -> Result<Queue, QueueError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .consistent_read(true)
            .key(ID, key(resource));
        match sent(request.send()).await {
            Ok(reply) => reply
                .item
                .as_ref()
                .map_or_else(|| Ok(Queue::default()), queue),
            Err(error) => Err(meaning(service_error(&error))),
        }
    }

    async fn become_leader(
        &self,
        resource: &Resource,
        entry_id: &EntryId,
    ) -> Result<Queue, QueueError> {
        let request = self
            .update(resource)
            .update_expression("SET #leads = #last")
            .condition_expression("attribute_exists(#need) AND attribute_not_exists(#leads)")
            .expression_attribute_names("#leads", of(LEADER, entry_id))
            .expression_attribute_names("#need", of(NEED, entry_id))
            .expression_attribute_names("#last", LAST);
        updated(request).await
    }

    async fn take_turn(
        &self,
        resource: &Resource,
        entry_id: &EntryId,
        turn: u64,
        revision: u64,
    ) -> Result<Queue, QueueError> {
        let request = self
            .update(resource)
            .update_expression("SET #turn = :turn, #revision = #revision + :one")
            .condition_expression(
                "#revision = :revision AND attribute_exists(#need) AND attribute_not_exists(#turn)",
            )
            .expression_attribute_names("#turn", of(TURN, entry_id))
            .expression_attribute_names("#need", of(NEED, entry_id))
            .expression_attribute_names("#revision", REVISION)
            .expression_attribute_values(":turn", millis(turn))
            .expression_attribute_values(":revision", millis(revision))
            .expression_attribute_values(":one", millis(1));
        updated(request).await
    }

    async fn leave(
        &self,
        resource: &Resource,
        entry_id: &EntryId,
        until: Timestamp,
    ) -> Result<(), QueueError> {
        let removes = self
            .update(resource)
            .update_expression(format!("{LEAVE} REMOVE #need, #number, #turn"))
            .expression_attribute_names("#turn", of(TURN, entry_id))
            .condition_expression("attribute_exists(#need) AND attribute_not_exists(#leads)")
            .expression_attribute_names("#number", of(NUMBER, entry_id));
        // A leader remains visible to its followers.
        let keeps = self
            .update(resource)
            .update_expression(LEAVE)
            .condition_expression("attribute_exists(#need) AND attribute_exists(#leads)");
        for leaving in [removes, keeps] {
            let leaving = leaving
                .expression_attribute_names("#left", of(LEFT, entry_id))
                .expression_attribute_names("#need", of(NEED, entry_id))
                .expression_attribute_names("#leads", of(LEADER, entry_id))
                .expression_attribute_names("#revision", REVISION)
                .expression_attribute_values(":zero", millis(0))
                .expression_attribute_values(":one", millis(1))
                .expression_attribute_values(":until", millis(until.as_millis()));
            match sent(leaving.send()).await {
                Ok(_) => break,
                // The entry is no longer in the queue, or the other update applies to it.
                Err(error) if super::is_condition(&error) => {}
                Err(error) => return Err(meaning(service_error(&error))),
            }
        }
        Ok(())
    }
}

impl DynamoDb {
    fn update(&self, resource: &Resource) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key(ID, key(resource))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// Removes expired entries. If this fails, the next execution that enters the queue removes them.
    async fn sweep(&self, resource: &Resource, queue: &Queue, now: Timestamp) {
        let forgotten: Vec<&EntryId> = queue.forgotten(now).take(50).collect();
        if forgotten.is_empty() {
            return;
        }
        let request =
            removal(self.update(resource), &forgotten).condition_expression("attribute_exists(id)");
        if let Err(error) = sent(request.send()).await {
            let service_error = service_error(&error);
            invalidation_runtime::log!(QueueCleanupFailed, %service_error);
        }
    }
}

/// The update that removes these entries.
fn removal(request: UpdateItemFluentBuilder, entry_ids: &[&EntryId]) -> UpdateItemFluentBuilder {
    let attributes = entry_ids
        .iter()
        .flat_map(|entry_id| [NEED, NUMBER, LEADER, LEFT, TURN].map(|kind| of(kind, entry_id)));
    let names: Vec<(String, String)> = (0..)
        .zip(attributes)
        .map(|(index, attribute)| (format!("#a{index}"), attribute))
        .collect();
    let placeholders: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
    let request = request.update_expression(format!("REMOVE {}", placeholders.join(", ")));
    names
        .into_iter()
        .fold(request, |request, (name, attribute)| {
            request.expression_attribute_names(name, attribute)
        })
}

/// The queue after an update. If the condition failed, the update was made before, and DynamoDB returns the stored
/// queue.
async fn updated(request: UpdateItemFluentBuilder) -> Result<Queue, QueueError> {
    match sent(request.send()).await {
        Ok(reply) => reply
            .attributes
            .as_ref()
            .map_or_else(|| Ok(Queue::default()), queue),
        Err(error) => match stored(&error) {
            Some(item) => queue(&item),
            None if super::is_condition(&error) => Ok(Queue::default()),
            None => Err(meaning(service_error(&error))),
        },
    }
}

/// The stored item when the condition failed.
fn stored(error: &SdkError<UpdateItemError>) -> Option<Item> {
    match error.as_service_error()? {
        UpdateItemError::ConditionalCheckFailedException(failure) => failure.item.clone(),
        _ => None,
    }
}

fn key(resource: &Resource) -> AttributeValue {
    ItemKey::Queue(resource.clone()).value()
}

fn of(kind: &str, entry_id: &EntryId) -> String {
    format!("{kind}{entry_id}")
}

/// The queue in an item. An unreadable entry is skipped.
fn queue(item: &Item) -> Result<Queue, QueueError> {
    if !item.values().all(is_known) {
        return Err(no_queue("an attribute of its item is of an unknown type"));
    }
    let number = |kind: &str, entry_id: &EntryId| {
        let value = item.get(&of(kind, entry_id))?.as_n().ok()?;
        value.parse::<u64>().ok()
    };
    let entry = |name: &str, value: &AttributeValue| {
        let entry_id = EntryId::try_from(name.strip_prefix(NEED)?.to_owned()).ok()?;
        let need: Need = serde_dynamo::from_item(value.as_m().ok()?.clone()).ok()?;
        let entry = Entry {
            number: number(NUMBER, &entry_id)?,
            turn: number(TURN, &entry_id),
            leader_up_to: number(LEADER, &entry_id),
            has_left: item.contains_key(&of(LEFT, &entry_id)),
            need,
        };
        Some((entry_id, entry))
    };
    let gone = |name: &str| {
        let entry_id = EntryId::try_from(name.strip_prefix(LEFT)?.to_owned()).ok()?;
        let until = Timestamp::from_millis(number(LEFT, &entry_id)?);
        (!item.contains_key(&of(NEED, &entry_id))).then_some((entry_id, until))
    };
    let entries = item.iter();
    let revision = item
        .get(REVISION)
        .and_then(|value| value.as_n().ok()?.parse().ok());
    Ok(Queue {
        revision: revision.unwrap_or_default(),
        entries: entries
            .filter_map(|(name, value)| entry(name, value))
            .collect(),
        gone: item.keys().filter_map(|name| gone(name)).collect(),
    })
}

fn no_queue(said: &str) -> QueueError {
    QueueError::NoQueue(ServiceError::new("Unreadable", said))
}

/// The SDK models "ValidationException" for no operation of the table. The item has grown beyond "400 KB", or the
/// request is invalid. A retry cannot fix either.
fn meaning(service_error: ServiceError) -> QueueError {
    match service_error.code.as_str() {
        "ValidationException" => QueueError::NoQueue(service_error),
        _ if service_error.kind == ServiceErrorKind::Denied => QueueError::NoQueue(service_error),
        _ => QueueError::Retryable(service_error),
    }
}
