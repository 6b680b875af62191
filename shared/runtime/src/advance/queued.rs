//! The questions for the queue before a distribution, and for who makes the invalidation for us.

use crate::ports::{Ledger, LedgerError, QueueError};
use crate::settings::Settings;
use invalidation_core::decide::{QueueCall, QueueReply};
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

/// Asks, for the target of that place.
pub(super) async fn ask(
    call: &QueueCall,
    target: &Target,
    asking: &Place<'_>,
    ledger: &impl Ledger,
    settings: &Settings,
) -> QueueReply {
    let (resource, ticket) = (&target.resource, asking.ticket());
    let turn = |queue: Queue| {
        let reserved = settings.policy.reserved_wildcards;
        QueueReply::Turn(queue.turn(&ticket, target.is_alone, reserved, asking.now))
    };
    let reply = match call {
        QueueCall::Enter => {
            let need = Need::of(&target.paths, asking.record.queues_until());
            let entered = ledger.enter(resource, &ticket, &need, asking.now).await;
            entered.map(turn)
        }
        QueueCall::Turn => ledger.queue(resource).await.map(turn),
        QueueCall::Lead => ledger.lead(resource, &ticket).await.map(turn),
        QueueCall::Leave => {
            let until = asking.record.queues_until();
            return left(ledger.leave(resource, &ticket, until).await);
        }
        QueueCall::Follow(leader) => return follow(leader, target, ledger).await,
    };
    reply.unwrap_or_else(|error| match error {
        QueueError::PutOff(trouble) => QueueReply::NotAsked(trouble),
        QueueError::NoQueue(_) => QueueReply::NoQueue,
    })
}

/// Where there is no queue, there is none to leave.
fn left(end: Result<(), QueueError>) -> QueueReply {
    match end {
        Ok(()) | Err(QueueError::NoQueue(_)) => QueueReply::Left,
        Err(QueueError::PutOff(trouble)) => QueueReply::NotLeft(trouble),
    }
}

/// How it stands with the invalidation that another execution makes for ours.
async fn follow(leader: &Ticket, target: &Target, ledger: &impl Ledger) -> QueueReply {
    match ledger.load(&leader.execution).await {
        Ok(Some(record)) => followed(&record, leader.place, target),
        Ok(None) | Err(LedgerError::Unreadable(_) | LedgerError::Gone) => QueueReply::NotFollowed,
        Err(LedgerError::Unavailable { trouble, .. }) => QueueReply::NotAsked(trouble),
    }
}

fn followed(leader: &Record, place: usize, target: &Target) -> QueueReply {
    let Some(theirs) = leader.targets.get(place) else {
        return QueueReply::NotFollowed;
    };
    let is_ours = theirs.resource == target.resource && covers(&theirs.paths, &target.paths);
    match (&theirs.invalidation, &leader.outcome) {
        // What it has from another may be older than us.
        _ if theirs.made_by.is_some() => QueueReply::NotFollowed,
        _ if !is_ours || theirs.refusal.is_some() => QueueReply::NotFollowed,
        (Some(sighting), _) => QueueReply::Followed(Some(sighting.clone())),
        (None, Some(_)) => QueueReply::NotFollowed,
        (None, None) => QueueReply::Followed(None),
    }
}
