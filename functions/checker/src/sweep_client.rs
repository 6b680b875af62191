//! CloudFront as all records of one pass see it together: what one has learned need not be asked for another, and all of
//! them ask no faster than CloudFront takes it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use invalidation_core::input::identifiers::{Alias, InvalidationId};
use invalidation_core::model::execution_record::{
    Found, Listed, Resource, ServiceErrorKind, Status, Target, Trouble,
};
use invalidation_core::model::time_budget::LIST_TIMEOUT;
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::ports::{Cdn, CdnError, Clock, Services};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

use crate::rate_limiter::TokenBucket;
use crate::status_cache::{Next, StatusCache};

/// What the records of a pass share.
pub(crate) struct PassCdn<'w, S> {
    services: &'w S,
    max_age: Duration,
    is_crowd: bool,
    bucket: RefCell<TokenBucket>,
    caches: RefCell<BTreeMap<Resource, Rc<Mutex<StatusCache>>>>,
}

impl<'w, S: Services> PassCdn<'w, S> {
    /// CloudFront for a pass that begins now, with a crowd of records or a few; an `InProgress` is believed for `max_age`.
    pub(crate) fn new(services: &'w S, max_age: Duration, is_crowd: bool) -> Self {
        Self {
            services,
            max_age,
            is_crowd,
            bucket: RefCell::new(TokenBucket::full(services.clock().now())),
            caches: RefCell::default(),
        }
    }

    /// The services of the function, without the pass around CloudFront.
    pub(crate) const fn services(&self) -> &'w S {
        self.services
    }

    /// The services for one record. Its calls to CloudFront wait for their turns, `patience` in all.
    pub(crate) const fn for_record(&self, patience: Duration) -> RecordServices<'_, S> {
        RecordServices {
            cdn: RecordCdn {
                pass: self,
                patience: Cell::new(patience),
            },
        }
    }

    fn cache(&self, resource: &Resource) -> Rc<Mutex<StatusCache>> {
        let empty = || Rc::new(Mutex::new(StatusCache::new(self.max_age, self.is_crowd)));
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
        call: impl Future<Output = Result<T, CdnError>>,
    ) -> Result<T, CdnError> {
        let reply = call.await;
        let (mut bucket, now) = (self.bucket.borrow_mut(), self.services.clock().now());
        match &reply {
            Err(CdnError::PutOff(trouble)) if trouble.kind == ServiceErrorKind::Throttled => {
                bucket.throttled(now);
            }
            // No reply, or a fault of CloudFront's own, says nothing of how many calls it takes.
            Err(CdnError::PutOff(_)) => {}
            Ok(_) | Err(CdnError::Refused(_) | CdnError::ReferenceTaken) => bucket.taken(now),
        }
        reply
    }
}

/// CloudFront for one record of a pass. The record's future may be dropped at any await: all that is then lost is its turn.
pub(crate) struct RecordCdn<'p, S> {
    pass: &'p PassCdn<'p, S>,
    /// How much longer the record waits for its turns.
    patience: Cell<Duration>,
}

impl<S: Services> RecordCdn<'_, S> {
    /// Waits until it is the record's turn to call CloudFront. One that would have to wait too long is put off as if by
    /// CloudFront, so that it is not cut off by its time-out, and comes again with the next pass.
    async fn turn(&self) -> Result<(), CdnError> {
        let patience = self.patience.get();
        let now = self.pass.services.clock().now();
        let wait = self.pass.bucket.borrow_mut().take(now, patience);
        let wait = wait.ok_or_else(not_asked)?;
        self.patience.set(patience.saturating_sub(wait));
        if !wait.is_zero() {
            self.pass.services.clock().sleep(wait).await;
        }
        Ok(())
    }

    /// Makes a call when it is the record's turn.
    async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, CdnError>>,
    ) -> Result<T, CdnError> {
        self.turn().await?;
        self.pass.made(call).await
    }

    /// The cache, once no other record is about to fill it; none when that takes too long.
    async fn locked<'c>(
        &self,
        cache: &'c Mutex<StatusCache>,
    ) -> Option<MutexGuard<'c, StatusCache>> {
        let (patience, from) = (self.patience.get(), self.pass.services.clock().now());
        let locked = timeout(patience, cache.lock()).await;
        let waited = self.pass.services.clock().now().since(from);
        self.patience.set(patience.saturating_sub(waited));
        locked.ok()
    }

    /// Asks for the list in the place of `id`, when it is the record's turn.
    async fn list_for(
        &self,
        resource: &Resource,
        id: &InvalidationId,
        cache: &mut StatusCache,
    ) -> Result<(), CdnError> {
        self.turn().await?;
        cache.listing();
        let asked_at = self.pass.services.clock().now();
        let listing = timeout(
            LIST_TIMEOUT,
            self.pass.services.cdn().list_invalidations(resource),
        );
        let listed = async { listing.await.unwrap_or_else(|_| Err(too_slow())) };
        match self.pass.made(listed).await {
            Ok(list) => cache.listed(id, list, asked_at),
            Err(error) => {
                let error: &(dyn std::error::Error + 'static) = &error;
                invalidation_runtime::log!(PollListFailed, error);
            }
        }
        Ok(())
    }

    /// Asks for `id` by itself, when it is the record's turn, and says when it was asked.
    async fn look(
        &self,
        resource: &Resource,
        id: &InvalidationId,
        since: Timestamp,
    ) -> Result<(Status, Timestamp), CdnError> {
        self.turn().await?;
        let asked_at = self.pass.services.clock().now();
        let status = self
            .pass
            .made(self.pass.services.cdn().status(resource, id, since));
        Ok((status.await?, asked_at))
    }
}

/// The services for one record of a pass: those of the function, except for CloudFront, which the records share.
pub(crate) struct RecordServices<'p, S> {
    cdn: RecordCdn<'p, S>,
}

impl<'p, S: Services> Services for RecordServices<'p, S> {
    type Cdn = RecordCdn<'p, S>;
    type Ledger = S::Ledger;
    type Pipeline = S::Pipeline;
    type Notifier = S::Notifier;
    type Clock = S::Clock;

    fn cdn(&self) -> &Self::Cdn {
        &self.cdn
    }

    fn ledger(&self) -> &Self::Ledger {
        self.cdn.pass.services.ledger()
    }

    fn pipeline(&self) -> &Self::Pipeline {
        self.cdn.pass.services.pipeline()
    }

    fn notifier(&self) -> &Self::Notifier {
        self.cdn.pass.services.notifier()
    }

    fn clock(&self) -> &Self::Clock {
        self.cdn.pass.services.clock()
    }
}

impl<S: Services> Cdn for RecordCdn<'_, S> {
    async fn create_invalidation(
        &self,
        target: &Target,
    ) -> Result<(InvalidationId, Status), CdnError> {
        self.call(self.pass.services.cdn().create_invalidation(target))
            .await
    }

    async fn probe_invalidation(&self, target: &Target) -> Result<(), CdnError> {
        self.call(self.pass.services.cdn().probe_invalidation(target))
            .await
    }

    /// While one record asks about a distribution, others that look at the same wait for what it hears. One that hears
    /// nothing is waited for in vain, so that the others ask for themselves after a while.
    ///
    /// Where there is no turn to be had at once, what was heard earlier in the pass is good enough: those who have heard
    /// nothing yet need the turns more.
    async fn status(
        &self,
        resource: &Resource,
        id: &InvalidationId,
        since: Timestamp,
    ) -> Result<Status, CdnError> {
        let cache = self.pass.cache(resource);
        let Some(mut cache) = self.locked(&cache).await else {
            let (status, _) = self.look(resource, id, since).await?;
            return Ok(status);
        };
        let next = cache.next(id, since, self.pass.services.clock().now());
        let heard = cache.heard(id, since).filter(|_| self.pass.is_busy());
        match next {
            Next::Know(status) => return Ok(status),
            Next::List | Next::Look if let Some(status) = heard => return Ok(status),
            Next::List => {
                self.list_for(resource, id, &mut cache).await?;
                if let Some(status) = cache.known(id, since, self.pass.services.clock().now()) {
                    return Ok(status);
                }
            }
            Next::Look => {}
        }
        let (status, asked_at) = self.look(resource, id, since).await?;
        cache.looked(id, status, asked_at);
        Ok(status)
    }

    async fn get_invalidation(
        &self,
        resource: &Resource,
        id: &InvalidationId,
    ) -> Result<Found, CdnError> {
        self.call(self.pass.services.cdn().get_invalidation(resource, id))
            .await
    }

    async fn list_invalidations(&self, resource: &Resource) -> Result<Vec<Listed>, CdnError> {
        self.call(self.pass.services.cdn().list_invalidations(resource))
            .await
    }

    async fn resolve_alias(&self, alias: &Alias) -> Result<Resource, CdnError> {
        self.call(self.pass.services.cdn().resolve_alias(alias))
            .await
    }
}

/// CloudFront was not asked at all; our own word for it, which no service uses.
fn not_asked() -> CdnError {
    let said = "the checker would have had to wait too long for its turn to call CloudFront";
    CdnError::PutOff(Trouble::not_asked(said))
}

fn too_slow() -> CdnError {
    let said = format!("no list within {} s", LIST_TIMEOUT.as_secs());
    CdnError::PutOff(Trouble::no_reply(&said))
}
