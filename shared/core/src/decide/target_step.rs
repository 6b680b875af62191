//! The life of one target: what is asked of CloudFront next, and what follows from its reply.

use super::backoff::{look_pause, put_off_pause, queue_pause, watch_pause};
use super::find_lost;
use super::next_step::Policy;
use crate::input::identifiers::InvalidationId;
use crate::model::execution_record::{
    Found, Goal, Listed, Reason, Resource, Search, ServiceErrorKind, Sighting, Status, Target,
    Trouble,
};
use crate::model::queue::{Ticket, Turn};
use crate::model::timestamp::Timestamp;

/// A call for a target, by the service that it is made to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Call {
    /// To CloudFront.
    CloudFront(CloudFrontCall),
    /// To the queue before the distribution.
    Queue(QueueCall),
}

/// What is asked of CloudFront.
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
    /// Whether this invalidation is ours.
    Compare(InvalidationId),
    /// How the invalidation stands.
    Look,
}

/// What is asked of the queue before a distribution, which stands in the table with the records of those in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum QueueCall {
    /// For a place in it.
    Enter,
    /// Whose turn it is.
    Turn,
    /// To tell those behind that the invalidation is made for them, too.
    Lead,
    /// Of the record of another execution, which makes the invalidation for ours: how that stands.
    Follow(Ticket),
    /// To take the room back.
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
            Self::CloudFront(CloudFrontCall::Create) | Self::Queue(QueueCall::Lead)
        )
    }

    /// What it comes to when its time is up before there is a reply.
    #[must_use]
    pub fn dropped(&self) -> Reply {
        let trouble = Trouble::no_reply("no reply before the time of this run was up");
        match self {
            Self::CloudFront(_) => Reply::CloudFront(CloudFrontReply::PutOff(trouble)),
            Self::Queue(QueueCall::Leave) => Reply::Queue(QueueReply::NotLeft(trouble)),
            Self::Queue(
                QueueCall::Enter | QueueCall::Turn | QueueCall::Lead | QueueCall::Follow(_),
            ) => Reply::Queue(QueueReply::NotAsked(trouble)),
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
    ReferenceTaken,
    /// Its latest invalidations.
    Listed(Vec<Listed>),
    /// What it has under the id that was to be compared.
    Compared(InvalidationId, Found),
    /// The invalidation stands so.
    Seen(Status),
    /// It will never do what we asked.
    Refused(Reason),
    /// It may do it later.
    PutOff(Trouble),
}

/// What the queue says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum QueueReply {
    /// Whose turn it is; none when we do not stand in the queue.
    Turn(Option<Turn>),
    /// The queue, or the record of the other execution, could not be asked, this time.
    NotAsked(Trouble),
    /// There is no queue to be had: CloudFront's own word has to do.
    NoQueue,
    /// The other execution has this invalidation of this batch; none while it has none.
    Followed(Option<Sighting>),
    /// The other execution will have no invalidation for us.
    NotFollowed,
    /// We stand in the queue no more.
    Left,
    /// We could not leave the queue, this time.
    NotLeft(Trouble),
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
pub(super) struct Asking {
    /// How far the target is to come.
    pub(super) goal: Goal,
    /// Until when.
    pub(super) until: Timestamp,
    /// Whether that has passed.
    pub(super) is_late: bool,
}

/// What is asked of CloudFront next for this target; none once it has come as far as it should, or it is too late.
pub(super) fn call(target: &Target, asking: Asking) -> Option<Call> {
    if target.is_settled(asking.goal) || is_followed(target) {
        let may_leave = target.stands_in_queue() && !asking.is_late;
        return may_leave.then_some(QueueCall::Leave.into());
    }
    match (&target.invalidation, &target.search) {
        // The last look may be old by now: CloudFront gets one more chance to say Completed.
        (Some(sighting), _) => {
            let may_look = !asking.is_late || sighting.seen_at < asking.until;
            may_look.then_some(CloudFrontCall::Look.into())
        }
        (None, _) if asking.is_late => None,
        (None, None) => Some(first_call(target, asking.goal)),
        (None, Some(Search::Wanted)) => Some(CloudFrontCall::List.into()),
        (None, Some(Search::Among(candidates))) => {
            let next = candidates.first().cloned();
            next.map(|id| CloudFrontCall::Compare(id).into())
        }
    }
}

fn first_call(target: &Target, goal: Goal) -> Call {
    match (&target.resource, goal, &target.turn) {
        (Resource::Alias(_), ..) => CloudFrontCall::Resolve.into(),
        (_, Goal::Planned, _) => CloudFrontCall::Probe.into(),
        (.., None) => QueueCall::Enter.into(),
        (.., Some(Turn::Waiting { .. })) => QueueCall::Turn.into(),
        (.., Some(Turn::Leading)) => QueueCall::Lead.into(),
        (.., Some(Turn::Following(leader))) => QueueCall::Follow(leader.clone()).into(),
        (.., Some(Turn::Called | Turn::Left)) => CloudFrontCall::Create.into(),
    }
}

/// Whether another one's invalidation is ours, too, and our room in the queue is free for others.
const fn is_followed(target: &Target) -> bool {
    target.invalidation.is_some() && matches!(target.turn, Some(Turn::Following(_)))
}

/// When CloudFront said it, to whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hearing<'p> {
    /// When the execution began.
    pub(super) began: Timestamp,
    /// When CloudFront said it.
    pub(super) now: Timestamp,
    /// How patient we are; none once nobody waits any more.
    pub(super) policy: Option<&'p Policy>,
}

/// Writes down what a service said of a target.
pub(super) fn replied(target: &mut Target, reply: Reply, hearing: Hearing<'_>) {
    match reply {
        Reply::CloudFront(reply) => cloudfront_replied(target, reply, hearing),
        Reply::Queue(reply) => queue_replied(target, reply, hearing),
    }
}

fn cloudfront_replied(target: &mut Target, reply: CloudFrontReply, hearing: Hearing<'_>) {
    match reply {
        CloudFrontReply::Resolved(resource) => resolve(target, resource),
        CloudFrontReply::Allowed => {
            target.is_allowed = true;
            is_well(target);
        }
        CloudFrontReply::Created(id, status) => see(target, id, status, hearing),
        CloudFrontReply::Seen(status) => {
            if let Some(Sighting { id, .. }) = target.invalidation.take() {
                see(target, id, status, hearing);
            }
        }
        CloudFrontReply::ReferenceTaken => target.search = Some(Search::Wanted),
        CloudFrontReply::Listed(listed) => find_lost::narrow(target, listed, hearing.began),
        CloudFrontReply::Compared(id, found) if find_lost::is_ours(target, &found) => {
            see(target, id, found.status, hearing);
        }
        CloudFrontReply::Compared(id, _) => find_lost::exclude(target, &id),
        CloudFrontReply::Refused(reason) => target.refusal = Some(reason),
        CloudFrontReply::PutOff(trouble) => put_off(target, trouble, hearing.now),
    }
}

fn queue_replied(target: &mut Target, reply: QueueReply, hearing: Hearing<'_>) {
    let now = hearing.now;
    match reply {
        QueueReply::Turn(turn) => take_turn(target, turn, now),
        QueueReply::NoQueue | QueueReply::Left => target.turn = Some(Turn::Left),
        QueueReply::Followed(Some(theirs)) => {
            if let Some(Turn::Following(leader)) = &target.turn {
                target.made_by = Some(leader.execution.clone());
            }
            see(target, theirs.id, theirs.status, hearing);
            target.next_call_at = now;
        }
        QueueReply::NotFollowed => {
            target.is_alone = true;
            target.turn = Some(Turn::Waiting { ahead: 0 });
        }
        QueueReply::Followed(None) | QueueReply::NotLeft(_) | QueueReply::NotAsked(_) => {
            wait(target, now);
        }
    }
}

/// Writes down how the target's invalidation stands, and when it is looked at next.
fn see(target: &mut Target, id: InvalidationId, status: Status, hearing: Hearing<'_>) {
    let Hearing { began, now, policy } = hearing;
    let age = now.since(began);
    let pause = policy.map_or_else(|| watch_pause(age), |policy| look_pause(age, policy));
    target.next_call_at = match status {
        Status::Completed => now,
        Status::InProgress => now + pause,
    };
    target.invalidation = Some(Sighting {
        id,
        status,
        seen_at: now,
    });
    target.search = None;
    is_well(target);
}

/// Waits, and keeps what CloudFront said last; why we did not ask it is no word of CloudFront's.
fn put_off(target: &mut Target, trouble: Trouble, now: Timestamp) {
    wait(target, now);
    if trouble.kind != ServiceErrorKind::NotAsked {
        target.trouble = Some(trouble);
    }
}

/// Waits for the next try the longer, the more there were.
fn wait(target: &mut Target, now: Timestamp) {
    target.delays = target.delays.saturating_add(1);
    target.next_call_at = now + put_off_pause(target.delays, &target.caller_reference);
}

fn take_turn(target: &mut Target, turn: Option<Turn>, now: Timestamp) {
    match &turn {
        Some(Turn::Waiting { .. }) => {
            target.delays = target.delays.saturating_add(1);
            let pause = queue_pause(target.delays, &target.caller_reference);
            target.next_call_at = now + pause;
        }
        Some(Turn::Leading | Turn::Called | Turn::Following(_) | Turn::Left) | None => {
            is_well(target);
        }
    }
    if turn.is_some() {
        target.entered_at.get_or_insert(now);
    }
    target.turn = turn;
}

fn resolve(target: &mut Target, resource: Resource) {
    if let Resource::Alias(name) = &target.resource {
        target.known_as = Some(name.clone());
        target.resource = resource;
        is_well(target);
    }
}

/// CloudFront answers again.
fn is_well(target: &mut Target) {
    target.delays = 0;
    target.trouble = None;
}
