//! The progress summary of an execution whose outcome is not decided.

use super::{place, span};
use crate::model::execution_record::{ExecutionRecord, Resource, Target};
use crate::model::queue::Admission;
use crate::model::timestamp::Timestamp;

/// The progress at `now`.
pub(super) fn text(record: &ExecutionRecord, now: Timestamp) -> String {
    let elapsed = span(now.since(record.created_at));
    match record.targets.as_slice() {
        [] => String::from("Waiting."),
        [target] => of(target, &elapsed),
        targets => {
            let (settled, open): (Vec<&Target>, Vec<&Target>) = targets
                .iter()
                .partition(|target| target.is_settled(record.goal));
            let texts: Vec<String> = open.iter().map(|target| of(target, &elapsed)).collect();
            let (done, all) = (settled.len(), targets.len());
            format!("{done} of {all} targets are done. {}", texts.join(" "))
        }
    }
}

/// The state of a target in the queue; none if it is not queued.
fn queued(target: &Target, place: &str) -> Option<String> {
    match target.admission.as_ref()? {
        Admission::Waiting { ahead } => Some(format!(
            "Position {} in the queue for the invalidation of {place}: the distribution has reached its limit of 15 wildcard \
             and 3,000 file paths in progress.",
            ahead.saturating_add(1)
        )),
        Admission::Follower(_) => Some(format!(
            "Waiting for the invalidation of another execution, which covers {place}."
        )),
        Admission::Leader | Admission::Admitted | Admission::Left => None,
    }
}

fn of(target: &Target, elapsed: &str) -> String {
    let place = place(target);
    if let (Resource::Alias(name), None) = (&target.resource, &target.service_error) {
        return format!("Resolving the domain name {name} to a distribution.");
    }
    if let (None, Some(text)) = (&target.invalidation, queued(target, &place)) {
        return text;
    }
    match (&target.invalidation, &target.service_error) {
        (Some(_), None) => {
            format!("CloudFront is invalidating {place}: in progress for {elapsed}.")
        }
        (Some(_), Some(service_error)) => format!(
            "CloudFront is invalidating {place}: in progress for {elapsed}. The last status check failed ({service_error}); retrying."
        ),
        (None, None) => format!("Creating the invalidation of {place}."),
        (None, Some(service_error)) => format!(
            "Waiting for CloudFront to accept the invalidation of {place} ({elapsed}; last error: {service_error})."
        ),
    }
}
