//! Overdue records and undelivered outcomes, for metrics and alarms. No decision depends on them.

use super::next_step::{CODEPIPELINE_PATIENCE, WATCH_AT_MOST};
use crate::model::execution_record::{
    Delivery, ExecutionRecord, Goal, OnTimeout, Outcome, Verdict,
};
use crate::model::timestamp::Timestamp;

/// The time from which `record` is overdue if it is not finalized: the deadline, or after the decision the time at
/// which the outcome can be reported and published. While a detached action is polled, this is the end of polling.
#[must_use]
pub fn overdue_at(record: &ExecutionRecord) -> Timestamp {
    let Some(outcome) = &record.outcome else {
        return record.deadline_at;
    };
    let reported_at = if record.job.result == Some(Delivery::Continued) {
        // The outcome is reported for the continuation job, if one follows.
        outcome.decided_at + CODEPIPELINE_PATIENCE
    } else {
        outcome.decided_at.max(record.job.opened_at)
    };
    match watched_until(record, outcome) {
        Some(until) if !record.job.is_open() => until.max(reported_at),
        Some(_) | None => reported_at,
    }
}

/// When the polling of a detached action ended, or will end at the latest; none if the action is not detached.
fn watched_until(record: &ExecutionRecord, outcome: &Outcome) -> Option<Timestamp> {
    if record.on_timeout != OnTimeout::Release || outcome.verdict != Verdict::SucceededWithWarning {
        return None;
    }
    let mut targets = record.targets.iter();
    if targets.all(|target| target.is_settled(Goal::Completed)) {
        record.snapshots().map(|seen| seen.checked_at).max()
    } else {
        Some(outcome.decided_at + WATCH_AT_MOST)
    }
}

/// Whether CodePipeline never accepted the outcome of a finalized `record`: no report arrived before CodePipeline's own
/// timer had ended the job, an earlier "continue" may have arrived, but no continuation job followed.
#[must_use]
pub fn is_undelivered(record: &ExecutionRecord) -> bool {
    let job = &record.job;
    // An attempt that failed after that time sets `retry_at` this late, and so does one up to a backoff earlier.
    let last_try_failed = job.retry_at > job.opened_at + CODEPIPELINE_PATIENCE;
    record.outcome.is_some() && job.result == Some(Delivery::Continued) && last_try_failed
}

/// The earliest time of a CloudFront status that counts. After the deadline, only a status that was read since then
/// counts.
#[must_use]
pub fn status_counts_from(record: &ExecutionRecord, now: Timestamp) -> Timestamp {
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
    use crate::decide::tests::first_job;
    use crate::decide::{Observation, after, decided};
    use crate::input::identifiers::InvalidationId;
    use crate::model::execution_record::{ServiceError, Status, StatusSnapshot};

    fn minutes(count: u64) -> Duration {
        Duration::from_secs(60 * count)
    }

    /// A record that was decided ten minutes after its creation, with this result of its job.
    fn ended(verdict: Verdict, job_result: Option<Delivery>) -> (ExecutionRecord, Timestamp) {
        let mut record = first_job();
        let decided_at = record.created_at + minutes(10);
        if verdict == Verdict::SucceededWithWarning {
            record.on_timeout = OnTimeout::Release;
        }
        let mut record = decided(&record, verdict, decided_at);
        record.job.result = job_result;
        (record, decided_at)
    }

    fn seen(record: &mut ExecutionRecord, status: Status, checked_at: Timestamp) {
        let id = InvalidationId::try_from("I2J0I21PCUYOIK".to_owned()).unwrap();
        for target in &mut record.targets {
            target.invalidation = Some(StatusSnapshot {
                id: id.clone(),
                status,
                checked_at,
            });
        }
    }

    #[test]
    fn an_undecided_execution_is_overdue_from_its_deadline() {
        let mut record = first_job();
        assert_eq!(overdue_at(&record), record.deadline_at);
        record.deadline_at = record.created_at + minutes(600);
        assert_eq!(overdue_at(&record), record.deadline_at);
    }

    #[test]
    fn a_decided_execution_is_overdue_once_its_outcome_can_be_delivered() {
        for (job_result, after) in [
            (None, Duration::ZERO),
            (Some(Delivery::Concluded), Duration::ZERO),
            (Some(Delivery::Closed), Duration::ZERO),
            (Some(Delivery::Undeliverable), Duration::ZERO),
            (Some(Delivery::Continued), CODEPIPELINE_PATIENCE),
        ] {
            let (record, decided_at) = ended(Verdict::TimedOut, job_result);
            assert_eq!(overdue_at(&record), decided_at + after, "{job_result:?}");
        }
        let (mut record, decided_at) = ended(Verdict::Succeeded, None);
        record.job.opened_at = decided_at + minutes(2);
        assert_eq!(
            overdue_at(&record),
            decided_at + minutes(2),
            "a job that was opened later"
        );
    }

    #[test]
    fn a_detached_execution_is_not_overdue_while_it_is_polled() {
        let (mut record, decided_at) =
            ended(Verdict::SucceededWithWarning, Some(Delivery::Concluded));
        seen(&mut record, Status::InProgress, decided_at + minutes(5));
        assert_eq!(overdue_at(&record), decided_at + WATCH_AT_MOST);
        let completed_at = decided_at + minutes(300);
        seen(&mut record, Status::Completed, completed_at);
        assert_eq!(overdue_at(&record), completed_at);
        record.job.result = None;
        assert_eq!(
            overdue_at(&record),
            decided_at,
            "its job waits for a result"
        );
    }

    #[test]
    fn only_an_outcome_that_no_continuation_job_fetched_is_undelivered() {
        let policy = crate::decide::tests::POLICY;
        let service_error = || Observation::NotReported(ServiceError::new("NoReply", ""));
        let (mut record, decided_at) = ended(Verdict::Succeeded, None);
        record.job.may_continue = true;
        let early = after(&record, service_error(), decided_at, &policy);
        assert!(!is_undelivered(&early), "the report is retried");
        let taken = Observation::Reported(Delivery::Closed);
        let stopped = after(&early, taken, decided_at, &policy);
        assert_eq!(stopped.job.result, Some(Delivery::Continued));
        assert!(!is_undelivered(&stopped), "CodePipeline replied");
        let too_late = record.job.opened_at + CODEPIPELINE_PATIENCE;
        let late = after(&record, service_error(), too_late, &policy);
        assert_eq!(late.job.result, Some(Delivery::Continued));
        assert!(is_undelivered(&late));
    }

    #[test]
    fn at_the_deadline_only_a_later_status_counts() {
        let record = first_job();
        let (began, deadline) = (record.created_at, record.deadline_at);
        assert_eq!(status_counts_from(&record, began), began);
        assert_eq!(status_counts_from(&record, deadline), deadline);
        let later = deadline + std::time::Duration::from_secs(60);
        assert_eq!(status_counts_from(&record, later), deadline);
    }
}
