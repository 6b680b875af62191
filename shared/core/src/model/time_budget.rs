//! The time budgets: how long calls and units of work may take.
//!
//! The assertions below the constants check that each part fits into its whole, so that an inconsistent value does not
//! compile.

use std::time::Duration;

use crate::model::timestamp::Timestamp;

/// The time budget of a process for one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeBudget {
    /// Until when it may wait for the next step while a job is open.
    pub wait_until: Timestamp,
    /// Until when it may begin a call. After that it only reports the state of the open job. The next process does the
    /// rest.
    pub work_until: Timestamp,
    /// How many invalidations it may create.
    pub pace: Pace,
}

/// How many invalidations a process may create, so that its account is not throttled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pace {
    /// How many may be created now.
    pub creates: usize,
    /// When another one may be created, if none may be created now.
    pub more_at: Timestamp,
}

impl Pace {
    /// No limit.
    pub const UNLIMITED: Self = Self {
        creates: usize::MAX,
        more_at: Timestamp::from_millis(0),
    };
}

/// The time-out for opening a connection.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The time-out of one attempt of a call. The default of the SDK is no time-out.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(4);
/// The time-out of a call with all its attempts. It is far below the Lambda time-out of either function, so that a call
/// that hangs leaves time to report the result of the job.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(9);
/// The time-out of a report of a result to CodePipeline: of the first request, and of the second one without details,
/// which follows if CodePipeline rejects a detail. Both share the time-out of one call, because a longer reserve would
/// shorten the wait of every job, and would thereby delay the pipeline. If the second request times out, Lambda
/// delivers the event again.
pub const RESULT_TIMEOUT: Duration = OPERATION_TIMEOUT;

/// How long a call to CloudFront or to the queue may continue after the time budget of its process. Without this time,
/// a CreateInvalidation call that is about to return would be dropped, and the invalidation would have to be searched
/// for.
pub const LAST_CALL: Duration = Duration::from_millis(1_500);
/// The time that a process reserves to report the result of its job: the rest of a call in progress, a write, and the
/// report, each with its full time-out.
pub const RESERVE: Duration = Duration::from_secs(20);

/// The timer of CodePipeline: "If the Lambda function has sent no reply after 20 minutes, the action times out"
/// (<https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>).
pub const CODEPIPELINE_SILENCE: Duration = Duration::from_secs(20 * 60);
/// The Lambda time-out of `start`.
pub const START_TIMEOUT: Duration = Duration::from_secs(600);
/// The default maximum wait of an invocation of `start`. With this wait, fewer than one in a hundred deployments needs a
/// continuation job, by the distribution that the bench uses.
pub const MAX_WAIT: Duration = Duration::from_secs(540);
/// The maximum age of an event of `start`. No delivery begins later; Lambda sends an older event to the checker.
pub const START_EVENT_AGE: Duration = Duration::from_secs(480);
/// The Lambda time-out of the checker: a sweep ends before the next scheduled run.
pub const CHECKER_TIMEOUT: Duration = Duration::from_secs(55);
/// The total time that Lambda waits before the second and the third delivery of an event.
const REDELIVERY: Duration = Duration::from_secs(60 + 120);

/// The time budget of the checker for one record: the maximum wait for the rate limit, and the reserve.
pub const RECORD_TIMEOUT: Duration = Duration::from_secs(25);
/// The maximum total wait of one record for the rate limit, if it has its full time budget.
pub const RATE_LIMIT_WAIT: Duration = Duration::from_secs(5);
/// The time-out of ListInvalidations, which is less important than a status check.
pub const LIST_TIMEOUT: Duration = Duration::from_secs(3);
/// The time that is left of the checker's Lambda time-out after its last record.
pub const SWEEP_END: Duration = Duration::from_secs(1);
/// The minimum of the checker's Lambda time-out that must be left to begin another record: the reserve, the end of the
/// sweep, and a second for the work itself.
pub const SWEEP_RESERVE: Duration = Duration::from_secs(22);
/// The first backoff of a claimed record. It is longer than the checker works on one record, and ends before the next
/// sweep.
pub const FIRST_BACKOFF: Duration = Duration::from_secs(30);
/// The first backoff of a notification. Until it ends, no other process publishes the notification.
pub const NOTIFICATION_BACKOFF: Duration = Duration::from_secs(15);

/// Whether the parts, one after the other, fit into the whole.
const fn fit(parts: &[Duration], whole: Duration) -> bool {
    let (mut sum, mut place) = (Duration::ZERO, 0);
    while place < parts.len() {
        sum = sum.saturating_add(parts[place]);
        place += 1;
    }
    sum.as_nanos() <= whole.as_nanos()
}

const _: () = assert!(
    fit(&[CONNECT_TIMEOUT, CONNECT_TIMEOUT], ATTEMPT_TIMEOUT),
    "a try has time for its request once the connection is made"
);
const _: () = assert!(
    fit(&[ATTEMPT_TIMEOUT, ATTEMPT_TIMEOUT], OPERATION_TIMEOUT),
    "a call has time for a second try"
);
const _: () = assert!(
    fit(&[ATTEMPT_TIMEOUT, ATTEMPT_TIMEOUT], RESULT_TIMEOUT),
    "a result that is rejected slowly is sent once more without details"
);
const _: () = assert!(
    fit(&[LAST_CALL, OPERATION_TIMEOUT, RESULT_TIMEOUT], RESERVE),
    "a job gets its result within the reserve"
);
const _: () = assert!(
    fit(&[MAX_WAIT, RESERVE], START_TIMEOUT),
    "a job that waited gets its result within the time-out of start"
);
const _: () = assert!(
    fit(
        &[START_EVENT_AGE, START_TIMEOUT, CHECKER_TIMEOUT],
        CODEPIPELINE_SILENCE
    ),
    "the checker handles a job whose last delivery to start began as late as possible, and hung"
);
const _: () = assert!(
    fit(
        &[START_TIMEOUT, Duration::from_secs(60), CHECKER_TIMEOUT],
        CODEPIPELINE_SILENCE
    ),
    "the sweep after the end of a run reports a result in its place"
);
const _: () = assert!(
    fit(
        &[REDELIVERY, Duration::from_secs(3 * RESERVE.as_secs())],
        START_EVENT_AGE
    ),
    "three deliveries that fail at once are within the age of their event"
);
const _: () = assert!(
    fit(&[RATE_LIMIT_WAIT, RESERVE], RECORD_TIMEOUT),
    "a record that waited for the rate limiter has time to report a result"
);
const _: () = assert!(
    fit(&[LIST_TIMEOUT, Duration::from_secs(1)], RATE_LIMIT_WAIT),
    "a record whose list call fails has time for a call of its own"
);
const _: () = assert!(
    fit(&[SWEEP_END, RESERVE, Duration::from_secs(1)], SWEEP_RESERVE),
    "the record that a sweep begins last has time for its work"
);
const _: () = assert!(
    fit(&[SWEEP_RESERVE, RECORD_TIMEOUT], CHECKER_TIMEOUT),
    "a sweep has time for more than one record after the other"
);
const _: () = assert!(
    fit(&[RECORD_TIMEOUT, Duration::from_secs(1)], FIRST_BACKOFF),
    "no other sweep claims a record while one works on it"
);
const _: () = assert!(
    fit(&[OPERATION_TIMEOUT, ATTEMPT_TIMEOUT], NOTIFICATION_BACKOFF),
    "no other process publishes a notification while one publishes it"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fit_as_long_as_their_sum_does() {
        let second = Duration::from_secs(1);
        assert!(fit(&[], Duration::ZERO));
        assert!(fit(&[second, second], second * 2));
        assert!(!fit(
            &[second, second],
            second * 2 - Duration::from_nanos(1)
        ));
        assert!(!fit(&[Duration::MAX, second], second));
    }
}
