//! A visit of CodePipeline: from the job event to the execution that it belongs to, with the job open for an answer.
//!
//! `start` comes this way with each event. The checker does too, with an event whose every delivery to `start` failed:
//! to the record it makes no difference who answers.

use tracing::{error, warn};

use crate::advance::{Execution, Writer};
use crate::config::Settings;
use crate::event::{JobEvent, Text};
use crate::identifiers::{InvalidationId, JobId, TopicArn};
use crate::invalidation::{self, Stay};
use crate::message;
use crate::parameters::{Rejected, UserParameters};
use crate::ports::{Cdn, Clock, Ledger, LedgerError, Notifier, Pipeline, Ports};
use crate::record::{Reason, Record};
use crate::telemetry;
use crate::timestamp::Timestamp;
use crate::token::Token;

/// One run of a function: who it is, and how long it may take.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// A name that no other run of any function has. Lambda's request id is none: a retry, and a second delivery at the
    /// same moment, come under the same one.
    pub run_id: String,
    /// When Lambda ends the run.
    pub deadline: Timestamp,
}

impl Invocation {
    /// The writer that this run is.
    #[must_use]
    pub fn writer(&self) -> Writer {
        Writer::new(self.run_id.clone())
    }
}

/// Why a visit ended without an answer to its job.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// The record could be neither read nor written.
    #[error("the job was not answered, because its record is out of reach")]
    NoRecord(#[source] LedgerError),
    /// CodePipeline did not take the answer.
    #[error("the job was not answered, because CodePipeline did not take the answer")]
    NotTaken,
}

/// Opens the job of `event`, moves its execution forward while `stay` lasts, and says so if the job still waits.
///
/// # Errors
/// When the job has no answer yet and another road must bring it. A visit that has answered never returns an error,
/// whatever else went wrong: what is left is the checker's.
pub async fn receive(
    event: &JobEvent,
    ports: &Ports<impl Cdn, impl Ledger, impl Pipeline, impl Notifier, impl Clock>,
    settings: &Settings,
    invocation: &Invocation,
    stay: Stay,
) -> Result<(), Unanswered> {
    let (end, is_owed) = match open(event, ports, settings, invocation, stay).await {
        Ok(mut execution) => {
            telemetry::visited(execution.record(), &event.job_id);
            let end = execution.advance(ports, settings, stay.leave_by).await;
            (end, execution.owes(&event.job_id))
        }
        Err(error) => (Err(error), true),
    };
    match end {
        Ok(()) if is_owed => Err(Unanswered::NotTaken),
        Ok(()) => Ok(()),
        Err(error) if !is_owed => {
            let error: &dyn std::error::Error = &error;
            warn!(job_id = %event.job_id, error, "the job is answered, but its record could not be written");
            Ok(())
        }
        Err(error @ LedgerError::Unreadable(_)) => {
            fail_without_record(&event.job_id, &ports.pipeline, &error).await
        }
        Err(error) => Err(Unanswered::NoRecord(error)),
    }
}

/// Fails a job whose record cannot be read or written, so that the pipeline does not wait for nothing.
///
/// # Errors
/// When CodePipeline does not take the answer either.
pub async fn fail_without_record(
    job_id: &JobId,
    pipeline: &impl Pipeline,
    error: &(dyn std::error::Error + 'static),
) -> Result<(), Unanswered> {
    error!(%job_id, error, "failing the job, because its record is out of reach");
    let answered = pipeline
        .answer(job_id, &message::answer_without_record())
        .await;
    answered.map(drop).map_err(|_| Unanswered::NotTaken)
}

async fn open<C, N>(
    event: &JobEvent,
    ports: &Ports<C, impl Ledger, impl Pipeline, N, impl Clock>,
    settings: &Settings,
    invocation: &Invocation,
    stay: Stay,
) -> Result<Execution, LedgerError> {
    let record = match &event.continuation_token {
        Text::Absent => begin(event, None, ports, settings, stay).await,
        Text::NotAString => refused(event, Reason::UnreadableToken, settings, stay),
        Text::Given(text) => match Token::parse(text) {
            None => refused(event, Reason::UnreadableToken, settings, stay),
            Some(Token::Predecessor { invalidation }) => {
                begin(event, Some(invalidation), ports, settings, stay).await
            }
            Some(Token::Ours { execution, visit }) => {
                match return_to(&execution, visit, event, ports, invocation, stay).await? {
                    Some(execution) => return Ok(execution),
                    None => refused(event, Reason::UnknownExecution, settings, stay),
                }
            }
        },
    };
    Ok(Execution::fresh(record, invocation.writer()))
}

/// A return visit: its record, with its job written down as the open one. From then on the checker can answer it, too.
async fn return_to<C, P, N>(
    id: &JobId,
    number: u32,
    event: &JobEvent,
    ports: &Ports<C, impl Ledger, P, N, impl Clock>,
    invocation: &Invocation,
    stay: Stay,
) -> Result<Option<Execution>, LedgerError> {
    let Some(record) = ports.ledger.load(id).await? else {
        return Ok(None);
    };
    let mut execution = Execution::loaded(record, invocation.writer());
    while let Some(reopened) =
        invalidation::reopened(execution.record(), event.job_id.clone(), number, stay)
    {
        execution.change(reopened);
        if execution.save(ports).await? {
            break;
        }
    }
    Ok(Some(execution))
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
    let mut parameters = match UserParameters::parse(&event.user_parameters) {
        Ok(parameters) => parameters,
        Err(Rejected { faults, .. }) => {
            return refused(event, Reason::BadParameters(faults), settings, stay);
        }
    };
    parameters.sns_topic_arn = or_default(parameters.sns_topic_arn, settings);
    if parameters.pipeline_name.is_none() {
        parameters.pipeline_name = pipeline_name(&job_id, &ports.pipeline).await;
    }
    match predecessor {
        None => invalidation::begun(job_id, parameters, stay, &settings.policy),
        Some(id) => invalidation::adopted(job_id, parameters, id, stay, &settings.policy),
    }
}

/// The name from CodePipeline, as well as it goes: a notice without it is better than no invalidation.
async fn pipeline_name(job_id: &JobId, pipeline: &impl Pipeline) -> Option<String> {
    match pipeline.pipeline_name(job_id).await {
        Ok(name) => name,
        Err(error) => {
            warn!(%job_id, %error, "going on without the pipeline's name (permission codepipeline:GetJobDetails?)");
            None
        }
    }
}

/// A job that is refused at the door. Its parameters may still name a topic, so that people hear of it.
fn refused(event: &JobEvent, reason: Reason, settings: &Settings, stay: Stay) -> Record {
    let (pipeline, topic) = match UserParameters::parse(&event.user_parameters) {
        Ok(parameters) => (parameters.pipeline_name, parameters.sns_topic_arn),
        Err(rejected) => (rejected.pipeline_name, rejected.sns_topic_arn),
    };
    let (job_id, topic) = (event.job_id.clone(), or_default(topic, settings));
    invalidation::refused(job_id, pipeline, topic, reason, stay, &settings.policy)
}

fn or_default(topic: Option<TopicArn>, settings: &Settings) -> Option<TopicArn> {
    topic.or_else(|| settings.default_topic.clone())
}
