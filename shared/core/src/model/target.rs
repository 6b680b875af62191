//! A target: whose cache, which paths, and how far it has come.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::execution_record::{Reason, ServiceError};
use crate::input::identifiers::{
    Alias, DistributionId, DistributionTenantId, InvalidationId, JobId,
};
use crate::input::paths::{InvalidationPath, Note};
use crate::model::queue::Admission;
use crate::model::timestamp::Timestamp;

/// How far an action wants its invalidations to come before it has succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Goal {
    /// CloudFront has completed them.
    #[default]
    Completed,
    /// CloudFront has taken them.
    Created,
    /// Nothing is created; it is only found out whether it could be.
    Planned,
}

/// Whose cache is invalidated. The stored names are those of the parameters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Resource {
    /// A distribution.
    #[serde(rename = "distribution_id")]
    Distribution(DistributionId),
    /// A distribution tenant, for which CloudFront has operations of its own.
    #[serde(rename = "distribution_tenant_id")]
    Tenant(DistributionTenantId),
    /// Whatever has this domain name; it is not known yet.
    #[serde(rename = "alias")]
    Alias(Alias),
}

/// One distribution or distribution tenant, and the batch of paths that is invalidated in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// Whose cache it is.
    #[serde(flatten)]
    pub resource: Resource,
    /// The domain name by which the parameters named it, once it is known whose that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_as: Option<Alias>,
    /// The batch exactly as it is sent. It is stored, not derived again: a repeated request with the same reference
    /// but other paths would be refused.
    pub paths: Vec<InvalidationPath>,
    /// What the author of the batch should know of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// The idempotency key of the invalidation, derived from the execution's id. "If the value is … the same, CloudFront
    /// doesn't create a new invalidation request. Instead, CloudFront returns information about the invalidation request
    /// that you previously created" (API reference, `InvalidationBatch`).
    pub caller_reference: String,
    /// How often CreateInvalidation was tried, counted before each try.
    pub create_attempts: u32,
    /// When CreateInvalidation was tried first, from which on an invalidation of ours may exist; none before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_create_at: Option<Timestamp>,
    /// When CloudFront may be asked again: the next look, or the next try after a refusal.
    pub next_call_at: Timestamp,
    /// The number of consecutive retryable errors of CloudFront.
    pub delays: u32,
    /// The last service error of CloudFront; none after a successful call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_error: Option<ServiceError>,
    /// The invalidation as CloudFront last showed it; none before it exists, or before we know that it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalidation: Option<StatusSnapshot>,
    /// The search for an invalidation of ours whose id we do not know; none unless CloudFront says that there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
    /// Whether CloudFront would take the batch, as far as that can be known without creating anything; asked only where
    /// that is the [goal](Goal::Planned).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_allowed: bool,
    /// Whose turn it is in the queue before its distribution; none before it stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,
    /// When it entered that queue; none before it did, and where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered_at: Option<Timestamp>,
    /// Whether it makes an invalidation of its own in any case, because the one that it followed came to nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_alone: bool,
    /// Who made the invalidation, if it was another execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<JobId>,
    /// Why nothing can come of it; none as long as something can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Reason>,
}

/// How far the search for our invalidation has come.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Search {
    /// CloudFront must be asked for its list.
    Wanted,
    /// Ours may be among these, which are compared one by one.
    Among(Vec<InvalidationId>),
}

/// An invalidation as CloudFront showed it at some moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StatusSnapshot {
    /// The invalidation's id.
    pub id: InvalidationId,
    /// How it stood.
    pub status: Status,
    /// When CloudFront said so. CloudFront itself reports no time of completion.
    pub checked_at: Timestamp,
}

/// An invalidation as CloudFront lists it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Listed {
    /// Its id.
    pub id: InvalidationId,
    /// How it stands.
    pub status: Status,
    /// When CloudFront created it.
    pub created_at: Timestamp,
}

/// An invalidation as CloudFront shows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Found {
    /// How it stands.
    pub status: Status,
    /// The reference that it was created under.
    pub caller_reference: String,
    /// Its paths.
    pub paths: Vec<String>,
}

/// How an invalidation stands. "When the invalidation batch is finished, the status is `Completed`" (API reference,
/// `Invalidation`); there is no failed status, and whatever else CloudFront may say is not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Not finished yet.
    InProgress,
    /// Finished: CloudFront's own word.
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

    /// Whether it has come as far as it is to come, or will never.
    #[must_use]
    pub fn is_settled(&self, goal: Goal) -> bool {
        self.rejection.is_some()
            || match goal {
                Goal::Completed => self.is_completed(),
                Goal::Created => self.invalidation.is_some(),
                Goal::Planned => self.is_allowed,
            }
    }

    /// Whether it stands in the queue before its distribution.
    #[must_use]
    pub const fn stands_in_queue(&self) -> bool {
        !matches!(self.admission, None | Some(Admission::Left))
    }

    /// Whether CloudFront said that the invalidation is finished.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.invalidation
            .as_ref()
            .is_some_and(|snapshot| snapshot.status == Status::Completed)
    }
}
