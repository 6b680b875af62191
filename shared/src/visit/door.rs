//! At the door: which execution an event belongs to.

use futures_util::future::join;
use tracing::warn;

use super::Invocation;
use crate::config::Settings;
use crate::event::{JobEvent, Text};
use crate::execution::{Execution, Writer};
use crate::identifiers::{InvalidationId, JobId, TopicArn};
use crate::invalidation::{self, Stay, Visitor};
use crate::parameters::{Rejected, UserParameters};
use crate::ports::{Clock, Ledger, LedgerError, Pipeline, Ports};
use crate::record::{Notification, Owner, Reason, Record};
use crate::token::Token;

/// What the pipeline's author reads when the topic is not on the list.
const NOT_ALLOWED: &str = "SnsTopicArn names a topic that this function may not publish to; use one that its setting \
                           ALLOWED_TOPIC_ARNS names, or leave the key out";

/// A run begins with an event once, and once more if that made our code panic.
const FIRST_TURN: u32 = 1;
const SECOND_TURN: u32 = 2;

/// The execution of `event`, with its job open for an answer. Nothing of a first visit is written yet.
///
/// # Errors
/// When the record of a return visit cannot be read.
pub async fn open<C, N>(
    event: &JobEvent,
    ports: &Ports<C, impl Ledger, impl Pipeline, N, impl Clock>,
    settings: &Settings,
    invocation: &Invocation,
    stay: Stay,
) -> Result<Execution, LedgerError> {
    let record = match token(event) {
        Brought::Nothing => begin(event, None, ports, settings, stay).await,
        Brought::Token(Token::Predecessor { invalidation }) => {
            begin(event, Some(invalidation), ports, settings, stay).await
        }
        Brought::Token(Token::Ours { execution, visit }) => {
            let writer = invocation.writer(FIRST_TURN);
            return returned(event, &execution, visit, ports, settings, writer, stay).await;
        }
        Brought::Garbage => {
            let owner = owner(&event.job_id, &ports.pipeline).await;
            refused(event, Reason::UnreadableToken, owner, settings, stay)
        }
    };
    Ok(Execution::fresh(record, invocation.writer(FIRST_TURN)))
}

/// The execution of `event` as far as it has come, or a failed one if there is none: what is left to do with an event that
/// makes our code panic.
///
/// # Errors
/// When the record cannot be read.
pub async fn reopen<C, N>(
    event: &JobEvent,
    ports: &Ports<C, impl Ledger, impl Pipeline, N, impl Clock>,
    settings: &Settings,
    invocation: &Invocation,
    stay: Stay,
) -> Result<Execution, LedgerError> {
    let writer = invocation.writer(SECOND_TURN);
    if let Brought::Token(Token::Ours { execution, visit }) = token(event) {
        return returned(event, &execution, visit, ports, settings, writer, stay).await;
    }
    Ok(match ports.ledger.load(&event.job_id).await? {
        Some(record) => Execution::visited(record, visitor(event, 0, stay), writer),
        None => {
            let refused = refused(event, Reason::Internal, None, settings, stay);
            Execution::fresh(refused, writer)
        }
    })
}

/// The execution that a token of ours names, if it belongs to the action that brings it.
async fn returned<C, N>(
    event: &JobEvent,
    id: &JobId,
    number: u32,
    ports: &Ports<C, impl Ledger, impl Pipeline, N, impl Clock>,
    settings: &Settings,
    writer: Writer,
    stay: Stay,
) -> Result<Execution, LedgerError> {
    let asking = owner(&event.job_id, &ports.pipeline);
    let (stored, asking) = join(ports.ledger.load(id), asking).await;
    let reason = match stored? {
        None => Reason::UnknownExecution,
        Some(record) if is_ahead(&record, number) => Reason::UnreadableToken,
        Some(record) if is_foreign(&record, asking.as_ref()) => Reason::ForeignToken,
        Some(record) => {
            let visitor = visitor(event, number, stay);
            return Ok(Execution::visited(record, visitor, writer));
        }
    };
    Ok(Execution::fresh(
        refused(event, reason, asking, settings, stay),
        writer,
    ))
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
async fn begin<C, L, N, K>(
    event: &JobEvent,
    predecessor: Option<InvalidationId>,
    ports: &Ports<C, L, impl Pipeline, N, K>,
    settings: &Settings,
    stay: Stay,
) -> Record {
    let job_id = event.job_id.clone();
    let owner = owner(&job_id, &ports.pipeline).await;
    let mut parameters = match read(event, settings) {
        Ok(parameters) => parameters,
        Err(Rejected { faults, .. }) => {
            return refused(event, Reason::BadParameters(faults), owner, settings, stay);
        }
    };
    parameters.notification.topic = or_default(parameters.notification.topic, settings);
    parameters.pipeline_name = parameters
        .pipeline_name
        .or_else(|| owner.as_ref().map(|owner| owner.pipeline.clone()));
    let record = match predecessor {
        None => invalidation::begun(job_id, parameters, stay, &settings.policy),
        Some(id) => invalidation::adopted(job_id, parameters, id, stay, &settings.policy),
    };
    Record { owner, ..record }
}

/// Whose job it is, as well as it goes: an invalidation without an owner is better than none.
async fn owner(job_id: &JobId, pipeline: &impl Pipeline) -> Option<Owner> {
    match pipeline.owner(job_id).await {
        Ok(owner) => owner,
        Err(error) => {
            warn!(%job_id, %error, "going on without the owner of the job (permission codepipeline:GetJobDetails?)");
            None
        }
    }
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
fn refused(
    event: &JobEvent,
    reason: Reason,
    owner: Option<Owner>,
    settings: &Settings,
    stay: Stay,
) -> Record {
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
    let record = invalidation::refused(job_id, pipeline, notification, reason, stay, policy);
    Record { owner, ..record }
}

fn or_default(topic: Option<TopicArn>, settings: &Settings) -> Option<TopicArn> {
    topic.or_else(|| settings.default_topic.clone())
}
