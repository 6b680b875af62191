//! `checker`: a minute has passed, and whatever is unfinished moves on.
//!
//! A sweep takes no input. It asks the index which records are due, loads each by its key and runs the same loop as
//! `start`, each record on its own: one that cannot be read, or hangs, or panics, never disturbs another. There is no
//! retry in a sweep; the next minute is the retry. Only what they hear from CloudFront do the records of a sweep share, and
//! how fast they may ask it (`pass_cdn`).
//!
//! The checker is also the on-failure destination of `start`. Lambda then hands it the event whose deliveries all
//! failed, and it receives that job in the place of `start`, without a wait.

mod rate_limiter;
mod status_cache;
mod sweep_client;
mod trigger;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _, stream};
use invalidation_core::decide::driver::Driver;
use invalidation_core::decide::is_stuck;
use invalidation_core::input::identifiers::JobId;
use invalidation_core::input::job_event::JobEvent;
use invalidation_core::model::execution_record::{Reason, Verdict};
use invalidation_core::model::time_budget::{
    RATE_LIMIT_WAIT, RECORD_TIMEOUT, RESERVE, SWEEP_END, SWEEP_RESERVE, TimeBudget,
};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::advance::advance;
use invalidation_runtime::job::{self, Invocation, JobError};
use invalidation_runtime::log;
use invalidation_runtime::ports::{Clock, ExecutionStore, Services, StoreError};
use invalidation_runtime::settings::{BadSettings, Settings};
use invalidation_runtime::telemetry::{self, Metric};
use tokio::time::timeout;
use tracing::Instrument as _;

use sweep_client::SweepClient;

pub use trigger::Trigger;

/// How many records a sweep asks the index for at a time, the longest due first.
pub const RECORDS_AT_MOST: usize = 500;
/// How many records move at the same time: enough to hide the time of flight. How fast they call CloudFront together is
/// up to the bucket that they share (`token_bucket`).
pub const RECORDS_AT_A_TIME: usize = 4;
/// So many records at once are a crowd, in which a distribution has several: more than a sweep could ask CloudFront for one
/// by one.
pub const BACKLOG: usize = 150;
/// How many records of a crowd move at the same time. Few of them call CloudFront, so that what more of them would be refused
/// at once does not matter; and at 20 ms a call their writes stay below what one partition of the index takes: each record
/// costs it four units, and it takes 1,000 in a second
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>).
pub const BACKLOG_AT_A_TIME: usize = 8;
/// What a sweep keeps free at its end for its metrics and its summary line.
const SUMMARY_RESERVE: Duration = Duration::from_millis(500);

/// What one sweep came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sweep {
    /// Records that moved as far as they could.
    pub moved: usize,
    /// Records that could not be moved: unreadable, out of reach, or too slow. Each has been logged.
    pub failed: usize,
    /// Records that the index named although they were not due any more, or in other hands.
    pub skipped: usize,
    /// Records that were due and are left for the next sweep, because the time was up.
    pub left: usize,
    /// How many executions are open after it, due or not; none when the table did not tell.
    pub open: Option<u64>,
    /// For how long the one that is overdue longest has been; zero when none is, none when the table did not tell.
    pub overdue: Option<Duration>,
}

/// Handles whatever wakes the checker: a failed delivery is received in the place of `start`, everything else is a sweep.
///
/// # Errors
/// When the index cannot be read, or the job of a failed delivery still waits for an answer.
pub async fn handle(
    event: &str,
    services: &impl Services,
    settings: &Settings,
    invocation: &Invocation,
) -> Result<(), Failed> {
    match Trigger::read(event) {
        Trigger::FailedDelivery {
            event,
            function_arn,
        } => {
            let invocation = invocation
                .clone()
                .of(function_arn.as_deref().unwrap_or_default());
            let handling = async {
                if !is_of_start(&invocation, settings) {
                    let function = invocation.function.as_ref();
                    telemetry::foreign_record(function, services.clock().now());
                    return Ok(());
                }
                handle_failed_delivery(&event, services, settings, &invocation)
                    .await
                    .map_err(Failed::FailedDelivery)
            };
            telemetry::of_job(&event.job_id, handling).await
        }
        Trigger::Schedule(schedule) => {
            let sweep = sweep(services, settings, invocation)
                .await
                .map_err(Failed::Sweep)?;
            log!(
                SweepFinished,
                schedule,
                moved = sweep.moved,
                failed = sweep.failed,
                skipped = sweep.skipped,
                left = sweep.left,
                open = sweep.open,
                overdue_s = sweep.overdue.map(|overdue| overdue.as_secs()),
            );
            Ok(())
        }
        Trigger::Invalid(fault) => {
            telemetry::invalid_event(&fault, services.clock().now());
            Ok(())
        }
    }
}

/// Handles any event when the settings are wrong: the run does nothing, counts itself, and fails with the faults.
///
/// # Errors
/// Always: `CheckerErrorsAlarm` counts errors, and Lambda tries a failure record again.
pub fn reject(faults: &BadSettings, clock: &impl Clock) -> Result<(), Failed> {
    telemetry::count(Metric::WrongSettings, clock.now());
    Err(Failed::Misconfigured(faults.clone()))
}

/// Whether a failure record comes from the `start` of this deployment. Anybody who may invoke the checker can write one, and
/// without the setting there is nothing to compare it with.
fn is_of_start(record: &Invocation, settings: &Settings) -> bool {
    settings.start_function.as_ref().is_none_or(|start| {
        let named = record.function.as_ref();
        named.is_some_and(|function| function.is_same(start))
    })
}

/// Why a run of the checker failed.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The index of unfinished records could not be read.
    #[error("the sweep could not begin")]
    Sweep(#[source] StoreError),
    /// The settings are wrong. Without a table there is nothing that a run can do.
    #[error("the settings of this function are wrong")]
    Misconfigured(#[source] BadSettings),
    /// A job that `start` could not answer is not answered by us either.
    #[error("the failed delivery failed")]
    FailedDelivery(#[source] JobError),
}

/// One sweep over the records that are due: as many rounds as it takes, and as the time allows.
///
/// # Errors
/// When the index cannot be read. What goes wrong with a single record is logged and counted, and disturbs no other.
pub async fn sweep(
    services: &impl Services,
    settings: &Settings,
    invocation: &Invocation,
) -> Result<Sweep, StoreError> {
    let mut sweep = Sweep::default();
    let max_age = settings.policy.status_max_age;
    let mut due = services
        .execution_store()
        .due(services.clock().now(), RECORDS_AT_MOST)
        .await?;
    let is_backlog = due.len() >= BACKLOG;
    let at_a_time = if is_backlog {
        BACKLOG_AT_A_TIME
    } else {
        RECORDS_AT_A_TIME
    };
    let invalidation_service = SweepClient::new(services, max_age, is_backlog);
    for round in 1.. {
        let moves = due
            .iter()
            .map(|id| move_in_time(id, round, &invalidation_service, settings, invocation));
        let ends: Vec<End> = stream::iter(moves)
            .buffer_unordered(at_a_time)
            .collect()
            .await;
        let was_claimed = ends.iter().any(End::was_claimed);
        ends.iter().for_each(|end| sweep.add(end));
        // What was taken has left its place in the index to others. A round that took nothing has only met what the
        // index has not noticed yet.
        if due.len() < RECORDS_AT_MOST || !was_claimed || sweep.left > 0 {
            break;
        }
        due = match services
            .execution_store()
            .due(services.clock().now(), RECORDS_AT_MOST)
            .await
        {
            Ok(due) => due,
            // What has been done is still measured and summarised.
            Err(error) => {
                let error: &(dyn std::error::Error + 'static) = &error;
                log!(SweepIndexFailed, error);
                break;
            }
        };
    }
    sweep.read_what_is_open(services, invocation).await;
    sweep.measure(services.clock().now());
    Ok(sweep)
}

impl Sweep {
    /// Reads what is still open, as long as the time allows: a sweep that Lambda ends publishes no metrics.
    async fn read_what_is_open(&mut self, services: &impl Services, invocation: &Invocation) {
        let time_left = invocation.deadline.since(services.clock().now());
        let context = timeout(
            time_left.saturating_sub(SUMMARY_RESERVE),
            services.execution_store().open(),
        );
        match context.await {
            Ok(Ok(open)) => {
                let now = services.clock().now();
                let overdue = open.overdue_at.map(|since| now.since(since));
                self.open = Some(open.executions);
                self.overdue = Some(overdue.unwrap_or_default());
            }
            Ok(Err(error)) => {
                let error: &(dyn std::error::Error + 'static) = &error;
                log!(SweepCountFailed, error);
            }
            Err(_) => log!(SweepCountSkipped),
        }
    }

    fn measure(&self, now: Timestamp) {
        let unfinished = (self.moved + self.failed + self.left) as u64;
        let overdue = self.overdue.map(|overdue| overdue.as_secs());
        let values = [
            (Metric::DueExecutions, Some(unfinished)),
            (Metric::OpenExecutions, self.open),
            (Metric::OldestOverdueSeconds, overdue),
        ];
        let known = values
            .into_iter()
            .filter_map(|(metric, value)| Some((metric, value?)));
        telemetry::measure(&known.collect::<Vec<_>>(), now);
    }

    fn add(&mut self, end: &End) {
        match end {
            End::Moved => self.moved += 1,
            End::Failed => self.failed += 1,
            End::Skipped => self.skipped += 1,
            End::Left => self.left += 1,
        }
    }
}

/// What came of one record.
enum End {
    Moved,
    Failed,
    Skipped,
    Left,
}

impl End {
    const fn was_claimed(&self) -> bool {
        matches!(self, Self::Moved | Self::Failed)
    }
}

async fn move_in_time(
    id: &JobId,
    round: u32,
    invalidation_service: &SweepClient<'_, impl Services>,
    settings: &Settings,
    invocation: &Invocation,
) -> End {
    let time_left = invocation
        .deadline
        .since(invalidation_service.services().clock().now());
    if time_left < SWEEP_RESERVE {
        return End::Left;
    }
    let time_left = RECORD_TIMEOUT.min(time_left.saturating_sub(SWEEP_END));
    let moving = AssertUnwindSafe(timeout(
        time_left,
        move_on(
            id,
            round,
            time_left,
            invalidation_service,
            settings,
            invocation,
        ),
    ));
    let ending = async {
        match moving.catch_unwind().await {
            Ok(Ok(Ok(end))) => return end,
            Ok(Ok(Err(error))) => {
                let error: &(dyn std::error::Error + 'static) = &error;
                log!(RecordFailed, error);
            }
            Ok(Err(_)) => log!(RecordTimedOut),
            Err(_) => log!(RecordPanicked),
        }
        End::Failed
    };
    ending.instrument(telemetry::claimed(id)).await
}

/// Moves a record on, within the time that is left for it. Once no more than the reserve is left, no call begins: a record
/// of many targets, each of whose calls hangs, comes to an end by itself, and counts as one that did.
async fn move_on(
    id: &JobId,
    round: u32,
    time_left: Duration,
    invalidation_service: &SweepClient<'_, impl Services>,
    settings: &Settings,
    invocation: &Invocation,
) -> Result<End, StoreError> {
    let services = invalidation_service.services();
    let now = services.clock().now();
    // The index lags behind the table: the record may have moved on, be gone, or be in the hands of another sweep.
    let Some(record) = services.execution_store().claim(id, now).await? else {
        return Ok(End::Skipped);
    };
    let is_stuck = is_stuck(&record);
    let mut driver = Driver::loaded(record, invocation.writer(round));
    if is_stuck {
        log!(ExecutionStuck);
        telemetry::count(Metric::StuckExecutions, now);
        driver.decide(Verdict::Failed(Reason::Internal), now);
    }
    let work = time_left.saturating_sub(RESERVE);
    let time = TimeBudget {
        wait_until: now,
        work_until: now + work,
    };
    let services = invalidation_service.for_record(work.min(RATE_LIMIT_WAIT));
    advance(&mut driver, &services, settings, time).await?;
    Ok(End::Moved)
}

/// Receives a job whose deliveries to `start` all failed. If its record is out of reach here, too, nothing durable can
/// be known or promised, and the job is failed rather than left to hang.
async fn handle_failed_delivery(
    event: &JobEvent,
    services: &impl Services,
    settings: &Settings,
    invocation: &Invocation,
) -> Result<(), JobError> {
    log!(DeliveryFailed);
    let end = report_in_place(event, services, settings, invocation).await;
    let metric = match end {
        Ok(()) => Metric::FailedDeliveries,
        Err(_) => Metric::FailedDeliveryErrors,
    };
    telemetry::count(metric, services.clock().now());
    end
}

async fn report_in_place(
    event: &JobEvent,
    services: &impl Services,
    settings: &Settings,
    invocation: &Invocation,
) -> Result<(), JobError> {
    let budget = settings.budget_without_wait(services.clock().now(), invocation.deadline);
    let end = match job::receive(event, services, settings, invocation, budget).await {
        Err(JobError::Panicked) => {
            let failing = job::fail_after_panic(event, services, settings, invocation, budget);
            let end = AssertUnwindSafe(failing).catch_unwind().await;
            end.unwrap_or(Err(JobError::Panicked))
        }
        end => end,
    };
    match end {
        Err(error @ (JobError::NoRecord(_) | JobError::Panicked)) => {
            job::fail_without_record(&event.job_id, services.job_reporter(), &error).await
        }
        end => end,
    }
}
