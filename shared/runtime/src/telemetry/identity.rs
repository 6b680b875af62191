//! Log lines and metrics of jobs that are not handled, or that are handled without an identity check.

use std::sync::Once;

use super::metrics::{Metric, count};
use super::{outcome, span, verdict};
use crate::log;
use crate::ports::Undelivered;
use invalidation_core::decide::job_identity::{JobDetails, NoDetails};
use invalidation_core::input::function_arn::FunctionRef;
use invalidation_core::input::identifiers::JobId;
use invalidation_core::model::execution_record::{Delivery, ExecutionRecord};
use invalidation_core::model::timestamp::Timestamp;

/// A missing permission is logged once per process, not for each job.
static DENIED: Once = Once::new();
/// An account in which GetJobDetails returns no Lambda jobs is logged once per process.
static UNSUPPORTED: Once = Once::new();

/// Logs a job of another function, and counts it.
pub fn foreign_job(details: Option<&JobDetails>, now: Timestamp) {
    let named = details.and_then(|details| details.function.as_deref());
    let function = named.and_then(FunctionRef::parse);
    count(Metric::ForeignJobs, now);
    log!(
        JobForeign,
        function = function.as_ref().map(FunctionRef::name)
    );
}

/// Logs a failure record of another function than this deployment's `start`, and counts it.
pub fn foreign_record(function: Option<&FunctionRef>, now: Timestamp) {
    count(Metric::ForeignJobs, now);
    log!(DeliveryForeign, function = function.map(FunctionRef::name));
}

/// Logs a job that is unknown to CodePipeline, and counts it.
pub(super) fn unknown_job(job_id: &JobId, now: Timestamp) {
    count(Metric::UnknownJobs, now);
    log!(JobUnknown, %job_id);
}

/// Counts a job whose identity CodePipeline did not return, and logs the reason.
pub fn unchecked_job(why: Option<&NoDetails>, now: Timestamp) {
    count(Metric::UncheckedJobs, now);
    match why {
        Some(NoDetails::Denied(service_error)) => {
            DENIED.call_once(|| log!(JobUncheckedDenied, %service_error));
        }
        Some(NoDetails::Useless) => UNSUPPORTED.call_once(|| log!(JobUncheckedUnsupported)),
        Some(error) => log!(JobUncheckedError, %error),
        None => log!(JobUncheckedUnnamed),
    }
}

/// Logs the reply of CodePipeline to the result of a job that is not the open job of the record.
pub fn reported_late(
    record: &ExecutionRecord,
    job_id: &JobId,
    reply: &Result<Delivery, Undelivered>,
    now: Timestamp,
) {
    let (outcome, span) = (outcome(verdict(record)), span::execution(record));
    match reply {
        Ok(Delivery::Continued) => {
            span.in_scope(|| log!(ContinuationAccepted, %job_id, outcome));
        }
        Ok(Delivery::Concluded) => span.in_scope(|| log!(ResultAccepted, %job_id, outcome)),
        Ok(Delivery::Unknown) => unknown_job(job_id, now),
        Ok(Delivery::Closed | Delivery::Undeliverable) => {
            span.in_scope(|| log!(ResultDuplicate, %job_id));
        }
        Err(error) => {
            span.in_scope(|| log!(ResultRedelivery, %job_id, outcome, service_error = %error.0));
        }
    }
}
