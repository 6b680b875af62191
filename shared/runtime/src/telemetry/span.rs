//! The spans that add fields to each line within them: the job, the execution and the target.
//!
//! Each span has the highest level. A span below the configured level would be disabled, and lines above that level
//! would lack its fields. The fields listed here are the only parts of an event that a span contains.

use tracing::instrument::Instrumented;
use tracing::{Instrument as _, Span, error_span};

use invalidation_core::input::identifiers::{Alias, JobId};
use invalidation_core::model::execution_record::{ExecutionRecord, Resource, Target};

/// Work for a job. Each line that it logs has the job id.
pub fn of_job<F: Future>(job_id: &JobId, work: F) -> Instrumented<F> {
    work.instrument(error_span!("job", %job_id))
}

/// The span of an execution of which only the id is known.
#[must_use]
pub fn claimed(id: &JobId) -> Span {
    error_span!("execution", execution_id = %id)
}

/// The span of an execution.
#[must_use]
pub fn execution(record: &ExecutionRecord) -> Span {
    let context = record.pipeline_context.as_ref();
    error_span!(
        "execution",
        execution_id = record.id.as_str(),
        pipeline = record.pipeline_name(),
        stage = context.map(|context| context.stage.as_str()),
        action = context.map(|context| context.action.as_str()),
    )
}

/// The span of a target: its distribution or tenant id, its domain name, and its invalidation.
#[must_use]
pub fn target(target: &Target) -> Span {
    let known_as = target.known_as.as_ref().map(Alias::as_str);
    let (distribution_id, distribution_tenant_id, alias) = match &target.resource {
        Resource::Distribution(id) => (Some(id.as_str()), None, known_as),
        Resource::Tenant(id) => (None, Some(id.as_str()), known_as),
        Resource::Alias(name) => (None, None, Some(name.as_str())),
    };
    error_span!(
        "target",
        distribution_id,
        distribution_tenant_id,
        alias,
        invalidation_id = target.invalidation.as_ref().map(|seen| seen.id.as_str()),
    )
}
