//! Job intake: checks whether this function may handle an event, and finds the execution of its job. [`job_identity`]
//! interprets what CodePipeline returns for the job.

use futures_util::future::join;

use super::allowed;
use super::beginning::Beginning;
use super::paths_file::{self, Unread};
use super::{Invocation, JobError};
use crate::advance::report_late;
use crate::log;
use crate::ports::{Clock, ExecutionStore, JobReporter, Services, StoreError};
use crate::settings::Settings;
use crate::telemetry;
use invalidation_core::decide::driver::{Driver, Writer};
use invalidation_core::decide::job_identity::{self, Identity, JobDetails, NoDetails, TokenCheck};
use invalidation_core::decide::{self, IncomingJob, InvocationBudget};
use invalidation_core::input::continuation_token::Token;
use invalidation_core::input::identifiers::{JobId, TopicArn};
use invalidation_core::input::job_event::{JobEvent, Text};
use invalidation_core::input::paths_file::may_be_named;
use invalidation_core::input::user_parameters::{Rejected, UserParameters};
use invalidation_core::model::execution_record::{
    Delivery, ExecutionRecord, NotificationSettings, PipelineContext, Reason, ServiceError,
};

/// An invocation handles an event once, and a second time if the first attempt panicked.
const FIRST_ROUND: u32 = 1;
const SECOND_ROUND: u32 = 2;

/// Why the intake of an event failed. A retry may succeed.
#[derive(Debug)]
pub enum IntakeError {
    /// S3 did not return an input artifact.
    NoArtifact(ServiceError),
    /// The record could not be read.
    NoRecord(StoreError),
    /// CodePipeline did not accept the result that was to verify the job.
    NotAccepted,
}

impl From<StoreError> for IntakeError {
    fn from(error: StoreError) -> Self {
        Self::NoRecord(error)
    }
}

impl From<IntakeError> for JobError {
    fn from(intake_error: IntakeError) -> Self {
        match intake_error {
            IntakeError::NoRecord(error) => Self::NoRecord(error),
            IntakeError::NotAccepted => Self::NotAccepted,
            IntakeError::NoArtifact(service_error) => Self::NoArtifact(service_error),
        }
    }
}

/// The execution of `event`, with its job open. Returns `None` if this function has nothing to report for the job. For
/// a first job, nothing is written yet.
///
/// # Errors
/// See [`IntakeError`].
pub async fn open(
    event: &JobEvent,
    services: &impl Services,
    settings: &Settings,
    invocation: &Invocation,
    budget: InvocationBudget,
) -> Result<Option<Driver>, IntakeError> {
    let writer = invocation.writer(FIRST_ROUND);
    let details = services.job_reporter().details(&event.job_id);
    // The record is loaded concurrently, because most jobs are valid.
    let (stored, details) = join(stored(event, services.execution_store()), details).await;
    let Some(job) = admitted(event, details, services, invocation) else {
        return Ok(None);
    };
    let driver = match token(&job.event) {
        IncomingToken::Absent => match stored? {
            Some(record) => Driver::with_job(record, incoming_job(&job.event, 0, budget), writer),
            None => {
                begun(
                    &job,
                    Beginning::of(&job.event.job_id),
                    services,
                    settings,
                    writer,
                    budget,
                )
                .await?
            }
        },
        IncomingToken::Token(Token::Predecessor { invalidation }) => {
            let beginning = Beginning {
                predecessor: Some(invalidation),
                ..Beginning::of(&job.event.job_id)
            };
            begun(&job, beginning, services, settings, writer, budget).await?
        }
        IncomingToken::Token(Token::Ours { execution, number }) => {
            let record = match stored? {
                Some(record) if record.id == execution => Some(record),
                // The token that CodePipeline returns for the job differs from the token of the event.
                Some(_) | None => services.execution_store().load(&execution).await?,
            };
            match (record, without_record(&job, execution, number)) {
                (Some(record), _) => returned(&job, record, number, settings, writer, budget),
                (None, Some(beginning)) => {
                    begun(&job, beginning, services, settings, writer, budget).await?
                }
                (None, None) => Driver::fresh(
                    rejected(&job, Reason::UnknownExecution, settings, budget),
                    writer,
                ),
            }
        }
        IncomingToken::Invalid => Driver::fresh(
            rejected(&job, Reason::UnreadableToken, settings, budget),
            writer,
        ),
    };
    verified(&job, driver, services).await
}

/// The current execution of `event`, or one that failed for `reason` if none exists. Used for an event whose handling
/// fails each time.
///
/// # Errors
/// See [`IntakeError`].
pub async fn reopen(
    event: &JobEvent,
    reason: &Reason,
    services: &impl Services,
    settings: &Settings,
    invocation: &Invocation,
    budget: InvocationBudget,
) -> Result<Option<Driver>, IntakeError> {
    let writer = invocation.writer(SECOND_ROUND);
    let details = services.job_reporter().details(&event.job_id).await;
    let Some(job) = admitted(event, details, services, invocation) else {
        return Ok(None);
    };
    let (execution, number) = match token(&job.event) {
        IncomingToken::Token(Token::Ours { execution, number }) => (execution, Some(number)),
        IncomingToken::Token(Token::Predecessor { .. })
        | IncomingToken::Absent
        | IncomingToken::Invalid => (event.job_id.clone(), None),
    };
    let driver = match (services.execution_store().load(&execution).await?, number) {
        (Some(record), Some(number)) => returned(&job, record, number, settings, writer, budget),
        (Some(record), None) => Driver::with_job(record, incoming_job(event, 0, budget), writer),
        (None, _) => Driver::fresh(rejected(&job, reason.clone(), settings, budget), writer),
    };
    verified(&job, driver, services).await
}

/// A job that passed the identity check.
struct Job {
    event: JobEvent,
    pipeline_context: Option<PipelineContext>,
    /// Whether CodePipeline must accept a result of the job before anything else is done for it.
    must_verify: bool,
    token_check: TokenCheck,
}

/// The execution that begins with a job whose token names one that has no record; none if nothing confirms the token. It
/// must not select the id of an execution then, because another job may have this id.
fn without_record(job: &Job, execution: JobId, number: u32) -> Option<Beginning> {
    match job.token_check {
        TokenCheck::Confirmed => Some(Beginning::with_continuation(execution, number)),
        TokenCheck::Contradicted => Some(Beginning::of(&job.event.job_id)),
        TokenCheck::Unchecked => None,
    }
}

/// The job, with the details that CodePipeline returns for it. Returns `None` if the job belongs to another function.
fn admitted(
    event: &JobEvent,
    details: Result<JobDetails, NoDetails>,
    services: &impl Services,
    invocation: &Invocation,
) -> Option<Job> {
    let now = services.clock().now();
    let (pipeline_context, must_verify) =
        match job_identity::identified(&details, invocation.function.as_ref()) {
            Identity::Foreign => {
                telemetry::foreign_job(details.ok().as_ref(), now);
                return None;
            }
            Identity::Unverified => (None, true),
            Identity::Ours {
                pipeline_context,
                is_checked,
            } => {
                if !is_checked {
                    telemetry::unchecked_job(details.as_ref().err(), now);
                }
                (pipeline_context, false)
            }
        };
    let token_check = TokenCheck::of(&details);
    let corrected =
        details.map_or_else(|_| event.clone(), |it| job_identity::corrected(event, &it));
    if is_other(&corrected, event) {
        log!(JobEventMismatch);
    }
    Some(Job {
        event: corrected,
        pipeline_context,
        must_verify,
        token_check,
    })
}

/// Whether the details of the job differ from its event. Their credentials may be others for the same artifacts.
fn is_other(corrected: &JobEvent, event: &JobEvent) -> bool {
    let known = JobEvent {
        artifacts: corrected.artifacts.clone(),
        ..event.clone()
    };
    known != *corrected || corrected.artifacts.inputs != event.artifacts.inputs
}

/// The driver; `None` if the job had to be verified and CodePipeline did not accept its result.
async fn verified(
    job: &Job,
    mut driver: Driver,
    services: &impl Services,
) -> Result<Option<Driver>, IntakeError> {
    if !job.must_verify {
        return Ok(Some(driver));
    }
    let reply = report_late(&job.event.job_id, &mut driver, services).await;
    match reply.map_err(|_| IntakeError::NotAccepted)? {
        Delivery::Continued | Delivery::Concluded => Ok(Some(driver)),
        Delivery::Closed | Delivery::Unknown | Delivery::Undeliverable => Ok(None),
    }
}

/// The record that the token of the event names, if any. The first job of an execution has no token and usually no
/// record. If its paths come from a file, an earlier delivery of its event may have stored them, and the file may be
/// gone.
async fn stored(
    event: &JobEvent,
    execution_store: &impl ExecutionStore,
) -> Result<Option<ExecutionRecord>, StoreError> {
    match token(event) {
        IncomingToken::Token(Token::Ours { execution, .. }) => {
            execution_store.load(&execution).await
        }
        IncomingToken::Absent if names_file(event) => execution_store.load(&event.job_id).await,
        IncomingToken::Token(Token::Predecessor { .. })
        | IncomingToken::Absent
        | IncomingToken::Invalid => Ok(None),
    }
}

fn names_file(event: &JobEvent) -> bool {
    matches!(&event.user_parameters, Text::Given(text) if may_be_named(text))
}

/// The execution that a valid token names, if it belongs to the action that sent the token.
fn returned(
    job: &Job,
    record: ExecutionRecord,
    number: u32,
    settings: &Settings,
    writer: Writer,
    budget: InvocationBudget,
) -> Driver {
    let reason = if is_ahead(&record, number) {
        Reason::UnreadableToken
    } else if is_foreign(&record, job.pipeline_context.as_ref()) {
        Reason::ForeignToken
    } else if job.must_verify {
        // An unverified job must not be stored in the record.
        return Driver::unverified(record, job.event.job_id.clone(), writer);
    } else {
        return Driver::with_job(record, incoming_job(&job.event, number, budget), writer);
    };
    Driver::fresh(rejected(job, reason, settings, budget), writer)
}

/// The continuation token that CodePipeline returned with the job.
enum IncomingToken {
    /// There is no token: this is the first job.
    Absent,
    Token(Token),
    /// The token is not one of this action.
    Invalid,
}

fn token(event: &JobEvent) -> IncomingToken {
    match &event.continuation_token {
        Text::Absent => IncomingToken::Absent,
        Text::NotAString => IncomingToken::Invalid,
        Text::Given(text) => {
            Token::parse(text).map_or(IncomingToken::Invalid, IncomingToken::Token)
        }
    }
}

fn incoming_job(event: &JobEvent, number: u32, budget: InvocationBudget) -> IncomingJob {
    IncomingJob {
        job_id: event.job_id.clone(),
        number,
        budget,
    }
}

/// Whether the job belongs to another action than the record. If CodePipeline did not return the context of this job or
/// of the first job, the job is not considered foreign.
fn is_foreign(record: &ExecutionRecord, context: Option<&PipelineContext>) -> bool {
    matches!((&record.pipeline_context, context), (Some(stored), Some(context)) if stored != context)
}

/// Whether the token has a number that was never written. Each job is stored in the record before its result, whose
/// token has the number of the next job. If such a token were accepted, valid continuation jobs would look outdated.
const fn is_ahead(record: &ExecutionRecord, number: u32) -> bool {
    number > record.job.number.saturating_add(1)
}

/// The execution that begins with the job.
async fn begun(
    job: &Job,
    beginning: Beginning,
    services: &impl Services,
    settings: &Settings,
    writer: Writer,
    budget: InvocationBudget,
) -> Result<Driver, IntakeError> {
    let parameters = match allowed::read(&job.event, job.pipeline_context.as_ref(), settings) {
        Ok(parameters) => parameters,
        Err(Rejected { faults, .. }) => {
            let record = rejected(job, Reason::BadParameters(faults), settings, budget);
            return Ok(Driver::fresh(record, writer));
        }
    };
    let context = job.pipeline_context.as_ref();
    if settings.boundaries.needs_context(context) {
        let record = rejected(job, Reason::UnknownPipeline, settings, budget);
        return Ok(Driver::fresh(record, writer));
    }
    let (artifacts, job_id) = (&job.event.artifacts, &job.event.job_id);
    let incoming_job = incoming_job(&job.event, beginning.number, budget);
    let filled = paths_file::filled(parameters, artifacts, services, job_id, budget).await;
    let record = match filled.and_then(|parameters| allowed::within(parameters, context, settings))
    {
        Ok(parameters) => record(job, parameters, beginning, settings, budget),
        Err(Unread::Retryable(service_error)) => {
            return Err(IntakeError::NoArtifact(service_error));
        }
        Err(Unread::Rejected(reason)) => {
            // A concurrent delivery may have read the file before it was deleted.
            let stored = services.execution_store().load(&beginning.execution);
            if let Some(record) = stored.await? {
                return Ok(Driver::with_job(record, incoming_job, writer));
            }
            return Ok(Driver::fresh(
                rejected(job, reason, settings, budget),
                writer,
            ));
        }
    };
    Ok(Driver::fresh_with_job(record, incoming_job, writer))
}

fn record(
    job: &Job,
    mut parameters: UserParameters,
    beginning: Beginning,
    settings: &Settings,
    budget: InvocationBudget,
) -> ExecutionRecord {
    let pipeline_context = job.pipeline_context.clone();
    parameters.notification_settings.topic =
        or_default(parameters.notification_settings.topic, settings);
    let execution = beginning.execution;
    let record = match beginning.predecessor {
        None => decide::begun(execution, parameters, budget, &settings.policy),
        Some(id) => decide::adopted(execution, parameters, id, budget, &settings.policy),
    };
    ExecutionRecord {
        pipeline_context,
        ..record
    }
}

/// The record of a rejected job. Its parameters may still name a topic, so that subscribers are notified, and the
/// notification names the pipeline.
fn rejected(
    job: &Job,
    reason: Reason,
    settings: &Settings,
    budget: InvocationBudget,
) -> ExecutionRecord {
    let Job {
        event,
        pipeline_context,
        ..
    } = job;
    let (pipeline, wanted) =
        match allowed::read(&job.event, job.pipeline_context.as_ref(), settings) {
            Ok(parameters) => (parameters.pipeline_name, parameters.notification_settings),
            Err(rejected) => (rejected.pipeline_name, rejected.notification_settings),
        };
    let topic = wanted.topic.filter(|topic| settings.allows(topic));
    let notification_settings = NotificationSettings {
        topic: or_default(topic, settings),
        ..wanted
    };
    let (job_id, policy) = (event.job_id.clone(), &settings.policy);
    let record = decide::rejected(
        job_id,
        pipeline,
        notification_settings,
        reason,
        budget,
        policy,
    );
    let pipeline_context = pipeline_context.clone();
    ExecutionRecord {
        pipeline_context,
        ..record
    }
}

fn or_default(topic: Option<TopicArn>, settings: &Settings) -> Option<TopicArn> {
    topic.or_else(|| settings.default_topic.clone())
}
