//! Calls to the queue of a distribution, and checks of the leader whose invalidation a target waits for.

use crate::ports::{ExecutionStore, QueueError, StoreError};
use crate::settings::Settings;
use invalidation_core::decide::{QueueCall, QueueReply};
use invalidation_core::model::execution_record::{ExecutionRecord, Resource, Target};
use invalidation_core::model::queue::{EntryId, Need, Queue, covers};
use invalidation_core::model::timestamp::Timestamp;

/// The target that a call is for, and the time of the call.
pub(super) struct QueuedTarget<'r> {
    pub(super) record: &'r ExecutionRecord,
    pub(super) target_index: usize,
    pub(super) now: Timestamp,
}

impl QueuedTarget<'_> {
    fn entry_id(&self) -> EntryId {
        EntryId {
            execution: self.record.id.clone(),
            target_index: self.target_index,
        }
    }
}

/// Makes the call for the target in `context`.
pub(super) async fn call(
    call: &QueueCall,
    target: &Target,
    context: &QueuedTarget<'_>,
    execution_store: &impl ExecutionStore,
    settings: &Settings,
) -> QueueReply {
    let (resource, entry_id) = (&target.resource, context.entry_id());
    let admission = |queue: Queue| {
        let reserved = settings.policy.reserved_wildcards;
        QueueReply::Admission(queue.admission(&entry_id, target.is_alone, reserved, context.now))
    };
    let reply = match call {
        QueueCall::Enter => {
            let pipeline_context = context.record.pipeline_context.as_ref();
            let pipeline = pipeline_context.map(|context| context.pipeline.as_str());
            let need = Need::of(&target.paths, pipeline, context.record.queues_until());
            let entered = execution_store
                .enter(resource, &entry_id, &need, context.now)
                .await;
            with_turn(entered, resource, context, execution_store)
                .await
                .map(admission)
        }
        QueueCall::Admission => {
            let queue = execution_store.queue(resource).await;
            with_turn(queue, resource, context, execution_store)
                .await
                .map(admission)
        }
        QueueCall::BecomeLeader => execution_store
            .become_leader(resource, &entry_id)
            .await
            .map(admission),
        QueueCall::Leave => {
            let until = context.record.queues_until();
            return left(execution_store.leave(resource, &entry_id, until).await);
        }
        QueueCall::CheckLeader(leader) => {
            return check_leader(leader, target, execution_store).await;
        }
    };
    reply.unwrap_or_else(|error| match error {
        QueueError::Retryable(service_error) => QueueReply::QueueRetryable(service_error),
        QueueError::NoQueue(_) => QueueReply::NoQueue,
    })
}

/// The queue after the entry has taken its fair turn. If that fails, the entry keeps its place, and tries again at its next check.
async fn with_turn(
    queue: Result<Queue, QueueError>,
    resource: &Resource,
    context: &QueuedTarget<'_>,
    execution_store: &impl ExecutionStore,
) -> Result<Queue, QueueError> {
    let queue = queue?;
    let entry_id = context.entry_id();
    let Some(turn) = queue.fair_turn(&entry_id, context.now) else {
        return Ok(queue);
    };
    let taken = execution_store
        .take_turn(resource, &entry_id, turn, queue.revision)
        .await;
    Ok(taken.unwrap_or(queue))
}

/// Without a queue, there is no queue entry to remove.
fn left(end: Result<(), QueueError>) -> QueueReply {
    match end {
        Ok(()) | Err(QueueError::NoQueue(_)) => QueueReply::Left,
        Err(QueueError::Retryable(service_error)) => QueueReply::NotLeft(service_error),
    }
}

/// Checks the invalidation of the leader.
async fn check_leader(
    leader: &EntryId,
    target: &Target,
    execution_store: &impl ExecutionStore,
) -> QueueReply {
    match execution_store.load(&leader.execution).await {
        Ok(Some(record)) => leader_state(&record, leader.target_index, target),
        Ok(None) | Err(StoreError::Unreadable(_) | StoreError::Gone) => QueueReply::NoLeader,
        Err(StoreError::Unavailable { service_error, .. }) => {
            QueueReply::QueueRetryable(service_error)
        }
    }
}

fn leader_state(leader: &ExecutionRecord, target_index: usize, target: &Target) -> QueueReply {
    let Some(leader_target) = leader.targets.get(target_index) else {
        return QueueReply::NoLeader;
    };
    let is_covered =
        leader_target.resource == target.resource && covers(&leader_target.paths, &target.paths);
    match (&leader_target.invalidation, &leader.outcome) {
        // The leader uses the invalidation of another execution, which may be older than this entry.
        _ if leader_target.created_by.is_some() => QueueReply::NoLeader,
        _ if !is_covered || leader_target.rejection.is_some() => QueueReply::NoLeader,
        (Some(snapshot), _) => QueueReply::LeaderState(Some(snapshot.clone())),
        (None, Some(_)) => QueueReply::NoLeader,
        (None, None) => QueueReply::LeaderState(None),
    }
}
