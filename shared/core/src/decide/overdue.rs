//! What is late, and what never arrived: for metrics and alarms. No decision rests on it.

use super::next_step::{CODEPIPELINE_PATIENCE, WATCH_AT_MOST};
use crate::model::execution_record::{Delivery, Goal, OnTimeout, Outcome, Record, Verdict};
use crate::model::timestamp::Timestamp;

/// From when on `record` is overdue if it is still open: the deadline of its execution, and once that is decided, the moment
/// from which on CodePipeline and the subscribers can be served. While a released action is only watched, that is the end of
/// the watch.
#[must_use]
pub fn overdue_at(record: &Record) -> Timestamp {
    let Some(outcome) = &record.outcome else {
        return record.deadline_at;
    };
    let answered_at = if record.visit.answer == Some(Delivery::Continued) {
        // CodePipeline gets the outcome on its next visit, if it comes back.
        outcome.decided_at + CODEPIPELINE_PATIENCE
    } else {
        outcome.decided_at.max(record.visit.opened_at)
    };
    match watched_until(record, outcome) {
        Some(until) if !record.visit.is_open() => until.max(answered_at),
        Some(_) | None => answered_at,
    }
}

/// When the watch of a released action ended, or will end at the latest; none if the action was not released.
fn watched_until(record: &Record, outcome: &Outcome) -> Option<Timestamp> {
    if record.on_timeout != OnTimeout::Release || outcome.verdict != Verdict::Excused {
        return None;
    }
    let mut targets = record.targets.iter();
    if targets.all(|target| target.is_settled(Goal::Completed)) {
        record.sightings().map(|seen| seen.seen_at).max()
    } else {
        Some(outcome.decided_at + WATCH_AT_MOST)
    }
}

/// Whether CodePipeline never accepted the outcome of `record`, in which nothing is left to do: it could not be reached until
/// its own timer had ended the job, an earlier "continue" may have arrived, and yet no continuation job followed.
#[must_use]
pub fn is_undelivered(record: &Record) -> bool {
    let visit = &record.visit;
    // Only a try that failed after all that time sets so late a moment for the next.
    let last_try_failed = visit.retry_at > visit.opened_at + CODEPIPELINE_PATIENCE;
    record.outcome.is_some() && visit.answer == Some(Delivery::Continued) && last_try_failed
}

/// From when on a status of CloudFront counts: once the deadline has passed, only what is read after it.
#[must_use]
pub fn status_counts_from(record: &Record, now: Timestamp) -> Timestamp {
    if now < record.deadline_at {
        record.created_at
    } else {
        record.deadline_at
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::decide::tests::first_visit;
    use crate::decide::{Observation, after, decided};
    use crate::input::identifiers::InvalidationId;
    use crate::model::execution_record::{Sighting, Status, Trouble};

    fn minutes(count: u64) -> Duration {
        Duration::from_secs(60 * count)
    }

    /// Decided ten minutes after its beginning, with this answer to its job.
    fn ended(verdict: Verdict, answer: Option<Delivery>) -> (Record, Timestamp) {
        let mut record = first_visit();
        let decided_at = record.created_at + minutes(10);
        if verdict == Verdict::Excused {
            record.on_timeout = OnTimeout::Release;
        }
        let mut record = decided(&record, verdict, decided_at);
        record.visit.answer = answer;
        (record, decided_at)
    }

    fn seen(record: &mut Record, status: Status, seen_at: Timestamp) {
        let id = InvalidationId::try_from("I2J0I21PCUYOIK".to_owned()).unwrap();
        for target in &mut record.targets {
            target.invalidation = Some(Sighting {
                id: id.clone(),
                status,
                seen_at,
            });
        }
    }

    #[test]
    fn what_is_undecided_is_overdue_from_its_own_deadline() {
        let mut record = first_visit();
        assert_eq!(overdue_at(&record), record.deadline_at);
        record.deadline_at = record.created_at + minutes(600);
        assert_eq!(overdue_at(&record), record.deadline_at);
    }

    #[test]
    fn what_is_decided_is_overdue_from_when_its_outcome_can_be_delivered() {
        for (answer, after) in [
            (None, Duration::ZERO),
            (Some(Delivery::Concluded), Duration::ZERO),
            (Some(Delivery::Closed), Duration::ZERO),
            (Some(Delivery::Undeliverable), Duration::ZERO),
            (Some(Delivery::Continued), CODEPIPELINE_PATIENCE),
        ] {
            let (record, decided_at) = ended(Verdict::TimedOut, answer);
            assert_eq!(overdue_at(&record), decided_at + after, "{answer:?}");
        }
        let (mut record, decided_at) = ended(Verdict::Succeeded, None);
        record.visit.opened_at = decided_at + minutes(2);
        assert_eq!(
            overdue_at(&record),
            decided_at + minutes(2),
            "a visit that came later"
        );
    }

    #[test]
    fn a_watch_is_not_late_until_its_end() {
        let (mut record, decided_at) = ended(Verdict::Excused, Some(Delivery::Concluded));
        seen(&mut record, Status::InProgress, decided_at + minutes(5));
        assert_eq!(overdue_at(&record), decided_at + WATCH_AT_MOST);
        let completed_at = decided_at + minutes(300);
        seen(&mut record, Status::Completed, completed_at);
        assert_eq!(overdue_at(&record), completed_at);
        record.visit.answer = None;
        assert_eq!(
            overdue_at(&record),
            decided_at,
            "its job waits for an answer"
        );
    }

    #[test]
    fn only_an_outcome_that_no_continuation_job_fetched_is_undelivered() {
        let policy = crate::decide::tests::POLICY;
        let trouble = || Observation::Unanswered(Trouble::new("NoReply", ""));
        let (mut record, decided_at) = ended(Verdict::Succeeded, None);
        record.visit.may_return = true;
        let early = after(&record, trouble(), decided_at, &policy);
        assert!(!is_undelivered(&early), "it is tried again");
        let taken = Observation::Answered(Delivery::Closed);
        let stopped = after(&early, taken, decided_at, &policy);
        assert_eq!(stopped.visit.answer, Some(Delivery::Continued));
        assert!(!is_undelivered(&stopped), "CodePipeline replied");
        let too_late = record.visit.opened_at + CODEPIPELINE_PATIENCE;
        let late = after(&record, trouble(), too_late, &policy);
        assert_eq!(late.visit.answer, Some(Delivery::Continued));
        assert!(is_undelivered(&late));
    }

    #[test]
    fn at_the_deadline_only_a_later_status_counts() {
        let record = first_visit();
        let (began, deadline) = (record.created_at, record.deadline_at);
        assert_eq!(status_counts_from(&record, began), began);
        assert_eq!(status_counts_from(&record, deadline), deadline);
        let later = deadline + std::time::Duration::from_secs(60);
        assert_eq!(status_counts_from(&record, later), deadline);
    }
}
