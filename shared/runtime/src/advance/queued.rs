//! The questions for the queue before a distribution, and for who makes the invalidation for us.

use crate::ports::{Ledger, LedgerError, QueueError};
use crate::settings::Settings;
use invalidation_core::decide::{Call, Reply};
use invalidation_core::model::execution_record::{Record, Target};
use invalidation_core::model::queue::{Need, Queue, Ticket, covers};
use invalidation_core::model::timestamp::Timestamp;

/// Who asks, and when.
pub(super) struct Place<'r> {
    pub(super) record: &'r Record,
    pub(super) place: usize,
    pub(super) now: Timestamp,
}

impl Place<'_> {
    fn ticket(&self) -> Ticket {
        Ticket {
            execution: self.record.id.clone(),
            place: self.place,
        }
    }
}

/// Asks; none when it is not a question for the queue.
pub(super) async fn ask(
    call: &Call,
    asking: &Place<'_>,
    ledger: &impl Ledger,
    settings: &Settings,
) -> Option<Reply> {
    let target = asking.record.targets.get(asking.place)?;
    let (resource, ticket) = (&target.resource, asking.ticket());
    let turn = |queue: Queue| {
        let reserved = settings.policy.reserved_wildcards;
        Reply::Turn(queue.turn(&ticket, target.is_alone, reserved, asking.now))
    };
    let reply = match call {
        Call::Enter => {
            let need = Need::of(&target.paths, asking.record.queues_until());
            let entered = ledger.enter(resource, &ticket, &need, asking.now).await;
            entered.map(turn)
        }
        Call::Queue => ledger.queue(resource).await.map(turn),
        Call::Lead => ledger.lead(resource, &ticket).await.map(turn),
        Call::Leave => {
            let until = asking.record.queues_until();
            return Some(left(ledger.leave(resource, &ticket, until).await));
        }
        Call::Follow(leader) => return Some(follow(leader, target, ledger).await),
        Call::Resolve | Call::Probe | Call::Create | Call::List | Call::Compare(_) | Call::Look => {
            return None;
        }
    };
    Some(reply.unwrap_or_else(|error| match error {
        QueueError::PutOff(trouble) => Reply::NotAsked(trouble),
        QueueError::NoQueue(_) => Reply::NoQueue,
    }))
}

/// Where there is no queue, there is none to leave.
fn left(end: Result<(), QueueError>) -> Reply {
    match end {
        Ok(()) | Err(QueueError::NoQueue(_)) => Reply::Left,
        Err(QueueError::PutOff(trouble)) => Reply::NotLeft(trouble),
    }
}

/// How it stands with the invalidation that another execution makes for ours.
async fn follow(leader: &Ticket, target: &Target, ledger: &impl Ledger) -> Reply {
    match ledger.load(&leader.execution).await {
        Ok(Some(record)) => followed(&record, leader.place, target),
        Ok(None) | Err(LedgerError::Unreadable(_) | LedgerError::Gone) => Reply::NotFollowed,
        Err(LedgerError::Unavailable { trouble, .. }) => Reply::NotAsked(trouble),
    }
}

fn followed(leader: &Record, place: usize, target: &Target) -> Reply {
    let Some(theirs) = leader.targets.get(place) else {
        return Reply::NotFollowed;
    };
    let is_ours = theirs.resource == target.resource && covers(&theirs.paths, &target.paths);
    match (&theirs.invalidation, &leader.outcome) {
        // What it has from another may be older than us.
        _ if theirs.made_by.is_some() => Reply::NotFollowed,
        _ if !is_ours || theirs.refusal.is_some() => Reply::NotFollowed,
        (Some(sighting), _) => Reply::Followed(Some(sighting.clone())),
        (None, Some(_)) => Reply::NotFollowed,
        (None, None) => Reply::Followed(None),
    }
}
