//! The merge of local observations into a record after a lost write.

use super::next_step::decided;
use crate::model::execution_record::{Channel, ExecutionRecord, PublishState, Resource, Target};
use crate::model::queue::Admission;

/// The stored record `theirs` with the facts that only `ours` has: the outcome, the result of the job, sent
/// notifications and events, the ids of invalidations, and the time of the next call to CloudFront. Without them, calls
/// would be repeated. A stored outcome is not changed, and neither are the facts that it was decided on.
#[must_use]
pub fn merged(theirs: &ExecutionRecord, ours: &ExecutionRecord) -> ExecutionRecord {
    let mut record = match &ours.outcome {
        Some(outcome) => decided(theirs, outcome.verdict.clone(), outcome.decided_at),
        None => theirs.clone(),
    };
    record.cloudfront_calls = record.cloudfront_calls.max(ours.cloudfront_calls);
    if record.job.job_id == ours.job.job_id && record.job.is_open() {
        record.job.result = ours.job.result;
    }
    for channel in Channel::ALL {
        let (published, ours) = (
            record.publish_state_mut(channel),
            ours.publish_state(channel),
        );
        let is_pending = matches!(
            published,
            PublishState::Pending { .. } | PublishState::Abandoned
        );
        if is_pending && matches!(ours, PublishState::Sent { .. }) {
            published.clone_from(ours);
        }
    }
    record.is_change |= ours.is_change;
    record.is_known |= ours.is_known;
    if theirs.outcome.is_none() || theirs.is_watched() {
        for (target, ours) in record.targets.iter_mut().zip(&ours.targets) {
            join(target, ours);
        }
    }
    record
}

fn join(target: &mut Target, ours: &Target) {
    if matches!(target.resource, Resource::Alias(_)) {
        target.resource = ours.resource.clone();
        target.known_as.clone_from(&ours.known_as);
    }
    target.is_allowed |= ours.is_allowed;
    // The table has the current admission. Only the removal of this entry is final.
    if ours.admission == Some(Admission::Left) {
        target.admission = Some(Admission::Left);
    }
    if target.rejection.is_none() {
        target.rejection.clone_from(&ours.rejection);
    }
    let was_called = ours.invalidation.is_some() || ours.delays > 0;
    if was_called && ours.next_call_at > target.next_call_at {
        target.next_call_at = ours.next_call_at;
        target.delays = ours.delays;
        target.service_error.clone_from(&ours.service_error);
    }
    if target.invalidation.is_none() || ours.is_completed() {
        target.invalidation.clone_from(&ours.invalidation);
        target.created_by.clone_from(&ours.created_by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::tests::{RETURN, at, first_job, job};
    use crate::input::identifiers::{Alias, InvalidationId};
    use crate::model::execution_record::{
        Delivery, Reason, ServiceError, Status, StatusSnapshot, Verdict,
    };

    #[test]
    fn a_result_counts_for_its_own_job_only() {
        let mut ours = first_job();
        ours.job.result = Some(Delivery::Continued);
        let mut theirs = first_job();
        assert_eq!(merged(&theirs, &ours).job.result, ours.job.result);
        theirs.job.job_id = job(RETURN);
        assert_eq!(merged(&theirs, &ours).job.result, None);
    }

    #[test]
    fn a_notification_that_sns_accepted_is_no_longer_pending() {
        let pending = decided(&first_job(), Verdict::Succeeded, at(1));
        let mut sent = pending.clone();
        sent.notification_state = PublishState::Sent {
            message_id: "m".to_owned(),
        };
        assert_eq!(
            merged(&pending, &sent).notification_state,
            sent.notification_state
        );
        let mut not_wanted = pending.clone();
        not_wanted.notification_state = PublishState::NotWanted;
        assert_eq!(
            merged(&not_wanted, &sent).notification_state,
            PublishState::NotWanted
        );
        let mut given_up = pending.clone();
        given_up.notification_state = PublishState::Abandoned;
        assert_eq!(
            merged(&pending, &given_up).notification_state,
            pending.notification_state
        );
    }

    /// A record after a call to CloudFront: the time of the next call, the number of retryable errors, and the status.
    fn target(next_call: u64, delays: u32, status: Option<Status>) -> ExecutionRecord {
        let mut record = first_job();
        let target = &mut record.targets[0];
        target.next_call_at = at(next_call);
        target.delays = delays;
        target.service_error = (delays > 0).then(|| ServiceError::new("Throttling", ""));
        target.invalidation = status.map(|status| StatusSnapshot {
            id: InvalidationId::parse("I1").unwrap(),
            status,
            checked_at: at(next_call),
        });
        record
    }

    #[test]
    fn the_longest_retry_time_wins() {
        let in_progress = Some(Status::InProgress);
        for (theirs, ours, next_call, delays) in [
            (target(5, 0, None), target(9, 1, None), 9, 1),
            (target(5, 0, None), target(9, 0, in_progress), 9, 0),
            (target(5, 2, None), target(9, 0, None), 5, 2),
            (target(9, 2, None), target(5, 1, None), 9, 2),
            (target(9, 2, None), target(9, 1, None), 9, 2),
        ] {
            let merged = merged(&theirs, &ours).targets.remove(0);
            assert_eq!(
                (merged.next_call_at, merged.delays),
                (at(next_call), delays)
            );
            assert_eq!(merged.service_error.is_some(), delays > 0);
        }
    }

    #[test]
    fn an_id_and_a_completion_are_kept() {
        let (none, seen, completed) = (
            target(5, 0, None),
            target(5, 0, Some(Status::InProgress)),
            target(5, 0, Some(Status::Completed)),
        );
        let status = |theirs: &ExecutionRecord, ours: &ExecutionRecord| {
            let merged = merged(theirs, ours).targets.remove(0);
            merged.invalidation.map(|snapshot| snapshot.status)
        };
        assert_eq!(status(&none, &seen), Some(Status::InProgress));
        assert_eq!(status(&seen, &completed), Some(Status::Completed));
        assert_eq!(status(&completed, &seen), Some(Status::Completed));
        assert_eq!(status(&seen, &none), Some(Status::InProgress));
    }

    /// Facts that are known before the creation, and the reason of a rejection.
    #[test]
    fn facts_without_an_invalidation_are_kept() {
        let (nothing, mut known) = (target(5, 0, None), target(5, 0, None));
        known.targets[0].is_allowed = true;
        known.targets[0].rejection = Some(Reason::NoSuchAlias(None));
        known.cloudfront_calls = 3;
        known.is_change = true;
        for (theirs, ours) in [(&nothing, &known), (&known, &nothing)] {
            let merged = merged(theirs, ours);
            assert!(merged.targets[0].is_allowed);
            assert_eq!(merged.targets[0].rejection, Some(Reason::NoSuchAlias(None)));
            assert_eq!(merged.cloudfront_calls, 3);
            assert!(merged.is_change);
        }
        let mut other = nothing.clone();
        other.targets[0].rejection = Some(Reason::NoSuchDistribution);
        let merged = merged(&known, &other);
        assert_eq!(
            merged.targets[0].rejection,
            Some(Reason::NoSuchAlias(None)),
            "the stored rejection is kept"
        );
    }

    #[test]
    fn a_resolved_domain_name_is_kept() {
        let alias = || {
            let mut record = target(5, 0, None);
            record.targets[0].resource = Resource::Alias(Alias::parse("a.example").unwrap());
            record
        };
        let mut resolved = target(5, 0, None);
        resolved.targets[0].known_as = Alias::parse("a.example");
        let of = |record: ExecutionRecord| {
            (
                record.targets[0].resource.clone(),
                record.targets[0].known_as.clone(),
            )
        };
        assert_eq!(of(merged(&alias(), &resolved)), of(resolved.clone()));
        assert_eq!(of(merged(&resolved, &alias())), of(resolved.clone()));
    }
}
