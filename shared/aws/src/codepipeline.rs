//! The [`JobReporter`] of CodePipeline.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::operation::get_job_details::GetJobDetailsError;
use aws_sdk_codepipeline::operation::put_job_failure_result::PutJobFailureResultError;
use aws_sdk_codepipeline::operation::put_job_success_result::PutJobSuccessResultError;
use aws_sdk_codepipeline::types::{
    Artifact, AwsSessionCredentials, ExecutionDetails, FailureDetails, FailureType, JobData,
    PipelineContext as AwsPipelineContext,
};
use tokio::time::timeout;

use super::{modelled, sent};
use invalidation_core::decide::job_identity::{JobDetails, NoDetails};
use invalidation_core::input::identifiers::JobId;
use invalidation_core::input::paths_file::artifacts::{
    Artifacts, Credentials, InputArtifact, Location,
};
use invalidation_core::input::paths_file::may_be_named;
use invalidation_core::model::execution_record::{Delivery, PipelineContext, ServiceError};
use invalidation_core::model::time_budget::RESULT_TIMEOUT;
use invalidation_core::output::{FailureKind, JobResult};
use invalidation_runtime::ports::{JobReporter, Undelivered};

/// The CodePipeline client, in the region of the function and of the pipeline.
#[derive(Debug, Clone)]
pub struct CodePipeline {
    client: Client,
    support: Arc<Mutex<DetailsSupport>>,
}

/// The meaning of a modelled error of CodePipeline. Access denied is a `ServiceErrorKind` instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The job does not exist.
    NoJob,
    /// The job no longer waits for a result.
    NoWait,
    /// The content of the request is invalid, but not the job or the caller.
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

/// A failed call to CodePipeline.
type Failed = super::Failed<Fault>;

/// Whether GetJobDetails returns Lambda jobs here, as observed in this process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum DetailsSupport {
    /// Not observed yet.
    #[default]
    Unknown,
    /// GetJobDetails did not find this job, and no result of it has been accepted since.
    NotFound(JobId),
    /// GetJobDetails returned the details of a job.
    Supported,
    /// GetJobDetails did not find a job whose result CodePipeline then accepted.
    Unsupported,
}

impl CodePipeline {
    /// A port that uses this client.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            client,
            support: Arc::default(),
        }
    }

    /// Reads or changes the observation.
    fn support<T>(&self, change: impl FnOnce(&mut DetailsSupport) -> T) -> T {
        change(&mut self.support.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn put(&self, job_id: &JobId, job_result: &JobResult) -> Result<(), Failed> {
        match job_result {
            JobResult::Continue {
                token,
                summary,
                external_execution_id,
            } => {
                let details = details(summary, None, external_execution_id.as_deref());
                self.succeed(job_id, Some(token), Some(details), None).await
            }
            JobResult::Success {
                summary,
                external_execution_id,
                output_variables,
            } => {
                let details = details(summary, Some(100), external_execution_id.as_deref());
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

    /// Reports the result without its details, if CodePipeline rejected one of them. A job with a reduced result is
    /// better than one that hangs.
    async fn put_without_details(
        &self,
        job_id: &JobId,
        job_result: &JobResult,
    ) -> Result<(), Failed> {
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
                Err(failed) if is_content_rejected(&failed) => {
                    let service_error = &failed.service_error;
                    invalidation_runtime::log!(ResultSimplified, %job_id, %service_error);
                    self.put_without_details(job_id, job_result).await
                }
                reply => reply,
            }
        };
        let reply = timeout(RESULT_TIMEOUT, reporting).await;
        let reply = reply.unwrap_or_else(|_| Err(too_slow()));
        if reply.is_ok() {
            self.support(|support| support.result_accepted(job_id));
        }
        reply.map_or_else(meaning, |()| Ok(delivery))
    }

    async fn details(&self, job_id: &JobId) -> Result<JobDetails, NoDetails> {
        let request = self.client.get_job_details().job_id(job_id.as_str());
        match sent(request.send()).await {
            Ok(reply) => {
                self.support(|support| *support = DetailsSupport::Supported);
                let data = reply.job_details.and_then(|job| job.data);
                Ok(data.map(details_of).unwrap_or_default())
            }
            Err(error) => {
                Err(self.support(|support| no_details(Failed::of(&error), job_id, support)))
            }
        }
    }
}

impl DetailsSupport {
    /// CodePipeline accepted a result of this job, so the job exists.
    fn result_accepted(&mut self, job_id: &JobId) {
        if matches!(self, Self::NotFound(unknown) if unknown == job_id) {
            *self = Self::Unsupported;
        }
    }
}

/// Maps an error of GetJobDetails, and records what it shows.
fn no_details(failed: Failed, job_id: &JobId, support: &mut DetailsSupport) -> NoDetails {
    match failed.fault {
        Some(Fault::NoJob) => match support {
            DetailsSupport::Unsupported => NoDetails::Useless,
            DetailsSupport::Supported => NoDetails::NotFound,
            DetailsSupport::Unknown | DetailsSupport::NotFound(_) => {
                *support = DetailsSupport::NotFound(job_id.clone());
                NoDetails::NotFound
            }
        },
        _ if failed.is_denied() => NoDetails::Denied(failed.service_error),
        _ => NoDetails::Retryable(failed.service_error),
    }
}

/// The details that are used. The artifacts and their credentials are used only if the parameters name a file of an artifact.
fn details_of(data: JobData) -> JobDetails {
    let JobData {
        action_configuration,
        input_artifacts,
        artifact_credentials,
        ..
    } = data;
    let mut configuration = action_configuration
        .and_then(|action| action.configuration)
        .unwrap_or_default();
    let user_parameters = configuration.remove("UserParameters");
    let artifacts = match &user_parameters {
        Some(text) if may_be_named(text) => Artifacts {
            inputs: input_artifacts
                .unwrap_or_default()
                .into_iter()
                .filter_map(input_artifact)
                .collect(),
            credentials: artifact_credentials.map(credentials),
        },
        Some(_) | None => Artifacts::default(),
    };
    JobDetails {
        pipeline_context: data.pipeline_context.and_then(pipeline_context),
        provider: data.action_type_id.map(|action| action.provider),
        function: configuration.remove("FunctionName"),
        user_parameters,
        continuation_token: data.continuation_token,
        artifacts,
    }
}

fn input_artifact(artifact: Artifact) -> Option<InputArtifact> {
    let location = artifact.location.and_then(|location| location.s3_location);
    Some(InputArtifact {
        name: artifact.name?,
        location: location.map(|location| Location {
            bucket: location.bucket_name,
            key: location.object_key,
        }),
    })
}

fn credentials(credentials: AwsSessionCredentials) -> Credentials {
    Credentials {
        access_key_id: credentials.access_key_id,
        secret_access_key: credentials.secret_access_key,
        session_token: credentials.session_token,
    }
}

/// The pipeline context, if it is complete.
fn pipeline_context(context: AwsPipelineContext) -> Option<PipelineContext> {
    Some(PipelineContext {
        pipeline: context.pipeline_name?,
        pipeline_execution_id: context.pipeline_execution_id?,
        stage: context.stage?.name?,
        action: context.action?.name?,
    })
}

/// `percentComplete` is only sent with a final result, because CloudFront does not report progress.
fn details(
    summary: &str,
    percent_complete: Option<i32>,
    external_execution_id: Option<&str>,
) -> ExecutionDetails {
    ExecutionDetails::builder()
        .summary(summary)
        .set_percent_complete(percent_complete)
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

/// The time-out ended before the second request had a reply.
fn too_slow() -> Failed {
    Failed::without_reply(ServiceError::no_reply("no reply within the time-out"))
}

/// Whether CodePipeline rejected the content of a result, but not the job or the caller. The SDK models the second code
/// for success results only.
fn is_content_rejected(failed: &Failed) -> bool {
    failed.fault == Some(Fault::Detail)
        || failed.service_error.code == "OutputVariablesSizeExceededException"
}

/// Maps an error of a result. A job in another state already has a result or has ended, which is final and not an
/// error. The same applies to a job that does not exist.
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
    fn a_job_that_no_longer_waits_is_final() {
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

    /// If GetJobDetails does not find a job, the job counts as unknown until CodePipeline accepts a result of that job,
    /// unless details were returned before.
    #[test]
    fn an_accepted_result_shows_that_no_details_are_available() {
        let [one, other] = ["1", "2"].map(|digit| {
            JobId::parse(&format!("{digit}1111111-abcd-1111-abcd-111111abcdef")).unwrap()
        });
        let not_found = || Failed {
            fault: Some(Fault::NoJob),
            service_error: ServiceError::new("JobNotFoundException", ""),
        };
        let mut support = DetailsSupport::Unknown;
        assert_eq!(
            no_details(not_found(), &one, &mut support),
            NoDetails::NotFound
        );
        support.result_accepted(&other);
        assert_eq!(
            no_details(not_found(), &one, &mut support),
            NoDetails::NotFound
        );
        support.result_accepted(&one);
        assert_eq!(
            no_details(not_found(), &other, &mut support),
            NoDetails::Useless
        );
        let mut support = DetailsSupport::Supported;
        assert_eq!(
            no_details(not_found(), &one, &mut support),
            NoDetails::NotFound
        );
        support.result_accepted(&one);
        assert_eq!(
            no_details(not_found(), &one, &mut support),
            NoDetails::NotFound
        );
    }
}
