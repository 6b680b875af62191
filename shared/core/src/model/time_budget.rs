//! The time budgets: how long a call and a piece of work may take, and that each fits into the one around it.
//!
//! The relations stand below the numbers as assertions, so that a number that breaks one of them does not compile.

use std::time::Duration;

use crate::model::timestamp::Timestamp;

/// Until when a process may work on a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeBudget {
    /// Until when it may wait for the next step while a job is open.
    pub wait_until: Timestamp,
    /// Until when it may begin a call. From then on it only reports the state of the open job, and leaves the rest to the
    /// next process.
    pub work_until: Timestamp,
}

/// How long a connection may take to be made.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long one try of a call may take. The SDK's own default is to wait for ever.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(4);
/// How long a call may take with all its tries: far below the Lambda time-out of either function, so that a call that
/// hangs leaves time to report the result of the job.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(9);
/// How long the report of a result to CodePipeline may take: the first request, and the second one without details that
/// follows if CodePipeline rejects a detail. Both share the time of one call, because a longer reserve would shorten the
/// wait of each job, and so delay the pipeline each time; a second request that runs out of time costs one redelivery.
pub const RESULT_TIMEOUT: Duration = OPERATION_TIMEOUT;

/// How long a call to CloudFront or to the queue may still take when the time of its process is up. Without it, a create
/// that is about to be acknowledged would be dropped, and its invalidation would have to be searched for.
pub const LAST_CALL: Duration = Duration::from_millis(1_500);
/// What a process keeps free at the end of its time to report the result of its job: the rest of a call that is on its way,
/// a write and the report, each of which may take its whole time-out.
pub const RESERVE: Duration = Duration::from_secs(20);

/// How long the checker may work on one record: as long as it may wait for its turns to call CloudFront, and the reserve.
pub const RECORD_TIMEOUT: Duration = Duration::from_secs(25);
/// How long one record waits in all for its turns to call CloudFront, if it has its whole time.
pub const RATE_LIMIT_WAIT: Duration = Duration::from_secs(5);
/// How long a list of invalidations may take, which is worth less than a status check.
pub const LIST_TIMEOUT: Duration = Duration::from_secs(3);
/// What is left of the checker's Lambda time when its last record has ended.
pub const SWEEP_END: Duration = Duration::from_secs(1);
/// How much of its Lambda time the checker must have left to begin with another record: the reserve, the end of the sweep,
/// and a second for the work itself.
pub const SWEEP_RESERVE: Duration = Duration::from_secs(22);
/// How long a claimed record is left alone the first time: longer than the checker works on one record, and over when the
/// next sweep comes.
pub const FIRST_BACKOFF: Duration = Duration::from_secs(30);
/// How long a process that publishes a notification keeps others from it the first time.
pub const NOTIFICATION_BACKOFF: Duration = Duration::from_secs(15);

/// Whether the parts fit into the whole, one after the other.
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
    fit(&[RATE_LIMIT_WAIT, RESERVE], RECORD_TIMEOUT),
    "a record that waited for its turns still ends by itself"
);
const _: () = assert!(
    fit(&[LIST_TIMEOUT, Duration::from_secs(1)], RATE_LIMIT_WAIT),
    "a record whose list does not come has time to ask by itself"
);
const _: () = assert!(
    fit(&[SWEEP_END, RESERVE, Duration::from_secs(1)], SWEEP_RESERVE),
    "the record that a sweep begins last has time for its work"
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
