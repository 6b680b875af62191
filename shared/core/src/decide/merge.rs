//! What becomes of our knowledge when somebody else has written the record first.

use super::next_step::decided;
use crate::model::execution_record::{Announcement, Channel, Record, Resource, Target};
use crate::model::queue::Turn;

/// The record that somebody else has written, with what only we know: how it ends, that CodePipeline has had its answer,
/// that people and programs were told, which invalidations are ours, and when CloudFront may be asked again. It is true whoever
/// writes next; forgotten, it would be asked or done again. An outcome that stands is not changed, nor what it was
/// decided on.
#[must_use]
pub fn joined(theirs: &Record, ours: &Record) -> Record {
    let mut record = match &ours.outcome {
        Some(outcome) => decided(theirs, outcome.verdict.clone(), outcome.decided_at),
        None => theirs.clone(),
    };
    record.cloudfront_calls = record.cloudfront_calls.max(ours.cloudfront_calls);
    if record.visit.job_id == ours.visit.job_id && record.visit.is_open() {
        record.visit.answer = ours.visit.answer;
    }
    for channel in Channel::ALL {
        let (announced, ours) = (record.announced_mut(channel), ours.announced(channel));
        let is_owed = matches!(announced, Announcement::Owed { .. } | Announcement::GivenUp);
        if is_owed && matches!(ours, Announcement::Sent { .. }) {
            announced.clone_from(ours);
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
    // Whose turn it is, the table knows best. Only that we have left the queue is done.
    if ours.turn == Some(Turn::Left) {
        target.turn = Some(Turn::Left);
    }
    if target.refusal.is_none() {
        target.refusal.clone_from(&ours.refusal);
    }
    let was_told = ours.invalidation.is_some() || ours.delays > 0;
    if was_told && ours.next_call_at > target.next_call_at {
        target.next_call_at = ours.next_call_at;
        target.delays = ours.delays;
        target.trouble.clone_from(&ours.trouble);
    }
    if target.invalidation.is_none() || ours.is_completed() {
        target.invalidation.clone_from(&ours.invalidation);
        target.made_by.clone_from(&ours.made_by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::tests::{RETURN, at, first_visit, job};
    use crate::input::identifiers::{Alias, InvalidationId};
    use crate::model::execution_record::{Delivery, Reason, Sighting, Status, Trouble, Verdict};

    #[test]
    fn an_answer_counts_for_its_own_job_only() {
        let mut ours = first_visit();
        ours.visit.answer = Some(Delivery::Continued);
        let mut theirs = first_visit();
        assert_eq!(joined(&theirs, &ours).visit.answer, ours.visit.answer);
        theirs.visit.job_id = job(RETURN);
        assert_eq!(joined(&theirs, &ours).visit.answer, None);
    }

    #[test]
    fn a_notice_that_sns_took_is_owed_no_more() {
        let owed = decided(&first_visit(), Verdict::Succeeded, at(1));
        let mut sent = owed.clone();
        sent.announcement = Announcement::Sent {
            message_id: "m".to_owned(),
        };
        assert_eq!(joined(&owed, &sent).announcement, sent.announcement);
        let mut unwanted = owed.clone();
        unwanted.announcement = Announcement::Unwanted;
        assert_eq!(
            joined(&unwanted, &sent).announcement,
            Announcement::Unwanted
        );
        let mut given_up = owed.clone();
        given_up.announcement = Announcement::GivenUp;
        assert_eq!(joined(&owed, &given_up).announcement, owed.announcement);
    }

    /// A target as it stands after CloudFront was asked: how often it put us off, until when, and what it showed.
    fn target(next_call: u64, delays: u32, status: Option<Status>) -> Record {
        let mut record = first_visit();
        let target = &mut record.targets[0];
        target.next_call_at = at(next_call);
        target.delays = delays;
        target.trouble = (delays > 0).then(|| Trouble::new("Throttling", ""));
        target.invalidation = status.map(|status| Sighting {
            id: InvalidationId::parse("I1").unwrap(),
            status,
            seen_at: at(next_call),
        });
        record
    }

    #[test]
    fn whoever_was_told_to_wait_longest_is_right() {
        let in_progress = Some(Status::InProgress);
        for (theirs, ours, next_call, delays) in [
            (target(5, 0, None), target(9, 1, None), 9, 1),
            (target(5, 0, None), target(9, 0, in_progress), 9, 0),
            (target(5, 2, None), target(9, 0, None), 5, 2),
            (target(9, 2, None), target(5, 1, None), 9, 2),
            (target(9, 2, None), target(9, 1, None), 9, 2),
        ] {
            let joined = joined(&theirs, &ours).targets.remove(0);
            assert_eq!(
                (joined.next_call_at, joined.delays),
                (at(next_call), delays)
            );
            assert_eq!(joined.trouble.is_some(), delays > 0);
        }
    }

    #[test]
    fn an_id_and_a_completion_are_never_forgotten() {
        let (none, seen, completed) = (
            target(5, 0, None),
            target(5, 0, Some(Status::InProgress)),
            target(5, 0, Some(Status::Completed)),
        );
        let status = |theirs: &Record, ours: &Record| {
            let joined = joined(theirs, ours).targets.remove(0);
            joined.invalidation.map(|sighting| sighting.status)
        };
        assert_eq!(status(&none, &seen), Some(Status::InProgress));
        assert_eq!(status(&seen, &completed), Some(Status::Completed));
        assert_eq!(status(&completed, &seen), Some(Status::Completed));
        assert_eq!(status(&seen, &none), Some(Status::InProgress));
    }

    /// What was found out before anything was created, and why nothing will be.
    #[test]
    fn what_was_found_out_is_kept() {
        let (nothing, mut known) = (target(5, 0, None), target(5, 0, None));
        known.targets[0].is_allowed = true;
        known.targets[0].refusal = Some(Reason::NoSuchAlias);
        known.cloudfront_calls = 3;
        known.is_change = true;
        for (theirs, ours) in [(&nothing, &known), (&known, &nothing)] {
            let joined = joined(theirs, ours);
            assert!(joined.targets[0].is_allowed);
            assert_eq!(joined.targets[0].refusal, Some(Reason::NoSuchAlias));
            assert_eq!(joined.cloudfront_calls, 3);
            assert!(joined.is_change);
        }
        let mut other = nothing.clone();
        other.targets[0].refusal = Some(Reason::NoSuchDistribution);
        let joined = joined(&known, &other);
        assert_eq!(
            joined.targets[0].refusal,
            Some(Reason::NoSuchAlias),
            "the first stands"
        );
    }

    #[test]
    fn a_domain_name_that_one_of_two_has_resolved_is_resolved() {
        let alias = || {
            let mut record = target(5, 0, None);
            record.targets[0].resource = Resource::Alias(Alias::parse("a.example").unwrap());
            record
        };
        let mut resolved = target(5, 0, None);
        resolved.targets[0].known_as = Alias::parse("a.example");
        let of = |record: Record| {
            (
                record.targets[0].resource.clone(),
                record.targets[0].known_as.clone(),
            )
        };
        assert_eq!(of(joined(&alias(), &resolved)), of(resolved.clone()));
        assert_eq!(of(joined(&resolved, &alias())), of(resolved.clone()));
    }
}
