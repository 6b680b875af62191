//! `start`: CodePipeline invokes it, and it answers.
//!
//! A first job begins an invalidation, a continuation job reports on it; the record, not this function, knows which step
//! is next. The event comes as raw JSON: a payload that a typed reader refuses would never reach this code, and its job
//! would never be answered.

use invalidation_core::input::job_event::JobEvent;
use invalidation_runtime::job::{self, Invocation, JobError};
use invalidation_runtime::ports::{Clock, JobReporter, Services};
use invalidation_runtime::settings::{BadSettings, Settings};
use invalidation_runtime::telemetry;

/// Handles one event from CodePipeline.
///
/// # Errors
/// When the job still waits for an answer. Lambda then delivers the event again, up to two times, and after that hands
/// it to the checker. An event without a readable job id is no error: a retry would read the same bytes.
pub async fn handle(
    event: &str,
    services: &impl Services,
    settings: &Settings,
    invocation: &Invocation,
) -> Result<(), JobError> {
    let now = services.clock().now();
    match JobEvent::read(event) {
        Ok(event) => {
            let budget = settings.budget(now, invocation.deadline);
            let receiving = job::receive(&event, services, settings, invocation, budget);
            telemetry::of_job(&event.job_id, receiving).await
        }
        Err(fault) => {
            telemetry::invalid_event(&fault, now);
            Ok(())
        }
    }
}

/// Handles one event when the settings are wrong: the job fails with what is wrong with them, if it came to the function
/// that was invoked.
///
/// # Errors
/// When CodePipeline did not take the answer, so that Lambda should deliver the event again.
pub async fn reject(
    event: &str,
    faults: &BadSettings,
    job_reporter: &impl JobReporter,
    clock: &impl Clock,
    invocation: &Invocation,
) -> Result<(), JobError> {
    let now = clock.now();
    match JobEvent::read(event) {
        Ok(event) => {
            let (job_id, function) = (&event.job_id, invocation.function.as_ref());
            let failing = job::fail_misconfigured(job_id, job_reporter, faults, function, now);
            telemetry::of_job(job_id, failing).await
        }
        Err(fault) => {
            telemetry::invalid_event(&fault, now);
            Ok(())
        }
    }
}
