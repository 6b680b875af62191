//! How an execution begins.

use invalidation_core::input::identifiers::{InvalidationId, JobId};

/// The execution that begins with a job. Usually it has the id of the job.
///
/// A continuation job begins the execution of its token if that has no record and CodePipeline confirms the token. The first
/// job of an execution that must be verified reports "continue" before its record is written, and the process may end in
/// between; or the table was replaced. With the same id, each invalidation has the same caller reference as before.
pub(super) struct Beginning {
    pub(super) execution: JobId,
    /// The number of the job in the execution.
    pub(super) number: u32,
    /// The invalidation that the Python function created.
    pub(super) predecessor: Option<InvalidationId>,
}

impl Beginning {
    /// The execution that begins with its first job.
    pub(super) fn of(job_id: &JobId) -> Self {
        Self {
            execution: job_id.clone(),
            number: 0,
            predecessor: None,
        }
    }

    /// An execution of this id that begins with a continuation job.
    pub(super) const fn with_continuation(execution: JobId, number: u32) -> Self {
        Self {
            execution,
            number,
            predecessor: None,
        }
    }
}
