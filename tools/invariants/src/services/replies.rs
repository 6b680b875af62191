//! What a reply shows of an invalidation or of a job.

use super::EXPECTED;
use crate::fact::{Disposition, JobResult, What};
use local_aws::{Call, Outcome};

/// The status of an invalidation that the caller received; a lost or garbled reply contains none.
pub(super) fn seen(call: &Call, invalidation: &str) -> Option<What> {
    (call.outcome == Outcome::Ok).then(|| What::StatusReceived {
        invalidation: invalidation.to_owned(),
        completed: call.detail.ends_with("Completed"),
    })
}

/// The result that a call reported, and whether CodePipeline accepted it.
pub(super) fn reported(call: &Call) -> What {
    let job_result = match call.operation.as_str() {
        "PutJobFailureResult" => Some(JobResult::Failure),
        _ if !call.outcome.took_effect() => None,
        _ if call.detail == "Succeeded" => Some(JobResult::Success),
        _ => Some(JobResult::Continue),
    };
    let disposition = match &call.outcome {
        outcome if outcome.took_effect() => Disposition::Accepted,
        Outcome::Rejected { code, .. } if EXPECTED.contains(&code.as_str()) => {
            Disposition::NoLongerAccepted
        }
        _ => Disposition::Unconfirmed,
    };
    What::Reported {
        job: call.subject.clone(),
        job_result,
        disposition,
    }
}
