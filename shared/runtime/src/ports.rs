//! The services that the functions need, as traits. The crate `invalidation_aws` implements them. No type of the SDK
//! appears here.
//!
//! Code that works on a whole execution takes all [`Services`]. Code that needs one service takes that port alone, so
//! that its signature shows which calls it may make.
#![expect(
    async_fn_in_trait,
    reason = "each process has one thread, so these futures need not be `Send`"
)]

use std::ops::Range;
use std::time::Duration;

use invalidation_core::decide::driver::Saved;
use invalidation_core::decide::job_identity::{JobDetails, NoDetails};
use invalidation_core::input::identifiers::{Alias, InvalidationId, JobId};
use invalidation_core::input::paths_file::artifacts::{Credentials, Location};
use invalidation_core::model::execution_record::{
    Delivery, ExecutionRecord, Found, Listed, Reason, Resource, ServiceError, Status, Target,
};
use invalidation_core::model::queue::{EntryId, Need, Queue};
use invalidation_core::model::time_budget::Pace;
use invalidation_core::model::timestamp::Timestamp;
use invalidation_core::output::{JobResult, Notification, OutcomeEvent};

/// The ports that an execution needs: five services and the clock, each with its own type.
pub trait Services {
    /// CloudFront.
    type InvalidationService: InvalidationService;
    /// The table of execution records.
    type ExecutionStore: ExecutionStore;
    /// CodePipeline.
    type JobReporter: JobReporter;
    /// SNS and EventBridge.
    type Publisher: Publisher;
    /// S3.
    type ArtifactStore: ArtifactStore;
    /// The clock.
    type Clock: Clock;

    /// CloudFront.
    fn invalidation_service(&self) -> &Self::InvalidationService;

    /// The table of execution records.
    fn execution_store(&self) -> &Self::ExecutionStore;

    /// CodePipeline.
    fn job_reporter(&self) -> &Self::JobReporter;

    /// SNS and EventBridge.
    fn publisher(&self) -> &Self::Publisher;

    /// S3.
    fn artifact_store(&self) -> &Self::ArtifactStore;

    /// The clock.
    fn clock(&self) -> &Self::Clock;
}

/// [`Services`] composed of separate ports.
#[derive(Debug, Clone)]
pub struct Ports<C, L, P, N, A, K> {
    /// CloudFront.
    pub invalidation_service: C,
    /// The table of execution records.
    pub execution_store: L,
    /// CodePipeline.
    pub job_reporter: P,
    /// SNS and EventBridge.
    pub publisher: N,
    /// S3.
    pub artifact_store: A,
    /// The clock.
    pub clock: K,
}

impl<C, L, P, N, A, K> Services for Ports<C, L, P, N, A, K>
where
    C: InvalidationService,
    L: ExecutionStore,
    P: JobReporter,
    N: Publisher,
    A: ArtifactStore,
    K: Clock,
{
    type InvalidationService = C;
    type ExecutionStore = L;
    type JobReporter = P;
    type Publisher = N;
    type ArtifactStore = A;
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

    fn artifact_store(&self) -> &A {
        &self.artifact_store
    }

    fn clock(&self) -> &K {
        &self.clock
    }
}

/// CloudFront: creates invalidations and returns their status.
pub trait InvalidationService {
    /// How many invalidations may be created now without a throttle, if the client knows a limit.
    fn pace(&self) -> Pace {
        Pace::UNLIMITED
    }

    /// Creates the invalidation of `target`, or returns the one that an earlier call with the same caller reference
    /// created.
    ///
    /// # Errors
    /// See [`InvalidationError`].
    async fn create_invalidation(
        &self,
        target: &Target,
    ) -> Result<(InvalidationId, Status), InvalidationError>;

    /// Checks whether CloudFront would accept an invalidation of `target`, without creating one.
    ///
    /// # Errors
    /// See [`InvalidationError`].
    async fn probe_invalidation(&self, target: &Target) -> Result<(), InvalidationError>;

    /// The status of an invalidation, possibly cached. A status other than `Completed` is not older than `since`.
    ///
    /// # Errors
    /// See [`InvalidationError`].
    async fn status(
        &self,
        resource: &Resource,
        id: &InvalidationId,
        since: Timestamp,
    ) -> Result<Status, InvalidationError>;

    /// An invalidation with its current status, its caller reference and its paths.
    ///
    /// # Errors
    /// See [`InvalidationError`].
    async fn get_invalidation(
        &self,
        resource: &Resource,
        id: &InvalidationId,
    ) -> Result<Found, InvalidationError>;

    /// The first page of invalidations, the latest first.
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

/// Why a call to CloudFront failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidationError {
    /// CloudFront rejected the request. A retry cannot succeed.
    #[error("CloudFront rejected the request")]
    Rejected(Reason),
    /// CloudFront already has an invalidation with this caller reference. Its id is unknown.
    #[error("CloudFront already has an invalidation with this caller reference")]
    CallerReferenceConflict,
    /// The call may succeed later: a throttle, a quota that is reached at the moment, an internal error, or no reply.
    #[error("CloudFront did not process the request: {0}")]
    Retryable(ServiceError),
}

/// The table of execution records and [queues](Queues): one record per execution, one queue per distribution. Every
/// write is conditional.
pub trait ExecutionStore: Queues {
    /// The stored record (a consistent read); `None` if there is none.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn load(&self, id: &JobId) -> Result<Option<ExecutionRecord>, StoreError>;

    /// Claims the record if it is due at `now`: doubles its [`backoff`](ExecutionRecord::backoff), and no other sweep
    /// can claim it until the backoff ends. Returns `None` if the record is not due, or does not exist. A record that
    /// makes every sweep fail is therefore claimed at increasing intervals.
    ///
    /// # Errors
    /// See [`StoreError`]. An unreadable record is deferred by its backoff regardless.
    async fn claim(
        &self,
        id: &JobId,
        now: Timestamp,
    ) -> Result<Option<ExecutionRecord>, StoreError>;

    /// Writes `record` if the stored record is the expected one: the write with the id `replaces`, or no record under
    /// this key if `replaces` is `None`.
    ///
    /// # Errors
    /// See [`StoreError`]. A concurrent update is not an error but [`Saved::Overtaken`].
    async fn save(
        &self,
        record: &ExecutionRecord,
        replaces: Option<&str>,
    ) -> Result<Saved, StoreError>;

    /// The ids of records that are due at `now`, the longest due first, at most `limit` of them. The index is
    /// eventually consistent with the table, so a record must be claimed before it is advanced.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<JobId>, StoreError>;

    /// The number of open executions, and when the one that is longest overdue became overdue. Both come from indexes,
    /// so that unreadable records and records whose writes fail are included.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn open(&self) -> Result<Open, StoreError>;

    /// Whether the outcome of `record` is a state change of its action. Each outcome other than success is one, and so
    /// is the first success after it. The table stores that state, and the result for one execution never changes.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn is_change(&self, record: &ExecutionRecord) -> Result<bool, StoreError>;
}

/// The executions whose record has work left, due or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// The number of executions.
    pub executions: u64,
    /// The earliest time [at which](invalidation_core::decide::overdue_at) one of them becomes overdue. It may be in
    /// the future.
    pub overdue_at: Option<Timestamp>,
}

/// The queues of the distributions, in the same table.
pub trait Queues {
    /// Adds the entry at the end of the queue unless it is in the queue already. Returns the queue after the update.
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

    /// The stored queue (a consistent read).
    ///
    /// # Errors
    /// See [`QueueError`].
    async fn queue(&self, resource: &Resource) -> Result<Queue, QueueError>;

    /// Makes the entry a leader: the entries that are in the queue now need no invalidation of their own if this one's
    /// paths cover theirs. Repeating the call has no effect.
    ///
    /// # Errors
    /// See [`QueueError`].
    async fn become_leader(
        &self,
        resource: &Resource,
        entry_id: &EntryId,
    ) -> Result<Queue, QueueError>;

    /// Gives the entry this turn, unless an entry came, left or took a turn after the queue had this revision. Returns the
    /// queue after the update.
    ///
    /// # Errors
    /// See [`QueueError`].
    async fn take_turn(
        &self,
        resource: &Resource,
        entry_id: &EntryId,
        turn: u64,
        revision: u64,
    ) -> Result<Queue, QueueError>;

    /// Removes the entry from the queue, and stores until `until` that it left. A leader stays visible to its followers
    /// but uses no capacity.
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

/// Why a call to a queue failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// A retry may succeed.
    #[error("DynamoDB did not process the request: {0}")]
    Retryable(ServiceError),
    /// A retry cannot succeed: the table does not allow the call, or the stored queue is unreadable. The invalidation
    /// is then created without a queue.
    #[error("the queue is not available: {0}")]
    NoQueue(ServiceError),
}

/// Why a record could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The table could not be reached, or did not allow the call.
    #[error("DynamoDB did not do `{operation}`: {service_error}")]
    Unavailable {
        /// The name of the DynamoDB operation.
        operation: &'static str,
        /// The error of DynamoDB.
        service_error: ServiceError,
    },
    /// The stored item is not a readable record. It is left unchanged.
    #[error("the stored record is unreadable: {0}")]
    Unreadable(String),
    /// The record that was to be replaced no longer exists.
    #[error("the stored record is gone")]
    Gone,
}

/// CodePipeline: accepts the results of jobs and returns their details.
pub trait JobReporter {
    /// Reports the result of a job.
    ///
    /// # Errors
    /// If the result could not be delivered and should be retried.
    async fn report(&self, job_id: &JobId, job_result: &JobResult)
    -> Result<Delivery, Undelivered>;

    /// The details that CodePipeline returns for the job.
    ///
    /// # Errors
    /// See [`NoDetails`].
    async fn details(&self, job_id: &JobId) -> Result<JobDetails, NoDetails>;
}

/// SNS and EventBridge: publishes outcomes.
pub trait Publisher {
    /// Publishes a notification for subscribers. Returns its message id.
    ///
    /// # Errors
    /// If the notification was not accepted and should be retried.
    async fn publish(&self, notification: &Notification) -> Result<String, Undelivered>;

    /// Puts an event on the event bus. Returns its event id.
    ///
    /// # Errors
    /// If the event was not accepted and should be retried.
    async fn put_event(&self, event: &OutcomeEvent) -> Result<String, Undelivered>;
}

/// The service did not accept the message. A retry may succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not delivered: {0}")]
pub struct Undelivered(pub ServiceError);

/// S3: the input artifacts of jobs.
pub trait ArtifactStore {
    /// The type of an object.
    type Object: ArtifactObject;

    /// The object at this location, which is read with these credentials. Nothing is called yet, and the credentials are
    /// dropped with the object.
    fn object(&self, location: &Location, credentials: &Credentials) -> Self::Object;
}

/// An object in S3.
pub trait ArtifactObject {
    /// Reads a part of the object. With `version`, the object must be the one of an earlier piece.
    ///
    /// # Errors
    /// See [`ArtifactError`].
    async fn read(
        &self,
        part: &ArtifactPart,
        version: Option<&str>,
    ) -> Result<ArtifactPiece, ArtifactError>;
}

/// A part of an object that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArtifactPart {
    /// At most this many bytes at the end.
    Last(u64),
    /// The bytes of this range.
    Range(Range<u64>),
}

/// Bytes of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactPiece {
    /// The offset of the first byte.
    pub from: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The length of the whole object in bytes.
    pub size: u64,
    /// The entity tag of the object.
    pub version: Option<String>,
}

/// Why a part of an artifact could not be read. No message repeats the credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactError {
    /// The object does not exist.
    #[error("the object does not exist: {0}")]
    NotFound(ServiceError),
    /// The credentials are not accepted, or have expired.
    #[error("S3 rejected the request: {0}")]
    Denied(ServiceError),
    /// The bucket is in another region.
    #[error("the bucket is in another region")]
    OtherRegion,
    /// A retry may succeed.
    #[error("S3 did not return the part: {0}")]
    Retryable(ServiceError),
}

/// The clock.
pub trait Clock {
    /// The current time.
    fn now(&self) -> Timestamp;

    /// Waits for `duration`.
    async fn sleep(&self, duration: Duration);
}
