//! How an execution stands while nothing is decided.

use super::{place, span};
use crate::model::execution_record::{ExecutionRecord, Resource, Target};
use crate::model::queue::Admission;
use crate::model::timestamp::Timestamp;

/// How it stands at `now`, in words.
pub(super) fn text(record: &ExecutionRecord, now: Timestamp) -> String {
    let elapsed = span(now.since(record.created_at));
    match record.targets.as_slice() {
        [] => String::from("Waiting."),
        [target] => of(target, &elapsed),
        targets => {
            let (settled, open): (Vec<&Target>, Vec<&Target>) = targets
                .iter()
                .partition(|target| target.is_settled(record.goal));
            let told: Vec<String> = open.iter().map(|target| of(target, &elapsed)).collect();
            let (done, all) = (settled.len(), targets.len());
            format!("{done} of {all} targets are done. {}", told.join(" "))
        }
    }
}

/// How it stands in the queue; none when it is not the queue that it waits for.
fn queued(target: &Target, place: &str) -> Option<String> {
    match target.admission.as_ref()? {
        Admission::Waiting { ahead } => Some(format!(
            "Place {} in the queue for {place}: CloudFront takes 15 wildcards and 3,000 other paths of a distribution at a \
             time.",
            ahead.saturating_add(1)
        )),
        Admission::Follower(_) => Some(format!(
            "Another execution invalidates {place} for this one, too; waiting for it."
        )),
        Admission::Leader | Admission::Admitted | Admission::Left => None,
    }
}

fn of(target: &Target, elapsed: &str) -> String {
    let place = place(target);
    if let (Resource::Alias(name), None) = (&target.resource, &target.service_error) {
        return format!("Asking CloudFront which distribution has the domain name {name}.");
    }
    if let (None, Some(told)) = (&target.invalidation, queued(target, &place)) {
        return told;
    }
    match (&target.invalidation, &target.service_error) {
        (Some(_), None) => {
            format!("CloudFront is invalidating {place}: in progress for {elapsed}.")
        }
        (Some(_), Some(service_error)) => format!(
            "CloudFront is invalidating {place}: {elapsed} so far. Our last look was retryable ({service_error}); looking again."
        ),
        (None, None) => format!("Asking CloudFront to invalidate {place}."),
        (None, Some(service_error)) => format!(
            "CloudFront has not accepted the invalidation of {place} yet, for {elapsed} ({service_error}); trying again."
        ),
    }
}
