//! CodePipeline as our [`Pipeline`].

use std::collections::BTreeMap;

use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::types::{ExecutionDetails, FailureDetails, FailureType, PipelineContext};
use tokio::time::timeout;

use super::{NO_REPLY, sent, trouble};
use crate::identifiers::JobId;
use crate::message::{Answer, FailureKind};
use crate::ports::{Pipeline, Undelivered};
use crate::record::{Delivery, Owner, Trouble};
use crate::time_budget::RESULT_TIMEOUT;

/// CodePipeline in the region in which we run, which is the pipeline's.
#[derive(Debug, Clone)]
pub struct CodePipeline(Client);

impl CodePipeline {
    /// CodePipeline through this client.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }

    async fn put(&self, job_id: &JobId, answer: &Answer) -> Result<(), Trouble> {
        match answer {
            Answer::Continue {
                token,
                summary,
                percent_complete,
                external_execution_id,
            } => {
                let details = details(summary, *percent_complete, external_execution_id.as_deref());
                self.succeed(job_id, Some(token), Some(details), None).await
            }
            Answer::Success {
                summary,
                external_execution_id,
                output_variables,
            } => {
                let details = details(summary, 100, external_execution_id.as_deref());
                self.succeed(job_id, None, Some(details), Some(output_variables))
                    .await
            }
            Answer::Failure {
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
    async fn put_plainly(&self, job_id: &JobId, answer: &Answer) -> Result<(), Trouble> {
        match answer {
            Answer::Continue { token, .. } => self.succeed(job_id, Some(token), None, None).await,
            Answer::Success { .. } => self.succeed(job_id, None, None, None).await,
            Answer::Failure { kind, .. } => {
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
    ) -> Result<(), Trouble> {
        let variables = variables.map(|variables| {
            let owned = variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()));
            owned.collect()
        });
        let request = self
            .0
            .put_job_success_result()
            .job_id(job_id.as_str())
            .set_continuation_token(token.map(str::to_owned))
            .set_execution_details(details)
            .set_output_variables(variables);
        let reply = sent(request.send()).await;
        reply.map(drop).map_err(|error| trouble(&error))
    }

    /// `PutJobFailureResult`.
    async fn fail(
        &self,
        job_id: &JobId,
        kind: FailureKind,
        message: &str,
        external_execution_id: Option<&str>,
    ) -> Result<(), Trouble> {
        let details = FailureDetails::builder()
            .r#type(failure_type(kind))
            .message(message)
            .set_external_execution_id(external_execution_id.map(str::to_owned))
            .build()
            .map_err(|error| Trouble::new("BadAnswer", &error.to_string()))?;
        let request = self.0.put_job_failure_result().job_id(job_id.as_str());
        let reply = sent(request.failure_details(details).send()).await;
        reply.map(drop).map_err(|error| trouble(&error))
    }
}

impl Pipeline for CodePipeline {
    async fn answer(&self, job_id: &JobId, answer: &Answer) -> Result<Delivery, Undelivered> {
        let delivery = match answer {
            Answer::Continue { .. } => Delivery::Continued,
            Answer::Success { .. } | Answer::Failure { .. } => Delivery::Concluded,
        };
        let reporting = async {
            match self.put(job_id, answer).await {
                Err(trouble) if is_about_a_detail(&trouble.code) => {
                    tracing::error!(%job_id, %trouble, "CodePipeline found fault with our answer; sending it without details");
                    self.put_plainly(job_id, answer).await
                }
                reply => reply,
            }
        };
        let reply = timeout(RESULT_TIMEOUT, reporting).await;
        reply
            .unwrap_or_else(|_| Err(too_slow()))
            .map_or_else(meaning, |()| Ok(delivery))
    }

    async fn owner(&self, job_id: &JobId) -> Result<Option<Owner>, Undelivered> {
        let request = self.0.get_job_details().job_id(job_id.as_str());
        let reply = sent(request.send()).await;
        let reply = reply.map_err(|error| Undelivered(trouble(&error)))?;
        let context = reply
            .job_details
            .and_then(|job| job.data)
            .and_then(|data| data.pipeline_context);
        Ok(context.and_then(owner))
    }
}

/// The owner, if the context names all of it.
fn owner(context: PipelineContext) -> Option<Owner> {
    Some(Owner {
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
fn too_slow() -> Trouble {
    Trouble::new(NO_REPLY, "no reply within the time-out")
}

/// Whether CodePipeline finds fault with what an answer says, and not with the job or with us.
fn is_about_a_detail(code: &str) -> bool {
    matches!(
        code,
        "ValidationException" | "OutputVariablesSizeExceededException"
    )
}

/// What an error of CodePipeline means for an answer. A job that is not known, or is in another state than waiting, has
/// been answered or given up: that is an end, not an error.
fn meaning(trouble: Trouble) -> Result<Delivery, Undelivered> {
    match trouble.code.as_str() {
        "InvalidJobStateException" | "JobNotFoundException" => Ok(Delivery::Closed),
        _ => Err(Undelivered(trouble)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_waits_no_longer_is_an_end() {
        for code in ["InvalidJobStateException", "JobNotFoundException"] {
            assert_eq!(meaning(Trouble::new(code, "")).unwrap(), Delivery::Closed);
        }
        for code in [
            "ValidationException",
            "ThrottlingException",
            "AccessDeniedException",
            "NoReply",
        ] {
            assert!(meaning(Trouble::new(code, "")).is_err(), "{code}");
        }
    }
}
