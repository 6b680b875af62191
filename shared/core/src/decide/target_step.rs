//! The life of one target: what is asked of CloudFront next, and what follows from its reply.

use super::backoff::{look_pause, put_off_pause, queue_pause, watch_pause};
use super::find_lost;
use super::next_step::Policy;
use crate::input::identifiers::InvalidationId;
use crate::model::execution_record::{
    Found, Goal, Listed, NOT_ASKED, Reason, Resource, Search, Sighting, Status, Target, Trouble,
};
use crate::model::queue::{Ticket, Turn};
use crate::model::timestamp::Timestamp;

/// What is asked of CloudFront, or of the queue before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Call {
    /// Whose domain name it is.
    Resolve,
    /// To say whether it would take the batch, without creating anything.
    Probe,
    /// To create the invalidation, under the reference that makes a repetition harmless.
    Create,
    /// Of the queue: a place in it.
    Enter,
    /// Of the queue: whose turn it is.
    Queue,
    /// Of the queue: to tell those behind that the invalidation is made for them, too.
    Lead,
    /// Of the record of another execution, which makes the invalidation for ours: how that stands.
    Follow(Ticket),
    /// Of the queue: to take the room back.
    Leave,
    /// For its latest invalidations, one of which must be ours.
    List,
    /// Whether this invalidation is ours.
    Compare(InvalidationId),
    /// How the invalidation stands.
    Look,
}

impl Call {
    /// Whether nothing of it depends on what the table knows of the execution, so that it may be lost or made twice: it has
    /// no effect, or one that is as good before as after a write. Whoever leads, or creates, must have written that it is
    /// called to; else another process, which does not know, might lead once more after the invalidation was made.
    #[must_use]
    pub const fn is_question(&self) -> bool {
        !matches!(self, Self::Create | Self::Lead)
    }

    /// What it comes to when its time is up before there is a reply.
    #[must_use]
    pub fn dropped(&self) -> Reply {
        let trouble = Trouble::new("NoReply", "no reply before the time of this run was up");
        match self {
            Self::Resolve
            | Self::Probe
            | Self::Create
            | Self::List
            | Self::Compare(_)
            | Self::Look => Reply::PutOff(trouble),
            Self::Enter | Self::Queue | Self::Lead | Self::Follow(_) => Reply::NotAsked(trouble),
            Self::Leave => Reply::NotLeft(trouble),
        }
    }
}

/// What CloudFront says, or the queue.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reply {
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
    /// It will never do what we asked.
    Refused(Reason),
    /// It may do it later.
    PutOff(Trouble),
}

impl Reply {
    /// Whether it is CloudFront's, or nobody's where CloudFront was asked.
    pub(super) const fn is_of_cloudfront(&self) -> bool {
        match self {
            Self::Resolved(_)
            | Self::Allowed
            | Self::Created(..)
            | Self::ReferenceTaken
            | Self::Listed(_)
            | Self::Compared(..)
            | Self::Seen(_)
            | Self::Refused(_)
            | Self::PutOff(_) => true,
            Self::Turn(_)
            | Self::NotAsked(_)
            | Self::NoQueue
            | Self::Followed(_)
            | Self::NotFollowed
            | Self::Left
            | Self::NotLeft(_) => false,
        }
    }

    /// Whether it changes nothing that an outcome was decided on.
    pub(super) const fn is_of_the_end(&self) -> bool {
        matches!(self, Self::Left | Self::NotLeft(_))
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
        return (target.stands_in_queue() && !asking.is_late).then_some(Call::Leave);
    }
    match (&target.invalidation, &target.search) {
        // The last look may be old by now: CloudFront gets one more chance to say Completed.
        (Some(sighting), _) => {
            (!asking.is_late || sighting.seen_at < asking.until).then_some(Call::Look)
        }
        (None, _) if asking.is_late => None,
        (None, None) => Some(first_call(target, asking.goal)),
        (None, Some(Search::Wanted)) => Some(Call::List),
        (None, Some(Search::Among(candidates))) => candidates.first().cloned().map(Call::Compare),
    }
}

fn first_call(target: &Target, goal: Goal) -> Call {
    match (&target.resource, goal, &target.turn) {
        (Resource::Alias(_), ..) => Call::Resolve,
        (_, Goal::Planned, _) => Call::Probe,
        (.., None) => Call::Enter,
        (.., Some(Turn::Waiting { .. })) => Call::Queue,
        (.., Some(Turn::Leading)) => Call::Lead,
        (.., Some(Turn::Following(leader))) => Call::Follow(leader.clone()),
        (.., Some(Turn::Called | Turn::Left)) => Call::Create,
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

/// Writes down what CloudFront said of a target.
pub(super) fn replied(target: &mut Target, reply: Reply, hearing: Hearing<'_>) {
    let Hearing { began, now, policy } = hearing;
    let age = now.since(began);
    let pause = policy.map_or_else(|| watch_pause(age), |policy| look_pause(age, policy));
    let see = |target: &mut Target, id, status| {
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
    };
    match reply {
        Reply::Resolved(resource) => resolve(target, resource),
        Reply::Allowed => {
            target.is_allowed = true;
            is_well(target);
        }
        Reply::Created(id, status) => see(target, id, status),
        Reply::Seen(status) => {
            if let Some(Sighting { id, .. }) = target.invalidation.take() {
                see(target, id, status);
            }
        }
        Reply::ReferenceTaken => target.search = Some(Search::Wanted),
        Reply::Listed(listed) => find_lost::narrow(target, listed, began),
        Reply::Compared(id, found) if find_lost::is_ours(target, &found) => {
            see(target, id, found.status);
        }
        Reply::Compared(id, _) => find_lost::exclude(target, &id),
        Reply::Turn(turn) => take_turn(target, turn, now),
        Reply::NoQueue => target.turn = Some(Turn::Left),
        Reply::Followed(Some(theirs)) => {
            if let Some(Turn::Following(leader)) = &target.turn {
                target.made_by = Some(leader.execution.clone());
            }
            see(target, theirs.id, theirs.status);
            target.next_call_at = now;
        }
        Reply::Followed(None) => wait(target, now),
        Reply::NotFollowed => {
            target.is_alone = true;
            target.turn = Some(Turn::Waiting { ahead: 0 });
        }
        Reply::Left => target.turn = Some(Turn::Left),
        Reply::NotLeft(_) | Reply::NotAsked(_) => wait(target, now),
        Reply::Refused(reason) => target.refusal = Some(reason),
        Reply::PutOff(trouble) => put_off(target, trouble, now),
    }
}

/// Waits, and keeps what CloudFront said last; why we did not ask it is no word of CloudFront's.
fn put_off(target: &mut Target, trouble: Trouble, now: Timestamp) {
    wait(target, now);
    if trouble.code != NOT_ASKED {
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
