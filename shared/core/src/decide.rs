//! The decisions of an execution. Each one depends only on the record and the time.

mod backoff;
mod boundaries;
mod continuation;
mod delivery;
pub mod domain_name;
pub mod driver;
mod due_calls;
mod find_lost;
pub mod job_identity;
mod merge;
mod new_record;
mod next_step;
mod overdue;
mod publish;
mod target_step;

pub use backoff::{artifact_backoff, poll_interval};
pub use boundaries::Boundaries;
pub use continuation::last;
pub use due_calls::CALLS_AT_A_TIME;
pub use find_lost::CANDIDATES_AT_MOST;
pub use merge::merged;
pub use new_record::{
    IncomingJob, InvocationBudget, adopted, begun, rejected, reopened, reported_late,
};
pub use next_step::{
    CODEPIPELINE_PATIENCE, Observation, Policy, Step, after, before, decided, due_at, finalized,
    is_stuck, next,
};
pub use overdue::{is_undelivered, overdue_at, status_counts_from};
pub use publish::{PUBLISH_ATTEMPTS_AT_MOST, is_rejected, skipped};
pub use target_step::{Call, CloudFrontCall, CloudFrontReply, QueueCall, QueueReply, Reply};

#[cfg(test)]
pub(crate) mod tests;
