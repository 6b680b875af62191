//! The CloudFront client that all records of one sweep share. It reuses the statuses that one record received for
//! others, and limits the rate of all calls.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use invalidation_core::input::identifiers::{Alias, InvalidationId};
use invalidation_core::model::execution_record::{
    Found, Listed, Resource, ServiceError, ServiceErrorKind, Status, Target,
};
use invalidation_core::model::time_budget::LIST_TIMEOUT;
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::ports::{Clock, InvalidationError, InvalidationService, Services};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

use crate::rate_limiter::TokenBucket;
use crate::status_cache::{Next, StatusCache};

/// The state that the records of a sweep share.
pub(crate) struct SweepClient<'w, S> {
    services: &'w S,
    max_age: Duration,
    is_backlog: bool,
    bucket: RefCell<TokenBucket>,
    caches: RefCell<BTreeMap<Resource, Rc<Mutex<StatusCache>>>>,
}

impl<'w, S: Services> SweepClient<'w, S> {
    /// A client for a sweep that begins now. An `InProgress` is valid for `max_age`.
    pub(crate) fn new(services: &'w S, max_age: Duration, is_backlog: bool) -> Self {
        Self {
            services,
            max_age,
            is_backlog,
            bucket: RefCell::new(TokenBucket::full(services.clock().now())),
            caches: RefCell::default(),
        }
    }

    /// The services of the function, without the rate limit and the cache of the sweep.
    pub(crate) const fn services(&self) -> &'w S {
        self.services
    }

    fn service(&self) -> &'w S::InvalidationService {
        self.services.invalidation_service()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.services.clock().now()
    }

    /// The services for one record. Its calls to CloudFront wait `max_wait` in total for the rate limit.
    pub(crate) const fn for_record(&self, max_wait: Duration) -> RecordServices<'_, S> {
        RecordServices {
            invalidation_service: RecordClient {
                sweep: self,
                max_wait: Cell::new(max_wait),
            },
        }
    }

    fn cache(&self, resource: &Resource) -> Rc<Mutex<StatusCache>> {
        let empty = || Rc::new(Mutex::new(StatusCache::new(self.max_age, self.is_backlog)));
        let mut caches = self.caches.borrow_mut();
        Rc::clone(caches.entry(resource.clone()).or_insert_with(empty))
    }

    /// Whether a call would have to wait for the rate limit.
    fn is_busy(&self) -> bool {
        self.bucket.borrow_mut().is_empty(self.now())
    }

    /// Makes a call that has its token, and adapts the rate to the reply.
    async fn made<T>(
        &self,
        call: impl Future<Output = Result<T, InvalidationError>>,
    ) -> Result<T, InvalidationError> {
        let reply = call.await;
        let (mut bucket, now) = (self.bucket.borrow_mut(), self.now());
        match &reply {
            Err(InvalidationError::Retryable(service_error))
                if service_error.kind == ServiceErrorKind::Throttled =>
            {
                bucket.throttled(now);
            }
            // An internal error or a missing reply indicates nothing about the rate that CloudFront accepts.
            Err(InvalidationError::Retryable(_)) => {}
            Ok(_)
            | Err(InvalidationError::Rejected(_) | InvalidationError::CallerReferenceConflict) => {
                bucket.processed(now);
            }
        }
        reply
    }
}

/// The CloudFront client for one record of a sweep. The record's future may be dropped at any await point; only its
/// token is lost then.
pub(crate) struct RecordClient<'p, S> {
    sweep: &'p SweepClient<'p, S>,
    /// How much longer the calls of the record may wait for the rate limit.
    max_wait: Cell<Duration>,
}

impl<S: Services> RecordClient<'_, S> {
    /// Waits for the rate limit. If the wait would be too long, the call fails with a retryable error. The record then
    /// does not run into its time-out, and the next sweep retries it.
    async fn wait_for_slot(&self) -> Result<(), InvalidationError> {
        let max_wait = self.max_wait.get();
        let now = self.sweep.now();
        let wait = self.sweep.bucket.borrow_mut().take(now, max_wait);
        let wait = wait.ok_or_else(not_called)?;
        self.max_wait.set(max_wait.saturating_sub(wait));
        if !wait.is_zero() {
            self.sweep.services.clock().sleep(wait).await;
        }
        Ok(())
    }

    /// Makes a call after waiting for the rate limit.
    async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, InvalidationError>>,
    ) -> Result<T, InvalidationError> {
        self.wait_for_slot().await?;
        self.sweep.made(call).await
    }

    /// The cache, after no other record is filling it; `None` if that takes too long.
    async fn locked<'c>(
        &self,
        cache: &'c Mutex<StatusCache>,
    ) -> Option<MutexGuard<'c, StatusCache>> {
        let (max_wait, from) = (self.max_wait.get(), self.sweep.now());
        let locked = timeout(max_wait, cache.lock()).await;
        let waited = self.sweep.now().since(from);
        self.max_wait.set(max_wait.saturating_sub(waited));
        locked.ok()
    }

    /// Requests the list on behalf of `id`, after waiting for the rate limit.
    async fn list_for(
        &self,
        resource: &Resource,
        id: &InvalidationId,
        cache: &mut StatusCache,
    ) -> Result<(), InvalidationError> {
        self.wait_for_slot().await?;
        cache.listing();
        let requested_at = self.sweep.now();
        let listing = timeout(
            LIST_TIMEOUT,
            self.sweep.service().list_invalidations(resource),
        );
        let listed = async { listing.await.unwrap_or_else(|_| Err(too_slow())) };
        match self.sweep.made(listed).await {
            Ok(list) => cache.listed(id, list, requested_at),
            Err(error) => {
                let error: &(dyn std::error::Error + 'static) = &error;
                invalidation_runtime::log!(PollListFailed, error);
            }
        }
        Ok(())
    }

    /// Polls `id` after waiting for the rate limit. Also returns when the status was requested.
    async fn poll(
        &self,
        resource: &Resource,
        id: &InvalidationId,
        since: Timestamp,
    ) -> Result<(Status, Timestamp), InvalidationError> {
        self.wait_for_slot().await?;
        let requested_at = self.sweep.now();
        let status = self
            .sweep
            .made(self.sweep.service().status(resource, id, since));
        Ok((status.await?, requested_at))
    }
}

/// The services for one record of a sweep: those of the function, with the shared CloudFront client.
pub(crate) struct RecordServices<'p, S> {
    invalidation_service: RecordClient<'p, S>,
}

impl<'p, S: Services> Services for RecordServices<'p, S> {
    type InvalidationService = RecordClient<'p, S>;
    type ExecutionStore = S::ExecutionStore;
    type JobReporter = S::JobReporter;
    type Publisher = S::Publisher;
    type ArtifactStore = S::ArtifactStore;
    type Clock = S::Clock;

    fn invalidation_service(&self) -> &Self::InvalidationService {
        &self.invalidation_service
    }

    fn execution_store(&self) -> &Self::ExecutionStore {
        self.invalidation_service.sweep.services.execution_store()
    }

    fn job_reporter(&self) -> &Self::JobReporter {
        self.invalidation_service.sweep.services.job_reporter()
    }

    fn artifact_store(&self) -> &Self::ArtifactStore {
        self.invalidation_service.sweep.services.artifact_store()
    }

    fn publisher(&self) -> &Self::Publisher {
        self.invalidation_service.sweep.services.publisher()
    }

    fn clock(&self) -> &Self::Clock {
        self.invalidation_service.sweep.services.clock()
    }
}

impl<S: Services> InvalidationService for RecordClient<'_, S> {
    async fn create_invalidation(
        &self,
        target: &Target,
    ) -> Result<(InvalidationId, Status), InvalidationError> {
        self.call(self.sweep.service().create_invalidation(target))
            .await
    }

    async fn probe_invalidation(&self, target: &Target) -> Result<(), InvalidationError> {
        self.call(self.sweep.service().probe_invalidation(target))
            .await
    }

    /// While one record polls a distribution, other records of that distribution wait for its reply. The wait is
    /// limited, after which they poll by themselves.
    ///
    /// If the rate limit would delay a call, a status from earlier in the sweep is used: records without a status need
    /// the tokens more.
    async fn status(
        &self,
        resource: &Resource,
        id: &InvalidationId,
        since: Timestamp,
    ) -> Result<Status, InvalidationError> {
        let cache = self.sweep.cache(resource);
        let Some(mut cache) = self.locked(&cache).await else {
            let (status, _) = self.poll(resource, id, since).await?;
            return Ok(status);
        };
        let next = cache.next(id, since, self.sweep.now());
        let earlier = cache.latest(id, since).filter(|_| self.sweep.is_busy());
        match next {
            Next::Know(status) => return Ok(status),
            Next::List | Next::Poll if let Some(status) = earlier => return Ok(status),
            Next::List => {
                self.list_for(resource, id, &mut cache).await?;
                if let Some(status) = cache.known(id, since, self.sweep.now()) {
                    return Ok(status);
                }
            }
            Next::Poll => {}
        }
        let (status, requested_at) = self.poll(resource, id, since).await?;
        cache.polled(id, status, requested_at);
        Ok(status)
    }

    async fn get_invalidation(
        &self,
        resource: &Resource,
        id: &InvalidationId,
    ) -> Result<Found, InvalidationError> {
        self.call(self.sweep.service().get_invalidation(resource, id))
            .await
    }

    async fn list_invalidations(
        &self,
        resource: &Resource,
    ) -> Result<Vec<Listed>, InvalidationError> {
        self.call(self.sweep.service().list_invalidations(resource))
            .await
    }

    async fn resolve_alias(&self, alias: &Alias) -> Result<Resource, InvalidationError> {
        self.call(self.sweep.service().resolve_alias(alias)).await
    }
}

/// CloudFront was not called. No service uses this error code.
fn not_called() -> InvalidationError {
    let said = "the checker would have had to wait too long for its turn to call CloudFront";
    InvalidationError::Retryable(ServiceError::not_called(said))
}

fn too_slow() -> InvalidationError {
    let said = format!("no list within {} s", LIST_TIMEOUT.as_secs());
    InvalidationError::Retryable(ServiceError::no_reply(&said))
}
