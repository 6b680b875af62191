//! The loop that advances an execution record. It gets the next move from the driver, makes it through a port, and
//! returns the reply to the driver.

mod queued;
mod together;

use tracing::Instrument as _;

use crate::log;
use crate::ports::{
    Clock, ExecutionStore, InvalidationError, InvalidationService, JobReporter, Publisher,
    Services, StoreError, Undelivered,
};
use crate::settings::Settings;
use crate::telemetry;
use invalidation_core::decide::driver::{Driver, Move, Saved};
use invalidation_core::decide::{
    Call, CloudFrontCall, CloudFrontReply, Observation, Reply, Step, status_counts_from,
};
use invalidation_core::input::identifiers::JobId;
use invalidation_core::model::execution_record::{
    Channel, Delivery, ExecutionRecord, Resource, Target,
};
use invalidation_core::model::time_budget::{LAST_CALL, TimeBudget};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_core::output;

use queued::QueuedTarget;

/// The maximum number of moves that one process makes without a wait, for the execution and for each of its targets.
/// The longest search for an invalidation needs far fewer. The limit prevents a bug in the decisions from calling AWS
/// in a loop until the time budget is used up.
const MOVES_IN_A_ROW: usize = 256;
/// The maximum number of moves after that limit, to report the state of the job: a write, the report and a write,
/// repeated after each of a few concurrent updates.
const MOVES_TO_LEAVE: usize = 16;

/// How the work on a record ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advanced {
    /// There is nothing to do for now, and every change is written.
    Done,
    /// There were too many moves in a row, even after the time budget was declared used up. Unwritten changes are lost.
    Stopped,
}

/// Makes each move that is due. Waits for the next move while the job is open and `time` allows it. Returns when there
/// is nothing to do for now. After the time budget or the limit of moves is used up, the loop only reports the state of
/// the open job.
///
/// # Errors
/// If the record can be neither read nor written. Earlier changes are in the execution's record.
pub async fn advance(
    driver: &mut Driver,
    services: &impl Services,
    settings: &Settings,
    time: TimeBudget,
) -> Result<Advanced, StoreError> {
    let span = telemetry::execution(driver.record());
    until_done(driver, services, settings, time)
        .instrument(span)
        .await
}

async fn until_done(
    driver: &mut Driver,
    services: &impl Services,
    settings: &Settings,
    mut time: TimeBudget,
) -> Result<Advanced, StoreError> {
    let mut in_a_row = 0_usize;
    loop {
        let now = services.clock().now();
        let most = moves_in_a_row(driver.record());
        if in_a_row == most {
            log!(ExecutionStepLimit, moves = most);
            time.work_until = time.work_until.min(now);
        } else if in_a_row >= most.saturating_add(MOVES_TO_LEAVE) {
            return Ok(Advanced::Stopped);
        }
        time.pace = services.invalidation_service().pace();
        let due = driver.next_move(now, time, &settings.policy);
        in_a_row = match &due {
            Move::Leave => return Ok(Advanced::Done),
            Move::Wait(until) if *until > now => 0,
            Move::Wait(_)
            | Move::Write
            | Move::Take(_)
            | Move::Together(_)
            | Move::ReportLate(_) => in_a_row.saturating_add(1),
        };
        make_in_time(&due, driver, services, settings, time).await?;
    }
}

/// The limit grows with the number of targets, as the work does.
const fn moves_in_a_row(record: &ExecutionRecord) -> usize {
    let parts = record.targets.len().saturating_add(1);
    parts.saturating_mul(MOVES_IN_A_ROW)
}

/// Makes one move. A call to CloudFront or to the queue that is still in flight shortly after the time budget ends is
/// dropped, as if its reply had been lost, so that the result of the job is still reported in time.
async fn make_in_time(
    due: &Move,
    driver: &mut Driver,
    services: &impl Services,
    settings: &Settings,
    time: TimeBudget,
) -> Result<(), StoreError> {
    let until = time.work_until + LAST_CALL;
    match due {
        Move::Take(Step::Call(target_index, call)) => {
            let calls = [(*target_index, call.clone())];
            make_calls(&calls, until, driver, services, settings).await;
            Ok(())
        }
        Move::Together(calls) => {
            make_calls(calls, until, driver, services, settings).await;
            Ok(())
        }
        Move::Write | Move::Take(_) | Move::Wait(_) | Move::ReportLate(_) | Move::Leave => {
            make(due, driver, services, settings).await
        }
    }
}

/// Makes one move and returns its reply to the driver.
///
/// # Errors
/// If the record can be neither read nor written.
pub async fn make(
    due: &Move,
    driver: &mut Driver,
    services: &impl Services,
    settings: &Settings,
) -> Result<(), StoreError> {
    match due {
        Move::Write => write(driver, services.execution_store(), services.clock().now()).await?,
        Move::Take(step) => take(step, driver, services, settings).await,
        Move::Together(calls) => {
            let end_of_time = Timestamp::from_millis(u64::MAX);
            make_calls(calls, end_of_time, driver, services, settings).await;
        }
        Move::Wait(until) => sleep_until(*until, services.clock()).await,
        // If this report fails, the next delivery of the event repeats it.
        Move::ReportLate(job_id) => drop(report_late(job_id, driver, services).await),
        Move::Leave => {}
    }
    Ok(())
}

/// Makes these calls at the same time, and returns their replies to the driver.
async fn make_calls(
    calls: &[(usize, Call)],
    until: Timestamp,
    driver: &mut Driver,
    services: &impl Services,
    settings: &Settings,
) {
    let record = driver.record();
    let replies = together::replies(calls, until, record, services, settings).await;
    for (observation, at) in replies {
        observed(driver, &observation, at, settings);
    }
}

async fn sleep_until(until: Timestamp, clock: &impl Clock) {
    clock.sleep(until.since(clock.now())).await;
}

/// Reports the execution's state for a job that is not the open job of the record. The reply of CodePipeline verifies
/// the job: the execution does not change unless CodePipeline accepts the result.
///
/// # Errors
/// If CodePipeline did not confirm the report.
pub async fn report_late(
    job_id: &JobId,
    driver: &mut Driver,
    services: &impl Services,
) -> Result<Delivery, Undelivered> {
    let job_result = output::job_result(driver.record(), services.clock().now());
    let reply = services.job_reporter().report(job_id, &job_result).await;
    let now = services.clock().now();
    driver.reported_late(job_id, reply.as_ref().ok().copied(), now);
    telemetry::reported_late(driver.record(), job_id, &reply, now);
    reply
}

async fn write(
    driver: &mut Driver,
    execution_store: &impl ExecutionStore,
    now: Timestamp,
) -> Result<(), StoreError> {
    let saved = execution_store
        .save(driver.record(), driver.replaces())
        .await?;
    if matches!(saved, Saved::Overtaken(_)) {
        log!(RecordConflict);
    } else {
        if driver.is_deciding() {
            telemetry::decided(driver.record());
        }
        if driver.record().is_finalized() {
            telemetry::finalized(driver.record(), now);
        }
    }
    driver.written(saved);
    Ok(())
}

async fn take(step: &Step, driver: &mut Driver, services: &impl Services, settings: &Settings) {
    if let Some(observation) = observe(step, driver.record(), services, settings).await {
        observed(driver, &observation, services.clock().now(), settings);
    }
}

fn observed(driver: &mut Driver, observation: &Observation, now: Timestamp, settings: &Settings) {
    driver.observed(observation.clone(), now, &settings.policy);
    telemetry::observed(driver.record(), observation, now);
}

/// Executes a step through its port. Returns `None` if the record lacks what the step needs, or if the step calls no
/// service.
async fn observe(
    step: &Step,
    record: &ExecutionRecord,
    services: &impl Services,
    settings: &Settings,
) -> Option<Observation> {
    let observation = match step {
        Step::Call(target_index, call) => {
            let target = record.targets.get(*target_index)?;
            let (boundaries, context) = (&settings.boundaries, record.pipeline_context.as_ref());
            if let Some(reason) = boundaries.rejection(call, target, context) {
                return Some(Observation::DisallowedTarget(*target_index, reason));
            }
            let call = make_call(call, *target_index, record, services, settings);
            let reply = call.instrument(telemetry::target_span(target)).await?;
            Observation::Replied(*target_index, reply)
        }
        Step::Report => {
            let job_result = output::job_result(record, services.clock().now());
            let reported = services
                .job_reporter()
                .report(&record.job.job_id, &job_result)
                .await;
            reported.map_or_else(
                |error| Observation::NotReported(error.0),
                Observation::Reported,
            )
        }
        Step::CheckForChange => check_for_change(record, services.execution_store()).await,
        Step::Publish(Channel::Topic) if !is_allowed(record, settings) => Observation::Disallowed,
        Step::Publish(channel) => {
            let published = publish(*channel, record, services.publisher(), settings).await?;
            published.map_or_else(
                |Undelivered(service_error)| Observation::NotPublished(*channel, service_error),
                |message_id| Observation::Published {
                    channel: *channel,
                    message_id,
                },
            )
        }
        Step::Decide(_) | Step::Skip | Step::Finalize | Step::Wait(_) | Step::Done => return None,
    };
    Some(observation)
}

/// Checks whether the outcome is a change. If the table is unavailable, the check is retried as often as a
/// notification.
async fn check_for_change(
    record: &ExecutionRecord,
    execution_store: &impl ExecutionStore,
) -> Observation {
    match execution_store.is_change(record).await {
        Ok(is_change) => Observation::ChangeChecked(is_change),
        Err(StoreError::Unavailable { service_error, .. }) => {
            Observation::NotPublished(Channel::Topic, service_error)
        }
        // The stored state of the action is unreadable. An extra notification is better than a missing one.
        Err(StoreError::Unreadable(_) | StoreError::Gone) => Observation::ChangeChecked(true),
    }
}

/// Whether the settings still allow the record's topic. The list may have changed since the execution began, and any
/// principal with write access to the table could set any topic.
fn is_allowed(record: &ExecutionRecord, settings: &Settings) -> bool {
    record
        .topic
        .as_ref()
        .is_none_or(|topic| settings.allows(topic))
}

/// Publishes the outcome on this channel. Returns `None` if there is nothing to publish.
async fn publish(
    channel: Channel,
    record: &ExecutionRecord,
    publisher: &impl Publisher,
    settings: &Settings,
) -> Option<Result<String, Undelivered>> {
    let region = settings.region.as_deref();
    Some(match channel {
        Channel::Topic => {
            publisher
                .publish(&output::notification(record, region)?)
                .await
        }
        Channel::Bus => publisher.put_event(&output::event(record, region)?).await,
    })
}

/// Makes the call to its service. Returns `None` if the target lacks what the call needs.
async fn make_call(
    call: &Call,
    target_index: usize,
    record: &ExecutionRecord,
    services: &impl Services,
    settings: &Settings,
) -> Option<Reply> {
    let now = services.clock().now();
    let target = record.targets.get(target_index)?;
    Some(match call {
        Call::CloudFront(call) => {
            let since = status_counts_from(record, now);
            let service = services.invalidation_service();
            // Boxed, because the compiler cannot compute the layout of futures that are nested this deeply by value.
            let reply = Box::pin(call_cloudfront(call, target, since, service)).await;
            Reply::CloudFront(reply?)
        }
        Call::Queue(call) => {
            let context = QueuedTarget {
                record,
                target_index,
                now,
            };
            Reply::Queue(
                queued::call(call, target, &context, services.execution_store(), settings).await,
            )
        }
    })
}

/// Calls CloudFront. Returns `None` if the target lacks what the call needs.
async fn call_cloudfront(
    call: &CloudFrontCall,
    target: &Target,
    since: Timestamp,
    invalidation_service: &impl InvalidationService,
) -> Option<CloudFrontReply> {
    let resource = &target.resource;
    let reply = match call {
        CloudFrontCall::Resolve => {
            let Resource::Alias(alias) = resource else {
                return None;
            };
            let resolved = invalidation_service.resolve_alias(alias).await;
            resolved.map(CloudFrontReply::Resolved)
        }
        CloudFrontCall::Probe => {
            let probed = invalidation_service.probe_invalidation(target).await;
            probed.map(|()| CloudFrontReply::Allowed)
        }
        CloudFrontCall::Create => {
            let created = invalidation_service.create_invalidation(target).await;
            created.map(|(id, status)| CloudFrontReply::Created(id, status))
        }
        CloudFrontCall::List => {
            let listed = invalidation_service.list_invalidations(resource).await;
            listed.map(CloudFrontReply::Listed)
        }
        CloudFrontCall::Compare(id) => {
            let found = invalidation_service.get_invalidation(resource, id).await;
            found.map(|found| CloudFrontReply::Compared(id.clone(), found))
        }
        CloudFrontCall::Poll => {
            let id = &target.invalidation.as_ref()?.id;
            let status = invalidation_service.status(resource, id, since).await;
            status.map(CloudFrontReply::Polled)
        }
    };
    Some(reply.unwrap_or_else(CloudFrontReply::from))
}

impl From<InvalidationError> for CloudFrontReply {
    fn from(error: InvalidationError) -> Self {
        match error {
            InvalidationError::Rejected(reason) => Self::Rejected(reason),
            InvalidationError::CallerReferenceConflict => Self::CallerReferenceConflict,
            InvalidationError::Retryable(service_error) => Self::Retryable(service_error),
        }
    }
}
