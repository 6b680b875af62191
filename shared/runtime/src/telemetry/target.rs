//! Log lines for the replies of CloudFront and of the queue, one line per reply.

use super::span;
use crate::log;
use invalidation_core::decide::{CloudFrontReply, QueueReply, Reply};
use invalidation_core::input::identifiers::JobId;
use invalidation_core::model::execution_record::{ExecutionRecord, Reason, Target};
use invalidation_core::model::queue::Admission;

/// Logs the reply for a target. `target` is the state after the reply.
pub(super) fn replied(record: &ExecutionRecord, target: &Target, reply: &Reply) {
    span::target(target).in_scope(|| match reply {
        Reply::CloudFront(reply) => cloudfront_replied(record, target, reply),
        Reply::Queue(reply) => queue_replied(target, reply),
    });
}

/// Logs that the settings do not allow the pipeline to invalidate the target.
pub(super) fn disallowed(target: &Target, reason: &Reason) {
    span::target(target).in_scope(|| log!(TargetForbidden, ?reason));
}

fn cloudfront_replied(record: &ExecutionRecord, target: &Target, reply: &CloudFrontReply) {
    let caller_reference = target.caller_reference.as_str();
    match reply {
        CloudFrontReply::Created(_, status) => {
            let job_id = record.job.job_id.as_str();
            log!(InvalidationCreated, job_id, caller_reference, ?status);
        }
        CloudFrontReply::CallerReferenceConflict => log!(InvalidationConflict, caller_reference),
        CloudFrontReply::Listed(listed) => log!(InvalidationListed, listed = listed.len()),
        CloudFrontReply::Compared(compared, found) => {
            let compared = compared.as_str();
            log!(InvalidationCompared, caller_reference, compared, status = ?found.status);
        }
        CloudFrontReply::Resolved(_) => log!(AliasResolved),
        CloudFrontReply::Allowed => log!(DryRunAccepted),
        CloudFrontReply::Polled(status) => log!(PollStatus, ?status),
        CloudFrontReply::Retryable(service_error) => log!(CloudFrontRetry, %service_error),
        CloudFrontReply::Rejected(reason) => log!(CloudFrontRejected, ?reason),
    }
}

fn queue_replied(target: &Target, reply: &QueueReply) {
    match reply {
        QueueReply::Admission(Some(Admission::Waiting { ahead })) => log!(QueueWaiting, ahead),
        QueueReply::LeaderState(Some(_)) => {
            log!(
                QueueCoalesced,
                created_by = target.created_by.as_ref().map(JobId::as_str)
            );
        }
        QueueReply::NotLeft(service_error) => log!(QueueLeaveRetry, %service_error),
        QueueReply::QueueRetryable(service_error) => log!(QueueRetry, %service_error),
        QueueReply::NoQueue => log!(QueueUnavailable),
        QueueReply::Admission(_)
        | QueueReply::LeaderState(None)
        | QueueReply::NoLeader
        | QueueReply::Left => log!(QueueReply, ?reply),
    }
}
