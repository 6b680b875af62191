//! The next call for one target, and the effect of its reply.

use super::backoff::{poll_interval, queue_backoff, retry_backoff, watch_interval};
use super::find_lost;
use super::next_step::Policy;
use crate::input::identifiers::InvalidationId;
use crate::model::execution_record::{
    ExecutionRecord, Found, Goal, Listed, Reason, Resource, Search, ServiceError, ServiceErrorKind,
    Status, StatusSnapshot, Target,
};
use crate::model::queue::{Admission, EntryId};
use crate::model::timestamp::Timestamp;

/// A call for a target, by service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Call {
    /// To CloudFront.
    CloudFront(CloudFrontCall),
    /// To the queue of the distribution.
    Queue(QueueCall),
}

/// A call to CloudFront.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CloudFrontCall {
    /// Find the distribution or the distribution tenant of the domain name.
    Resolve,
    /// Check whether CloudFront would accept the batch, without creating anything.
    Probe,
    /// CreateInvalidation. With the same caller reference, a repeated call creates no second invalidation.
    Create,
    /// List the latest invalidations, which must include that of this target.
    List,
    /// GetInvalidation of a candidate, to compare the caller reference.
    Compare(InvalidationId),
    /// GetInvalidation, to read the status.
    Poll,
}

/// A call to the queue of a distribution. The table holds the queue and the records of the executions in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum QueueCall {
    /// Add a queue entry.
    Enter,
    /// Read the admission of the entry.
    Admission,
    /// Mark the entry as the leader of later entries, which its invalidation also serves.
    BecomeLeader,
    /// Read the state of the leader's invalidation from the record of its execution.
    CheckLeader(EntryId),
    /// Remove the entry from the queue, which releases its capacity.
    Leave,
}

impl Call {
    /// Whether the call does not depend on the stored record, so that it may be lost or repeated: it has no effect, or
    /// the same effect before and after a write. The admission as a leader and the attempt to create must be stored
    /// before the call. Otherwise another process could become the leader again after the invalidation was created.
    #[must_use]
    pub const fn is_question(&self) -> bool {
        !matches!(
            self,
            Self::CloudFront(CloudFrontCall::Create) | Self::Queue(QueueCall::BecomeLeader)
        )
    }

    /// The reply that is assumed if the time is up before the service replies.
    #[must_use]
    pub fn dropped(&self) -> Reply {
        let service_error = ServiceError::no_reply("no reply before the time of this run was up");
        match self {
            Self::CloudFront(_) => Reply::CloudFront(CloudFrontReply::Retryable(service_error)),
            Self::Queue(QueueCall::Leave) => Reply::Queue(QueueReply::NotLeft(service_error)),
            Self::Queue(
                QueueCall::Enter
                | QueueCall::Admission
                | QueueCall::BecomeLeader
                | QueueCall::CheckLeader(_),
            ) => Reply::Queue(QueueReply::QueueRetryable(service_error)),
        }
    }
}

/// A reply, by the service that was called.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reply {
    /// From CloudFront, or the error if CloudFront did not reply.
    CloudFront(CloudFrontReply),
    /// From the queue.
    Queue(QueueReply),
}

/// A reply of CloudFront.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CloudFrontReply {
    /// The domain name belongs to this resource.
    Resolved(Resource),
    /// CloudFront would accept the batch, according to the checks that need no creation.
    Allowed,
    /// The invalidation exists, with this status.
    Created(InvalidationId, Status),
    /// An invalidation with this caller reference exists; CloudFront does not return its id.
    CallerReferenceConflict,
    /// The latest invalidations.
    Listed(Vec<Listed>),
    /// The invalidation of the id to compare.
    Compared(InvalidationId, Found),
    /// The status of the invalidation.
    Polled(Status),
    /// CloudFront rejected the request.
    Rejected(Reason),
    /// CloudFront did not accept the request this time; a retry may succeed.
    Retryable(ServiceError),
}

/// A reply of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum QueueReply {
    /// The admission of the entry; none if the entry is not in the queue.
    Admission(Option<Admission>),
    /// The queue or the leader's record was not available this time.
    QueueRetryable(ServiceError),
    /// There is no queue; only CloudFront enforces its limits.
    NoQueue,
    /// The leader's invalidation of this batch; none while it has none.
    LeaderState(Option<StatusSnapshot>),
    /// The leader will not create an invalidation for this entry.
    NoLeader,
    /// The entry has left the queue.
    Left,
    /// The entry could not leave the queue in this attempt.
    NotLeft(ServiceError),
}

impl From<CloudFrontCall> for Call {
    fn from(call: CloudFrontCall) -> Self {
        Self::CloudFront(call)
    }
}

impl From<QueueCall> for Call {
    fn from(call: QueueCall) -> Self {
        Self::Queue(call)
    }
}

impl From<CloudFrontReply> for Reply {
    fn from(reply: CloudFrontReply) -> Self {
        Self::CloudFront(reply)
    }
}

impl From<QueueReply> for Reply {
    fn from(reply: QueueReply) -> Self {
        Self::Queue(reply)
    }
}

impl Reply {
    /// Whether the reply changes nothing that an outcome was decided on.
    pub(super) const fn is_of_the_end(&self) -> bool {
        matches!(self, Self::Queue(QueueReply::Left | QueueReply::NotLeft(_)))
    }
}

/// The context in which the next call is selected.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallContext {
    /// The goal of the action.
    pub(super) goal: Goal,
    /// The time limit.
    pub(super) until: Timestamp,
    /// Whether the time limit has passed.
    pub(super) is_late: bool,
}

impl CallContext {
    /// The context of an execution without a verdict.
    pub(super) fn of(record: &ExecutionRecord, now: Timestamp) -> Self {
        Self {
            goal: record.goal,
            until: record.deadline_at,
            is_late: now >= record.deadline_at,
        }
    }
}

/// The next call for this target; none if it has settled or its time limit has passed, and no queue entry can be
/// removed.
pub(super) fn call(target: &Target, context: CallContext) -> Option<Call> {
    if target.is_settled(context.goal) || uses_leader(target) {
        let may_leave = target.stands_in_queue() && !context.is_late;
        return may_leave.then_some(QueueCall::Leave.into());
    }
    match (&target.invalidation, &target.search) {
        // The last status may be old: one more poll follows at the time limit.
        (Some(snapshot), _) => {
            let may_poll = !context.is_late || snapshot.checked_at < context.until;
            may_poll.then_some(CloudFrontCall::Poll.into())
        }
        (None, _) if context.is_late => None,
        (None, None) => Some(first_call(target, context.goal)),
        (None, Some(Search::Wanted)) => Some(CloudFrontCall::List.into()),
        (None, Some(Search::Among(candidates))) => {
            let next = candidates.first().cloned();
            next.map(|id| CloudFrontCall::Compare(id).into())
        }
    }
}

fn first_call(target: &Target, goal: Goal) -> Call {
    match (&target.resource, goal, &target.admission) {
        (Resource::Alias(_), ..) => CloudFrontCall::Resolve.into(),
        (_, Goal::Planned, _) => CloudFrontCall::Probe.into(),
        (.., None) => QueueCall::Enter.into(),
        (.., Some(Admission::Waiting { .. })) => QueueCall::Admission.into(),
        (.., Some(Admission::Leader)) => QueueCall::BecomeLeader.into(),
        (.., Some(Admission::Follower(leader))) => QueueCall::CheckLeader(leader.clone()).into(),
        (.., Some(Admission::Admitted | Admission::Left)) => CloudFrontCall::Create.into(),
    }
}

/// Whether the target uses the invalidation of its leader, and needs no capacity of its own.
const fn uses_leader(target: &Target) -> bool {
    target.invalidation.is_some() && matches!(target.admission, Some(Admission::Follower(_)))
}

/// The context of a reply.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReplyContext<'p> {
    /// When the execution began.
    pub(super) began: Timestamp,
    /// When the service replied.
    pub(super) now: Timestamp,
    /// The settings for the poll interval; none once the outcome is decided.
    pub(super) policy: Option<&'p Policy>,
}

/// Applies a reply to a target.
pub(super) fn replied(target: &mut Target, reply: Reply, reply_context: ReplyContext<'_>) {
    match reply {
        Reply::CloudFront(reply) => cloudfront_replied(target, reply, reply_context),
        Reply::Queue(reply) => queue_replied(target, reply, reply_context),
    }
}

fn cloudfront_replied(
    target: &mut Target,
    reply: CloudFrontReply,
    reply_context: ReplyContext<'_>,
) {
    match reply {
        CloudFrontReply::Resolved(resource) => resolve(target, resource),
        CloudFrontReply::Allowed => {
            target.is_allowed = true;
            clear_service_error(target);
        }
        CloudFrontReply::Created(id, status) => see(target, id, status, reply_context),
        CloudFrontReply::Polled(status) => {
            if let Some(StatusSnapshot { id, .. }) = target.invalidation.take() {
                see(target, id, status, reply_context);
            }
        }
        CloudFrontReply::CallerReferenceConflict => target.search = Some(Search::Wanted),
        CloudFrontReply::Listed(listed) => find_lost::narrow(target, listed, reply_context.began),
        CloudFrontReply::Compared(id, found) if find_lost::is_ours(target, &found) => {
            see(target, id, found.status, reply_context);
        }
        CloudFrontReply::Compared(id, _) => find_lost::exclude(target, &id),
        CloudFrontReply::Rejected(reason) => target.rejection = Some(reason),
        CloudFrontReply::Retryable(service_error) => {
            retry_later(target, service_error, reply_context.now);
        }
    }
}

fn queue_replied(target: &mut Target, reply: QueueReply, reply_context: ReplyContext<'_>) {
    let now = reply_context.now;
    match reply {
        QueueReply::Admission(admission) => set_admission(target, admission, now),
        QueueReply::NoQueue | QueueReply::Left => target.admission = Some(Admission::Left),
        QueueReply::LeaderState(Some(theirs)) => {
            if let Some(Admission::Follower(leader)) = &target.admission {
                target.created_by = Some(leader.execution.clone());
            }
            see(target, theirs.id, theirs.status, reply_context);
            target.next_call_at = now;
        }
        QueueReply::NoLeader => {
            target.is_alone = true;
            target.admission = Some(Admission::Waiting { ahead: 0 });
        }
        QueueReply::LeaderState(None) | QueueReply::NotLeft(_) | QueueReply::QueueRetryable(_) => {
            wait(target, now);
        }
    }
}

/// Stores the status of the invalidation, and the time of the next poll.
fn see(target: &mut Target, id: InvalidationId, status: Status, reply_context: ReplyContext<'_>) {
    let ReplyContext { began, now, policy } = reply_context;
    let age = now.since(target.last_create_at.unwrap_or(began));
    let backoff = policy.map_or_else(
        || watch_interval(age),
        |policy| poll_interval(age, policy.status_max_age),
    );
    target.next_call_at = match status {
        Status::Completed => now,
        Status::InProgress => now + backoff,
    };
    target.invalidation = Some(StatusSnapshot {
        id,
        status,
        checked_at: now,
    });
    target.search = None;
    clear_service_error(target);
}

/// Waits, and stores the service error. `NotCalled` is no reply of CloudFront, so it does not replace the last error.
fn retry_later(target: &mut Target, service_error: ServiceError, now: Timestamp) {
    wait(target, now);
    if service_error.kind != ServiceErrorKind::NotCalled {
        target.service_error = Some(service_error);
    }
}

/// Sets the time of the next call; the backoff grows with the number of attempts.
fn wait(target: &mut Target, now: Timestamp) {
    target.delays = target.delays.saturating_add(1);
    target.next_call_at = now + retry_backoff(target.delays, &target.caller_reference);
}

fn set_admission(target: &mut Target, admission: Option<Admission>, now: Timestamp) {
    match &admission {
        Some(Admission::Waiting { .. }) => {
            target.delays = target.delays.saturating_add(1);
            let backoff = queue_backoff(target.delays, &target.caller_reference);
            target.next_call_at = now + backoff;
        }
        Some(
            Admission::Leader | Admission::Admitted | Admission::Follower(_) | Admission::Left,
        )
        | None => {
            clear_service_error(target);
        }
    }
    if admission.is_some() {
        target.entered_at.get_or_insert(now);
    }
    target.admission = admission;
}

fn resolve(target: &mut Target, resource: Resource) {
    if let Resource::Alias(name) = &target.resource {
        target.known_as = Some(name.clone());
        target.resource = resource;
        clear_service_error(target);
    }
}

/// Clears the last service error after a successful call.
fn clear_service_error(target: &mut Target) {
    target.delays = 0;
    target.service_error = None;
}
