//! CloudFront: distributions and distribution tenants, and the invalidations of both.

mod console;
mod directory;
mod page;
mod paths;
mod rate;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use console::{BY_HAND, Completion, Console, InvalidationView, Repetition};
pub(super) use directory::{Distribution, Tenant};
pub(super) use page::{Page, PageRequest};

use super::names::Names;
use super::rejection::Rejection;

/// The target of an invalidation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResourceId {
    /// A distribution, by its id.
    Distribution(String),
    /// A distribution tenant, by its id.
    Tenant(String),
}

impl ResourceId {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Distribution(id) | Self::Tenant(id) => id,
        }
    }

    fn arn(&self, account_id: &str) -> String {
        let (kind, id) = match self {
            Self::Distribution(id) => ("distribution", id),
            Self::Tenant(id) => ("distribution-tenant", id),
        };
        format!("arn:aws:cloudfront::{account_id}:{kind}/{id}")
    }
}

/// The data of a distribution or tenant.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) arn: String,
    pub(super) added_ms: u64,
    /// The aliases of a distribution, the domains of a tenant.
    pub(super) domains: Vec<String>,
    invalidations: Vec<Invalidation>,
}

#[derive(Debug)]
pub(super) struct CloudFront {
    names: Names,
    account_id: String,
    completion: Completion,
    repetition: Repetition,
    resources: BTreeMap<ResourceId, Resource>,
    tagged: BTreeSet<ResourceId>,
    denied: BTreeSet<String>,
    created: u64,
    /// Without a bucket, CloudFront accepts any number of calls.
    rate: Option<rate::Bucket>,
    create_rate: Option<rate::Bucket>,
    throttled: u64,
}

/// The request of a client.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Batch {
    pub(super) quantity: i64,
    pub(super) paths: Vec<String>,
    pub(super) caller_reference: String,
}

#[derive(Clone, Debug)]
pub(super) struct Invalidation {
    pub(super) id: String,
    pub(super) batch: Batch,
    pub(super) created_ms: u64,
    /// `None` means never.
    completes_ms: Option<u64>,
}

impl Invalidation {
    /// "When the invalidation batch is finished, the status is `Completed`." There is no status for failure.
    pub(super) fn status(&self, now_ms: u64) -> &'static str {
        if self.in_progress(now_ms) {
            "InProgress"
        } else {
            "Completed"
        }
    }

    fn in_progress(&self, now_ms: u64) -> bool {
        self.completes_ms
            .is_none_or(|completes_ms| now_ms < completes_ms)
    }
}

impl CloudFront {
    pub(super) fn new(names: Names, account_id: &str, completes_after: Duration) -> Self {
        Self {
            names,
            account_id: account_id.to_owned(),
            completion: Completion::After(completes_after),
            repetition: Repetition::Reported,
            resources: BTreeMap::new(),
            tagged: BTreeSet::new(),
            denied: BTreeSet::new(),
            created: 0,
            rate: None,
            create_rate: None,
            throttled: 0,
        }
    }

    /// IAM's own message: the role, and the denied operation.
    pub(super) fn permit(&self, operation: &str) -> Result<(), Rejection> {
        if !self.denied.contains(operation) {
            return Ok(());
        }
        let message = format!(
            "User: arn:aws:sts::{}:assumed-role/function/function is not authorized to perform: cloudfront:{operation}",
            self.account_id
        );
        Err(Rejection::new(403, "AccessDenied", message))
    }

    pub(super) fn create_invalidation(
        &mut self,
        now_ms: u64,
        resource_id: &ResourceId,
        batch: Batch,
    ) -> Result<&Invalidation, Rejection> {
        paths::check(&batch, self.tagged.contains(resource_id))?;
        let earlier = self
            .of(resource_id)?
            .iter()
            .position(|earlier| earlier.batch.caller_reference == batch.caller_reference);
        if let Some(earlier) = earlier {
            let earlier = &self.of(resource_id)?[earlier];
            return match self.repetition {
                Repetition::AlreadyExists => Err(already_exists()),
                Repetition::Reported if earlier.batch == batch => Ok(earlier),
                Repetition::Reported | Repetition::InvalidArgument => Err(reused_reference()),
            };
        }
        self.check_capacity(now_ms, resource_id, &batch)?;
        self.add_invalidation(now_ms, resource_id, batch)
    }

    fn add_invalidation(
        &mut self,
        now_ms: u64,
        resource_id: &ResourceId,
        batch: Batch,
    ) -> Result<&Invalidation, Rejection> {
        self.created += 1;
        let id = format!("I{}", self.names.letters("invalidation", self.created, 13));
        let invalidation = Invalidation {
            id,
            batch,
            created_ms: now_ms,
            completes_ms: self.completion.from(now_ms, self.created),
        };
        let resource = self
            .resources
            .get_mut(resource_id)
            .ok_or_else(|| missing(resource_id))?;
        Ok(resource.invalidations.push_mut(invalidation))
    }

    pub(super) fn get_invalidation(
        &self,
        resource_id: &ResourceId,
        id: &str,
    ) -> Result<&Invalidation, Rejection> {
        let found = self
            .of(resource_id)?
            .iter()
            .find(|invalidation| invalidation.id == id);
        found.ok_or_else(|| {
            Rejection::new(
                404,
                "NoSuchInvalidation",
                "The specified invalidation does not exist.",
            )
        })
    }

    pub(super) fn list_invalidations(
        &self,
        resource_id: &ResourceId,
        page_request: &PageRequest,
    ) -> Result<Page<&Invalidation>, Rejection> {
        // "in decreasing order from most recent to oldest"
        Page::of(self.of(resource_id)?.iter().rev().collect(), page_request)
    }

    /// "3,000 files per distribution in progress at one time" and "15 wildcard paths in progress at one time", each
    /// counted over all requests of the distribution.
    fn check_capacity(
        &self,
        now_ms: u64,
        resource_id: &ResourceId,
        batch: &Batch,
    ) -> Result<(), Rejection> {
        let running = self
            .of(resource_id)?
            .iter()
            .filter(|invalidation| invalidation.in_progress(now_ms));
        let paths = running
            .flat_map(|invalidation| &invalidation.batch.paths)
            .chain(&batch.paths);
        let (wildcards, files): (Vec<_>, Vec<_>) = paths.partition(|path| paths::is_wildcard(path));
        if wildcards.len() <= 15 && files.len() <= 3_000 {
            return Ok(());
        }
        let message = "Processing your request will cause you to exceed the maximum number of in-progress wildcard invalidations.";
        let message = if wildcards.len() > 15 {
            message
        } else {
            "You have exceeded the maximum number of in-progress invalidations."
        };
        Err(Rejection::new(
            400,
            "TooManyInvalidationsInProgress",
            message,
        ))
    }

    fn of(&self, resource_id: &ResourceId) -> Result<&[Invalidation], Rejection> {
        let resource = self
            .resources
            .get(resource_id)
            .ok_or_else(|| missing(resource_id))?;
        Ok(&resource.invalidations)
    }
}

fn missing(resource_id: &ResourceId) -> Rejection {
    match resource_id {
        ResourceId::Distribution(_) => Rejection::new(
            404,
            "NoSuchDistribution",
            "The specified distribution does not exist.",
        ),
        ResourceId::Tenant(_) => no_such_tenant(),
    }
}

fn no_such_tenant() -> Rejection {
    let message = "The specified distribution tenant does not exist.";
    Rejection::new(404, "EntityNotFound", message)
}

fn invalid_argument(message: &str) -> Rejection {
    Rejection::new(400, "InvalidArgument", message)
}

/// CloudFront does not send the documented `InvalidationBatchAlreadyExists`.
fn reused_reference() -> Rejection {
    invalid_argument(
        "Your request contains a caller reference that was used for a previous invalidation batch for the same distribution.",
    )
}

/// "CloudFront returns an InvalidationBatchAlreadyExists error." Its status and its message are not documented;
/// CloudFront's other errors of this kind have 409.
fn already_exists() -> Rejection {
    Rejection::new(
        409,
        "InvalidationBatchAlreadyExists",
        "An invalidation batch with this caller reference already exists.",
    )
}
