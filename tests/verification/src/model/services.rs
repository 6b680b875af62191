//! The ports of the product over the world, with a fault at the next call.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use invalidation_core::decide::driver::Saved;
use invalidation_core::decide::job_identity::{JobDetails, NoDetails};
use invalidation_core::input::identifiers::{Alias, InvalidationId, JobId};
use invalidation_core::input::paths_file::artifacts::{Credentials, Location};
use invalidation_core::model::execution_record::{
    Delivery, ExecutionRecord, Found, Listed, Reason, Resource, ServiceError, ServiceErrorKind,
    Status, Target,
};
use invalidation_core::model::queue::{EntryId, Need, Queue};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_core::output::{JobResult, Notification, OutcomeEvent};
use invalidation_runtime::ports::{
    ArtifactError, ArtifactObject, ArtifactPart, ArtifactPiece, ArtifactStore, Clock,
    ExecutionStore, InvalidationError, InvalidationService, JobReporter, Open, Ports, Publisher,
    QueueError, Queues, StoreError, Undelivered,
};

use super::bug::Bug;
use super::scenario::Scenario;
use super::world::World;

/// The fault of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The call never arrives, or the service returns a retryable error.
    NoEffect,
    /// The call takes effect, and its reply is lost.
    LostReply,
    /// The call takes effect, its reply is lost, and the SDK repeats the call later, so that other runs may move in
    /// between.
    Repeated,
}

/// The world, as one run of a function accesses it.
#[derive(Debug)]
pub struct Services {
    world: RefCell<World>,
    /// The fault, and the number of calls before it.
    fault: Cell<Option<(u32, Fault)>>,
    now: Cell<Timestamp>,
    bug: Option<Bug>,
}

impl Services {
    /// The services of `world` for a run whose clock shows `now`, with a fault at the first call.
    #[must_use]
    pub fn new(world: World, fault: Option<Fault>, now: Timestamp, bug: Option<Bug>) -> Self {
        Self {
            world: RefCell::new(world),
            fault: Cell::new(fault.map(|fault| (0, fault))),
            now: Cell::new(now),
            bug,
        }
    }

    /// The same services, with a fault after this many successful calls.
    #[must_use]
    pub fn failing_after(self, calls: u32, fault: Fault) -> Self {
        self.fault.set(Some((calls, fault)));
        self
    }

    /// The world in its current state.
    #[must_use]
    pub fn into_world(self) -> World {
        self.world.into_inner()
    }

    /// The behaviour of CloudFront and of the parameters.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        self.world.borrow().scenario
    }

    /// The token of the job with this number; none for the first.
    #[must_use]
    pub fn token(&self, job: usize) -> Option<Arc<str>> {
        self.world.borrow().codepipeline.jobs[job].token.clone()
    }

    /// Sets the time to `until`, for a run that waits alone.
    pub fn wait(&self, until: Timestamp) {
        self.now.set(until);
    }

    /// All ports.
    #[must_use]
    pub const fn ports(&self) -> Ports<&Self, &Self, &Self, &Self, NoArtifacts, &Self> {
        Ports {
            invalidation_service: self,
            execution_store: self,
            job_reporter: self,
            publisher: self,
            artifact_store: NoArtifacts,
            clock: self,
        }
    }

    /// The fault of the current call.
    fn next_fault(&self) -> Option<Fault> {
        match self.fault.take()? {
            (0, fault) => Some(fault),
            (calls, fault) => {
                self.fault.set(Some((calls - 1, fault)));
                None
            }
        }
    }

    /// A call: its effect, and the reply that the caller gets. A call that the SDK will repeat has no reply yet.
    async fn call<T, E>(
        &self,
        work: impl FnOnce(&mut World) -> Result<T, E>,
        failure: impl FnOnce(ServiceError) -> E,
    ) -> Result<T, E> {
        let no_reply = || failure(ServiceError::no_reply(""));
        match self.next_fault() {
            None => work(&mut self.world.borrow_mut()),
            Some(Fault::NoEffect) => Err(no_reply()),
            Some(Fault::LostReply) => {
                let _lost = work(&mut self.world.borrow_mut());
                Err(no_reply())
            }
            Some(Fault::Repeated) => {
                let _lost = work(&mut self.world.borrow_mut());
                pending().await
            }
        }
    }
}

impl InvalidationService for &Services {
    async fn create_invalidation(
        &self,
        target: &Target,
    ) -> Result<(InvalidationId, Status), InvalidationError> {
        self.call(
            |world| world.create(target, self.bug),
            InvalidationError::Retryable,
        )
        .await
    }

    async fn probe_invalidation(&self, _: &Target) -> Result<(), InvalidationError> {
        self.call(|_| Ok(()), InvalidationError::Retryable).await
    }

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
        _: &Resource,
        id: &InvalidationId,
    ) -> Result<Found, InvalidationError> {
        self.call(|world| world.get(id), InvalidationError::Retryable)
            .await
    }

    async fn list_invalidations(&self, _: &Resource) -> Result<Vec<Listed>, InvalidationError> {
        self.call(|world| Ok(world.list()), InvalidationError::Retryable)
            .await
    }

    /// No scenario names its distribution by a domain name.
    async fn resolve_alias(&self, _: &Alias) -> Result<Resource, InvalidationError> {
        Err(InvalidationError::Rejected(Reason::NoSuchAlias(None)))
    }
}

impl ExecutionStore for &Services {
    async fn load(&self, _: &JobId) -> Result<Option<ExecutionRecord>, StoreError> {
        self.call(|world| Ok(world.record().cloned()), unavailable("GetItem"))
            .await
    }

    async fn claim(
        &self,
        _: &JobId,
        now: Timestamp,
    ) -> Result<Option<ExecutionRecord>, StoreError> {
        self.call(|world| Ok(world.claim(now)), unavailable("UpdateItem"))
            .await
    }

    async fn save(
        &self,
        record: &ExecutionRecord,
        replaces: Option<&str>,
    ) -> Result<Saved, StoreError> {
        let work = |world: &mut World| Ok(world.save(record, replaces, self.bug));
        self.call(work, unavailable("PutItem")).await
    }

    async fn due(&self, now: Timestamp, _: usize) -> Result<Vec<JobId>, StoreError> {
        let is_due = |record: &&ExecutionRecord| record.due_at.is_some_and(|due_at| due_at <= now);
        let due = |world: &mut World| {
            let due = world.record().filter(is_due);
            Ok(due.map(|record| record.id.clone()).into_iter().collect())
        };
        self.call(due, unavailable("Query")).await
    }

    /// Metrics do not affect the record.
    async fn open(&self) -> Result<Open, StoreError> {
        Ok(Open {
            executions: 0,
            overdue_at: None,
        })
    }

    /// No configuration in the model watches for changes.
    async fn is_change(&self, _: &ExecutionRecord) -> Result<bool, StoreError> {
        Ok(true)
    }
}

/// The queue of the distribution, with one execution. Only the presence of its entry can differ. The interaction of
/// several executions is a property of the queue and is tested there.
impl Queues for &Services {
    async fn enter(
        &self,
        _: &Resource,
        entry_id: &EntryId,
        need: &Need,
        _: Timestamp,
    ) -> Result<Queue, QueueError> {
        let entered = self.call(
            |world| Ok(world.enter(entry_id, need)),
            QueueError::Retryable,
        );
        entered.await
    }

    async fn queue(&self, _: &Resource) -> Result<Queue, QueueError> {
        self.call(|world| Ok(world.queue()), QueueError::Retryable)
            .await
    }

    async fn become_leader(&self, _: &Resource, _: &EntryId) -> Result<Queue, QueueError> {
        self.call(|world| Ok(world.queue()), QueueError::Retryable)
            .await
    }

    async fn take_turn(
        &self,
        _: &Resource,
        _: &EntryId,
        _: u64,
        _: u64,
    ) -> Result<Queue, QueueError> {
        self.call(|world| Ok(world.queue()), QueueError::Retryable)
            .await
    }

    async fn leave(&self, _: &Resource, _: &EntryId, _: Timestamp) -> Result<(), QueueError> {
        let left = |world: &mut World| {
            world.leave();
            Ok(())
        };
        self.call(left, QueueError::Retryable).await
    }
}

impl JobReporter for &Services {
    async fn report(&self, job: &JobId, job_result: &JobResult) -> Result<Delivery, Undelivered> {
        let is_last = !matches!(job_result, JobResult::Continue { .. });
        if self.bug == Some(Bug::NotificationBeforeResult) && is_last {
            return Ok(Delivery::Concluded);
        }
        self.call(|world| Ok(world.report(job, job_result)), Undelivered)
            .await
    }

    /// GetJobDetails is not permitted, so that only the result of a job verifies it.
    async fn details(&self, _: &JobId) -> Result<JobDetails, NoDetails> {
        Err(NoDetails::Denied(
            ServiceError::new("AccessDeniedException", "").of(ServiceErrorKind::Denied),
        ))
    }
}

impl Publisher for &Services {
    async fn publish(&self, notification: &Notification) -> Result<String, Undelivered> {
        let work = |world: &mut World| {
            world.publish(notification);
            Ok("m".to_owned())
        };
        self.call(work, Undelivered).await
    }

    async fn put_event(&self, event: &OutcomeEvent) -> Result<String, Undelivered> {
        let work = |world: &mut World| {
            world.put_event(event);
            Ok("e".to_owned())
        };
        self.call(work, Undelivered).await
    }
}

impl Clock for &Services {
    fn now(&self) -> Timestamp {
        self.now.get()
    }

    /// Time passes for a run that waits alone. A run of the model waits in its own [task](super::run::Task::Wait).
    async fn sleep(&self, duration: Duration) {
        self.now.set(self.now.get() + duration);
    }
}

fn unavailable(operation: &'static str) -> impl FnOnce(ServiceError) -> StoreError {
    move |service_error| StoreError::Unavailable {
        operation,
        service_error,
    }
}

/// S3 in a model whose actions have no files.
#[derive(Debug, Clone, Copy)]
pub struct NoArtifacts;

impl ArtifactStore for NoArtifacts {
    type Object = Self;

    fn object(&self, _: &Location, _: &Credentials) -> Self {
        Self
    }
}

impl ArtifactObject for NoArtifacts {
    async fn read(
        &self,
        _: &ArtifactPart,
        _: Option<&str>,
    ) -> Result<ArtifactPiece, ArtifactError> {
        Err(ArtifactError::OtherRegion)
    }
}
