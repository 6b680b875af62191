//! The spans whose fields each line within them has: which job, execution and target it is about.
//!
//! A span below the level that is asked for would leave the lines above it without its fields, so each is of the highest
//! level. No field holds anything of an event beyond the names that are listed here.

use tracing::instrument::Instrumented;
use tracing::{Instrument as _, Span, error_span};

use invalidation_core::input::identifiers::{Alias, JobId};
use invalidation_core::model::execution_record::{ExecutionRecord, Resource, Target};

/// Work for a job: each line that it writes has its id.
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
    let pipeline_context = record.pipeline_context.as_ref();
    error_span!(
        "execution",
        execution_id = record.id.as_str(),
        pipeline = record.pipeline.as_deref(),
        stage = pipeline_context.map(|pipeline_context| pipeline_context.stage.as_str()),
        action = pipeline_context.map(|pipeline_context| pipeline_context.action.as_str()),
    )
}

/// The span of a target: its distribution or tenant, under the field of its kind, its domain name, and its invalidation.
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
