//! What CloudFront or the queue replied for a target, one line for each reply.

use super::span;
use crate::log;
use invalidation_core::decide::{CloudFrontReply, QueueReply, Reply};
use invalidation_core::input::identifiers::JobId;
use invalidation_core::model::execution_record::{Record, Target};
use invalidation_core::model::queue::Turn;

/// Logs the reply for a target; `target` is the one that follows from it.
pub(super) fn replied(record: &Record, target: &Target, reply: &Reply) {
    span::target(target).in_scope(|| match reply {
        Reply::CloudFront(reply) => cloudfront_replied(record, target, reply),
        Reply::Queue(reply) => queue_replied(target, reply),
    });
}

fn cloudfront_replied(record: &Record, target: &Target, reply: &CloudFrontReply) {
    let caller_reference = target.caller_reference.as_str();
    match reply {
        CloudFrontReply::Created(_, status) => {
            let job_id = record.visit.job_id.as_str();
            log!(InvalidationCreated, job_id, caller_reference, ?status);
        }
        CloudFrontReply::ReferenceTaken => log!(InvalidationConflict, caller_reference),
        CloudFrontReply::Listed(listed) => log!(InvalidationListed, listed = listed.len()),
        CloudFrontReply::Compared(compared, found) => {
            let compared = compared.as_str();
            log!(InvalidationCompared, caller_reference, compared, status = ?found.status);
        }
        CloudFrontReply::Resolved(_) => log!(AliasResolved),
        CloudFrontReply::Allowed => log!(DryRunAccepted),
        CloudFrontReply::Seen(status) => log!(PollStatus, ?status),
        CloudFrontReply::PutOff(trouble) => log!(CloudFrontRetry, %trouble),
        CloudFrontReply::Refused(reason) => log!(CloudFrontRejected, ?reason),
    }
}

fn queue_replied(target: &Target, reply: &QueueReply) {
    match reply {
        QueueReply::Turn(Some(Turn::Waiting { ahead })) => log!(QueueWaiting, ahead),
        QueueReply::Followed(Some(_)) => {
            log!(
                QueueCoalesced,
                made_by = target.made_by.as_ref().map(JobId::as_str)
            );
        }
        QueueReply::NotLeft(trouble) => log!(QueueLeaveRetry, %trouble),
        QueueReply::NotAsked(trouble) => log!(QueueRetry, %trouble),
        QueueReply::NoQueue => log!(QueueUnavailable),
        QueueReply::Turn(_)
        | QueueReply::Followed(None)
        | QueueReply::NotFollowed
        | QueueReply::Left => log!(QueueReply, ?reply),
    }
}
