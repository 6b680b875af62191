//! At the door: whether an event is let in, and to which execution it belongs. [`identity`] says what
//! CodePipeline's word means.

use futures_util::future::join;

use super::{Invocation, Unanswered};
use crate::advance::answer_late;
use crate::log;
use crate::ports::{Clock, Ledger, LedgerError, Pipeline, Services};
use crate::settings::Settings;
use crate::telemetry;
use invalidation_core::decide::driver::{Execution, Writer};
use invalidation_core::decide::job_identity::{self, Identity, JobDetails, NoDetails};
use invalidation_core::decide::{self, Stay, Visitor};
use invalidation_core::input::continuation_token::Token;
use invalidation_core::input::identifiers::{InvalidationId, TopicArn};
use invalidation_core::input::job_event::{JobEvent, Text};
use invalidation_core::input::user_parameters::{Rejected, UserParameters};
use invalidation_core::model::execution_record::{Delivery, Notification, Owner, Reason, Record};

/// What the pipeline's author reads when the topic is not on the list.
const NOT_ALLOWED: &str = "SnsTopicArn names a topic that this function may not publish to; use one that its setting \
                           ALLOWED_TOPIC_ARNS names, or leave the key out";

/// A run begins with an event once, and once more if that made our code panic.
const FIRST_TURN: u32 = 1;
const SECOND_TURN: u32 = 2;

/// Why an event could not be let in, this time.
#[derive(Debug)]
pub enum Shut {
    /// The record could not be read.
    NoRecord(LedgerError),
    /// CodePipeline did not take the result that was to prove the job.
    NotTaken,
}

impl From<LedgerError> for Shut {
    fn from(error: LedgerError) -> Self {
        Self::NoRecord(error)
    }
}

impl From<Shut> for Unanswered {
    fn from(shut: Shut) -> Self {
        match shut {
            Shut::NoRecord(error) => Self::NoRecord(error),
            Shut::NotTaken => Self::NotTaken,
        }
    }
}

/// The execution of `event`, with its job open for an answer; none when the job waits for nothing from this function.
/// Nothing of a first visit is written yet.
///
/// # Errors
/// See [`Shut`].
pub async fn open(
    event: &JobEvent,
    services: &impl Services,
    settings: &Settings,
    invocation: &Invocation,
    stay: Stay,
) -> Result<Option<Execution>, Shut> {
    let writer = invocation.writer(FIRST_TURN);
    let details = services.pipeline().details(&event.job_id);
    // A record is loaded at the same time: a true job is let in most of the time.
    let (stored, details) = join(stored(event, services.ledger()), details).await;
    let Some(job) = admitted(event, details, services, invocation) else {
        return Ok(None);
    };
    let execution = match token(&job.event) {
        Brought::Nothing => Execution::fresh(begin(&job, None, settings, stay), writer),
        Brought::Token(Token::Predecessor { invalidation }) => {
            Execution::fresh(begin(&job, Some(invalidation), settings, stay), writer)
        }
        Brought::Token(Token::Ours { execution, visit }) => {
            let record = match stored? {
                Some(record) if record.id == execution => Some(record),
                // CodePipeline says that the job has another token than the event.
                Some(_) | None => services.ledger().load(&execution).await?,
            };
            returned(&job, record, visit, settings, writer, stay)
        }
        Brought::Garbage => Execution::fresh(
            refused(&job, Reason::UnreadableToken, settings, stay),
            writer,
        ),
    };
    proven(&job, execution, services).await
}

/// The execution of `event` as far as it has come, or a failed one if there is none: what is left to do with an event that
/// makes our code panic.
///
/// # Errors
/// See [`Shut`].
pub async fn reopen(
    event: &JobEvent,
    services: &impl Services,
    settings: &Settings,
    invocation: &Invocation,
    stay: Stay,
) -> Result<Option<Execution>, Shut> {
    let writer = invocation.writer(SECOND_TURN);
    let details = services.pipeline().details(&event.job_id).await;
    let Some(job) = admitted(event, details, services, invocation) else {
        return Ok(None);
    };
    let execution = if let Brought::Token(Token::Ours { execution, visit }) = token(&job.event) {
        let record = services.ledger().load(&execution).await?;
        returned(&job, record, visit, settings, writer, stay)
    } else {
        match services.ledger().load(&event.job_id).await? {
            Some(record) => Execution::visited(record, visitor(event, 0, stay), writer),
            None => Execution::fresh(refused(&job, Reason::Internal, settings, stay), writer),
        }
    };
    proven(&job, execution, services).await
}

/// A job that is let in.
struct Job {
    event: JobEvent,
    owner: Option<Owner>,
    /// Whether a result must be taken before anything else is done for it.
    must_prove: bool,
}

/// The job, with what CodePipeline says of it; none when it is not this function's.
fn admitted(
    event: &JobEvent,
    details: Result<JobDetails, NoDetails>,
    services: &impl Services,
    invocation: &Invocation,
) -> Option<Job> {
    let now = services.clock().now();
    let (owner, must_prove) = match job_identity::judged(&details, invocation.function.as_ref()) {
        Identity::Foreign => {
            telemetry::foreign_job(details.ok().as_ref(), now);
            return None;
        }
        Identity::Unproven => (None, true),
        Identity::Ours { owner, is_checked } => {
            if !is_checked {
                telemetry::unchecked_job(details.as_ref().err(), now);
            }
            (owner, false)
        }
    };
    let corrected =
        details.map_or_else(|_| event.clone(), |it| job_identity::corrected(event, &it));
    if corrected != *event {
        log!(JobEventMismatch);
    }
    Some(Job {
        event: corrected,
        owner,
        must_prove,
    })
}

/// The execution, if its job is known to CodePipeline or is not in doubt.
async fn proven(
    job: &Job,
    mut execution: Execution,
    services: &impl Services,
) -> Result<Option<Execution>, Shut> {
    if !job.must_prove {
        return Ok(Some(execution));
    }
    let said = answer_late(&job.event.job_id, &mut execution, services).await;
    match said.map_err(|_| Shut::NotTaken)? {
        Delivery::Continued | Delivery::Concluded => Ok(Some(execution)),
        Delivery::Closed | Delivery::Unknown | Delivery::Undeliverable => Ok(None),
    }
}

/// The record that the event's token names, if it names one.
async fn stored(event: &JobEvent, ledger: &impl Ledger) -> Result<Option<Record>, LedgerError> {
    match token(event) {
        Brought::Token(Token::Ours { execution, .. }) => ledger.load(&execution).await,
        Brought::Token(Token::Predecessor { .. }) | Brought::Nothing | Brought::Garbage => Ok(None),
    }
}

/// The execution that a token of ours names, if it belongs to the action that brings it.
fn returned(
    job: &Job,
    record: Option<Record>,
    number: u32,
    settings: &Settings,
    writer: Writer,
    stay: Stay,
) -> Execution {
    let reason = match record {
        None => Reason::UnknownExecution,
        Some(record) if is_ahead(&record, number) => Reason::UnreadableToken,
        Some(record) if is_foreign(&record, job.owner.as_ref()) => Reason::ForeignToken,
        // It may not stand in the record before it has proven itself.
        Some(record) if job.must_prove => {
            return Execution::unproven(record, job.event.job_id.clone(), writer);
        }
        Some(record) => {
            return Execution::visited(record, visitor(&job.event, number, stay), writer);
        }
    };
    Execution::fresh(refused(job, reason, settings, stay), writer)
}

/// What CodePipeline brought back from the visit before.
enum Brought {
    /// This is the first visit.
    Nothing,
    Token(Token),
    /// Something that is not a token of ours.
    Garbage,
}

fn token(event: &JobEvent) -> Brought {
    match &event.continuation_token {
        Text::Absent => Brought::Nothing,
        Text::NotAString => Brought::Garbage,
        Text::Given(text) => Token::parse(text).map_or(Brought::Garbage, Brought::Token),
    }
}

fn visitor(event: &JobEvent, number: u32, stay: Stay) -> Visitor {
    Visitor {
        job_id: event.job_id.clone(),
        number,
        stay,
    }
}

/// Whether the job that asks belongs to another action than the record. When CodePipeline did not tell, now or on the
/// first visit, it is not held against the job.
fn is_foreign(record: &Record, asking: Option<&Owner>) -> bool {
    matches!((&record.owner, asking), (Some(ours), Some(asking)) if ours != asking)
}

/// Whether we never wrote a token of this number: each visit is in the record before its answer, whose token names the
/// next one. Taken for true, it would make the true ones look like visits of long ago.
const fn is_ahead(record: &Record, number: u32) -> bool {
    number > record.visit.number.saturating_add(1)
}

/// A first visit, or the first that comes to us with the token of the function before us.
fn begin(
    job: &Job,
    predecessor: Option<InvalidationId>,
    settings: &Settings,
    stay: Stay,
) -> Record {
    let owner = job.owner.clone();
    let mut parameters = match read(&job.event, settings) {
        Ok(parameters) => parameters,
        Err(Rejected { faults, .. }) => {
            return refused(job, Reason::BadParameters(faults), settings, stay);
        }
    };
    parameters.notification.topic = or_default(parameters.notification.topic, settings);
    parameters.pipeline_name = parameters
        .pipeline_name
        .or_else(|| owner.as_ref().map(|owner| owner.pipeline.clone()));
    let job_id = job.event.job_id.clone();
    let record = match predecessor {
        None => decide::begun(job_id, parameters, stay, &settings.policy),
        Some(id) => decide::adopted(job_id, parameters, id, stay, &settings.policy),
    };
    Record { owner, ..record }
}

/// The parameters, if they are valid and ask for nothing that the settings forbid.
fn read(event: &JobEvent, settings: &Settings) -> Result<UserParameters, Rejected> {
    let parameters = UserParameters::parse(&event.user_parameters)?;
    match &parameters.notification.topic {
        Some(topic) if !settings.allows(topic) => Err(Rejected {
            faults: vec![NOT_ALLOWED.to_owned()],
            pipeline_name: parameters.pipeline_name,
            notification: Notification {
                topic: None,
                ..parameters.notification
            },
        }),
        Some(_) | None => Ok(parameters),
    }
}

/// A job that is refused at the door. Its parameters may still name a topic, so that people hear of it; and whose job it was
/// is what they want to know first.
fn refused(job: &Job, reason: Reason, settings: &Settings, stay: Stay) -> Record {
    let Job { event, owner, .. } = job;
    let (pipeline, wanted) = match read(event, settings) {
        Ok(parameters) => (parameters.pipeline_name, parameters.notification),
        Err(rejected) => (rejected.pipeline_name, rejected.notification),
    };
    let topic = wanted.topic.filter(|topic| settings.allows(topic));
    let notification = Notification {
        topic: or_default(topic, settings),
        ..wanted
    };
    let (job_id, policy) = (event.job_id.clone(), &settings.policy);
    let pipeline = pipeline.or_else(|| owner.as_ref().map(|owner| owner.pipeline.clone()));
    let record = decide::refused(job_id, pipeline, notification, reason, stay, policy);
    let owner = owner.clone();
    Record { owner, ..record }
}

fn or_default(topic: Option<TopicArn>, settings: &Settings) -> Option<TopicArn> {
    topic.or_else(|| settings.default_topic.clone())
}
