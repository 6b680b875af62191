//! The console of CloudFront.

use std::time::Duration;

use super::rate::Bucket;
use super::{Batch, Invalidation, ResourceId};
use crate::Aws;

/// The prefix of the caller reference of an invalidation from the [console](Console::add_invalidation).
pub const BY_HAND: &str = "by hand";

/// When an invalidation is reported as `Completed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// This span of AWS time after its CreateInvalidation.
    After(Duration),
    /// Usually this span: "end-to-end completion … under 25 seconds at P95" of a logarithmic normal distribution with
    /// the median 10 s, and 2 in 100 much later, up to a quarter of an hour. Each invalidation draws its own time.
    Drawn,
    /// Never.
    Never,
}

impl Completion {
    /// When the invalidation of this number completes.
    pub(super) fn from(self, created_ms: u64, number: u64) -> Option<u64> {
        match self {
            Self::After(time) => Some(created_ms + time.as_millis() as u64),
            Self::Drawn => Some(created_ms + drawn(number).as_millis() as u64),
            Self::Never => None,
        }
    }
}

fn drawn(number: u64) -> Duration {
    let mut rng = fastrand::Rng::with_seed(number ^ 0xc10d_f407);
    if rng.u8(0..100) < 2 {
        return Duration::from_secs_f64(60.0 * (15.0_f64.ln() * rng.f64()).exp());
    }
    // The sum of twelve uniform draws is close enough to the normal distribution; 1.645 of its deviations are the 95th
    // percentile.
    let normal = (0..12).map(|_| rng.f64()).sum::<f64>() - 6.0;
    Duration::from_secs_f64((10.0_f64.ln() + (2.5_f64.ln() / 1.645) * normal).exp())
}

/// CloudFront's response to a repeated caller reference with the same batch. (With another batch it is always
/// rejected.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repetition {
    /// "CloudFront doesn't create a new invalidation request. Instead, CloudFront returns information about the
    /// invalidation request that you previously created."
    Reported,
    /// It is rejected with the message that users have received although their request was unchanged.
    InvalidArgument,
    /// It is rejected with the error that the documentation names.
    AlreadyExists,
}

/// An invalidation as CloudFront stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidationView {
    /// CloudFront's id: `I` and 13 letters or digits.
    pub id: String,
    /// The distribution or tenant.
    pub resource_id: ResourceId,
    /// The paths and cache tags, as sent.
    pub paths: Vec<String>,
    /// The caller reference.
    pub caller_reference: String,
    /// When it was created, on the AWS clock, in milliseconds since 1970.
    pub created_ms: u64,
    /// Whether CloudFront now reports `Completed`.
    pub completed: bool,
    /// When it completed, or will complete, on the AWS clock; `None` if never.
    pub completes_ms: Option<u64>,
}

/// Creates distributions, and reads their invalidations.
#[derive(Clone, Debug)]
pub struct Console {
    pub(crate) aws: Aws,
}

impl Console {
    /// Creates a distribution. Until then its id is `NoSuchDistribution`.
    pub fn add_distribution(&self, id: &str) {
        self.add(ResourceId::Distribution(id.into()));
    }

    /// Creates a distribution tenant. Until then its id is `EntityNotFound`.
    pub fn add_tenant(&self, id: &str) {
        self.add(ResourceId::Tenant(id.into()));
    }

    /// Deletes every distribution and tenant, with all their data.
    pub fn delete_all(&self) {
        self.aws
            .at_once(|state, _| state.cloudfront.resources.clear());
    }

    /// Replaces the aliases of a distribution, and creates it if there is none with this id. An alias belongs to one
    /// distribution alone, so another distribution that had it loses it.
    pub fn set_aliases(&self, id: &str, aliases: &[&str]) {
        self.set_domains_of(ResourceId::Distribution(id.into()), aliases);
    }

    /// Gives a tenant these domains, in the same way.
    pub fn set_domains(&self, id: &str, domains: &[&str]) {
        self.set_domains_of(ResourceId::Tenant(id.into()), domains);
    }

    /// Gives a distribution or tenant a `CacheTagConfig`, without which `#tag` items are invalid paths.
    pub fn enable_cache_tags(&self, resource_id: ResourceId) {
        self.aws
            .at_once(|state, _| state.cloudfront.tagged.insert(resource_id));
    }

    /// Rejects an operation, such as `CreateInvalidation`, with AccessDenied from now on. A tenant's operations have
    /// other names: `CreateInvalidationForDistributionTenant`.
    pub fn deny(&self, operation: &str) {
        self.aws
            .at_once(|state, _| state.cloudfront.denied.insert(operation.into()));
    }

    /// Reverts [`Console::deny`].
    pub fn allow(&self, operation: &str) {
        self.aws
            .at_once(|state, _| state.cloudfront.denied.remove(operation));
    }

    /// From now on the account may make `burst` calls at once, and `per_second` more in each second of AWS time, over
    /// all operations and callers; further calls are rejected with Throttling. By default there is no such limit.
    pub fn set_rate(&self, burst: u32, per_second: u32) {
        self.aws.at_once(|state, now_ms| {
            state.cloudfront.rate = Some(Bucket::full(burst, 60 * per_second, now_ms));
        });
    }

    /// From now on the account may create `burst` invalidations at once, and `per_minute` more in each minute of AWS time;
    /// further creations are rejected with Throttling. The default quota of an account is 30.
    pub fn set_create_rate(&self, burst: u32, per_minute: u32) {
        self.aws.at_once(|state, now_ms| {
            state.cloudfront.create_rate = Some(Bucket::full(burst, per_minute, now_ms));
        });
    }

    /// The number of throttled calls so far; rejections by a fault are not counted.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.aws.at_once(|state, _| state.cloudfront.throttled)
    }

    /// When invalidations that are created from now on complete.
    pub fn set_completion(&self, completion: Completion) {
        self.aws
            .at_once(|state, _| state.cloudfront.completion = completion);
    }

    /// The response to a repeated caller reference from now on; [`Repetition::Reported`] by default.
    pub fn set_repetition(&self, repetition: Repetition) {
        self.aws
            .at_once(|state, _| state.cloudfront.repetition = repetition);
    }

    /// When one existing invalidation completes; an unknown id has no effect.
    pub fn set_completion_of(&self, id: &str, completion: Completion) {
        self.aws.at_once(|state, _| {
            let resources = state.cloudfront.resources.values_mut();
            let mut all = resources.flat_map(|resource| &mut resource.invalidations);
            if let Some(invalidation) = all.find(|invalidation| invalidation.id == id) {
                invalidation.completes_ms = completion.from(invalidation.created_ms, 0);
            }
        });
    }

    /// Adds a manual invalidation with a single path, regardless of limits, and returns its id. It completes like those
    /// that are created from now on.
    ///
    /// # Panics
    /// When there is no such distribution or tenant.
    #[must_use]
    pub fn add_invalidation(&self, resource_id: &ResourceId, caller_reference: &str) -> String {
        let batch = Batch {
            quantity: 1,
            paths: vec!["/*".to_owned()],
            caller_reference: caller_reference.to_owned(),
        };
        self.aws.at_once(|state, now_ms| {
            let added = state
                .cloudfront
                .add_invalidation(now_ms, resource_id, batch);
            added.expect("the target was added").id.clone()
        })
    }

    /// All invalidations, by distribution or tenant, the oldest first.
    #[must_use]
    pub fn invalidations(&self) -> Vec<InvalidationView> {
        self.aws.at_once(|state, now_ms| {
            let resources = state.cloudfront.resources.iter();
            resources
                .flat_map(|(resource_id, resource)| {
                    let all = resource.invalidations.iter();
                    all.map(|one| view(resource_id, one, now_ms))
                })
                .collect()
        })
    }

    fn add(&self, resource_id: ResourceId) {
        let account_id = &self.aws.inner.settings.account_id;
        self.aws.at_once(|state, now_ms| {
            state.cloudfront.add(resource_id, account_id, now_ms);
        });
    }

    fn set_domains_of(&self, resource_id: ResourceId, domains: &[&str]) {
        let account_id = &self.aws.inner.settings.account_id;
        self.aws.at_once(|state, now_ms| {
            for resource in state.cloudfront.resources.values_mut() {
                let had = &mut resource.domains;
                had.retain(|domain| !domains.contains(&domain.as_str()));
            }
            let resource = state.cloudfront.add(resource_id, account_id, now_ms);
            resource.domains = domains.iter().map(ToString::to_string).collect();
        });
    }
}

fn view(resource_id: &ResourceId, invalidation: &Invalidation, now_ms: u64) -> InvalidationView {
    InvalidationView {
        id: invalidation.id.clone(),
        resource_id: resource_id.clone(),
        paths: invalidation.batch.paths.clone(),
        caller_reference: invalidation.batch.caller_reference.clone(),
        created_ms: invalidation.created_ms,
        completed: !invalidation.in_progress(now_ms),
        completes_ms: invalidation.completes_ms,
    }
}
