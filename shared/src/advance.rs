//! The loop that moves a record forward: ask what the next move is, make it through a port, tell what came of it.

mod queued;

use tracing::{info, warn};

use crate::config::Settings;
use crate::execution::{Execution, Move, Saved};
use crate::invalidation::{Call, Observation, Reply, Step};
use crate::message;
use crate::ports::{
    Cdn, CdnError, Clock, Ledger, LedgerError, Notifier, Pipeline, Ports, Undelivered,
};
use crate::record::{Channel, Record, Resource, Target};
use crate::telemetry;
use crate::timestamp::Timestamp;

use queued::Place;

/// The most moves that one process makes with one record: far more than the longest hold needs, and the reason why a
/// mistake in the decisions could never become a loop that calls AWS for ever.
const MOVES_AT_MOST: u32 = 400;

/// Makes each move that is due, waits for the next while our job is open and it comes until `wait_until`, and returns
/// when there is nothing to do for now.
///
/// # Errors
/// When the record can be neither read nor written; what happened until then is in the execution's record.
pub async fn advance(
    execution: &mut Execution,
    ports: &Ports<impl Cdn, impl Ledger, impl Pipeline, impl Notifier, impl Clock>,
    settings: &Settings,
    wait_until: Timestamp,
) -> Result<(), LedgerError> {
    for _ in 0..MOVES_AT_MOST {
        let now = ports.clock.now();
        match execution.next_move(now, wait_until, &settings.policy) {
            Move::Leave => return Ok(()),
            due => make(&due, execution, ports, settings).await?,
        }
    }
    let execution_id = execution.record().id.as_str();
    warn!(
        execution_id,
        "stopped after {MOVES_AT_MOST} moves; the next pass goes on"
    );
    Ok(())
}

/// Makes one move, and tells the execution what came of it.
///
/// # Errors
/// When the record can be neither read nor written.
pub async fn make(
    due: &Move,
    execution: &mut Execution,
    ports: &Ports<impl Cdn, impl Ledger, impl Pipeline, impl Notifier, impl Clock>,
    settings: &Settings,
) -> Result<(), LedgerError> {
    match due {
        Move::Write => write(execution, &ports.ledger).await?,
        Move::Take(step) => take(step, execution, ports, settings).await,
        Move::Wait(until) => ports.clock.sleep(until.since(ports.clock.now())).await,
        Move::Leave => {}
    }
    Ok(())
}

async fn write(execution: &mut Execution, ledger: &impl Ledger) -> Result<(), LedgerError> {
    let saved = ledger
        .save(execution.record(), execution.replaces())
        .await?;
    if matches!(saved, Saved::Overtaken(_)) {
        let execution_id = execution.record().id.as_str();
        info!(
            execution_id,
            "somebody else has written this record; going on from theirs"
        );
    } else if execution.is_deciding() {
        telemetry::decided(execution.record());
    }
    execution.written(saved);
    Ok(())
}

async fn take(
    step: &Step,
    execution: &mut Execution,
    ports: &Ports<impl Cdn, impl Ledger, impl Pipeline, impl Notifier, impl Clock>,
    settings: &Settings,
) {
    if let Some(observation) = observe(step, execution.record(), ports, settings).await {
        let now = ports.clock.now();
        execution.observed(observation.clone(), now, &settings.policy);
        telemetry::observed(execution.record(), &observation, now);
    }
}

/// Takes a step through its port; none when the record has not what the step needs, or the step does not reach out.
async fn observe(
    step: &Step,
    record: &Record,
    ports: &Ports<impl Cdn, impl Ledger, impl Pipeline, impl Notifier, impl Clock>,
    settings: &Settings,
) -> Option<Observation> {
    let observation = match step {
        Step::Call(place, call) => {
            let since = heard_since(record, ports.clock.now());
            let reply = match ask(call, record.targets.get(*place)?, since, &ports.cdn).await {
                Some(reply) => reply,
                None => {
                    let place_in_queue = Place {
                        record,
                        place: *place,
                        now: ports.clock.now(),
                    };
                    queued::ask(call, &place_in_queue, &ports.ledger, settings).await?
                }
            };
            Observation::Replied(*place, reply)
        }
        Step::Answer => {
            let answer = message::answer(record, ports.clock.now());
            let answered = ports.pipeline.answer(&record.visit.job_id, &answer).await;
            answered.map_or_else(
                |error| Observation::Unanswered(error.0),
                Observation::Answered,
            )
        }
        Step::Recall => recall(record, &ports.ledger).await,
        Step::Announce(channel) => {
            let told = announce(*channel, record, &ports.notifier, settings).await?;
            told.map_or_else(
                |Undelivered(trouble)| Observation::Unannounced(*channel, trouble),
                |message_id| Observation::Announced {
                    channel: *channel,
                    message_id,
                },
            )
        }
        Step::Decide(_) | Step::Omit | Step::Drain | Step::Rest(_) | Step::Done => return None,
    };
    Some(observation)
}

/// Finds out whether the outcome is a change. A table that does not tell is asked again, as often as a notice is tried.
async fn recall(record: &Record, ledger: &impl Ledger) -> Observation {
    match ledger.is_change(record).await {
        Ok(is_change) => Observation::Recalled(is_change),
        Err(LedgerError::Unavailable { trouble, .. }) => {
            Observation::Unannounced(Channel::Topic, trouble)
        }
        // What is remembered of the action is not fit to be read: rather a notice too many than none.
        Err(LedgerError::Unreadable(_) | LedgerError::Gone) => Observation::Recalled(true),
    }
}

/// Tells the outcome on this channel; none when there is nobody to tell.
async fn announce(
    channel: Channel,
    record: &Record,
    notifier: &impl Notifier,
    settings: &Settings,
) -> Option<Result<String, Undelivered>> {
    let region = settings.region.as_deref();
    Some(match channel {
        Channel::Topic => notifier.publish(&message::notice(record, region)?).await,
        Channel::Bus => notifier.put_event(&message::event(record, region)?).await,
    })
}

/// From when on what CloudFront said is of use: once our deadline has passed, it gets one more chance to say `Completed`.
fn heard_since(record: &Record, now: Timestamp) -> Timestamp {
    if now < record.deadline_at {
        record.created_at
    } else {
        record.deadline_at
    }
}

/// Asks CloudFront; none when it is not a question for CloudFront, or the target has not what it is about.
async fn ask(call: &Call, target: &Target, since: Timestamp, cdn: &impl Cdn) -> Option<Reply> {
    let resource = &target.resource;
    let reply = match call {
        Call::Resolve => {
            let Resource::Alias(alias) = resource else {
                return None;
            };
            cdn.resolve_alias(alias).await.map(Reply::Resolved)
        }
        Call::Enter | Call::Queue | Call::Lead | Call::Follow(_) | Call::Leave => return None,
        Call::Probe => cdn
            .probe_invalidation(target)
            .await
            .map(|()| Reply::Allowed),
        Call::Create => {
            let created = cdn.create_invalidation(target).await;
            created.map(|(id, status)| Reply::Created(id, status))
        }
        Call::List => cdn.list_invalidations(resource).await.map(Reply::Listed),
        Call::Compare(id) => {
            let found = cdn.get_invalidation(resource, id).await;
            found.map(|found| Reply::Compared(id.clone(), found))
        }
        Call::Look => {
            let id = &target.invalidation.as_ref()?.id;
            cdn.status(resource, id, since).await.map(Reply::Seen)
        }
    };
    Some(reply.unwrap_or_else(Reply::from))
}

impl From<CdnError> for Reply {
    fn from(error: CdnError) -> Self {
        match error {
            CdnError::Refused(reason) => Self::Refused(reason),
            CdnError::ReferenceTaken => Self::ReferenceTaken,
            CdnError::PutOff(trouble) => Self::PutOff(trouble),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::invalidation::tests::first_visit;

    #[test]
    fn at_the_deadline_only_what_is_said_from_then_on_is_heard() {
        let record = first_visit();
        let (began, deadline) = (record.created_at, record.deadline_at);
        assert_eq!(heard_since(&record, began), began);
        assert_eq!(heard_since(&record, deadline), deadline);
        let later = deadline + Duration::from_secs(60);
        assert_eq!(heard_since(&record, later), deadline);
    }
}
