//! The loop that moves a record forward: ask what the next move is, make it through a port, tell what came of it.

mod queued;

use std::pin::pin;

use futures_util::future::{Either, select};
use tracing::Instrument as _;

use crate::log;
use crate::ports::{
    Cdn, CdnError, Clock, Ledger, LedgerError, Notifier, Pipeline, Services, Undelivered,
};
use crate::settings::Settings;
use crate::telemetry;
use invalidation_core::decide::driver::{Execution, Move, Saved};
use invalidation_core::decide::{
    Call, CloudFrontCall, CloudFrontReply, Observation, Reply, Step, status_counts_from,
};
use invalidation_core::input::identifiers::JobId;
use invalidation_core::model::execution_record::{Channel, Delivery, Record, Resource, Target};
use invalidation_core::model::time_budget::{LAST_CALL, TimeBudget};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_core::output;

use queued::Place;

/// The most moves that one process makes in a row, without a wait, for the execution and for each of its targets: far more
/// than the longest search for an invalidation takes, and the reason why a mistake in the decisions could never become a
/// loop that calls AWS until the time is up.
const MOVES_IN_A_ROW: usize = 256;
/// The most moves that it makes after that, to report the state of the job: a write, the report and a write, and the same
/// again after each of a few concurrent updates.
const MOVES_TO_LEAVE: usize = 16;

/// How the work on a record ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advanced {
    /// There is nothing to do for now, and everything is written.
    Done,
    /// There were too many moves in a row, even after the time was declared to be up. What is not written is lost.
    Stopped,
}

/// Makes each move that is due, waits for the next while our job is open and `time` allows it, and returns when there is
/// nothing to do for now. Once the time is up, or after too many moves in a row, only the open job still has its state
/// reported.
///
/// # Errors
/// When the record can be neither read nor written; what happened until then is in the execution's record.
pub async fn advance(
    execution: &mut Execution,
    services: &impl Services,
    settings: &Settings,
    time: TimeBudget,
) -> Result<Advanced, LedgerError> {
    let span = telemetry::execution(execution.record());
    until_done(execution, services, settings, time)
        .instrument(span)
        .await
}

async fn until_done(
    execution: &mut Execution,
    services: &impl Services,
    settings: &Settings,
    mut time: TimeBudget,
) -> Result<Advanced, LedgerError> {
    let mut in_a_row = 0_usize;
    loop {
        let now = services.clock().now();
        let most = moves_in_a_row(execution.record());
        if in_a_row == most {
            log!(ExecutionStepLimit, moves = most);
            time.work_until = time.work_until.min(now);
        } else if in_a_row >= most.saturating_add(MOVES_TO_LEAVE) {
            return Ok(Advanced::Stopped);
        }
        let due = execution.next_move(now, time, &settings.policy);
        in_a_row = match &due {
            Move::Leave => return Ok(Advanced::Done),
            Move::Wait(until) if *until > now => 0,
            Move::Wait(_) | Move::Write | Move::Take(_) | Move::AnswerLate(_) => {
                in_a_row.saturating_add(1)
            }
        };
        make_in_time(&due, execution, services, settings, time).await?;
    }
}

/// The bound grows with the targets, because the work does.
const fn moves_in_a_row(record: &Record) -> usize {
    let parts = record.targets.len().saturating_add(1);
    parts.saturating_mul(MOVES_IN_A_ROW)
}

/// Makes one move. A call to CloudFront or to the queue that is still on its way soon after the time is up is dropped, as
/// if its reply was lost, so that the job still gets its result in time.
async fn make_in_time(
    due: &Move,
    execution: &mut Execution,
    services: &impl Services,
    settings: &Settings,
    time: TimeBudget,
) -> Result<(), LedgerError> {
    let Move::Take(Step::Call(place, call)) = due else {
        return make(due, execution, services, settings).await;
    };
    let left = (time.work_until + LAST_CALL).since(services.clock().now());
    {
        let making = pin!(make(due, execution, services, settings));
        let is_over = pin!(services.clock().sleep(left));
        if let Either::Left((made, _)) = select(making, is_over).await {
            return made;
        }
    }
    let dropped = Observation::Replied(*place, call.dropped());
    observed(execution, &dropped, services.clock().now(), settings);
    Ok(())
}

/// Makes one move, and tells the execution what came of it.
///
/// # Errors
/// When the record can be neither read nor written.
pub async fn make(
    due: &Move,
    execution: &mut Execution,
    services: &impl Services,
    settings: &Settings,
) -> Result<(), LedgerError> {
    match due {
        Move::Write => write(execution, services.ledger(), services.clock().now()).await?,
        Move::Take(step) => take(step, execution, services, settings).await,
        Move::Wait(until) => sleep_until(*until, services.clock()).await,
        // What could not be said is said by the next delivery of the event.
        Move::AnswerLate(job_id) => drop(answer_late(job_id, execution, services).await),
        Move::Leave => {}
    }
    Ok(())
}

async fn sleep_until(until: Timestamp, clock: &impl Clock) {
    clock.sleep(until.since(clock.now())).await;
}

/// Gives a job that does not stand in the record as open what the record has for it. What CodePipeline says to that is the
/// proof of the job: nothing of the execution changes unless it takes the result.
///
/// # Errors
/// When CodePipeline could not be told.
pub async fn answer_late(
    job_id: &JobId,
    execution: &mut Execution,
    services: &impl Services,
) -> Result<Delivery, Undelivered> {
    let answer = output::answer(execution.record(), services.clock().now());
    let said = services.pipeline().answer(job_id, &answer).await;
    let now = services.clock().now();
    execution.answered_late(job_id, said.as_ref().ok().copied(), now);
    telemetry::answered_late(execution.record(), job_id, &said, now);
    said
}

async fn write(
    execution: &mut Execution,
    ledger: &impl Ledger,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let saved = ledger
        .save(execution.record(), execution.replaces())
        .await?;
    if matches!(saved, Saved::Overtaken(_)) {
        log!(RecordConflict);
    } else {
        if execution.is_deciding() {
            telemetry::decided(execution.record());
        }
        if execution.record().is_drained() {
            telemetry::drained(execution.record(), now);
        }
    }
    execution.written(saved);
    Ok(())
}

async fn take(
    step: &Step,
    execution: &mut Execution,
    services: &impl Services,
    settings: &Settings,
) {
    if let Some(observation) = observe(step, execution.record(), services, settings).await {
        observed(execution, &observation, services.clock().now(), settings);
    }
}

fn observed(
    execution: &mut Execution,
    observation: &Observation,
    now: Timestamp,
    settings: &Settings,
) {
    execution.observed(observation.clone(), now, &settings.policy);
    telemetry::observed(execution.record(), observation, now);
}

/// Takes a step through its port; none when the record has not what the step needs, or the step does not reach out.
async fn observe(
    step: &Step,
    record: &Record,
    services: &impl Services,
    settings: &Settings,
) -> Option<Observation> {
    let observation = match step {
        Step::Call(place, call) => {
            let target = record.targets.get(*place)?;
            let asking = ask(call, *place, record, services, settings);
            let reply = asking.instrument(telemetry::target_span(target)).await?;
            Observation::Replied(*place, reply)
        }
        Step::Answer => {
            let answer = output::answer(record, services.clock().now());
            let answered = services
                .pipeline()
                .answer(&record.visit.job_id, &answer)
                .await;
            answered.map_or_else(
                |error| Observation::Unanswered(error.0),
                Observation::Answered,
            )
        }
        Step::Recall => recall(record, services.ledger()).await,
        Step::Announce(Channel::Topic) if !is_allowed(record, settings) => Observation::Disallowed,
        Step::Announce(channel) => {
            let told = announce(*channel, record, services.notifier(), settings).await?;
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

/// Whether the settings still allow the record's topic: the list may have changed since the record began, and whoever can
/// write the table could name any topic.
fn is_allowed(record: &Record, settings: &Settings) -> bool {
    record
        .topic
        .as_ref()
        .is_none_or(|topic| settings.allows(topic))
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
        Channel::Topic => notifier.publish(&output::notice(record, region)?).await,
        Channel::Bus => notifier.put_event(&output::event(record, region)?).await,
    })
}

/// Asks the service that a call is for; none when the target has not what the call is about.
async fn ask(
    call: &Call,
    place: usize,
    record: &Record,
    services: &impl Services,
    settings: &Settings,
) -> Option<Reply> {
    let now = services.clock().now();
    let target = record.targets.get(place)?;
    Some(match call {
        Call::CloudFront(call) => {
            let since = status_counts_from(record, now);
            Reply::CloudFront(ask_cloudfront(call, target, since, services.cdn()).await?)
        }
        Call::Queue(call) => {
            let asking = Place { record, place, now };
            Reply::Queue(queued::ask(call, target, &asking, services.ledger(), settings).await)
        }
    })
}

/// Asks CloudFront; none when the target has not what the call is about.
async fn ask_cloudfront(
    call: &CloudFrontCall,
    target: &Target,
    since: Timestamp,
    cdn: &impl Cdn,
) -> Option<CloudFrontReply> {
    let resource = &target.resource;
    let reply = match call {
        CloudFrontCall::Resolve => {
            let Resource::Alias(alias) = resource else {
                return None;
            };
            let resolved = cdn.resolve_alias(alias).await;
            resolved.map(CloudFrontReply::Resolved)
        }
        CloudFrontCall::Probe => {
            let probed = cdn.probe_invalidation(target).await;
            probed.map(|()| CloudFrontReply::Allowed)
        }
        CloudFrontCall::Create => {
            let created = cdn.create_invalidation(target).await;
            created.map(|(id, status)| CloudFrontReply::Created(id, status))
        }
        CloudFrontCall::List => {
            let listed = cdn.list_invalidations(resource).await;
            listed.map(CloudFrontReply::Listed)
        }
        CloudFrontCall::Compare(id) => {
            let found = cdn.get_invalidation(resource, id).await;
            found.map(|found| CloudFrontReply::Compared(id.clone(), found))
        }
        CloudFrontCall::Look => {
            let id = &target.invalidation.as_ref()?.id;
            let status = cdn.status(resource, id, since).await;
            status.map(CloudFrontReply::Seen)
        }
    };
    Some(reply.unwrap_or_else(CloudFrontReply::from))
}

impl From<CdnError> for CloudFrontReply {
    fn from(error: CdnError) -> Self {
        match error {
            CdnError::Refused(reason) => Self::Refused(reason),
            CdnError::ReferenceTaken => Self::ReferenceTaken,
            CdnError::PutOff(trouble) => Self::PutOff(trouble),
        }
    }
}
