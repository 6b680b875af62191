//! `checker`: runs once a minute and advances every unfinished execution.
//!
//! A sweep takes no input. It queries the index for due records, loads each by its key and runs the same loop as
//! `start`. The records are independent: one that is unreadable, hangs or panics does not affect another. A sweep
//! retries nothing; the next sweep, a minute later, is the retry. The records of a sweep share only the statuses that
//! CloudFront returned and the rate limit of their calls (`pacing` of `invalidation-runtime`).
//!
//! The checker is also the on-failure destination of `start`. Lambda then invokes it with the event whose deliveries
//! all failed, and the checker handles that job in place of `start`, without a wait.

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
    Pace, RATE_LIMIT_WAIT, RECORD_TIMEOUT, RESERVE, SWEEP_END, SWEEP_RESERVE, TimeBudget,
};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::advance::advance;
use invalidation_runtime::job::{self, Invocation, JobError};
use invalidation_runtime::log;
use invalidation_runtime::pacing::PacedClient;
use invalidation_runtime::ports::{Clock, ExecutionStore, Services, StoreError};
use invalidation_runtime::settings::{BadSettings, Settings};
use invalidation_runtime::telemetry::{self, Metric};
use tokio::time::timeout;
use tracing::Instrument as _;

pub use trigger::Trigger;

/// The maximum number of records that a sweep reads from the index at a time, the longest due first.
pub const RECORDS_AT_MOST: usize = 500;
/// The number of records that advance concurrently, which hides the network latency. The shared token bucket
/// (`pacing` of `invalidation-runtime`) limits the rate of their calls to CloudFront.
pub const RECORDS_AT_A_TIME: usize = 4;
/// The number of due records from which on a sweep runs in backlog mode. A distribution then has several records, and a
/// sweep could not poll CloudFront for each of them.
pub const BACKLOG: usize = 150;
/// The number of records that advance concurrently in backlog mode. Few of them call CloudFront, so the higher
/// concurrency does not cause throttling there. At 20 ms per call, their writes stay below the limit of an index
/// partition: each record needs four write units, and a partition accepts 1,000 per second
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>).
pub const BACKLOG_AT_A_TIME: usize = 8;
/// The time reserved at the end of a sweep for its metrics and its summary line.
const SUMMARY_RESERVE: Duration = Duration::from_millis(500);

/// The result of one sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sweep {
    /// Records that were advanced.
    pub moved: usize,
    /// Records that could not be advanced: unreadable, unavailable, or too slow. Each has been logged.
    pub failed: usize,
    /// Records in the index that were no longer due, or that another process had claimed.
    pub skipped: usize,
    /// Records that were due and are left for the next sweep, because the time budget was used up.
    pub left: usize,
    /// The number of open executions after the sweep, due or not; `None` if the table was unavailable.
    pub open: Option<u64>,
    /// How long the longest overdue execution has been overdue: zero if none is, `None` if the table was unavailable.
    pub overdue: Option<Duration>,
}

/// Handles any event of the checker: handles the job of a failed delivery in place of `start`, and runs a sweep for
/// every other event.
///
/// # Errors
/// If the index cannot be read, or if the result of the job of a failed delivery is still pending.
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

/// Handles any event if the settings are invalid: counts the invocation and fails with the errors.
///
/// # Errors
/// Always: `CheckerErrorsAlarm` counts errors, and Lambda retries a failure record.
pub fn reject(faults: &BadSettings, clock: &impl Clock) -> Result<(), Failed> {
    telemetry::count(Metric::WrongSettings, clock.now());
    Err(Failed::Misconfigured(faults.clone()))
}

/// Whether a failure record comes from the `start` function of this deployment. Any principal that may invoke the
/// checker can send such a record. Without the setting, every function is accepted.
fn is_of_start(record: &Invocation, settings: &Settings) -> bool {
    settings.start_function.as_ref().is_none_or(|start| {
        let named = record.function.as_ref();
        named.is_some_and(|function| function.is_same(start))
    })
}

/// Why an invocation of the checker failed.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The index of unfinished records could not be read.
    #[error("the sweep could not begin")]
    Sweep(#[source] StoreError),
    /// The settings are invalid. Without a table, the checker can do nothing.
    #[error("the settings of this function are wrong")]
    Misconfigured(#[source] BadSettings),
    /// The checker could not report the result of a job either.
    #[error("the failed delivery failed")]
    FailedDelivery(#[source] JobError),
}

impl telemetry::NamedError for Failed {
    fn name(&self) -> &'static str {
        match self {
            Self::Sweep(_) => "IndexUnavailable",
            Self::Misconfigured(_) => "WrongSettings",
            Self::FailedDelivery(error) => error.name(),
        }
    }
}

/// Runs one sweep over the due records, in as many rounds as needed and the time budget allows.
///
/// # Errors
/// If the index cannot be read. An error of a single record is logged and counted, and does not affect the others.
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
    let invalidation_service = PacedClient::for_sweep(services, max_age, is_backlog);
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
        // A claimed record is no longer at the front of the index, so another query returns others. A round without a
        // claim has only read stale index entries.
        if due.len() < RECORDS_AT_MOST || !was_claimed || sweep.left > 0 {
            break;
        }
        due = match services
            .execution_store()
            .due(services.clock().now(), RECORDS_AT_MOST)
            .await
        {
            Ok(due) => due,
            // The completed work is still measured and summarized.
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
    /// Reads the open executions if time allows. If Lambda ended the sweep here, it would publish no metrics.
    async fn read_what_is_open(&mut self, services: &impl Services, invocation: &Invocation) {
        let time_left = invocation.deadline.since(services.clock().now());
        let reading = timeout(
            time_left.saturating_sub(SUMMARY_RESERVE),
            services.execution_store().open(),
        );
        match reading.await {
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

/// The result for one record.
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
    invalidation_service: &PacedClient<'_, impl Services>,
    settings: &Settings,
    invocation: &Invocation,
) -> End {
    let time_left = invocation.deadline.since(invalidation_service.now());
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

/// Advances a record within the time that is left for it. When only the reserve is left, no further call begins, so
/// that a record with many targets whose calls all hang still completes and counts as moved.
async fn move_on(
    id: &JobId,
    round: u32,
    time_left: Duration,
    invalidation_service: &PacedClient<'_, impl Services>,
    settings: &Settings,
    invocation: &Invocation,
) -> Result<End, StoreError> {
    let services = invalidation_service.services();
    let now = services.clock().now();
    // The index is eventually consistent: the record may have advanced, been deleted, or been claimed by another sweep.
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
        pace: Pace::UNLIMITED,
    };
    let services = invalidation_service.for_record(work.min(RATE_LIMIT_WAIT));
    advance(&mut driver, &services, settings, time).await?;
    Ok(End::Moved)
}

/// Handles a job whose deliveries to `start` all failed. If its record is unavailable here as well, the state of the
/// execution is unknown, and the job is failed so that it does not hang.
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
        Err(error) => match final_reason(&error) {
            Some(reason) => {
                let failing =
                    job::fail_execution(event, reason, services, settings, invocation, budget);
                let end = AssertUnwindSafe(failing).catch_unwind().await;
                end.unwrap_or(Err(JobError::Panicked))
            }
            None => Err(error),
        },
        end => end,
    };
    match end {
        Err(error @ (JobError::NoRecord(_) | JobError::Panicked)) => {
            job::fail_without_record(&event.job_id, services.job_reporter(), &error).await
        }
        end => end,
    }
}

/// Why the execution fails, because this was the last delivery of its event; `None` if that does not help.
fn final_reason(error: &JobError) -> Option<Reason> {
    match error {
        JobError::Panicked => Some(Reason::Internal),
        JobError::NoArtifact(service_error) => {
            Some(Reason::ArtifactUnavailable(service_error.clone()))
        }
        JobError::NoRecord(_) | JobError::NotAccepted | JobError::Stopped => None,
    }
}
