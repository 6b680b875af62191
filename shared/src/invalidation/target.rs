//! The life of one target: what is asked of CloudFront next, and what follows from its reply.

use super::Policy;
use super::pause::{call_pause, look_pause, watch_pause};
use super::search;
use crate::identifiers::InvalidationId;
use crate::record::{
    Found, Goal, Listed, Reason, Resource, Search, Sighting, Status, Target, Trouble,
};
use crate::timestamp::Timestamp;

/// What is asked of CloudFront.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Call {
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

impl Call {
    /// Whether it has no effect, so that it may be lost or made twice.
    #[must_use]
    pub const fn is_question(&self) -> bool {
        !matches!(self, Self::Create)
    }
}

/// What CloudFront says.
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
    /// It will never do what we asked.
    Refused(Reason),
    /// It may do it later.
    PutOff(Trouble),
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
    if target.is_settled(asking.goal) {
        return None;
    }
    match (&target.invalidation, &target.search) {
        // The last look may be old by now: CloudFront gets one more chance to say Completed.
        (Some(sighting), _) => {
            (!asking.is_late || sighting.seen_at < asking.until).then_some(Call::Look)
        }
        (None, _) if asking.is_late => None,
        (None, None) => Some(first_call(&target.resource, asking.goal)),
        (None, Some(Search::Wanted)) => Some(Call::List),
        (None, Some(Search::Among(candidates))) => candidates.first().cloned().map(Call::Compare),
    }
}

fn first_call(resource: &Resource, goal: Goal) -> Call {
    match (resource, goal) {
        (Resource::Alias(_), _) => Call::Resolve,
        (_, Goal::Planned) => Call::Probe,
        (_, Goal::Completed | Goal::Created) => Call::Create,
    }
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
        target.next_call_at = now + pause;
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
        Reply::Listed(listed) => search::narrow(target, listed, began),
        Reply::Compared(id, found) if search::is_ours(target, &found) => {
            see(target, id, found.status);
        }
        Reply::Compared(id, _) => search::exclude(target, &id),
        Reply::Refused(reason) => target.refusal = Some(reason),
        Reply::PutOff(trouble) => {
            target.delays = target.delays.saturating_add(1);
            target.next_call_at = now + call_pause(target.delays);
            target.trouble = Some(trouble);
        }
    }
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
