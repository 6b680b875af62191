//! At the door: whether an event is let in, and to which execution it belongs. [`identity`] says what
//! CodePipeline's word means.

use futures_util::future::join;

use super::{Invocation, JobError};
use crate::advance::report_late;
use crate::log;
use crate::ports::{Clock, ExecutionStore, JobReporter, Services, StoreError};
use crate::settings::Settings;
use crate::telemetry;
use invalidation_core::decide::driver::{Driver, Writer};
use invalidation_core::decide::job_identity::{self, Identity, JobDetails, NoDetails};
use invalidation_core::decide::{self, IncomingJob, InvocationBudget};
use invalidation_core::input::continuation_token::Token;
use invalidation_core::input::identifiers::{InvalidationId, TopicArn};
use invalidation_core::input::job_event::{JobEvent, Text};
use invalidation_core::input::user_parameters::{Rejected, UserParameters};
use invalidation_core::model::execution_record::{
    Delivery, ExecutionRecord, NotificationSettings, PipelineContext, Reason,
};

/// What the pipeline's author reads when the topic is not on the list.
const NOT_ALLOWED: &str = "SnsTopicArn names a topic that this function may not publish to; use one that its setting \
                           ALLOWED_TOPIC_ARNS names, or leave the key out";

/// A run begins with an event once, and once more if that made our code panic.
const FIRST_ROUND: u32 = 1;
const SECOND_ROUND: u32 = 2;

/// Why an event could not be let in, this time.
#[derive(Debug)]
pub enum IntakeError {
    /// The record could not be read.
    NoRecord(StoreError),
    /// CodePipeline did not take the result that was to prove the job.
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
        }
    }
}

/// The execution of `event`, with its job open for an answer; none when the job waits for nothing from this function.
/// Nothing of a first job is written yet.
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
    // A record is loaded at the same time: a true job is let in most of the time.
    let (stored, details) = join(stored(event, services.execution_store()), details).await;
    let Some(job) = admitted(event, details, services, invocation) else {
        return Ok(None);
    };
    let driver = match token(&job.event) {
        IncomingToken::Absent => Driver::fresh(begin(&job, None, settings, budget), writer),
        IncomingToken::Token(Token::Predecessor { invalidation }) => {
            Driver::fresh(begin(&job, Some(invalidation), settings, budget), writer)
        }
        IncomingToken::Token(Token::Ours { execution, number }) => {
            let record = match stored? {
                Some(record) if record.id == execution => Some(record),
                // CodePipeline says that the job has another token than the event.
                Some(_) | None => services.execution_store().load(&execution).await?,
            };
            returned(&job, record, number, settings, writer, budget)
        }
        IncomingToken::Invalid => Driver::fresh(
            rejected(&job, Reason::UnreadableToken, settings, budget),
            writer,
        ),
    };
    verified(&job, driver, services).await
}

/// The execution of `event` as far as it has come, or a failed one if there is none: what is left to do with an event that
/// makes our code panic.
///
/// # Errors
/// See [`IntakeError`].
pub async fn reopen(
    event: &JobEvent,
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
    let driver = if let IncomingToken::Token(Token::Ours { execution, number }) = token(&job.event)
    {
        let record = services.execution_store().load(&execution).await?;
        returned(&job, record, number, settings, writer, budget)
    } else {
        match services.execution_store().load(&event.job_id).await? {
            Some(record) => Driver::with_job(record, incoming_job(event, 0, budget), writer),
            None => Driver::fresh(rejected(&job, Reason::Internal, settings, budget), writer),
        }
    };
    verified(&job, driver, services).await
}

/// A job that is let in.
struct Job {
    event: JobEvent,
    pipeline_context: Option<PipelineContext>,
    /// Whether a result must be taken before anything else is done for it.
    must_verify: bool,
}

/// The job, with what CodePipeline says of it; none when it is not this function's.
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
    let corrected =
        details.map_or_else(|_| event.clone(), |it| job_identity::corrected(event, &it));
    if corrected != *event {
        log!(JobEventMismatch);
    }
    Some(Job {
        event: corrected,
        pipeline_context,
        must_verify,
    })
}

/// The execution, if its job is known to CodePipeline or is not in doubt.
async fn verified(
    job: &Job,
    mut driver: Driver,
    services: &impl Services,
) -> Result<Option<Driver>, IntakeError> {
    if !job.must_verify {
        return Ok(Some(driver));
    }
    let said = report_late(&job.event.job_id, &mut driver, services).await;
    match said.map_err(|_| IntakeError::NotAccepted)? {
        Delivery::Continued | Delivery::Concluded => Ok(Some(driver)),
        Delivery::Closed | Delivery::Unknown | Delivery::Undeliverable => Ok(None),
    }
}

/// The record that the event's token names, if it names one.
async fn stored(
    event: &JobEvent,
    execution_store: &impl ExecutionStore,
) -> Result<Option<ExecutionRecord>, StoreError> {
    match token(event) {
        IncomingToken::Token(Token::Ours { execution, .. }) => {
            execution_store.load(&execution).await
        }
        IncomingToken::Token(Token::Predecessor { .. })
        | IncomingToken::Absent
        | IncomingToken::Invalid => Ok(None),
    }
}

/// The execution that a token of ours names, if it belongs to the action that brings it.
fn returned(
    job: &Job,
    record: Option<ExecutionRecord>,
    number: u32,
    settings: &Settings,
    writer: Writer,
    budget: InvocationBudget,
) -> Driver {
    let reason = match record {
        None => Reason::UnknownExecution,
        Some(record) if is_ahead(&record, number) => Reason::UnreadableToken,
        Some(record) if is_foreign(&record, job.pipeline_context.as_ref()) => Reason::ForeignToken,
        // It may not stand in the record before it has proven itself.
        Some(record) if job.must_verify => {
            return Driver::unverified(record, job.event.job_id.clone(), writer);
        }
        Some(record) => {
            return Driver::with_job(record, incoming_job(&job.event, number, budget), writer);
        }
    };
    Driver::fresh(rejected(job, reason, settings, budget), writer)
}

/// What CodePipeline brought back from the job before.
enum IncomingToken {
    /// This is the first job.
    Absent,
    Token(Token),
    /// Something that is not a token of ours.
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

/// Whether the job that asks belongs to another action than the record. When CodePipeline did not tell, now or on the
/// first job, it is not held against the job.
fn is_foreign(record: &ExecutionRecord, context: Option<&PipelineContext>) -> bool {
    matches!((&record.pipeline_context, context), (Some(ours), Some(context)) if ours != context)
}

/// Whether we never wrote a token of this number: each job is in the record before its answer, whose token names the
/// next one. Taken for true, it would make the true ones look like visits of long ago.
const fn is_ahead(record: &ExecutionRecord, number: u32) -> bool {
    number > record.job.number.saturating_add(1)
}

/// A first job, or the first that comes to us with the token of the function before us.
fn begin(
    job: &Job,
    predecessor: Option<InvalidationId>,
    settings: &Settings,
    budget: InvocationBudget,
) -> ExecutionRecord {
    let pipeline_context = job.pipeline_context.clone();
    let mut parameters = match read(&job.event, settings) {
        Ok(parameters) => parameters,
        Err(Rejected { faults, .. }) => {
            return rejected(job, Reason::BadParameters(faults), settings, budget);
        }
    };
    parameters.notification_settings.topic =
        or_default(parameters.notification_settings.topic, settings);
    parameters.pipeline_name = parameters.pipeline_name.or_else(|| {
        pipeline_context
            .as_ref()
            .map(|pipeline_context| pipeline_context.pipeline.clone())
    });
    let job_id = job.event.job_id.clone();
    let record = match predecessor {
        None => decide::begun(job_id, parameters, budget, &settings.policy),
        Some(id) => decide::adopted(job_id, parameters, id, budget, &settings.policy),
    };
    ExecutionRecord {
        pipeline_context,
        ..record
    }
}

/// The parameters, if they are valid and ask for nothing that the settings forbid.
fn read(event: &JobEvent, settings: &Settings) -> Result<UserParameters, Rejected> {
    let parameters = UserParameters::parse(&event.user_parameters)?;
    match &parameters.notification_settings.topic {
        Some(topic) if !settings.allows(topic) => Err(Rejected {
            faults: vec![NOT_ALLOWED.to_owned()],
            pipeline_name: parameters.pipeline_name,
            notification_settings: NotificationSettings {
                topic: None,
                ..parameters.notification_settings
            },
        }),
        Some(_) | None => Ok(parameters),
    }
}

/// A job that is refused at the door. Its parameters may still name a topic, so that people hear of it; and whose job it was
/// is what they want to know first.
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
    let (pipeline, wanted) = match read(event, settings) {
        Ok(parameters) => (parameters.pipeline_name, parameters.notification_settings),
        Err(rejected) => (rejected.pipeline_name, rejected.notification_settings),
    };
    let topic = wanted.topic.filter(|topic| settings.allows(topic));
    let notification_settings = NotificationSettings {
        topic: or_default(topic, settings),
        ..wanted
    };
    let (job_id, policy) = (event.job_id.clone(), &settings.policy);
    let pipeline = pipeline.or_else(|| {
        pipeline_context
            .as_ref()
            .map(|pipeline_context| pipeline_context.pipeline.clone())
    });
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
