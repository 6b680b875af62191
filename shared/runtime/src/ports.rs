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
    Delivery, Found, Listed, Reason, Record, Resource, Status, Target, Trouble,
};
use invalidation_core::model::queue::{Need, Queue, Ticket};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_core::output::{Answer, Notice, OutcomeEvent};

/// All that an execution needs: four services and the clock, each of a type of its own.
pub trait Services {
    /// CloudFront.
    type Cdn: Cdn;
    /// The table of records.
    type Ledger: Ledger;
    /// CodePipeline.
    type Pipeline: Pipeline;
    /// SNS and EventBridge.
    type Notifier: Notifier;
    /// The time.
    type Clock: Clock;

    /// CloudFront.
    fn cdn(&self) -> &Self::Cdn;

    /// The table of records.
    fn ledger(&self) -> &Self::Ledger;

    /// CodePipeline.
    fn pipeline(&self) -> &Self::Pipeline;

    /// SNS and EventBridge.
    fn notifier(&self) -> &Self::Notifier;

    /// The time.
    fn clock(&self) -> &Self::Clock;
}

/// [`Services`] put together from their ports.
#[derive(Debug, Clone)]
pub struct Ports<C, L, P, N, K> {
    /// CloudFront.
    pub cdn: C,
    /// The table of records.
    pub ledger: L,
    /// CodePipeline.
    pub pipeline: P,
    /// SNS and EventBridge.
    pub notifier: N,
    /// The time.
    pub clock: K,
}

impl<C: Cdn, L: Ledger, P: Pipeline, N: Notifier, K: Clock> Services for Ports<C, L, P, N, K> {
    type Cdn = C;
    type Ledger = L;
    type Pipeline = P;
    type Notifier = N;
    type Clock = K;

    fn cdn(&self) -> &C {
        &self.cdn
    }

    fn ledger(&self) -> &L {
        &self.ledger
    }

    fn pipeline(&self) -> &P {
        &self.pipeline
    }

    fn notifier(&self) -> &N {
        &self.notifier
    }

    fn clock(&self) -> &K {
        &self.clock
    }
}

/// The content delivery network whose caches are invalidated.
pub trait Cdn {
    /// Creates the invalidation of `target`, or finds the one that an earlier call with its reference created.
    ///
    /// # Errors
    /// See [`CdnError`].
    async fn create_invalidation(
        &self,
        target: &Target,
    ) -> Result<(InvalidationId, Status), CdnError>;

    /// Finds out whether CloudFront would take an invalidation of `target`, without creating one.
    ///
    /// # Errors
    /// See [`CdnError`].
    async fn probe_invalidation(&self, target: &Target) -> Result<(), CdnError>;

    /// How an invalidation stands, or stood when CloudFront was last asked: what it said before `since` is of no use any more.
    ///
    /// # Errors
    /// See [`CdnError`].
    async fn status(
        &self,
        resource: &Resource,
        id: &InvalidationId,
        since: Timestamp,
    ) -> Result<Status, CdnError>;

    /// An invalidation as CloudFront has it now, with its reference and its paths.
    ///
    /// # Errors
    /// See [`CdnError`].
    async fn get_invalidation(
        &self,
        resource: &Resource,
        id: &InvalidationId,
    ) -> Result<Found, CdnError>;

    /// The latest invalidations, a page of them.
    ///
    /// # Errors
    /// See [`CdnError`].
    async fn list_invalidations(&self, resource: &Resource) -> Result<Vec<Listed>, CdnError>;

    /// The distribution or distribution tenant that has this domain name.
    ///
    /// # Errors
    /// See [`CdnError`].
    async fn resolve_alias(&self, alias: &Alias) -> Result<Resource, CdnError>;
}

/// Why CloudFront did not do what we asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CdnError {
    /// It never will.
    #[error("CloudFront refused for good")]
    Refused(Reason),
    /// It has an invalidation under this reference already, and does not say which.
    #[error("CloudFront knows this reference already")]
    ReferenceTaken,
    /// It may later: a throttle, a limit that is full at the moment, a fault of its own, or no reply at all.
    #[error("CloudFront put us off: {0}")]
    PutOff(Trouble),
}

/// The table in which each execution has its record, and each distribution its [queue](Queues). Every write is conditional.
pub trait Ledger: Queues {
    /// The record as the table holds it now (a consistent read); none when there is none.
    ///
    /// # Errors
    /// See [`LedgerError`].
    async fn load(&self, id: &JobId) -> Result<Option<Record>, LedgerError>;

    /// The record, if it is due at `now`, with its [`pause`](Record::pause) doubled and nobody else's until that is over;
    /// none when it is not due, or gone. A record that makes every pass die is so taken up ever more seldom.
    ///
    /// # Errors
    /// See [`LedgerError`]. One that is unreadable has been put off all the same.
    async fn claim(&self, id: &JobId, now: Timestamp) -> Result<Option<Record>, LedgerError>;

    /// Writes `record` if the table still holds what the writer believes: the write with the id `replaces`, or nothing
    /// under this key at all when that is none.
    ///
    /// # Errors
    /// See [`LedgerError`]. That somebody else has written is not an error but [`Saved::Overtaken`].
    async fn save(&self, record: &Record, replaces: Option<&str>) -> Result<Saved, LedgerError>;

    /// The ids of records that are due at `now`, the longest due first, at most `limit` of them. It is a hint from an
    /// index that lags behind the table: a record must be claimed before it is acted on.
    ///
    /// # Errors
    /// See [`LedgerError`].
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<JobId>, LedgerError>;

    /// How many executions are open, and since when the one is overdue that is overdue longest. Both come from indexes, so
    /// that a record counts that cannot be read, or whose writes fail.
    ///
    /// # Errors
    /// See [`LedgerError`].
    async fn open(&self) -> Result<Open, LedgerError>;

    /// Whether the outcome of `record` is a change for those who follow its action: each that is not a success is, and the
    /// first success after it. The table remembers that; the answer for one execution is always the same.
    ///
    /// # Errors
    /// See [`LedgerError`].
    async fn is_change(&self, record: &Record) -> Result<bool, LedgerError>;
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
        ticket: &Ticket,
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
    async fn lead(&self, resource: &Resource, ticket: &Ticket) -> Result<Queue, QueueError>;

    /// Gives the place back, and remembers until then that it was. Who leads others stays to be found by them, without any
    /// room.
    ///
    /// # Errors
    /// See [`QueueError`].
    async fn leave(
        &self,
        resource: &Resource,
        ticket: &Ticket,
        until: Timestamp,
    ) -> Result<(), QueueError>;
}

/// Why a queue could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// Not this time.
    #[error("DynamoDB put us off: {0}")]
    PutOff(Trouble),
    /// Never: the table does not allow it, or holds what we cannot read. An invalidation is better without a queue than
    /// not at all.
    #[error("there is no queue: {0}")]
    NoQueue(Trouble),
}

/// Why a record could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The table could not be reached, or did not allow it.
    #[error("DynamoDB did not do `{operation}`: {trouble}")]
    Unavailable {
        /// The operation, as DynamoDB names it.
        operation: &'static str,
        /// What DynamoDB said.
        trouble: Trouble,
    },
    /// What the table holds is not a record that we can read. It is left as it is.
    #[error("the stored record is unreadable: {0}")]
    Unreadable(String),
    /// The record that was to be replaced is gone.
    #[error("the stored record is gone")]
    Gone,
}

/// The pipeline whose action we are.
pub trait Pipeline {
    /// Answers a job.
    ///
    /// # Errors
    /// When the answer could not be delivered and should be tried again.
    async fn answer(&self, job_id: &JobId, answer: &Answer) -> Result<Delivery, Undelivered>;

    /// What CodePipeline says of the job.
    ///
    /// # Errors
    /// See [`NoDetails`].
    async fn details(&self, job_id: &JobId) -> Result<JobDetails, NoDetails>;
}

/// The people and the programs that want to hear of outcomes.
pub trait Notifier {
    /// Publishes a notice for people, and says under which message id.
    ///
    /// # Errors
    /// When the notice was not taken and should be tried again.
    async fn publish(&self, notice: &Notice) -> Result<String, Undelivered>;

    /// Puts an event for programs on the bus, and says under which event id.
    ///
    /// # Errors
    /// When the event was not taken and should be tried again.
    async fn put_event(&self, event: &OutcomeEvent) -> Result<String, Undelivered>;
}

/// A message that a service did not take, this time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not delivered: {0}")]
pub struct Undelivered(pub Trouble);

/// The time.
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits.
    async fn sleep(&self, duration: Duration);
}
