//! CloudFront as our [`Cdn`].

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::error::BuildError;
use aws_sdk_cloudfront::types::{Invalidation, InvalidationBatch, InvalidationSummary, Paths};

use super::{NO_REPLY, is_denied, sent, trouble};
use crate::identifiers::{DistributionId, InvalidationId};
use crate::ports::{Cdn, CdnError};
use crate::record::{Found, Listed, Reason, Status, Target, Trouble};
use crate::timestamp::Timestamp;

/// How many invalidations are listed: CloudFront's own page, the latest first.
const PAGE: i32 = 100;

/// CloudFront, whose API lives in us-east-1 for every region of its partition; the SDK sees to that.
#[derive(Debug, Clone)]
pub struct CloudFront(Client);

impl CloudFront {
    /// CloudFront through this client.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }
}

impl Cdn for CloudFront {
    async fn create_invalidation(
        &self,
        target: &Target,
    ) -> Result<(InvalidationId, Status), CdnError> {
        let batch = batch(target).map_err(|error| put_off(&error.to_string()))?;
        let request = self
            .0
            .create_invalidation()
            .distribution_id(target.distribution_id.as_str());
        let reply = sent(request.invalidation_batch(batch).send()).await;
        let reply = reply.map_err(|error| meaning_of_create(trouble(&error)))?;
        let invalidation = reply
            .invalidation
            .as_ref()
            .ok_or_else(|| put_off("the reply has no invalidation"))?;
        sighting(invalidation)
    }

    async fn get_invalidation(
        &self,
        distribution: &DistributionId,
        id: &InvalidationId,
    ) -> Result<Found, CdnError> {
        let request = self
            .0
            .get_invalidation()
            .distribution_id(distribution.as_str())
            .id(id.as_str());
        let reply = sent(request.send()).await;
        let reply =
            reply.map_err(|error| meaning(trouble(&error), "cloudfront:GetInvalidation"))?;
        let invalidation = reply
            .invalidation
            .as_ref()
            .ok_or_else(|| put_off("the reply has no invalidation"))?;
        match sighting(invalidation)? {
            (seen, status) if seen == *id => Ok(found(invalidation, status)),
            _ => Err(put_off("the reply is about another invalidation")),
        }
    }

    async fn list_invalidations(
        &self,
        distribution: &DistributionId,
    ) -> Result<Vec<Listed>, CdnError> {
        let request = self
            .0
            .list_invalidations()
            .distribution_id(distribution.as_str())
            .max_items(PAGE);
        let reply = sent(request.send()).await;
        let reply =
            reply.map_err(|error| meaning(trouble(&error), "cloudfront:ListInvalidations"))?;
        let page = reply
            .invalidation_list
            .as_ref()
            .ok_or_else(|| put_off("the reply has no list"))?;
        Ok(page.items().iter().filter_map(listed).collect())
    }
}

fn batch(target: &Target) -> Result<InvalidationBatch, BuildError> {
    let paths = target
        .paths
        .iter()
        .map(|path| path.as_str().to_owned())
        .collect::<Vec<_>>();
    let quantity = i32::try_from(paths.len()).unwrap_or(i32::MAX);
    let paths = Paths::builder()
        .quantity(quantity)
        .set_items(Some(paths))
        .build()?;
    InvalidationBatch::builder()
        .paths(paths)
        .caller_reference(&target.caller_reference)
        .build()
}

fn sighting(invalidation: &Invalidation) -> Result<(InvalidationId, Status), CdnError> {
    let id = InvalidationId::parse(invalidation.id())
        .ok_or_else(|| put_off("the reply has no readable invalidation id"))?;
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

/// An entry of the list; none when its id or its time cannot be read, for then it cannot be compared either.
fn listed(summary: &InvalidationSummary) -> Option<Listed> {
    let created_ms = summary.create_time.to_millis().ok()?;
    Some(Listed {
        id: InvalidationId::parse(summary.id())?,
        created_at: Timestamp::from_millis(u64::try_from(created_ms).ok()?),
    })
}

/// "When the invalidation batch is finished, the status is `Completed`"; any other word is not finished.
fn status(text: &str) -> Status {
    if text == "Completed" {
        Status::Completed
    } else {
        Status::InProgress
    }
}

fn put_off(said: &str) -> CdnError {
    CdnError::PutOff(Trouble::new(NO_REPLY, said))
}

/// What an error of CreateInvalidation means for us: beside what any call may meet, the batch itself may be refused.
fn meaning_of_create(trouble: Trouble) -> CdnError {
    match trouble.code.as_str() {
        "InvalidationBatchAlreadyExists" => CdnError::ReferenceTaken,
        "InvalidArgument" if is_reused_reference(&trouble.message) => CdnError::ReferenceTaken,
        "InvalidArgument" | "BatchTooLarge" | "InconsistentQuantities" | "MissingBody" => {
            CdnError::Refused(Reason::BatchRefused(trouble))
        }
        _ => meaning(trouble, "cloudfront:CreateInvalidation"),
    }
}

/// What an error of any call means for us. Whatever is not known to be final is tried again until the deadline:
/// `Throttling`, `ServiceUnavailable`, `TooManyInvalidationsInProgress`, and a `NoSuchInvalidation` that may be a
/// replica behind.
fn meaning(trouble: Trouble, action: &str) -> CdnError {
    match trouble.code.as_str() {
        code if is_denied(code) => CdnError::Refused(Reason::AccessDenied {
            action: action.to_owned(),
        }),
        "NoSuchDistribution" => CdnError::Refused(Reason::NoSuchDistribution),
        _ => CdnError::PutOff(trouble),
    }
}

/// CloudFront documents `InvalidationBatchAlreadyExists` for this, and says `InvalidArgument` with these words: "Your
/// request contains a caller reference that was used for a previous invalidation batch for the same distribution."
fn is_reused_reference(message: &str) -> bool {
    message.contains("caller reference that was used for a previous invalidation batch")
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
