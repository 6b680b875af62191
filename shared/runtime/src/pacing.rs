//! The CloudFront client of one run: of a job, or of a sweep, whose records share it. It limits the rate of the calls, and
//! reuses the statuses that one target received for others.
//!
//! The limits hold for one run, because another run is another process: they keep the calls for its own targets from
//! throttling the account. Concurrent runs slow down by the throttles that they receive.

mod status_cache;
mod token_bucket;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use invalidation_core::input::identifiers::{Alias, InvalidationId};
use invalidation_core::model::execution_record::{
    Found, Listed, Resource, ServiceError, ServiceErrorKind, Status, Target,
};
use invalidation_core::model::time_budget::{LIST_TIMEOUT, Pace, START_TIMEOUT};
use invalidation_core::model::timestamp::Timestamp;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

use crate::log;
use crate::ports::{Clock, InvalidationError, InvalidationService, Services};

use status_cache::{Next, StatusCache};
use token_bucket::{Rate, TokenBucket};

/// How long a job uses the status of a list for its other targets of the same distribution.
const ONE_ROUND: Duration = Duration::from_secs(1);

/// The calls with a rate limit of their own. The default of `CreateInvalidation` is 0.5 a second, with the key
/// "`Operation:CreateInvalidation,aws-account`" (<https://github.com/aws/aws-sdk-js/issues/3983>).
#[derive(Clone, Copy)]
enum Operation {
    Create,
    Read,
}

/// The state that the records of a run share.
pub struct PacedClient<'w, S> {
    services: &'w S,
    max_age: Duration,
    is_backlog: bool,
    creates: RefCell<TokenBucket>,
    reads: RefCell<TokenBucket>,
    caches: RefCell<BTreeMap<Resource, Rc<Mutex<StatusCache>>>>,
}

impl<'w, S: Services> PacedClient<'w, S> {
    /// A client for a sweep that begins now. An `InProgress` is valid for `max_age`.
    #[must_use]
    pub fn for_sweep(services: &'w S, max_age: Duration, is_backlog: bool) -> Self {
        Self::new(services, max_age, is_backlog, Rate::READS_OF_SWEEP)
    }

    /// A client for a job that begins now.
    #[must_use]
    pub fn for_job(services: &'w S) -> Self {
        Self::new(services, ONE_ROUND, false, Rate::READS_OF_JOB)
    }

    fn new(services: &'w S, max_age: Duration, is_backlog: bool, reads: Rate) -> Self {
        let now = services.clock().now();
        Self {
            services,
            max_age,
            is_backlog,
            creates: RefCell::new(TokenBucket::full(Rate::CREATES, now)),
            reads: RefCell::new(TokenBucket::full(reads, now)),
            caches: RefCell::default(),
        }
    }

    /// The services of the function, without the rate limit and the cache of the sweep.
    pub const fn services(&self) -> &'w S {
        self.services
    }

    fn service(&self) -> &'w S::InvalidationService {
        self.services.invalidation_service()
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.services.clock().now()
    }

    /// The services for one record of a sweep. Its calls to CloudFront wait `max_wait` in total for the rate limit.
    pub const fn for_record(&self, max_wait: Duration) -> RecordServices<'_, S> {
        self.services_that_wait(max_wait, false)
    }

    /// The services for the execution of a job. It creates an invalidation only when the rate limit allows it, and meanwhile
    /// makes its other calls. The time budget of the run limits how long those wait.
    pub const fn for_execution(&self) -> RecordServices<'_, S> {
        self.services_that_wait(START_TIMEOUT, true)
    }

    const fn services_that_wait(
        &self,
        max_wait: Duration,
        is_paced: bool,
    ) -> RecordServices<'_, S> {
        RecordServices {
            invalidation_service: RecordClient {
                run: self,
                max_wait: Cell::new(max_wait),
                is_paced,
            },
        }
    }

    fn cache(&self, resource: &Resource) -> Rc<Mutex<StatusCache>> {
        let empty = || Rc::new(Mutex::new(StatusCache::new(self.max_age, self.is_backlog)));
        let mut caches = self.caches.borrow_mut();
        Rc::clone(caches.entry(resource.clone()).or_insert_with(empty))
    }

    const fn bucket(&self, operation: Operation) -> &RefCell<TokenBucket> {
        match operation {
            Operation::Create => &self.creates,
            Operation::Read => &self.reads,
        }
    }

    /// Whether a status check would have to wait for the rate limit.
    fn is_busy(&self) -> bool {
        self.reads.borrow_mut().is_empty(self.now())
    }

    /// Makes a call that has its token, and adapts the rate to the reply.
    async fn made<T>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T, InvalidationError>>,
    ) -> Result<T, InvalidationError> {
        let reply = call.await;
        let (mut bucket, now) = (self.bucket(operation).borrow_mut(), self.now());
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

/// The CloudFront client for one record of a run. The record's future may be dropped at any await point; only its
/// token is lost then.
pub struct RecordClient<'p, S> {
    run: &'p PacedClient<'p, S>,
    /// How much longer the calls of the record may wait for the rate limit.
    max_wait: Cell<Duration>,
    /// Whether it announces the pace of its creations, so that none of them has to wait.
    is_paced: bool,
}

impl<S: Services> RecordClient<'_, S> {
    /// Waits for the rate limit. If the wait would be too long, the call fails with a retryable error. The record then
    /// does not run into its time-out, and the next sweep retries it.
    async fn wait_for_slot(&self, operation: Operation) -> Result<(), InvalidationError> {
        let max_wait = self.max_wait.get();
        let now = self.run.now();
        let wait = self.run.bucket(operation).borrow_mut().take(now, max_wait);
        let wait = wait.ok_or_else(not_called)?;
        self.max_wait.set(max_wait.saturating_sub(wait));
        if !wait.is_zero() {
            self.run.services.clock().sleep(wait).await;
        }
        Ok(())
    }

    /// Makes a call after waiting for the rate limit.
    async fn call<T>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T, InvalidationError>>,
    ) -> Result<T, InvalidationError> {
        self.wait_for_slot(operation).await?;
        self.run.made(operation, call).await
    }

    /// The cache, after no other record is filling it; `None` if that takes too long.
    async fn locked<'c>(
        &self,
        cache: &'c Mutex<StatusCache>,
    ) -> Option<MutexGuard<'c, StatusCache>> {
        let (max_wait, from) = (self.max_wait.get(), self.run.now());
        let locked = timeout(max_wait, cache.lock()).await;
        let waited = self.run.now().since(from);
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
        self.wait_for_slot(Operation::Read).await?;
        cache.listing();
        let requested_at = self.run.now();
        let listing = timeout(
            LIST_TIMEOUT,
            self.run.service().list_invalidations(resource),
        );
        let listed = async { listing.await.unwrap_or_else(|_| Err(too_slow())) };
        match self.run.made(Operation::Read, listed).await {
            Ok(list) => cache.listed(id, list, requested_at),
            Err(error) => {
                let error: &(dyn std::error::Error + 'static) = &error;
                log!(PollListFailed, error);
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
        self.wait_for_slot(Operation::Read).await?;
        let requested_at = self.run.now();
        let status = self.run.made(
            Operation::Read,
            self.run.service().status(resource, id, since),
        );
        Ok((status.await?, requested_at))
    }
}

/// The services for one record of a run: those of the function, with the shared CloudFront client.
pub struct RecordServices<'p, S> {
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
        self.invalidation_service.run.services.execution_store()
    }

    fn job_reporter(&self) -> &Self::JobReporter {
        self.invalidation_service.run.services.job_reporter()
    }

    fn artifact_store(&self) -> &Self::ArtifactStore {
        self.invalidation_service.run.services.artifact_store()
    }

    fn publisher(&self) -> &Self::Publisher {
        self.invalidation_service.run.services.publisher()
    }

    fn clock(&self) -> &Self::Clock {
        self.invalidation_service.run.services.clock()
    }
}

impl<S: Services> InvalidationService for RecordClient<'_, S> {
    fn pace(&self) -> Pace {
        if self.is_paced {
            self.run.creates.borrow_mut().pace(self.run.now())
        } else {
            Pace::UNLIMITED
        }
    }

    async fn create_invalidation(
        &self,
        target: &Target,
    ) -> Result<(InvalidationId, Status), InvalidationError> {
        self.call(
            Operation::Create,
            self.run.service().create_invalidation(target),
        )
        .await
    }

    async fn probe_invalidation(&self, target: &Target) -> Result<(), InvalidationError> {
        self.call(
            Operation::Read,
            self.run.service().probe_invalidation(target),
        )
        .await
    }

    /// While one record polls a distribution, other records of that distribution wait for its reply. The wait is
    /// limited, after which they poll by themselves.
    ///
    /// If the rate limit would delay a call, a status from earlier in the run is used: records without a status need
    /// the tokens more.
    async fn status(
        &self,
        resource: &Resource,
        id: &InvalidationId,
        since: Timestamp,
    ) -> Result<Status, InvalidationError> {
        let cache = self.run.cache(resource);
        let Some(mut cache) = self.locked(&cache).await else {
            let (status, _) = self.poll(resource, id, since).await?;
            return Ok(status);
        };
        let next = cache.next(id, since, self.run.now());
        let earlier = cache.latest(id, since).filter(|_| self.run.is_busy());
        match next {
            Next::Know(status) => return Ok(status),
            Next::List | Next::Poll if let Some(status) = earlier => return Ok(status),
            Next::List => {
                self.list_for(resource, id, &mut cache).await?;
                if let Some(status) = cache.known(id, since, self.run.now()) {
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
        self.call(
            Operation::Read,
            self.run.service().get_invalidation(resource, id),
        )
        .await
    }

    async fn list_invalidations(
        &self,
        resource: &Resource,
    ) -> Result<Vec<Listed>, InvalidationError> {
        self.call(
            Operation::Read,
            self.run.service().list_invalidations(resource),
        )
        .await
    }

    async fn resolve_alias(&self, alias: &Alias) -> Result<Resource, InvalidationError> {
        self.call(Operation::Read, self.run.service().resolve_alias(alias))
            .await
    }
}

/// CloudFront was not called. No service uses this error code.
fn not_called() -> InvalidationError {
    let said = "the rate limit would have delayed the call to CloudFront for too long";
    InvalidationError::Retryable(ServiceError::not_called(said))
}

fn too_slow() -> InvalidationError {
    let said = format!("no list within {} s", LIST_TIMEOUT.as_secs());
    InvalidationError::Retryable(ServiceError::no_reply(&said))
}
