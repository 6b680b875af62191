//! The steps of a process whose time is up or nearly up.

use super::next_step::{Step, next, step_or_wait};
use crate::model::execution_record::ExecutionRecord;
use crate::model::time_budget::RESERVE;
use crate::model::timestamp::Timestamp;

/// The next step of a process whose time is up: it reports the state of the open job, and leaves other calls to the
/// next process.
#[must_use]
pub fn last(record: &ExecutionRecord, now: Timestamp) -> Step {
    match next(record, now) {
        Step::Call(..) | Step::CheckForChange | Step::Publish(_) | Step::Wait(_)
            if record.job.is_open() =>
        {
            step_or_wait(Step::Report, record.job.retry_at, now)
        }
        Step::Call(..) | Step::CheckForChange | Step::Publish(_) => Step::Wait(now),
        step @ (Step::Decide(_)
        | Step::Report
        | Step::Skip
        | Step::Finalize
        | Step::Wait(_)
        | Step::Done) => step,
    }
}

/// Whether the job handler is still running, but has less than [`RESERVE`] left. Reporting "continue" is better than a
/// Lambda time-out during a call.
pub(super) fn is_leaving(record: &ExecutionRecord, now: Timestamp) -> bool {
    let ends_at = record.job.ends_at;
    record.job.is_open() && now < ends_at && now + RESERVE > ends_at
}
