//! The [`InvalidationService`] of CloudFront, for distributions and for distribution tenants, which have separate
//! operations.

mod alias;
mod meaning;

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::error::BuildError;
use aws_sdk_cloudfront::types::{
    Invalidation, InvalidationBatch, InvalidationList, InvalidationSummary, Paths,
};

use super::sent;
use invalidation_core::input::identifiers::{Alias, InvalidationId};
use invalidation_core::model::execution_record::{Found, Listed, Resource, Status, Target};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::ports::{InvalidationError, InvalidationService};

use meaning::{CallContext, Failed, Operation, retry_later};

/// The page size of the list, which is CloudFront's default. The latest invalidations come first.
const PAGE: i32 = 100;

/// The CloudFront client. The API is in us-east-1 for all regions of the partition; the SDK selects the endpoint.
#[derive(Debug, Clone)]
pub struct CloudFront(Client);

impl CloudFront {
    /// A port that uses this client.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }

    /// The context of a call, which the mapping of its error needs.
    fn context<'c>(&'c self, operation: Operation, resource: &'c Resource) -> CallContext<'c> {
        CallContext {
            operation,
            resource,
            region: region(&self.0),
        }
    }

    /// Creates the invalidation of a batch.
    async fn create(
        &self,
        resource: &Resource,
        batch: InvalidationBatch,
    ) -> Result<Option<Invalidation>, Failed> {
        match resource {
            Resource::Distribution(id) => {
                let request = self.0.create_invalidation().distribution_id(id.as_str());
                let reply = sent(request.invalidation_batch(batch).send()).await;
                reply
                    .map(|reply| reply.invalidation)
                    .map_err(|error| Failed::of(&error))
            }
            Resource::Tenant(id) => {
                let request = self
                    .0
                    .create_invalidation_for_distribution_tenant()
                    .id(id.as_str());
                let reply = sent(request.invalidation_batch(batch).send()).await;
                reply
                    .map(|reply| reply.invalidation)
                    .map_err(|error| Failed::of(&error))
            }
            Resource::Alias(_) => Err(meaning::unresolved()),
        }
    }
}

impl InvalidationService for CloudFront {
    async fn create_invalidation(
        &self,
        target: &Target,
    ) -> Result<(InvalidationId, Status), InvalidationError> {
        let batch = batch(target).map_err(|error| retry_later(&error.to_string()))?;
        let reply = self.create(&target.resource, batch).await;
        let context = self.context(Operation::Create, &target.resource);
        let reply = reply.map_err(|failed| meaning::of_create(failed, context))?;
        let invalidation = reply
            .as_ref()
            .ok_or_else(|| retry_later("the reply has no invalidation"))?;
        snapshot(invalidation)
    }

    /// "The value of Quantity and the size of Items don't match" (`InconsistentQuantities`): CloudFront rejects this
    /// batch for that reason only, after it has checked the permission. Whether it checks before that that the
    /// distribution exists is not documented, so the invalidations are listed first.
    async fn probe_invalidation(&self, target: &Target) -> Result<(), InvalidationError> {
        self.list_invalidations(&target.resource).await?;
        let batch = contradictory_batch(target).map_err(|error| retry_later(&error.to_string()))?;
        match self.create(&target.resource, batch).await {
            Ok(_) => Err(retry_later("the batch without items was taken")),
            Err(failed) => {
                meaning::of_probe(failed, self.context(Operation::Create, &target.resource))
            }
        }
    }

    /// CloudFront has no operation that returns the status alone.
    async fn status(
        &self,
        resource: &Resource,
        id: &InvalidationId,
        _: Timestamp,
    ) -> Result<Status, InvalidationError> {
        let found = self.get_invalidation(resource, id).await?;
        Ok(found.status)
    }

    async fn get_invalidation(
        &self,
        resource: &Resource,
        id: &InvalidationId,
    ) -> Result<Found, InvalidationError> {
        let reply = match resource {
            Resource::Distribution(distribution_id) => {
                let request = self
                    .0
                    .get_invalidation()
                    .distribution_id(distribution_id.as_str());
                let reply = sent(request.id(id.as_str()).send()).await;
                reply
                    .map(|reply| reply.invalidation)
                    .map_err(|error| Failed::of(&error))
            }
            Resource::Tenant(tenant_id) => {
                let request = self.0.get_invalidation_for_distribution_tenant();
                let request = request
                    .distribution_tenant_id(tenant_id.as_str())
                    .id(id.as_str());
                let reply = sent(request.send()).await;
                reply
                    .map(|reply| reply.invalidation)
                    .map_err(|error| Failed::of(&error))
            }
            Resource::Alias(_) => Err(meaning::unresolved()),
        };
        let context = self.context(Operation::Get, resource);
        let reply = reply.map_err(|failed| meaning::of(failed, context))?;
        let invalidation = reply
            .as_ref()
            .ok_or_else(|| retry_later("the reply has no invalidation"))?;
        match snapshot(invalidation)? {
            (seen, status) if seen == *id => Ok(found(invalidation, status)),
            _ => Err(retry_later("the reply is about another invalidation")),
        }
    }

    async fn list_invalidations(
        &self,
        resource: &Resource,
    ) -> Result<Vec<Listed>, InvalidationError> {
        let reply = match resource {
            Resource::Distribution(distribution_id) => {
                let request = self
                    .0
                    .list_invalidations()
                    .distribution_id(distribution_id.as_str());
                let reply = sent(request.max_items(PAGE).send()).await;
                reply
                    .map(|reply| reply.invalidation_list)
                    .map_err(|error| Failed::of(&error))
            }
            Resource::Tenant(tenant_id) => {
                let request = self
                    .0
                    .list_invalidations_for_distribution_tenant()
                    .id(tenant_id.as_str());
                let reply = sent(request.max_items(PAGE).send()).await;
                reply
                    .map(|reply| reply.invalidation_list)
                    .map_err(|error| Failed::of(&error))
            }
            Resource::Alias(_) => Err(meaning::unresolved()),
        };
        let context = self.context(Operation::List, resource);
        let reply = reply.map_err(|failed| meaning::of(failed, context))?;
        reply
            .as_ref()
            .map(page)
            .ok_or_else(|| retry_later("the reply has no list"))
    }

    async fn resolve_alias(&self, alias: &Alias) -> Result<Resource, InvalidationError> {
        alias::resolve(&self.0, alias).await
    }
}

/// The region of a client, which determines the partition.
fn region(client: &Client) -> &str {
    client.config().region().map_or("", AsRef::as_ref)
}

fn page(list: &InvalidationList) -> Vec<Listed> {
    list.items().iter().filter_map(listed).collect()
}

fn batch(target: &Target) -> Result<InvalidationBatch, BuildError> {
    let items: Vec<String> = target
        .paths
        .iter()
        .map(|path| path.as_str().to_owned())
        .collect();
    let quantity = i32::try_from(items.len()).unwrap_or(i32::MAX);
    batch_of(quantity, Some(items), target)
}

/// A batch with a quantity of one and no items.
fn contradictory_batch(target: &Target) -> Result<InvalidationBatch, BuildError> {
    batch_of(1, None, target)
}

fn batch_of(
    quantity: i32,
    items: Option<Vec<String>>,
    target: &Target,
) -> Result<InvalidationBatch, BuildError> {
    let paths = Paths::builder()
        .quantity(quantity)
        .set_items(items)
        .build()?;
    InvalidationBatch::builder()
        .paths(paths)
        .caller_reference(&target.caller_reference)
        .build()
}

fn snapshot(invalidation: &Invalidation) -> Result<(InvalidationId, Status), InvalidationError> {
    let id = InvalidationId::parse(invalidation.id())
        .ok_or_else(|| retry_later("the reply has no readable invalidation id"))?;
    Ok((id, status(invalidation.status())))
}

fn found(invalidation: &Invalidation, status: Status) -> Found {
    let batch = invalidation.invalidation_batch.as_ref();
    let paths = batch.and_then(|batch| batch.paths.as_ref());
    Found {
        status,
        caller_reference: batch
            .map(|batch| batch.caller_reference.clone())
            .unwrap_or_default(),
        paths: paths
            .map(|paths| paths.items().to_vec())
            .unwrap_or_default(),
    }
}

/// An entry of the list; `None` if its id or its time cannot be parsed, because it cannot be compared then.
fn listed(summary: &InvalidationSummary) -> Option<Listed> {
    let created_ms = summary.create_time.to_millis().ok()?;
    Some(Listed {
        id: InvalidationId::parse(summary.id())?,
        status: status(summary.status()),
        created_at: Timestamp::from_millis(u64::try_from(created_ms).ok()?),
    })
}

/// "When the invalidation batch is finished, the status is `Completed`". Any other value means that it is not finished.
fn status(text: &str) -> Status {
    if text == "Completed" {
        Status::Completed
    } else {
        Status::InProgress
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_completed_is_completed() {
        assert_eq!(status("Completed"), Status::Completed);
        for text in ["InProgress", "completed", "COMPLETED", "", "Deployed"] {
            assert_eq!(status(text), Status::InProgress, "{text}");
        }
    }
}
