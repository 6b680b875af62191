//! What CloudFront said of a target, one line for each reply.

use tracing::{debug, info, warn};

use invalidation_core::decide::Reply;
use invalidation_core::input::identifiers::{Alias, JobId};
use invalidation_core::model::execution_record::{Record, Resource, Status, Target};
use invalidation_core::model::queue::Turn;

/// Logs what CloudFront said of a target.
pub(super) fn replied(record: &Record, target: &Target, reply: &Reply) {
    match reply {
        Reply::Created(_, status) => created(record, target, *status),
        Reply::ReferenceTaken | Reply::Listed(_) | Reply::Compared(..) => {
            searched(record, target, reply);
        }
        Reply::Resolved(_) | Reply::Allowed => prepared(record, target, reply),
        Reply::Seen(_) | Reply::PutOff(_) | Reply::Refused(_) => looked(record, target, reply),
        Reply::Turn(_)
        | Reply::NotAsked(_)
        | Reply::NoQueue
        | Reply::Followed(_)
        | Reply::NotFollowed
        | Reply::Left
        | Reply::NotLeft(_) => queued(record, target, reply),
    }
}

/// Logs how it stands in the queue: where it waits, whom it follows, and what does not go as it should.
fn queued(record: &Record, target: &Target, reply: &Reply) {
    let (execution_id, pipeline) = (record.id.as_str(), record.pipeline.as_deref());
    let Names {
        distribution_id,
        distribution_tenant_id,
        invalidation_id,
        ..
    } = Names::of(target);
    match reply {
        Reply::Turn(Some(Turn::Waiting { ahead })) => {
            info!(
                execution_id,
                pipeline, distribution_id, distribution_tenant_id, ahead, "waiting in the queue"
            );
        }
        Reply::Followed(Some(_)) => {
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
        Reply::NotLeft(trouble) => {
            warn!(execution_id, pipeline, distribution_id, distribution_tenant_id, %trouble, "could not leave the queue; trying again later");
        }
        Reply::NotAsked(trouble) => {
            warn!(execution_id, pipeline, distribution_id, distribution_tenant_id, %trouble, "could not ask the queue; trying again later");
        }
        Reply::NoQueue => {
            warn!(
                execution_id,
                pipeline,
                distribution_id,
                distribution_tenant_id,
                "there is no queue (permission dynamodb:UpdateItem?); going on without"
            );
        }
        Reply::Turn(_) | Reply::Followed(None) | Reply::NotFollowed | Reply::Left => {
            debug!(
                execution_id,
                pipeline,
                distribution_id,
                distribution_tenant_id,
                ?reply,
                "asked the queue"
            );
        }
        _ => {}
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
fn prepared(record: &Record, target: &Target, reply: &Reply) {
    let (execution_id, pipeline) = (record.id.as_str(), record.pipeline.as_deref());
    let Names {
        distribution_id,
        distribution_tenant_id,
        alias,
        ..
    } = Names::of(target);
    let message = match reply {
        Reply::Resolved(_) => "resolved the domain name",
        _ => "CloudFront would take the invalidation",
    };
    info!(
        execution_id,
        pipeline, distribution_id, distribution_tenant_id, alias, "{message}"
    );
}

/// Logs a step of the search for an invalidation of ours whose id we do not know.
fn searched(record: &Record, target: &Target, reply: &Reply) {
    let (execution_id, pipeline) = (record.id.as_str(), record.pipeline.as_deref());
    let Names {
        distribution_id,
        distribution_tenant_id,
        invalidation_id,
        ..
    } = Names::of(target);
    let caller_reference = target.caller_reference.as_str();
    match reply {
        Reply::Listed(listed) => {
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
        Reply::Compared(compared, found) => {
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

/// Logs what CloudFront says of an invalidation, or why it says nothing.
fn looked(record: &Record, target: &Target, reply: &Reply) {
    let (execution_id, pipeline) = (record.id.as_str(), record.pipeline.as_deref());
    let Names {
        distribution_id,
        distribution_tenant_id,
        alias,
        invalidation_id,
    } = Names::of(target);
    match reply {
        Reply::Seen(status) => {
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
        Reply::PutOff(trouble) => {
            warn!(execution_id, pipeline, distribution_id, distribution_tenant_id, alias, invalidation_id, %trouble, "CloudFront put us off; trying again later");
        }
        Reply::Refused(reason) => {
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
        _ => {}
    }
}
