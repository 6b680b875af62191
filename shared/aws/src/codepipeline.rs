//! CodePipeline as our [`Pipeline`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::operation::get_job_details::GetJobDetailsError;
use aws_sdk_codepipeline::operation::put_job_failure_result::PutJobFailureResultError;
use aws_sdk_codepipeline::operation::put_job_success_result::PutJobSuccessResultError;
use aws_sdk_codepipeline::types::{
    ExecutionDetails, FailureDetails, FailureType, JobData, PipelineContext as AwsPipelineContext,
};
use tokio::time::timeout;

use super::{modelled, sent};
use invalidation_core::decide::job_identity::{JobDetails, NoDetails};
use invalidation_core::input::identifiers::JobId;
use invalidation_core::model::execution_record::{Delivery, PipelineContext, ServiceError};
use invalidation_core::model::time_budget::RESULT_TIMEOUT;
use invalidation_core::output::{FailureKind, JobResult};
use invalidation_runtime::ports::{JobReporter, Undelivered};

/// CodePipeline in the region in which we run, which is the pipeline's.
#[derive(Debug, Clone)]
pub struct CodePipeline {
    client: Client,
    seen: Arc<Mutex<Seen>>,
}

/// The meaning of a modelled error of CodePipeline. A denial is a kind of any error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// CodePipeline does not have the job.
    NoJob,
    /// The job no longer waits for a result.
    NoWait,
    /// Something in the content of the request is invalid, and not the job or the caller.
    Detail,
}

modelled! { Fault:
    GetJobDetailsError { JobNotFoundException => NoJob }
    PutJobFailureResultError {
        JobNotFoundException => NoJob,
        InvalidJobStateException => NoWait,
        ValidationException => Detail,
    }
    PutJobSuccessResultError {
        JobNotFoundException => NoJob,
        InvalidJobStateException => NoWait,
        ValidationException => Detail,
        OutputVariablesSizeExceededException => Detail,
    }
}

/// A call to CodePipeline that failed.
type Failed = super::Failed<Fault>;

/// What GetJobDetails was seen to do in this process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Seen {
    /// Nothing yet.
    #[default]
    Nothing,
    /// It had no such job, which had no result since.
    NotFound(JobId),
    /// It told of a job.
    Details,
    /// It had no such job, of which CodePipeline then took a result.
    Useless,
}

impl CodePipeline {
    /// CodePipeline through this client.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            client,
            seen: Arc::default(),
        }
    }

    /// Changes what was seen, or looks at it.
    fn seen<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn put(&self, job_id: &JobId, job_result: &JobResult) -> Result<(), Failed> {
        match job_result {
            JobResult::Continue {
                token,
                summary,
                percent_complete,
                external_execution_id,
            } => {
                let details = details(summary, *percent_complete, external_execution_id.as_deref());
                self.succeed(job_id, Some(token), Some(details), None).await
            }
            JobResult::Success {
                summary,
                external_execution_id,
                output_variables,
            } => {
                let details = details(summary, 100, external_execution_id.as_deref());
                self.succeed(job_id, None, Some(details), Some(output_variables))
                    .await
            }
            JobResult::Failure {
                kind,
                message,
                external_execution_id,
            } => {
                self.fail(job_id, *kind, message, external_execution_id.as_deref())
                    .await
            }
        }
    }

    /// The same answer without its details, in case CodePipeline finds fault with one of them: a job that is answered
    /// without them is better than one that hangs.
    async fn put_plainly(&self, job_id: &JobId, job_result: &JobResult) -> Result<(), Failed> {
        match job_result {
            JobResult::Continue { token, .. } => {
                self.succeed(job_id, Some(token), None, None).await
            }
            JobResult::Success { .. } => self.succeed(job_id, None, None, None).await,
            JobResult::Failure { kind, .. } => {
                self.fail(job_id, *kind, "Failed; see the log of this function.", None)
                    .await
            }
        }
    }

    /// `PutJobSuccessResult`. "outputVariables … only when there is no continuation token on the request."
    async fn succeed(
        &self,
        job_id: &JobId,
        token: Option<&str>,
        details: Option<ExecutionDetails>,
        variables: Option<&BTreeMap<&'static str, String>>,
    ) -> Result<(), Failed> {
        let variables = variables.map(|variables| {
            let owned = variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()));
            owned.collect()
        });
        let request = self
            .client
            .put_job_success_result()
            .job_id(job_id.as_str())
            .set_continuation_token(token.map(str::to_owned))
            .set_execution_details(details)
            .set_output_variables(variables);
        let reply = sent(request.send()).await;
        reply.map(drop).map_err(|error| Failed::of(&error))
    }

    /// `PutJobFailureResult`.
    async fn fail(
        &self,
        job_id: &JobId,
        kind: FailureKind,
        message: &str,
        external_execution_id: Option<&str>,
    ) -> Result<(), Failed> {
        let details = FailureDetails::builder()
            .r#type(failure_type(kind))
            .message(message)
            .set_external_execution_id(external_execution_id.map(str::to_owned))
            .build()
            .map_err(|error| {
                Failed::without_reply(ServiceError::new("BadAnswer", &error.to_string()))
            })?;
        let request = self.client.put_job_failure_result().job_id(job_id.as_str());
        let reply = sent(request.failure_details(details).send()).await;
        reply.map(drop).map_err(|error| Failed::of(&error))
    }
}

impl JobReporter for CodePipeline {
    async fn report(
        &self,
        job_id: &JobId,
        job_result: &JobResult,
    ) -> Result<Delivery, Undelivered> {
        let delivery = match job_result {
            JobResult::Continue { .. } => Delivery::Continued,
            JobResult::Success { .. } | JobResult::Failure { .. } => Delivery::Concluded,
        };
        let reporting = async {
            match self.put(job_id, job_result).await {
                Err(failed) if is_about_a_detail(&failed) => {
                    let service_error = &failed.service_error;
                    invalidation_runtime::log!(ResultSimplified, %job_id, %service_error);
                    self.put_plainly(job_id, job_result).await
                }
                reply => reply,
            }
        };
        let reply = timeout(RESULT_TIMEOUT, reporting).await;
        let reply = reply.unwrap_or_else(|_| Err(too_slow()));
        if reply.is_ok() {
            self.seen(|seen| seen.took(job_id));
        }
        reply.map_or_else(meaning, |()| Ok(delivery))
    }

    async fn details(&self, job_id: &JobId) -> Result<JobDetails, NoDetails> {
        let request = self.client.get_job_details().job_id(job_id.as_str());
        match sent(request.send()).await {
            Ok(reply) => {
                self.seen(|seen| *seen = Seen::Details);
                let data = reply.job_details.and_then(|job| job.data);
                Ok(data.map(details_of).unwrap_or_default())
            }
            Err(error) => Err(self.seen(|seen| unsaid(Failed::of(&error), job_id, seen))),
        }
    }
}

impl Seen {
    /// CodePipeline has taken a result of this job, so it has the job.
    fn took(&mut self, job_id: &JobId) {
        if matches!(self, Self::NotFound(unknown) if unknown == job_id) {
            *self = Self::Useless;
        }
    }
}

/// What an error of GetJobDetails means, with what it was seen to do before.
fn unsaid(failed: Failed, job_id: &JobId, seen: &mut Seen) -> NoDetails {
    match failed.fault {
        Some(Fault::NoJob) => match seen {
            Seen::Useless => NoDetails::Useless,
            Seen::Details => NoDetails::NotFound,
            Seen::Nothing | Seen::NotFound(_) => {
                *seen = Seen::NotFound(job_id.clone());
                NoDetails::NotFound
            }
        },
        _ if failed.is_denied() => NoDetails::Denied(failed.service_error),
        _ => NoDetails::Retryable(failed.service_error),
    }
}

/// What is taken of the details: never the credentials, which stand beside it.
fn details_of(data: JobData) -> JobDetails {
    let mut configuration = data
        .action_configuration
        .and_then(|action| action.configuration)
        .unwrap_or_default();
    JobDetails {
        pipeline_context: data.pipeline_context.and_then(pipeline_context),
        provider: data.action_type_id.map(|action| action.provider),
        function: configuration.remove("FunctionName"),
        user_parameters: configuration.remove("UserParameters"),
        continuation_token: data.continuation_token,
    }
}

/// The owner, if the context names all of it.
fn pipeline_context(context: AwsPipelineContext) -> Option<PipelineContext> {
    Some(PipelineContext {
        pipeline: context.pipeline_name?,
        pipeline_execution_id: context.pipeline_execution_id?,
        stage: context.stage?.name?,
        action: context.action?.name?,
    })
}

fn details(summary: &str, percent: u8, external_execution_id: Option<&str>) -> ExecutionDetails {
    ExecutionDetails::builder()
        .summary(summary)
        .percent_complete(i32::from(percent))
        .set_external_execution_id(external_execution_id.map(str::to_owned))
        .build()
}

fn failure_type(kind: FailureKind) -> FailureType {
    match kind {
        FailureKind::ConfigurationError => FailureType::ConfigurationError,
        FailureKind::PermissionError => FailureType::PermissionError,
        FailureKind::SystemUnavailable => FailureType::SystemUnavailable,
        FailureKind::JobFailed => FailureType::JobFailed,
    }
}

/// The second request had no time left.
fn too_slow() -> Failed {
    Failed::without_reply(ServiceError::no_reply("no reply within the time-out"))
}

/// Whether CodePipeline rejects the content of a result, and not the job or the caller. The SDK models the second code for
/// results of success alone.
fn is_about_a_detail(failed: &Failed) -> bool {
    failed.fault == Some(Fault::Detail)
        || failed.service_error.code == "OutputVariablesSizeExceededException"
}

/// What an error of CodePipeline means for an answer. A job in another state than waiting has been answered or given up:
/// that is an end, not an error. So is a job that CodePipeline does not have, but another one.
fn meaning(failed: Failed) -> Result<Delivery, Undelivered> {
    match failed.fault {
        Some(Fault::NoWait) => Ok(Delivery::Closed),
        Some(Fault::NoJob) => Ok(Delivery::Unknown),
        Some(Fault::Detail) | None => Err(Undelivered(failed.service_error)),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_codepipeline::error::SdkError;
    use aws_sdk_codepipeline::types::error::{
        InvalidJobStateException, JobNotFoundException, ValidationException,
    };

    use super::*;

    fn failed(error: PutJobSuccessResultError) -> Failed {
        Failed::of(&SdkError::service_error(error, ()))
    }

    #[test]
    fn a_job_that_waits_no_longer_is_an_end() {
        let closed = InvalidJobStateException::builder().build();
        let closed = PutJobSuccessResultError::InvalidJobStateException(closed);
        assert_eq!(meaning(failed(closed)), Ok(Delivery::Closed));
        let unknown = JobNotFoundException::builder().build();
        let unknown = PutJobSuccessResultError::JobNotFoundException(unknown);
        assert_eq!(meaning(failed(unknown)), Ok(Delivery::Unknown));
        let invalid = ValidationException::builder().build();
        let invalid = PutJobSuccessResultError::ValidationException(invalid);
        assert!(meaning(failed(invalid)).is_err());
        for code in ["ThrottlingException", "AccessDeniedException", "NoReply"] {
            let service_error = ServiceError::new(code, "");
            assert!(
                meaning(Failed::without_reply(service_error)).is_err(),
                "{code}"
            );
        }
    }

    /// That a job is not found counts until a result of that very job is taken, unless details were told before.
    #[test]
    fn an_accepted_result_shows_that_no_details_are_available() {
        let [one, other] = ["1", "2"].map(|digit| {
            JobId::parse(&format!("{digit}1111111-abcd-1111-abcd-111111abcdef")).unwrap()
        });
        let not_found = || Failed {
            fault: Some(Fault::NoJob),
            service_error: ServiceError::new("JobNotFoundException", ""),
        };
        let mut seen = Seen::Nothing;
        assert_eq!(unsaid(not_found(), &one, &mut seen), NoDetails::NotFound);
        seen.took(&other);
        assert_eq!(unsaid(not_found(), &one, &mut seen), NoDetails::NotFound);
        seen.took(&one);
        assert_eq!(unsaid(not_found(), &other, &mut seen), NoDetails::Useless);
        let mut seen = Seen::Details;
        assert_eq!(unsaid(not_found(), &one, &mut seen), NoDetails::NotFound);
        seen.took(&one);
        assert_eq!(unsaid(not_found(), &one, &mut seen), NoDetails::NotFound);
    }
}
