//! A job of CodePipeline: from the job event to the execution that it belongs to, with the job open for an answer.
//!
//! `start` comes this way with each event. The checker does too, with an event whose every delivery to `start` failed:
//! to the record it makes no difference who answers.

mod intake;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

use crate::advance::{Advanced, advance};
use crate::log;
use crate::ports::{JobReporter, Services, StoreError};
use crate::settings::{BadSettings, Settings};
use crate::telemetry;
use invalidation_core::decide::InvocationBudget;
use invalidation_core::decide::driver::Writer;
use invalidation_core::decide::job_identity::{self, Identity};
use invalidation_core::input::function_arn::FunctionRef;
use invalidation_core::input::identifiers::JobId;
use invalidation_core::input::job_event::JobEvent;
use invalidation_core::model::execution_record::{Reason, Verdict};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_core::output::{self, JobResult};

pub use intake::{IntakeError, open, reopen};

/// One run of a function: who it is, and how long it may take.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// A name that no other run of any function has. Lambda's request id is none: a retry, and a second delivery at the
    /// same moment, come under the same one.
    pub run_id: String,
    /// When Lambda ends the run.
    pub deadline: Timestamp,
    /// The function to which CodePipeline sent the job, as Lambda says; none where it does not say.
    pub function: Option<FunctionRef>,
}

impl Invocation {
    /// A run of this name, which Lambda ends so many milliseconds after the Unix epoch.
    #[must_use]
    pub const fn new(run_id: String, deadline_ms: u64) -> Self {
        let deadline = Timestamp::from_millis(deadline_ms);
        Self {
            run_id,
            deadline,
            function: None,
        }
    }

    /// The same run, with an event that came to the function of this ARN.
    #[must_use]
    pub fn of(self, function_arn: &str) -> Self {
        Self {
            function: FunctionRef::parse(function_arn),
            ..self
        }
    }

    /// The writer that this run is in its so-manieth turn with a record: what it wrote in an earlier one has ids already.
    #[must_use]
    pub fn writer(&self, round: u32) -> Writer {
        Writer::new(format!("{}/{round}", self.run_id))
    }
}

/// Why a job ended without an answer to its job.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The record could be neither read nor written.
    #[error("the job was not answered, because its record is out of reach")]
    NoRecord(#[source] StoreError),
    /// CodePipeline did not take the answer.
    #[error("the job was not answered, because CodePipeline did not take the answer")]
    NotAccepted,
    /// This function made too many moves in a row without coming to an end.
    #[error(
        "the job was not answered, because this function stopped after too many steps in a row"
    )]
    Stopped,
    /// Our own code failed. What it said is left out, for it may repeat anything.
    #[error("the job was not answered, because this function panicked")]
    Panicked,
}

impl JobError {
    /// Why a job still waits after work that ended so: unless the work was stopped, the report was tried.
    const fn after(end: Advanced) -> Self {
        match end {
            Advanced::Done => Self::NotAccepted,
            Advanced::Stopped => Self::Stopped,
        }
    }
}

/// Opens the job of `event`, moves its execution forward while `budget` lasts, and says so if the job still waits.
///
/// # Errors
/// When the job has no answer yet and another road must bring it. A job that has answered never returns an error,
/// whatever else went wrong: what is left is the checker's.
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

/// What became of an event.
struct Served {
    /// Whether its job still waits for an answer.
    is_pending: bool,
    /// How the work on its execution ended.
    result: Result<Advanced, JobError>,
}

/// Opens the job and moves its execution on; none when the job waits for nothing from this function.
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
        let end = advance(&mut execution, services, settings, budget.time_budget()).await;
        end.map_err(JobError::NoRecord)
    };
    let result = caught(working).await;
    Some(Served {
        is_pending: execution.awaits_result(&event.job_id),
        result,
    })
}

/// Runs a piece of work to its end; a panic in it becomes an error.
async fn caught<T>(work: impl Future<Output = Result<T, JobError>>) -> Result<T, JobError> {
    let end = AssertUnwindSafe(work).catch_unwind().await;
    end.unwrap_or(Err(JobError::Panicked))
}

/// Fails a job whose record cannot be read or written, so that the pipeline does not wait for nothing.
///
/// # Errors
/// When CodePipeline does not take the answer either.
pub async fn fail_without_record(
    job_id: &JobId,
    job_reporter: &impl JobReporter,
    error: &(dyn std::error::Error + 'static),
) -> Result<(), JobError> {
    fail(job_id, job_reporter, &output::result_without_record()).await?;
    log!(JobFailedNoRecord, error);
    Ok(())
}

/// Fails a job that comes to a function whose settings are wrong: without a table it can do nothing else, and a function
/// that does not even start would leave the pipeline waiting for 20 minutes.
///
/// # Errors
/// When CodePipeline does not take the answer.
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

/// Fails the execution of an event that makes our own code panic each time: what a panic left behind cannot be trusted
/// to end by itself.
///
/// # Errors
/// When the job still waits for its answer.
pub async fn fail_after_panic(
    event: &JobEvent,
    services: &impl Services,
    settings: &Settings,
    invocation: &Invocation,
    budget: InvocationBudget,
) -> Result<(), JobError> {
    let reopened = intake::reopen(event, services, settings, invocation, budget).await?;
    let Some(mut execution) = reopened else {
        return Ok(());
    };
    execution.decide(Verdict::Failed(Reason::Internal), budget.from);
    let end = advance(&mut execution, services, settings, budget.time_budget()).await;
    if execution.awaits_result(&event.job_id) {
        return Err(end.map_or_else(JobError::NoRecord, JobError::after));
    }
    Ok(())
}
