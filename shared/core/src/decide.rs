//! Each decision of the product, made from a record and the time alone.

mod backoff;
mod continuation;
mod delivery;
pub mod driver;
mod find_lost;
pub mod job_identity;
mod merge;
mod new_record;
mod next_step;
mod overdue;
mod publish;
mod target_step;

pub use continuation::last;
pub use find_lost::CANDIDATES_AT_MOST;
pub use merge::joined;
pub use new_record::{Stay, Visitor, adopted, answered_late, begun, refused, reopened};
pub use next_step::{
    CODEPIPELINE_PATIENCE, Observation, Policy, Step, after, before, decided, drained, due_at,
    is_stuck, next,
};
pub use overdue::{is_undelivered, overdue_at, status_counts_from};
pub use publish::{ANNOUNCE_ATTEMPTS_AT_MOST, omitted};
pub use target_step::{Call, CloudFrontCall, CloudFrontReply, QueueCall, QueueReply, Reply};

#[cfg(test)]
pub(crate) mod tests;
