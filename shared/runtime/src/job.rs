//! Job handling: from the job event to its execution, and to the result of the job.
//!
//! `start` handles each event this way. The checker does the same for an event whose deliveries to `start` all failed.
//! The record does not depend on which function reports the result.

mod allowed;
mod beginning;
mod intake;
mod paths_file;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

use crate::advance::{Advanced, advance};
use crate::log;
use crate::pacing::PacedClient;
use crate::ports::{JobReporter, Services, StoreError};
use crate::settings::{BadSettings, Settings};
use crate::telemetry;
use invalidation_core::decide::InvocationBudget;
use invalidation_core::decide::driver::Writer;
use invalidation_core::decide::job_identity::{self, Identity};
use invalidation_core::input::function_arn::FunctionRef;
use invalidation_core::input::identifiers::JobId;
use invalidation_core::input::job_event::JobEvent;
use invalidation_core::model::execution_record::{Reason, ServiceError, Verdict};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_core::output::{self, JobResult};

pub use intake::{IntakeError, open, reopen};

/// One invocation of a function, with its identity and its deadline.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// A unique name of the invocation. Lambda's request id is not unique: a retry and a concurrent duplicate delivery
    /// have the same one.
    pub run_id: String,
    /// When Lambda ends the invocation.
    pub deadline: Timestamp,
    /// The function to which CodePipeline sent the job, as reported by Lambda; `None` if Lambda does not report it.
    pub function: Option<FunctionRef>,
}

impl Invocation {
    /// An invocation of this name, which Lambda ends at `deadline_ms`, in milliseconds since the Unix epoch.
    #[must_use]
    pub const fn new(run_id: String, deadline_ms: u64) -> Self {
        let deadline = Timestamp::from_millis(deadline_ms);
        Self {
            run_id,
            deadline,
            function: None,
        }
    }

    /// The same invocation, with an event that was sent to the function of this ARN.
    #[must_use]
    pub fn of(self, function_arn: &str) -> Self {
        Self {
            function: FunctionRef::parse(function_arn),
            ..self
        }
    }

    /// The writer of this invocation in the given round. Write ids are unique per invocation and round.
    #[must_use]
    pub fn writer(&self, round: u32) -> Writer {
        Writer::new(format!("{}/{round}", self.run_id))
    }
}

/// Why an invocation ended without reporting a result for its job.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The record could be neither read nor written.
    #[error("no result was reported, because the execution record could not be read or written")]
    NoRecord(#[source] StoreError),
    /// CodePipeline did not accept the result.
    #[error("no result was reported, because CodePipeline did not accept it")]
    NotAccepted,
    /// S3 did not return the input artifact that contains the paths.
    #[error("no result was reported, because S3 did not return the input artifact ({})", .0.code)]
    NoArtifact(ServiceError),
    /// This function made too many moves in a row.
    #[error("no result was reported, because the function stopped after too many steps")]
    Stopped,
    /// The code of this function panicked. The panic message is omitted, because it may contain credentials.
    #[error("no result was reported, because the function panicked")]
    Panicked,
}

impl telemetry::NamedError for JobError {
    fn name(&self) -> &'static str {
        match self {
            Self::NoRecord(_) => "RecordUnavailable",
            Self::NotAccepted => "ResultNotAccepted",
            Self::NoArtifact(_) => "ArtifactUnavailable",
            Self::Stopped => "StepLimitExceeded",
            Self::Panicked => "FunctionPanicked",
        }
    }
}

impl JobError {
    /// Why the result is still pending after work that ended this way. Unless the work was stopped, a report was
    /// attempted.
    const fn after(end: Advanced) -> Self {
        match end {
            Advanced::Done => Self::NotAccepted,
            Advanced::Stopped => Self::Stopped,
        }
    }
}

/// Opens the job of `event` and advances its execution while `budget` lasts. Returns an error if the result of the job
/// is still pending.
///
/// # Errors
/// If the result of the job is pending and another mechanism must report it. After the result was reported, this
/// function returns no error even if something else failed: the checker completes the remaining work.
pub async fn receive(
    event: &JobEvent,
    services: &impl Services,
    settings: &Settings,
    invocation: &Invocation,
    budget: InvocationBudget,
) -> Result<(), JobError> {
    let Some(served) = serve(event, services, settings, invocation, budget).await else {
        return Ok(());
    };
    match (served.is_pending, served.result) {
        (false, Ok(_)) => Ok(()),
        (true, Ok(end)) => Err(JobError::after(end)),
        (false, Err(error)) => {
            let error: &dyn std::error::Error = &error;
            log!(JobWorkFailed, error);
            Ok(())
        }
        // A retry would read the same bytes.
        (true, Err(JobError::NoRecord(error @ StoreError::Unreadable(_)))) => {
            fail_without_record(&event.job_id, services.job_reporter(), &error).await
        }
        (true, Err(error)) => Err(error),
    }
}

/// The result of handling an event.
struct Served {
    /// Whether the result of its job is still pending.
    is_pending: bool,
    /// How the work on its execution ended.
    result: Result<Advanced, JobError>,
}

/// Opens the job and advances its execution. Returns `None` if this function has nothing to report for the job.
async fn serve(
    event: &JobEvent,
    services: &impl Services,
    settings: &Settings,
    invocation: &Invocation,
    budget: InvocationBudget,
) -> Option<Served> {
    let opening = async {
        let opened = intake::open(event, services, settings, invocation, budget).await;
        opened.map_err(JobError::from)
    };
    let mut execution = match caught(opening).await {
        Ok(opened) => opened?,
        Err(error) => {
            return Some(Served {
                is_pending: true,
                result: Err(error),
            });
        }
    };
    let working = async {
        telemetry::job_received(execution.record());
        let client = PacedClient::for_job(services);
        let services = client.for_execution();
        let end = advance(&mut execution, &services, settings, budget.time_budget()).await;
        end.map_err(JobError::NoRecord)
    };
    let result = caught(working).await;
    Some(Served {
        is_pending: execution.awaits_result(&event.job_id),
        result,
    })
}

/// Runs the work and converts a panic into an error.
async fn caught<T>(work: impl Future<Output = Result<T, JobError>>) -> Result<T, JobError> {
    let end = AssertUnwindSafe(work).catch_unwind().await;
    end.unwrap_or(Err(JobError::Panicked))
}

/// Fails a job whose record cannot be read or written, so that the pipeline does not wait until its time-out.
///
/// # Errors
/// If CodePipeline does not accept the result either.
pub async fn fail_without_record(
    job_id: &JobId,
    job_reporter: &impl JobReporter,
    error: &(dyn std::error::Error + 'static),
) -> Result<(), JobError> {
    fail(job_id, job_reporter, &output::result_without_record()).await?;
    log!(JobFailedNoRecord, error);
    Ok(())
}

/// Fails a job that was sent to a misconfigured function. Without a table, the function can do nothing else. A function
/// that exits at startup would leave the pipeline waiting for 20 minutes.
///
/// # Errors
/// If CodePipeline does not accept the result.
pub async fn fail_misconfigured(
    job_id: &JobId,
    job_reporter: &impl JobReporter,
    faults: &BadSettings,
    function: Option<&FunctionRef>,
    now: Timestamp,
) -> Result<(), JobError> {
    let details = job_reporter.details(job_id).await;
    if matches!(
        job_identity::identified(&details, function),
        Identity::Foreign
    ) {
        telemetry::foreign_job(details.ok().as_ref(), now);
        return Ok(());
    }
    fail(
        job_id,
        job_reporter,
        &output::result_misconfigured(&faults.to_string()),
    )
    .await?;
    log!(JobFailedSettings, error = faults as &dyn std::error::Error);
    Ok(())
}

async fn fail(
    job_id: &JobId,
    job_reporter: &impl JobReporter,
    failure: &JobResult,
) -> Result<(), JobError> {
    match job_reporter.report(job_id, failure).await {
        Ok(_) => Ok(()),
        Err(service_error) => {
            log!(JobFailureNotAccepted, %service_error);
            Err(JobError::NotAccepted)
        }
    }
}

/// Fails the execution of an event whose handling fails each time for this reason. After a panic, the state in memory
/// cannot be trusted to complete the job.
///
/// # Errors
/// If the result of the job is still pending.
pub async fn fail_execution(
    event: &JobEvent,
    reason: Reason,
    services: &impl Services,
    settings: &Settings,
    invocation: &Invocation,
    budget: InvocationBudget,
) -> Result<(), JobError> {
    let reopened = intake::reopen(event, &reason, services, settings, invocation, budget).await?;
    let Some(mut execution) = reopened else {
        return Ok(());
    };
    execution.decide(Verdict::Failed(reason), budget.from);
    let end = advance(&mut execution, services, settings, budget.time_budget()).await;
    if execution.awaits_result(&event.job_id) {
        return Err(end.map_or_else(JobError::NoRecord, JobError::after));
    }
    Ok(())
}
