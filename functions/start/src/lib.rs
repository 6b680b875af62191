//! `start`: the function that CodePipeline invokes with each job.
//!
//! A first job begins an invalidation. A continuation job reports its state. The execution record determines the next
//! step. The event is raw JSON: if the runtime deserialized it, a payload of another shape would be rejected before
//! this code runs, and its job would get no result.

use invalidation_core::input::job_event::JobEvent;
use invalidation_runtime::job::{self, Invocation, JobError};
use invalidation_runtime::ports::{Clock, JobReporter, Services};
use invalidation_runtime::settings::{BadSettings, Settings};
use invalidation_runtime::telemetry;

/// Handles one event from CodePipeline.
///
/// # Errors
/// If the result of the job is still pending. Lambda then delivers the event again, up to two times, and finally sends
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

/// Handles one event if the settings are invalid: fails the job with the errors in the settings, if the job belongs to
/// the invoked function.
///
/// # Errors
/// If CodePipeline did not accept the result, so that Lambda delivers the event again.
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
