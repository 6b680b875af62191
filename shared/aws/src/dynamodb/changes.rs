//! The last outcome of each action, for notifications of changes only.
//!
//! One item is one action, [`ItemKey::Action`]. It stores when the action last failed, and which execution was the
//! first to succeed after that. The conditions of both writes depend only on facts of one execution, so that repeated
//! and concurrent checks return the same result.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;

use super::key::ID;
use super::{DynamoDb, ItemKey, millis, text, unavailable};
use crate::sent;
use invalidation_core::model::execution_record::ExecutionRecord;
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::ports::StoreError;

/// How long, in seconds, the failure of an action is stored: a year.
const RETENTION_SECONDS: u64 = 365 * 86_400;

impl DynamoDb {
    pub(super) async fn changes(&self, record: &ExecutionRecord) -> Result<bool, StoreError> {
        let decided_at = record
            .outcome
            .as_ref()
            .map_or(record.created_at, |outcome| outcome.decided_at);
        if record.is_success() {
            self.recovers(record, decided_at).await
        } else {
            self.fails(record, decided_at).await?;
            Ok(true)
        }
    }

    /// Stores the failure, unless a later one is stored.
    async fn fails(
        &self,
        record: &ExecutionRecord,
        decided_at: Timestamp,
    ) -> Result<(), StoreError> {
        let expires_at = decided_at.as_seconds() + RETENTION_SECONDS;
        let request = self
            .action(record, decided_at)
            .update_expression("SET failed_at = :at, expires_at = :expires_at REMOVE recovered_by")
            .condition_expression("attribute_not_exists(failed_at) OR failed_at < :at")
            .expression_attribute_values(":expires_at", millis(expires_at));
        is_written(request).await.map(|_| ())
    }

    /// Whether this execution is the first to succeed since the last failure.
    async fn recovers(
        &self,
        record: &ExecutionRecord,
        decided_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let request = self
            .action(record, decided_at)
            .update_expression("SET recovered_by = :id")
            .condition_expression(
                "failed_at < :at AND (attribute_not_exists(recovered_by) OR recovered_by = :id)",
            )
            .expression_attribute_values(":id", text(record.id.as_str()));
        is_written(request).await
    }

    fn action(&self, record: &ExecutionRecord, decided_at: Timestamp) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key(ID, ItemKey::Action(record.action_name()).value())
            .expression_attribute_values(":at", millis(decided_at.as_millis()))
    }
}

/// Whether the condition of the update was met.
async fn is_written(request: UpdateItemFluentBuilder) -> Result<bool, StoreError> {
    match sent(request.send()).await {
        Ok(_) => Ok(true),
        Err(error) if super::is_condition(&error) => Ok(false),
        Err(error) => Err(unavailable("UpdateItem", &error)),
    }
}
