//! What we need from the world, in our words. [`aws`](invalidation_aws) provides it; no type of the SDK crosses this line.
//!
//! What works on a whole execution takes all [`Services`]; what needs one of them takes that port alone, so that its signature
//! says what it may call.
#![expect(
    async_fn_in_trait,
    reason = "each process has one thread, so nobody needs these futures to be `Send`"
)]

use std::time::Duration;

use invalidation_core::decide::driver::Saved;
use invalidation_core::decide::job_identity::{JobDetails, NoDetails};
use invalidation_core::input::identifiers::{Alias, InvalidationId, JobId};
use invalidation_core::model::execution_record::{
    Delivery, ExecutionRecord, Found, Listed, Reason, Resource, ServiceError, Status, Target,
};
use invalidation_core::model::queue::{EntryId, Need, Queue};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_core::output::{JobResult, Notification, OutcomeEvent};

/// All that an execution needs: four services and the clock, each of a type of its own.
pub trait Services {
    /// CloudFront.
    type InvalidationService: InvalidationService;
    /// The table of records.
    type ExecutionStore: ExecutionStore;
    /// CodePipeline.
    type JobReporter: JobReporter;
    /// SNS and EventBridge.
    type Publisher: Publisher;
    /// The time.
    type Clock: Clock;

    /// CloudFront.
    fn invalidation_service(&self) -> &Self::InvalidationService;

    /// The table of records.
    fn execution_store(&self) -> &Self::ExecutionStore;

    /// CodePipeline.
    fn job_reporter(&self) -> &Self::JobReporter;

    /// SNS and EventBridge.
    fn publisher(&self) -> &Self::Publisher;

    /// The time.
    fn clock(&self) -> &Self::Clock;
}

/// [`Services`] put together from their ports.
#[derive(Debug, Clone)]
pub struct Ports<C, L, P, N, K> {
    /// CloudFront.
    pub invalidation_service: C,
    /// The table of records.
    pub execution_store: L,
    /// CodePipeline.
    pub job_reporter: P,
    /// SNS and EventBridge.
    pub publisher: N,
    /// The time.
    pub clock: K,
}

impl<C: InvalidationService, L: ExecutionStore, P: JobReporter, N: Publisher, K: Clock> Services
    for Ports<C, L, P, N, K>
{
    type InvalidationService = C;
    type ExecutionStore = L;
    type JobReporter = P;
    type Publisher = N;
    type Clock = K;

    fn invalidation_service(&self) -> &C {
        &self.invalidation_service
    }

    fn execution_store(&self) -> &L {
        &self.execution_store
    }

    fn job_reporter(&self) -> &P {
        &self.job_reporter
    }

    fn publisher(&self) -> &N {
        &self.publisher
    }

    fn clock(&self) -> &K {
        &self.clock
    }
}

/// The content delivery network whose caches are invalidated.
pub trait InvalidationService {
    /// Creates the invalidation of `target`, or finds the one that an earlier call with its reference created.
    ///
    /// # Errors
    /// See [`InvalidationError`].
    async fn create_invalidation(
        &self,
        target: &Target,
    ) -> Result<(InvalidationId, Status), InvalidationError>;

    /// Finds out whether CloudFront would take an invalidation of `target`, without creating one.
    ///
    /// # Errors
    /// See [`InvalidationError`].
    async fn probe_invalidation(&self, target: &Target) -> Result<(), InvalidationError>;

    /// How an invalidation stands, or stood when CloudFront was last asked: what it said before `since` is of no use any more.
    ///
    /// # Errors
    /// See [`InvalidationError`].
    async fn status(
        &self,
        resource: &Resource,
        id: &InvalidationId,
        since: Timestamp,
    ) -> Result<Status, InvalidationError>;

    /// An invalidation as CloudFront has it now, with its reference and its paths.
    ///
    /// # Errors
    /// See [`InvalidationError`].
    async fn get_invalidation(
        &self,
        resource: &Resource,
        id: &InvalidationId,
    ) -> Result<Found, InvalidationError>;

    /// The latest invalidations, a page of them.
    ///
    /// # Errors
    /// See [`InvalidationError`].
    async fn list_invalidations(
        &self,
        resource: &Resource,
    ) -> Result<Vec<Listed>, InvalidationError>;

    /// The distribution or distribution tenant that has this domain name.
    ///
    /// # Errors
    /// See [`InvalidationError`].
    async fn resolve_alias(&self, alias: &Alias) -> Result<Resource, InvalidationError>;
}

/// Why CloudFront did not do what we asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidationError {
    /// It never will.
    #[error("CloudFront rejected the request")]
    Rejected(Reason),
    /// It has an invalidation under this reference already, and does not say which.
    #[error("CloudFront knows this reference already")]
    CallerReferenceConflict,
    /// It may later: a throttle, a limit that is full at the moment, a fault of its own, or no reply at all.
    #[error("CloudFront put us off: {0}")]
    Retryable(ServiceError),
}

/// The table in which each execution has its record, and each distribution its [queue](Queues). Every write is conditional.
pub trait ExecutionStore: Queues {
    /// The record as the table holds it now (a consistent read); none when there is none.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn load(&self, id: &JobId) -> Result<Option<ExecutionRecord>, StoreError>;

    /// The record, if it is due at `now`, with its [`backoff`](Record::pause) doubled and nobody else's until that is over;
    /// none when it is not due, or gone. A record that makes every sweep die is so taken up ever more seldom.
    ///
    /// # Errors
    /// See [`StoreError`]. One that is unreadable has been retryable regardless.
    async fn claim(
        &self,
        id: &JobId,
        now: Timestamp,
    ) -> Result<Option<ExecutionRecord>, StoreError>;

    /// Writes `record` if the table still holds what the writer believes: the write with the id `replaces`, or nothing
    /// under this key at all when that is none.
    ///
    /// # Errors
    /// See [`StoreError`]. That somebody else has written is not an error but [`Saved::Overtaken`].
    async fn save(
        &self,
        record: &ExecutionRecord,
        replaces: Option<&str>,
    ) -> Result<Saved, StoreError>;

    /// The ids of records that are due at `now`, the longest due first, at most `limit` of them. It is a hint from an
    /// index that lags behind the table: a record must be claimed before it is acted on.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<JobId>, StoreError>;

    /// How many executions are open, and since when the one is overdue that is overdue longest. Both come from indexes, so
    /// that a record counts that cannot be read, or whose writes fail.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn open(&self) -> Result<Open, StoreError>;

    /// Whether the outcome of `record` is a change for those who follow its action: each that is not a success is, and the
    /// first success after it. The table remembers that; the answer for one execution is always the same.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn is_change(&self, record: &ExecutionRecord) -> Result<bool, StoreError>;
}

/// The executions whose record has work left, due or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// How many there are.
    pub executions: u64,
    /// The earliest moment [from which on](invalidation_core::decide::overdue_at) one of them is overdue. It may be still to come.
    pub overdue_at: Option<Timestamp>,
}

/// The queues before the distributions, in the same table.
pub trait Queues {
    /// Takes a place in the queue, the last one, unless the ticket has one already; and the queue as it is then.
    ///
    /// # Errors
    /// See [`QueueError`].
    async fn enter(
        &self,
        resource: &Resource,
        entry_id: &EntryId,
        need: &Need,
        now: Timestamp,
    ) -> Result<Queue, QueueError>;

    /// The queue as the table holds it now (a consistent read).
    ///
    /// # Errors
    /// See [`QueueError`].
    async fn queue(&self, resource: &Resource) -> Result<Queue, QueueError>;

    /// Says that whoever is in the queue by now need not make an invalidation that this ticket's covers. It is said once:
    /// a repetition changes nothing.
    ///
    /// # Errors
    /// See [`QueueError`].
    async fn become_leader(
        &self,
        resource: &Resource,
        entry_id: &EntryId,
    ) -> Result<Queue, QueueError>;

    /// Gives the place back, and remembers until then that it was. Who leads others stays to be found by them, without any
    /// room.
    ///
    /// # Errors
    /// See [`QueueError`].
    async fn leave(
        &self,
        resource: &Resource,
        entry_id: &EntryId,
        until: Timestamp,
    ) -> Result<(), QueueError>;
}

/// Why a queue could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// Not this time.
    #[error("DynamoDB put us off: {0}")]
    Retryable(ServiceError),
    /// Never: the table does not allow it, or holds what we cannot read. An invalidation is better without a queue than
    /// not at all.
    #[error("there is no queue: {0}")]
    NoQueue(ServiceError),
}

/// Why a record could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The table could not be reached, or did not allow it.
    #[error("DynamoDB did not do `{operation}`: {service_error}")]
    Unavailable {
        /// The operation, as DynamoDB names it.
        operation: &'static str,
        /// What DynamoDB said.
        service_error: ServiceError,
    },
    /// What the table holds is not a record that we can read. It is left as it is.
    #[error("the stored record is unreadable: {0}")]
    Unreadable(String),
    /// The record that was to be replaced is gone.
    #[error("the stored record is gone")]
    Gone,
}

/// The pipeline whose action we are.
pub trait JobReporter {
    /// Answers a job.
    ///
    /// # Errors
    /// When the answer could not be delivered and should be tried again.
    async fn report(&self, job_id: &JobId, job_result: &JobResult)
    -> Result<Delivery, Undelivered>;

    /// What CodePipeline says of the job.
    ///
    /// # Errors
    /// See [`NoDetails`].
    async fn details(&self, job_id: &JobId) -> Result<JobDetails, NoDetails>;
}

/// The people and the programs that want to hear of outcomes.
pub trait Publisher {
    /// Publishes a notification for people, and says under which message id.
    ///
    /// # Errors
    /// When the notification was not taken and should be tried again.
    async fn publish(&self, notification: &Notification) -> Result<String, Undelivered>;

    /// Puts an event for programs on the bus, and says under which event id.
    ///
    /// # Errors
    /// When the event was not taken and should be tried again.
    async fn put_event(&self, event: &OutcomeEvent) -> Result<String, Undelivered>;
}

/// A message that a service did not take, this time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not delivered: {0}")]
pub struct Undelivered(pub ServiceError);

/// The time.
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits.
    async fn sleep(&self, duration: Duration);
}
