//! What a process still does when its time is up, or nearly so.

use super::next_step::{Step, next, or_rest};
use crate::model::execution_record::Record;
use crate::model::time_budget::RESERVE;
use crate::model::timestamp::Timestamp;

/// The next step of a process whose time is up: it reports the state of the open job, and leaves every other call to the
/// next process.
#[must_use]
pub fn last(record: &Record, now: Timestamp) -> Step {
    match next(record, now) {
        Step::Call(..) | Step::Recall | Step::Announce(_) | Step::Rest(_)
            if record.visit.is_open() =>
        {
            or_rest(Step::Answer, record.visit.retry_at, now)
        }
        Step::Call(..) | Step::Recall | Step::Announce(_) => Step::Rest(now),
        step @ (Step::Decide(_)
        | Step::Answer
        | Step::Omit
        | Step::Drain
        | Step::Rest(_)
        | Step::Done) => step,
    }
}

/// Whether the visitor is still there, but with hardly more time than an answer takes: a job that is told to come back
/// is better than a visitor that Lambda ends in the middle of a call.
pub(super) fn is_leaving(record: &Record, now: Timestamp) -> bool {
    let ends_at = record.visit.ends_at;
    record.visit.is_open() && now < ends_at && now + RESERVE > ends_at
}
