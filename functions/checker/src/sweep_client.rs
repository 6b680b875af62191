//! CloudFront as all records of one sweep see it together: what one has learned need not be asked for another, and all of
//! them ask no faster than CloudFront takes it.

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

/// What the records of a sweep share.
pub(crate) struct SweepClient<'w, S> {
    services: &'w S,
    max_age: Duration,
    is_backlog: bool,
    bucket: RefCell<TokenBucket>,
    caches: RefCell<BTreeMap<Resource, Rc<Mutex<StatusCache>>>>,
}

impl<'w, S: Services> SweepClient<'w, S> {
    /// CloudFront for a sweep that begins now, with a crowd of records or a few; an `InProgress` is believed for `max_age`.
    pub(crate) fn new(services: &'w S, max_age: Duration, is_backlog: bool) -> Self {
        Self {
            services,
            max_age,
            is_backlog,
            bucket: RefCell::new(TokenBucket::full(services.clock().now())),
            caches: RefCell::default(),
        }
    }

    /// The services of the function, without the sweep around CloudFront.
    pub(crate) const fn services(&self) -> &'w S {
        self.services
    }

    /// The services for one record. Its calls to CloudFront wait for their turns, `patience` in all.
    pub(crate) const fn for_record(&self, patience: Duration) -> RecordServices<'_, S> {
        RecordServices {
            invalidation_service: RecordClient {
                sweep: self,
                patience: Cell::new(patience),
            },
        }
    }

    fn cache(&self, resource: &Resource) -> Rc<Mutex<StatusCache>> {
        let empty = || Rc::new(Mutex::new(StatusCache::new(self.max_age, self.is_backlog)));
        let mut caches = self.caches.borrow_mut();
        Rc::clone(caches.entry(resource.clone()).or_insert_with(empty))
    }

    /// Whether a call would have to wait for its turn.
    fn is_busy(&self) -> bool {
        self.bucket
            .borrow_mut()
            .is_empty(self.services.clock().now())
    }

    /// A call whose turn it is.
    async fn made<T>(
        &self,
        call: impl Future<Output = Result<T, InvalidationError>>,
    ) -> Result<T, InvalidationError> {
        let reply = call.await;
        let (mut bucket, now) = (self.bucket.borrow_mut(), self.services.clock().now());
        match &reply {
            Err(InvalidationError::Retryable(service_error))
                if service_error.kind == ServiceErrorKind::Throttled =>
            {
                bucket.throttled(now);
            }
            // No reply, or a fault of CloudFront's own, says nothing of how many calls it takes.
            Err(InvalidationError::Retryable(_)) => {}
            Ok(_)
            | Err(InvalidationError::Rejected(_) | InvalidationError::CallerReferenceConflict) => {
                bucket.taken(now);
            }
        }
        reply
    }
}

/// CloudFront for one record of a sweep. The record's future may be dropped at any await: all that is then lost is its turn.
pub(crate) struct RecordClient<'p, S> {
    sweep: &'p SweepClient<'p, S>,
    /// How much longer the record waits for its turns.
    patience: Cell<Duration>,
}

impl<S: Services> RecordClient<'_, S> {
    /// Waits until it is the record's turn to call CloudFront. One that would have to wait too long is retryable as if by
    /// CloudFront, so that it is not cut off by its time-out, and comes again with the next sweep.
    async fn wait_for_slot(&self) -> Result<(), InvalidationError> {
        let patience = self.patience.get();
        let now = self.sweep.services.clock().now();
        let wait = self.sweep.bucket.borrow_mut().take(now, patience);
        let wait = wait.ok_or_else(not_called)?;
        self.patience.set(patience.saturating_sub(wait));
        if !wait.is_zero() {
            self.sweep.services.clock().sleep(wait).await;
        }
        Ok(())
    }

    /// Makes a call when it is the record's turn.
    async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, InvalidationError>>,
    ) -> Result<T, InvalidationError> {
        self.wait_for_slot().await?;
        self.sweep.made(call).await
    }

    /// The cache, once no other record is about to fill it; none when that takes too long.
    async fn locked<'c>(
        &self,
        cache: &'c Mutex<StatusCache>,
    ) -> Option<MutexGuard<'c, StatusCache>> {
        let (patience, from) = (self.patience.get(), self.sweep.services.clock().now());
        let locked = timeout(patience, cache.lock()).await;
        let waited = self.sweep.services.clock().now().since(from);
        self.patience.set(patience.saturating_sub(waited));
        locked.ok()
    }

    /// Asks for the list in the place of `id`, when it is the record's turn.
    async fn list_for(
        &self,
        resource: &Resource,
        id: &InvalidationId,
        cache: &mut StatusCache,
    ) -> Result<(), InvalidationError> {
        self.wait_for_slot().await?;
        cache.listing();
        let asked_at = self.sweep.services.clock().now();
        let listing = timeout(
            LIST_TIMEOUT,
            self.sweep
                .services
                .invalidation_service()
                .list_invalidations(resource),
        );
        let listed = async { listing.await.unwrap_or_else(|_| Err(too_slow())) };
        match self.sweep.made(listed).await {
            Ok(list) => cache.listed(id, list, asked_at),
            Err(error) => {
                let error: &(dyn std::error::Error + 'static) = &error;
                invalidation_runtime::log!(PollListFailed, error);
            }
        }
        Ok(())
    }

    /// Asks for `id` by itself, when it is the record's turn, and says when it was asked.
    async fn poll(
        &self,
        resource: &Resource,
        id: &InvalidationId,
        since: Timestamp,
    ) -> Result<(Status, Timestamp), InvalidationError> {
        self.wait_for_slot().await?;
        let asked_at = self.sweep.services.clock().now();
        let status = self.sweep.made(
            self.sweep
                .services
                .invalidation_service()
                .status(resource, id, since),
        );
        Ok((status.await?, asked_at))
    }
}

/// The services for one record of a sweep: those of the function, except for CloudFront, which the records share.
pub(crate) struct RecordServices<'p, S> {
    invalidation_service: RecordClient<'p, S>,
}

impl<'p, S: Services> Services for RecordServices<'p, S> {
    type InvalidationService = RecordClient<'p, S>;
    type ExecutionStore = S::ExecutionStore;
    type JobReporter = S::JobReporter;
    type Publisher = S::Publisher;
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
        self.call(
            self.sweep
                .services
                .invalidation_service()
                .create_invalidation(target),
        )
        .await
    }

    async fn probe_invalidation(&self, target: &Target) -> Result<(), InvalidationError> {
        self.call(
            self.sweep
                .services
                .invalidation_service()
                .probe_invalidation(target),
        )
        .await
    }

    /// While one record asks about a distribution, others that look at the same wait for what it hears. One that hears
    /// nothing is waited for in vain, so that the others ask for themselves after a while.
    ///
    /// Where there is no turn to be had at once, what was heard earlier in the sweep is good enough: those who have heard
    /// nothing yet need the turns more.
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
        let next = cache.next(id, since, self.sweep.services.clock().now());
        let heard = cache.heard(id, since).filter(|_| self.sweep.is_busy());
        match next {
            Next::Know(status) => return Ok(status),
            Next::List | Next::Poll if let Some(status) = heard => return Ok(status),
            Next::List => {
                self.list_for(resource, id, &mut cache).await?;
                if let Some(status) = cache.known(id, since, self.sweep.services.clock().now()) {
                    return Ok(status);
                }
            }
            Next::Poll => {}
        }
        let (status, asked_at) = self.poll(resource, id, since).await?;
        cache.polled(id, status, asked_at);
        Ok(status)
    }

    async fn get_invalidation(
        &self,
        resource: &Resource,
        id: &InvalidationId,
    ) -> Result<Found, InvalidationError> {
        self.call(
            self.sweep
                .services
                .invalidation_service()
                .get_invalidation(resource, id),
        )
        .await
    }

    async fn list_invalidations(
        &self,
        resource: &Resource,
    ) -> Result<Vec<Listed>, InvalidationError> {
        self.call(
            self.sweep
                .services
                .invalidation_service()
                .list_invalidations(resource),
        )
        .await
    }

    async fn resolve_alias(&self, alias: &Alias) -> Result<Resource, InvalidationError> {
        self.call(
            self.sweep
                .services
                .invalidation_service()
                .resolve_alias(alias),
        )
        .await
    }
}

/// CloudFront was not asked at all; our own word for it, which no service uses.
fn not_called() -> InvalidationError {
    let said = "the checker would have had to wait too long for its turn to call CloudFront";
    InvalidationError::Retryable(ServiceError::not_called(said))
}

fn too_slow() -> InvalidationError {
    let said = format!("no list within {} s", LIST_TIMEOUT.as_secs());
    InvalidationError::Retryable(ServiceError::no_reply(&said))
}
