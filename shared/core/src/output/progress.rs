//! How an execution stands while nothing is decided.

use super::{place, span};
use crate::model::execution_record::{Record, Resource, Target};
use crate::model::queue::Turn;
use crate::model::timestamp::Timestamp;

/// How it stands at `now`, in words.
pub(super) fn text(record: &Record, now: Timestamp) -> String {
    let so_far = span(now.since(record.created_at));
    match record.targets.as_slice() {
        [] => String::from("Waiting."),
        [target] => of(target, &so_far),
        targets => {
            let (settled, open): (Vec<&Target>, Vec<&Target>) = targets
                .iter()
                .partition(|target| target.is_settled(record.goal));
            let told: Vec<String> = open.iter().map(|target| of(target, &so_far)).collect();
            let (done, all) = (settled.len(), targets.len());
            format!("{done} of {all} targets are done. {}", told.join(" "))
        }
    }
}

/// How it stands in the queue; none when it is not the queue that it waits for.
fn queued(target: &Target, place: &str) -> Option<String> {
    match target.turn.as_ref()? {
        Turn::Waiting { ahead } => Some(format!(
            "Place {} in the queue for {place}: CloudFront takes 15 wildcards and 3,000 other paths of a distribution at a \
             time.",
            ahead.saturating_add(1)
        )),
        Turn::Following(_) => Some(format!(
            "Another execution invalidates {place} for this one, too; waiting for it."
        )),
        Turn::Leading | Turn::Called | Turn::Left => None,
    }
}

fn of(target: &Target, so_far: &str) -> String {
    let place = place(target);
    if let (Resource::Alias(name), None) = (&target.resource, &target.trouble) {
        return format!("Asking CloudFront which distribution has the domain name {name}.");
    }
    if let (None, Some(told)) = (&target.invalidation, queued(target, &place)) {
        return told;
    }
    match (&target.invalidation, &target.trouble) {
        (Some(_), None) => format!("CloudFront is invalidating {place}: in progress for {so_far}."),
        (Some(_), Some(trouble)) => format!(
            "CloudFront is invalidating {place}: {so_far} so far. Our last look was put off ({trouble}); looking again."
        ),
        (None, None) => format!("Asking CloudFront to invalidate {place}."),
        (None, Some(trouble)) => format!(
            "CloudFront has not accepted the invalidation of {place} yet, for {so_far} ({trouble}); trying again."
        ),
    }
}
