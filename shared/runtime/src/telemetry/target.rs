//! What CloudFront said of a target, one line for each reply.

use tracing::{debug, info, warn};

use invalidation_core::decide::{CloudFrontReply, QueueReply, Reply};
use invalidation_core::input::identifiers::{Alias, JobId};
use invalidation_core::model::execution_record::{Record, Resource, Status, Target};
use invalidation_core::model::queue::Turn;

/// Logs what a service said of a target.
pub(super) fn replied(record: &Record, target: &Target, reply: &Reply) {
    match reply {
        Reply::CloudFront(reply) => cloudfront_replied(record, target, reply),
        Reply::Queue(reply) => queued(record, target, reply),
    }
}

/// Logs how it stands in the queue: where it waits, whom it follows, and what does not go as it should.
fn queued(record: &Record, target: &Target, reply: &QueueReply) {
    let (execution_id, pipeline) = (record.id.as_str(), record.pipeline.as_deref());
    let Names {
        distribution_id,
        distribution_tenant_id,
        invalidation_id,
        ..
    } = Names::of(target);
    match reply {
        QueueReply::Turn(Some(Turn::Waiting { ahead })) => {
            info!(
                execution_id,
                pipeline, distribution_id, distribution_tenant_id, ahead, "waiting in the queue"
            );
        }
        QueueReply::Followed(Some(_)) => {
            let made_by = target.made_by.as_ref().map(JobId::as_str);
            info!(
                execution_id,
                pipeline,
                distribution_id,
                distribution_tenant_id,
                invalidation_id,
                made_by,
                "another execution made the invalidation"
            );
        }
        QueueReply::NotLeft(trouble) => {
            warn!(execution_id, pipeline, distribution_id, distribution_tenant_id, %trouble, "could not leave the queue; trying again later");
        }
        QueueReply::NotAsked(trouble) => {
            warn!(execution_id, pipeline, distribution_id, distribution_tenant_id, %trouble, "could not ask the queue; trying again later");
        }
        QueueReply::NoQueue => {
            warn!(
                execution_id,
                pipeline,
                distribution_id,
                distribution_tenant_id,
                "there is no queue (permission dynamodb:UpdateItem?); going on without"
            );
        }
        QueueReply::Turn(_)
        | QueueReply::Followed(None)
        | QueueReply::NotFollowed
        | QueueReply::Left => {
            debug!(
                execution_id,
                pipeline,
                distribution_id,
                distribution_tenant_id,
                ?reply,
                "asked the queue"
            );
        }
    }
}

/// The names of a target: whose cache it is, under the field of its kind, and its invalidation.
struct Names<'t> {
    distribution_id: Option<&'t str>,
    distribution_tenant_id: Option<&'t str>,
    alias: Option<&'t str>,
    invalidation_id: Option<&'t str>,
}

impl<'t> Names<'t> {
    fn of(target: &'t Target) -> Self {
        let invalidation_id = target.invalidation.as_ref().map(|seen| seen.id.as_str());
        let names = Self {
            distribution_id: None,
            distribution_tenant_id: None,
            alias: target.known_as.as_ref().map(Alias::as_str),
            invalidation_id,
        };
        match &target.resource {
            Resource::Distribution(id) => Self {
                distribution_id: Some(id.as_str()),
                ..names
            },
            Resource::Tenant(id) => Self {
                distribution_tenant_id: Some(id.as_str()),
                ..names
            },
            Resource::Alias(name) => Self {
                alias: Some(name.as_str()),
                ..names
            },
        }
    }
}

fn created(record: &Record, target: &Target, status: Status) {
    let (execution_id, job_id) = (record.id.as_str(), record.visit.job_id.as_str());
    let pipeline = record.pipeline.as_deref();
    let Names {
        distribution_id,
        distribution_tenant_id,
        invalidation_id,
        ..
    } = Names::of(target);
    let caller_reference = target.caller_reference.as_str();
    info!(
        execution_id,
        job_id,
        pipeline,
        distribution_id,
        distribution_tenant_id,
        caller_reference,
        invalidation_id,
        ?status,
        "created the invalidation"
    );
}

/// Logs what is found out before anything is created.
fn prepared(record: &Record, target: &Target, message: &str) {
    let (execution_id, pipeline) = (record.id.as_str(), record.pipeline.as_deref());
    let Names {
        distribution_id,
        distribution_tenant_id,
        alias,
        ..
    } = Names::of(target);
    info!(
        execution_id,
        pipeline, distribution_id, distribution_tenant_id, alias, "{message}"
    );
}

/// Logs a step of the search for an invalidation of ours whose id we do not know.
fn searched(record: &Record, target: &Target, reply: &CloudFrontReply) {
    let (execution_id, pipeline) = (record.id.as_str(), record.pipeline.as_deref());
    let Names {
        distribution_id,
        distribution_tenant_id,
        invalidation_id,
        ..
    } = Names::of(target);
    let caller_reference = target.caller_reference.as_str();
    match reply {
        CloudFrontReply::Listed(listed) => {
            let listed = listed.len();
            info!(
                execution_id,
                pipeline,
                distribution_id,
                distribution_tenant_id,
                listed,
                "listed the latest invalidations"
            );
        }
        CloudFrontReply::Compared(compared, found) => {
            let (compared, status) = (compared.as_str(), found.status);
            info!(
                execution_id,
                pipeline,
                distribution_id,
                distribution_tenant_id,
                caller_reference,
                invalidation_id,
                compared,
                ?status,
                "compared an invalidation with ours"
            );
        }
        _ => {
            warn!(
                execution_id,
                pipeline,
                distribution_id,
                distribution_tenant_id,
                caller_reference,
                "CloudFront knows our reference already; looking for its invalidation"
            );
        }
    }
}

/// Logs what CloudFront says, or why it says nothing.
fn cloudfront_replied(record: &Record, target: &Target, reply: &CloudFrontReply) {
    let (execution_id, pipeline) = (record.id.as_str(), record.pipeline.as_deref());
    let Names {
        distribution_id,
        distribution_tenant_id,
        alias,
        invalidation_id,
    } = Names::of(target);
    match reply {
        CloudFrontReply::Created(_, status) => created(record, target, *status),
        CloudFrontReply::ReferenceTaken
        | CloudFrontReply::Listed(_)
        | CloudFrontReply::Compared(..) => searched(record, target, reply),
        CloudFrontReply::Resolved(_) => prepared(record, target, "resolved the domain name"),
        CloudFrontReply::Allowed => {
            prepared(record, target, "CloudFront would take the invalidation");
        }
        CloudFrontReply::Seen(status) => {
            info!(
                execution_id,
                pipeline,
                distribution_id,
                distribution_tenant_id,
                invalidation_id,
                ?status,
                "looked at the invalidation"
            );
        }
        CloudFrontReply::PutOff(trouble) => {
            warn!(execution_id, pipeline, distribution_id, distribution_tenant_id, alias, invalidation_id, %trouble, "CloudFront put us off; trying again later");
        }
        CloudFrontReply::Refused(reason) => {
            warn!(
                execution_id,
                pipeline,
                distribution_id,
                distribution_tenant_id,
                alias,
                invalidation_id,
                ?reason,
                "CloudFront refused for good"
            );
        }
    }
}
