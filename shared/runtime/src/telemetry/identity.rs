//! What is logged and counted of jobs that are not served, or served unchecked.

use std::sync::Once;

use tracing::{info, warn};

use super::metrics::{Metric, count};
use super::{outcome, verdict};
use crate::ports::Undelivered;
use invalidation_core::decide::job_identity::{JobDetails, NoDetails};
use invalidation_core::input::function_arn::FunctionRef;
use invalidation_core::input::identifiers::JobId;
use invalidation_core::model::execution_record::{Delivery, Record};
use invalidation_core::model::timestamp::Timestamp;

/// So that a missing permission is explained once, and not with each job.
static DENIED: Once = Once::new();
/// The same for an account in which GetJobDetails has no jobs for Lambda.
static USELESS: Once = Once::new();

/// Logs a job of another function, and counts it.
pub fn foreign_job(job_id: &JobId, details: Option<&JobDetails>, now: Timestamp) {
    let named = details.and_then(|details| details.function.as_deref());
    let function = named.and_then(FunctionRef::parse);
    let function = function.as_ref().map(FunctionRef::name);
    count(Metric::ForeignJobs, now);
    warn!(%job_id, function, "this job is another function's; it gets no result from this one");
}

/// Logs a failure record of another function than this deployment's `start`, and counts it.
pub fn foreign_record(job_id: &JobId, function: Option<&FunctionRef>, now: Timestamp) {
    let function = function.map(FunctionRef::name);
    count(Metric::ForeignJobs, now);
    warn!(%job_id, function, "this failure record is not one of this deployment's start function; its job is left alone");
}

/// Logs a job that CodePipeline does not have, and counts it.
pub(super) fn unknown_job(job_id: &JobId, execution_id: Option<&str>, now: Timestamp) {
    count(Metric::UnknownJobs, now);
    warn!(%job_id, execution_id, "CodePipeline does not know this job; nothing is announced of it");
}

/// Counts a job of which CodePipeline did not say whose it is, and logs why.
pub fn unchecked_job(job_id: &JobId, why: Option<&NoDetails>, now: Timestamp) {
    count(Metric::UncheckedJobs, now);
    match why {
        Some(NoDetails::Denied(trouble)) => DENIED.call_once(|| {
            warn!(
                %trouble,
                "without the permission codepipeline:GetJobDetails no job is checked; its event is believed"
            );
        }),
        Some(NoDetails::Useless) => USELESS.call_once(|| {
            warn!("GetJobDetails has no jobs for Lambda here, so no job is checked; its event is believed");
        }),
        Some(error) => {
            warn!(%job_id, %error, "CodePipeline did not say whose job this is; its event is believed");
        }
        None => info!(%job_id, "CodePipeline names no function for this job; its event is believed"),
    }
}

/// Logs what CodePipeline said to the result of a job that did not stand in the record as open.
pub fn answered_late(
    record: &Record,
    job_id: &JobId,
    said: &Result<Delivery, Undelivered>,
    now: Timestamp,
) {
    let (execution_id, outcome) = (record.id.as_str(), outcome(verdict(record)));
    match said {
        Ok(Delivery::Continued | Delivery::Concluded) => {
            info!(execution_id, %job_id, outcome, "answered the job");
        }
        Ok(Delivery::Unknown) => unknown_job(job_id, None, now),
        Ok(Delivery::Closed | Delivery::Undeliverable) => {
            info!(execution_id, %job_id, "this job has its result already, or waits for none any more");
        }
        Err(error) => {
            warn!(execution_id, %job_id, outcome, trouble = %error.0, "CodePipeline did not take the answer; the event will come again");
        }
    }
}
