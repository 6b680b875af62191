//! The life of one target: what is asked of CloudFront next, and what follows from its reply.

use super::backoff::{poll_interval, queue_backoff, retry_backoff, watch_interval};
use super::find_lost;
use super::next_step::Policy;
use crate::input::identifiers::InvalidationId;
use crate::model::execution_record::{
    Found, Goal, Listed, Reason, Resource, Search, ServiceError, ServiceErrorKind, Status,
    StatusSnapshot, Target,
};
use crate::model::queue::{Admission, EntryId};
use crate::model::timestamp::Timestamp;

/// A call for a target, by the service that it is made to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Call {
    /// To CloudFront.
    CloudFront(CloudFrontCall),
    /// To the queue before the distribution.
    Queue(QueueCall),
}

/// A call to CloudFront.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CloudFrontCall {
    /// Whose domain name it is.
    Resolve,
    /// To say whether it would take the batch, without creating anything.
    Probe,
    /// To create the invalidation, under the reference that makes a repetition harmless.
    Create,
    /// For its latest invalidations, one of which must be ours.
    List,
    /// GetInvalidation of a candidate, to compare the caller reference.
    Compare(InvalidationId),
    /// How the invalidation stands.
    Poll,
}

/// What is asked of the queue before a distribution, which stands in the table with the records of those in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum QueueCall {
    /// For a place in it.
    Enter,
    /// The admission of the entry.
    Admission,
    /// To tell those behind that the invalidation is made for them, too.
    BecomeLeader,
    /// Of the record of another execution, which makes the invalidation for ours: how that stands.
    CheckLeader(EntryId),
    /// Release the capacity.
    Leave,
}

impl Call {
    /// Whether nothing of it depends on what the table knows of the execution, so that it may be lost or made twice: it has
    /// no effect, or one that is as good before as after a write. Whoever leads, or creates, must have written that it is
    /// called to; else another process, which does not know, might lead once more after the invalidation was made.
    #[must_use]
    pub const fn is_question(&self) -> bool {
        !matches!(
            self,
            Self::CloudFront(CloudFrontCall::Create) | Self::Queue(QueueCall::BecomeLeader)
        )
    }

    /// What it comes to when its time is up before there is a reply.
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
    /// CloudFront's, or the fact that CloudFront did not reply.
    CloudFront(CloudFrontReply),
    /// The queue's.
    Queue(QueueReply),
}

/// What CloudFront says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CloudFrontReply {
    /// The domain name is this one's.
    Resolved(Resource),
    /// It would take the batch, as far as it can tell.
    Allowed,
    /// It has our invalidation, and it stands so.
    Created(InvalidationId, Status),
    /// It has an invalidation under our reference already, and does not say which.
    CallerReferenceConflict,
    /// Its latest invalidations.
    Listed(Vec<Listed>),
    /// What it has under the id that was to be compared.
    Compared(InvalidationId, Found),
    /// The invalidation stands so.
    Polled(Status),
    /// CloudFront rejected the request.
    Rejected(Reason),
    /// It may do it later.
    Retryable(ServiceError),
}

/// What the queue says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum QueueReply {
    /// Whose turn it is; none when we do not stand in the queue.
    Admission(Option<Admission>),
    /// The queue, or the record of the other execution, could not be asked, this time.
    QueueRetryable(ServiceError),
    /// There is no queue to be had: CloudFront's own word has to do.
    NoQueue,
    /// The other execution has this invalidation of this batch; none while it has none.
    LeaderState(Option<StatusSnapshot>),
    /// The other execution will have no invalidation for us.
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
    /// Whether it changes nothing that an outcome was decided on.
    pub(super) const fn is_of_the_end(&self) -> bool {
        matches!(self, Self::Queue(QueueReply::Left | QueueReply::NotLeft(_)))
    }
}

/// How far CloudFront is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallContext {
    /// How far the target is to come.
    pub(super) goal: Goal,
    /// Until when.
    pub(super) until: Timestamp,
    /// Whether that has passed.
    pub(super) is_late: bool,
}

/// What is asked of CloudFront next for this target; none once it has come as far as it should, or it is too late.
pub(super) fn call(target: &Target, context: CallContext) -> Option<Call> {
    if target.is_settled(context.goal) || uses_leader(target) {
        let may_leave = target.stands_in_queue() && !context.is_late;
        return may_leave.then_some(QueueCall::Leave.into());
    }
    match (&target.invalidation, &target.search) {
        // The last look may be old by now: CloudFront gets one more chance to say Completed.
        (Some(snapshot), _) => {
            let may_look = !context.is_late || snapshot.checked_at < context.until;
            may_look.then_some(CloudFrontCall::Poll.into())
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

/// Whether another one's invalidation is ours, too, and our room in the queue is free for others.
const fn uses_leader(target: &Target) -> bool {
    target.invalidation.is_some() && matches!(target.admission, Some(Admission::Follower(_)))
}

/// When CloudFront said it, to whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReplyContext<'p> {
    /// When the execution began.
    pub(super) began: Timestamp,
    /// When CloudFront said it.
    pub(super) now: Timestamp,
    /// How patient we are; none once nobody waits any more.
    pub(super) policy: Option<&'p Policy>,
}

/// Writes down what a service said of a target.
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

/// Writes down how the target's invalidation stands, and when it is looked at next.
fn see(target: &mut Target, id: InvalidationId, status: Status, reply_context: ReplyContext<'_>) {
    let ReplyContext { began, now, policy } = reply_context;
    let age = now.since(began);
    let backoff = policy.map_or_else(|| watch_interval(age), |policy| poll_interval(age, policy));
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

/// Waits, and keeps what CloudFront said last; why we did not ask it is no word of CloudFront's.
fn retry_later(target: &mut Target, service_error: ServiceError, now: Timestamp) {
    wait(target, now);
    if service_error.kind != ServiceErrorKind::NotCalled {
        target.service_error = Some(service_error);
    }
}

/// Waits for the next try the longer, the more there were.
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
