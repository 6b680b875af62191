//! The queues before the distributions, as items of the table of records.
//!
//! One item is one queue, [`ItemKey::Queue`]. Each ticket has an attribute of its own with what it needs, one with its number,
//! and, as it comes to that, one that says for whom it makes the invalidation, and one that says that it has left and until
//! when that is to be remembered. So two who come at the same moment never stand in each other's way, and no write needs to
//! know what others wrote.

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

/// How long, in seconds, the item of a queue stays after everybody in it is forgotten.
const KEPT_FOR: u64 = 86_400;

/// The attribute of the last number that was given.
const LAST: &str = "last_number";
/// The beginnings of the names of a ticket's attributes.
const NEED: &str = "need/";
const NUMBER: &str = "number/";
const LEADER: &str = "leader_up_to/";
const LEFT: &str = "left/";

/// The next number; to the ticket it is given by the same update.
const ENTER: &str = "SET #number = if_not_exists(#last, :zero) + :one, #last = if_not_exists(#last, :zero) + :one, \
                     #need = :need, expires_at = :expires_at";

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
            .expression_attribute_values(":zero", millis(0))
            .expression_attribute_values(":one", millis(1))
            .expression_attribute_values(":need", AttributeValue::M(stored))
            .expression_attribute_values(":expires_at", millis(need.until.as_seconds() + KEPT_FOR));
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

    async fn leave(
        &self,
        resource: &Resource,
        entry_id: &EntryId,
        until: Timestamp,
    ) -> Result<(), QueueError> {
        let goes = self
            .update(resource)
            .update_expression("SET #left = :until REMOVE #need, #number")
            .condition_expression("attribute_exists(#need) AND attribute_not_exists(#leads)")
            .expression_attribute_names("#number", of(NUMBER, entry_id));
        // Who leads others stays to be found by them.
        let stays = self
            .update(resource)
            .update_expression("SET #left = :until")
            .condition_expression("attribute_exists(#need) AND attribute_exists(#leads)");
        for leaving in [goes, stays] {
            let leaving = leaving
                .expression_attribute_names("#left", of(LEFT, entry_id))
                .expression_attribute_names("#need", of(NEED, entry_id))
                .expression_attribute_names("#leads", of(LEADER, entry_id))
                .expression_attribute_values(":until", millis(until.as_millis()));
            match sent(leaving.send()).await {
                Ok(_) => break,
                // It is not there any more, or the other is the one for it.
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

    /// Removes the tickets that are forgotten. If it does not succeed, the next one who comes will.
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

/// The update without these tickets.
fn removal(request: UpdateItemFluentBuilder, entry_ids: &[&EntryId]) -> UpdateItemFluentBuilder {
    let attributes = entry_ids
        .iter()
        .flat_map(|entry_id| [NEED, NUMBER, LEADER, LEFT].map(|kind| of(kind, entry_id)));
    let names: Vec<(String, String)> = (0..)
        .zip(attributes)
        .map(|(place, attribute)| (format!("#a{place}"), attribute))
        .collect();
    let placeholders: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
    let request = request.update_expression(format!("REMOVE {}", placeholders.join(", ")));
    names
        .into_iter()
        .fold(request, |request, (name, attribute)| {
            request.expression_attribute_names(name, attribute)
        })
}

/// The queue after an update. One whose condition failed has been made before, and the queue comes along regardless.
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

/// What the table held when the condition failed.
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

/// The queue that an item is. A ticket that cannot be read is nobody's; it is left out.
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
    Ok(Queue {
        entries: entries
            .filter_map(|(name, value)| entry(name, value))
            .collect(),
        gone: item.keys().filter_map(|name| gone(name)).collect(),
    })
}

fn no_queue(said: &str) -> QueueError {
    QueueError::NoQueue(ServiceError::new("Unreadable", said))
}

/// "ValidationException", which the SDK models for no operation of the table: the item has grown beyond "400 KB", or our
/// request is wrong; neither mends itself.
fn meaning(service_error: ServiceError) -> QueueError {
    match service_error.code.as_str() {
        "ValidationException" => QueueError::NoQueue(service_error),
        _ if service_error.kind == ServiceErrorKind::Denied => QueueError::NoQueue(service_error),
        _ => QueueError::Retryable(service_error),
    }
}
