//! A target: the resource, its paths, and the state of its invalidation.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::execution_record::{Reason, ServiceError};
use crate::input::identifiers::{
    Alias, DistributionId, DistributionTenantId, InvalidationId, JobId,
};
use crate::input::paths::{InvalidationPath, Note};
use crate::model::queue::Admission;
use crate::model::timestamp::Timestamp;

/// The state that the invalidations must reach for the action to succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Goal {
    /// CloudFront has completed them.
    #[default]
    Completed,
    /// CloudFront has accepted them.
    Created,
    /// Nothing is created. The action only checks whether CloudFront would accept the invalidations.
    Planned,
}

/// The resource whose cache is invalidated. The stored names are those of the parameters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Resource {
    /// A distribution.
    #[serde(rename = "distribution_id")]
    Distribution(DistributionId),
    /// A distribution tenant, for which CloudFront has separate operations.
    #[serde(rename = "distribution_tenant_id")]
    Tenant(DistributionTenantId),
    /// The resource that has this domain name, which is not resolved yet.
    #[serde(rename = "alias")]
    Alias(Alias),
}

/// One distribution or distribution tenant, and the batch of paths that is invalidated in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// The resource.
    #[serde(flatten)]
    pub resource: Resource,
    /// The domain name in the parameters, once it is resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_as: Option<Alias>,
    /// The batch exactly as it is sent. It is stored, because CloudFront would reject a repeated request with the same
    /// caller reference but other paths. Empty if there is nothing to invalidate.
    pub paths: Vec<InvalidationPath>,
    /// The notes for the author of the batch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// The idempotency key of the invalidation, derived from the execution's id. "If the value is … the same,
    /// CloudFront doesn't create a new invalidation request. Instead, CloudFront returns information about the
    /// invalidation request that you previously created" (API reference, `InvalidationBatch`).
    pub caller_reference: String,
    /// The number of attempts of CreateInvalidation, counted before each attempt.
    pub create_attempts: u32,
    /// When CreateInvalidation was first attempted; none before that. From then on, CloudFront may have the
    /// invalidation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_create_at: Option<Timestamp>,
    /// When CreateInvalidation was last attempted; none before that. The age of the invalidation counts from then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_create_at: Option<Timestamp>,
    /// When CloudFront may be called again: the next poll, or the next attempt after an error.
    pub next_call_at: Timestamp,
    /// The number of consecutive retryable errors of CloudFront.
    pub delays: u32,
    /// The last service error of CloudFront; none after a successful call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_error: Option<ServiceError>,
    /// The last status of the invalidation; none before the invalidation is known to exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalidation: Option<StatusSnapshot>,
    /// The search for the invalidation, if CloudFront reports that it exists but its id is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
    /// Whether CloudFront passed the checks of the batch that are possible without creating an invalidation. They are
    /// only made if [that is the goal](Goal::Planned).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_allowed: bool,
    /// The admission to the queue of the distribution; none before its entry is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,
    /// When its entry was added to the queue; none before that, or without a queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered_at: Option<Timestamp>,
    /// Whether it creates its own invalidation in any case, because its leader had none that it could use.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_alone: bool,
    /// The execution that created the invalidation, if it was another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<JobId>,
    /// Why the target cannot succeed; none while it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Reason>,
}

/// The state of the search for the invalidation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Search {
    /// ListInvalidations must be called.
    Wanted,
    /// The invalidation may be one of these, which are compared one by one.
    Among(Vec<InvalidationId>),
}

/// The status of an invalidation at a point in time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StatusSnapshot {
    /// The invalidation's id.
    pub id: InvalidationId,
    /// The status.
    pub status: Status,
    /// When CloudFront returned it. CloudFront does not report when an invalidation was completed.
    pub checked_at: Timestamp,
}

/// An invalidation as ListInvalidations returns it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Listed {
    /// Its id.
    pub id: InvalidationId,
    /// Its status.
    pub status: Status,
    /// When CloudFront created it.
    pub created_at: Timestamp,
}

/// An invalidation as GetInvalidation returns it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Found {
    /// Its status.
    pub status: Status,
    /// Its caller reference.
    pub caller_reference: String,
    /// Its paths.
    pub paths: Vec<String>,
}

/// The status of an invalidation. "When the invalidation batch is finished, the status is `Completed`" (API reference,
/// `Invalidation`). There is no failed status. Any other value means that it is not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Not finished yet.
    InProgress,
    /// Finished, as CloudFront reports it.
    Completed,
}

impl fmt::Display for Resource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Distribution(id) => id.fmt(formatter),
            Self::Tenant(id) => id.fmt(formatter),
            Self::Alias(name) => name.fmt(formatter),
        }
    }
}

impl Target {
    /// A target of which nothing is known yet. CloudFront may be called for it from `next_call_at` on.
    #[must_use]
    pub const fn new(
        resource: Resource,
        paths: Vec<InvalidationPath>,
        caller_reference: String,
        next_call_at: Timestamp,
    ) -> Self {
        Self {
            resource,
            known_as: None,
            paths,
            notes: Vec::new(),
            caller_reference,
            create_attempts: 0,
            first_create_at: None,
            last_create_at: None,
            next_call_at,
            delays: 0,
            service_error: None,
            invalidation: None,
            search: None,
            is_allowed: false,
            admission: None,
            entered_at: None,
            is_alone: false,
            created_by: None,
            rejection: None,
        }
    }

    /// Whether the target has reached the goal, or cannot reach it.
    #[must_use]
    pub fn is_settled(&self, goal: Goal) -> bool {
        self.rejection.is_some()
            || self.is_empty()
            || match goal {
                Goal::Completed => self.is_completed(),
                Goal::Created => self.invalidation.is_some(),
                Goal::Planned => self.is_allowed,
            }
    }

    /// Whether there is nothing to invalidate.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.invalidation.is_none()
    }

    /// Whether its entry is in the queue of its distribution.
    #[must_use]
    pub const fn stands_in_queue(&self) -> bool {
        !matches!(self.admission, None | Some(Admission::Left))
    }

    /// Whether CloudFront has reported that the invalidation is completed, or there is nothing to invalidate.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.is_empty()
            || self
                .invalidation
                .as_ref()
                .is_some_and(|snapshot| snapshot.status == Status::Completed)
    }
}
