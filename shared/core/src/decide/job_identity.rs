//! Whether this function may report a result for a job, according to GetJobDetails.
//!
//! An event proves nothing: each principal that may invoke the function can write one. The details from GetJobDetails
//! decide: the function ignores a job of another function, and uses the values of the details instead of those of the
//! event. In three cases there are no details:
//!
//! - **No permission, or no reply.** The function accepts the event, because an action that hangs causes more harm than
//!   the check prevents. A metric counts the unchecked jobs.
//! - **No such job.** AWS documents GetJobDetails as "Used for custom actions only". It was observed to return jobs for
//!   Lambda, but AWS does not guarantee this, so the reply alone is no proof. The function reports a result for the job
//!   before it creates, writes or publishes anything. PutJobSuccessResult and PutJobFailureResult are documented for
//!   Lambda, and CodePipeline rejects a job that it does not have (`JobNotFoundException`). If CodePipeline accepts the
//!   result, the job is genuine.
//! - **No details of any job for Lambda.** An accepted result of such a job shows this, unless GetJobDetails has
//!   returned any job before. The function then continues as without the permission.

use crate::input::continuation_token::Token;
use crate::input::function_arn::FunctionRef;
use crate::input::job_event::{JobEvent, Text};
use crate::input::paths_file::artifacts::Artifacts;
use crate::model::execution_record::{PipelineContext, ServiceError};

/// The provider of an action that invokes a function.
const LAMBDA: &str = "Lambda";

/// The details of a job, if known.
///
/// Like the [event](JobEvent), it has no `Debug`, because parameters and tokens must not be logged.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct JobDetails {
    /// The action of the job; none unless all its fields are present.
    pub pipeline_context: Option<PipelineContext>,
    /// The provider of the action's type; `Lambda` for an action that invokes a function.
    pub provider: Option<String>,
    /// The action's `FunctionName`.
    pub function: Option<String>,
    /// The action's `UserParameters`.
    pub user_parameters: Option<String>,
    /// The continuation token of the job.
    pub continuation_token: Option<String>,
    /// The input artifacts and their credentials; empty unless the parameters name a file of an artifact.
    pub artifacts: Artifacts,
}

/// Why there are no details of a job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoDetails {
    /// CodePipeline returned no such job. This is no proof, because AWS documents GetJobDetails as "Used for custom
    /// actions only".
    #[error("CodePipeline has no details of this job")]
    NotFound,
    /// IAM does not allow the call.
    #[error("not allowed: {0}")]
    Denied(ServiceError),
    /// The call failed, or its reply could not be read.
    #[error("the call failed: {0}")]
    Retryable(ServiceError),
    /// GetJobDetails has returned no job to this process yet, and did not find one whose result CodePipeline accepted.
    /// It has no details of jobs for Lambda here.
    #[error("CodePipeline has no details of jobs for Lambda")]
    Useless,
}

/// The identity of a job, according to CodePipeline.
pub enum Identity {
    /// The job belongs to this function, or CodePipeline does not name another one.
    Ours {
        /// The pipeline context, if known.
        pipeline_context: Option<PipelineContext>,
        /// Whether CodePipeline named this function.
        is_checked: bool,
    },
    /// The job is not found. CodePipeline must accept a result before the job is processed.
    Unverified,
    /// The job belongs to another function or another provider.
    Foreign,
}

/// Validates a job that invoked `function`, if the function name is known.
#[must_use]
pub fn identified(
    details: &Result<JobDetails, NoDetails>,
    function: Option<&FunctionRef>,
) -> Identity {
    let details = match details {
        Ok(details) => details,
        Err(NoDetails::NotFound) => return Identity::Unverified,
        Err(NoDetails::Denied(_) | NoDetails::Retryable(_) | NoDetails::Useless) => {
            return Identity::Ours {
                pipeline_context: None,
                is_checked: false,
            };
        }
    };
    let is_other_provider = matches!(&details.provider, Some(provider) if provider != LAMBDA);
    let named = details.function.as_deref().and_then(FunctionRef::parse);
    let is_same = named.zip(function).map(|(named, ours)| named.is_same(ours));
    if is_other_provider || is_same == Some(false) {
        return Identity::Foreign;
    }
    Identity::Ours {
        pipeline_context: details.pipeline_context.clone(),
        is_checked: is_same.is_some(),
    }
}

/// The event, with the values of the job details where they are usable.
#[must_use]
pub fn corrected(event: &JobEvent, details: &JobDetails) -> JobEvent {
    let given = |text: &Option<String>, is_believable: fn(&str) -> bool, otherwise: &Text| {
        let believed = text.as_ref().filter(|text| is_believable(text));
        believed.map_or_else(|| otherwise.clone(), |text| Text::Given(text.clone()))
    };
    JobEvent {
        job_id: event.job_id.clone(),
        continuation_token: given(
            &details.continuation_token,
            is_ours,
            &event.continuation_token,
        ),
        user_parameters: given(
            &details.user_parameters,
            is_resolved,
            &event.user_parameters,
        ),
        artifacts: known_artifacts(&event.artifacts, &details.artifacts),
    }
}

/// What the details of a job say about its continuation token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenCheck {
    /// CodePipeline returned a token of this function with the details.
    Confirmed,
    /// There are no details.
    Unchecked,
    /// The details have no token, so that of the event may be forged.
    Contradicted,
}

impl TokenCheck {
    /// The check of the job with these details.
    #[must_use]
    pub fn of(details: &Result<JobDetails, NoDetails>) -> Self {
        match details.as_ref().map(|it| it.continuation_token.as_deref()) {
            Ok(Some(token)) if is_ours(token) => Self::Confirmed,
            Ok(_) => Self::Contradicted,
            Err(_) => Self::Unchecked,
        }
    }
}

/// The artifacts that CodePipeline names, so that a forged event cannot name another file. Their credentials are those of the
/// event if CodePipeline leaves them out.
fn known_artifacts(event: &Artifacts, details: &Artifacts) -> Artifacts {
    if details.inputs.is_empty() {
        return event.clone();
    }
    let credentials = details.credentials.as_ref().or(event.credentials.as_ref());
    Artifacts {
        inputs: details.inputs.clone(),
        credentials: credentials.cloned(),
    }
}

/// Whether this function issued the token. Such a token replaces that of the event. A missing token replaces nothing,
/// because the details may only have omitted it.
fn is_ours(token: &str) -> bool {
    Token::parse(token).is_some()
}

/// Whether the parameters are those that CodePipeline sent: not omitted, not masked by asterisks, and without
/// unresolved variables. CodePipeline resolves `#{…}` before it invokes a function, and AWS does not document which
/// form GetJobDetails returns.
fn is_resolved(parameters: &str) -> bool {
    let is_hidden = parameters.bytes().all(|byte| byte == b'*');
    !is_hidden && !parameters.contains("#{")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::identifiers::JobId;
    use crate::input::paths_file::artifacts::{Credentials, InputArtifact, Location};

    const JOB: &str = "11111111-abcd-1111-abcd-111111abcdef";
    const TOKEN: &str = "1.11111111-abcd-1111-abcd-111111abcdef.1";

    fn details(provider: Option<&str>, function: Option<&str>) -> JobDetails {
        JobDetails {
            provider: provider.map(str::to_owned),
            function: function.map(str::to_owned),
            ..JobDetails::default()
        }
    }

    /// The identity of the job, as a word.
    fn word(details: &Result<JobDetails, NoDetails>, function: Option<&str>) -> &'static str {
        let function = function.and_then(FunctionRef::parse);
        match identified(details, function.as_ref()) {
            Identity::Ours {
                is_checked: true, ..
            } => "checked",
            Identity::Ours { .. } => "unchecked",
            Identity::Unverified => "unproven",
            Identity::Foreign => "foreign",
        }
    }

    #[test]
    fn the_function_that_codepipeline_names_decides() {
        let ours = Some("arn:aws:lambda:us-east-1:111111111111:function:start:$LATEST");
        for (provider, named, function, expected) in [
            (Some("Lambda"), Some("start"), ours, "checked"),
            (None, Some("start:live"), ours, "checked"),
            (
                Some("Lambda"),
                Some("111111111111:function:start"),
                ours,
                "checked",
            ),
            (Some("Lambda"), Some("other"), ours, "foreign"),
            (
                Some("Lambda"),
                Some("222222222222:function:start"),
                ours,
                "foreign",
            ),
            (Some("CodeBuild"), Some("start"), ours, "foreign"),
            (Some("CodeBuild"), None, None, "foreign"),
            (Some("Lambda"), None, ours, "unchecked"),
            (Some("Lambda"), Some("#{?}"), ours, "unchecked"),
            (Some("Lambda"), Some("other"), None, "unchecked"),
            (None, None, ours, "unchecked"),
        ] {
            let details = Ok(details(provider, named));
            assert_eq!(word(&details, function), expected, "{provider:?} {named:?}");
        }
    }

    #[test]
    fn a_job_that_is_not_found_must_be_verified() {
        let service_error = || ServiceError::new("AccessDeniedException", "");
        for (none, expected) in [
            (NoDetails::NotFound, "unproven"),
            (NoDetails::Denied(service_error()), "unchecked"),
            (NoDetails::Retryable(service_error()), "unchecked"),
            (NoDetails::Useless, "unchecked"),
        ] {
            assert_eq!(word(&Err(none.clone()), Some("start")), expected, "{none}");
        }
    }

    fn event(token: Text, parameters: &str) -> JobEvent {
        JobEvent {
            job_id: JobId::parse(JOB).unwrap(),
            continuation_token: token,
            user_parameters: Text::Given(parameters.to_owned()),
            artifacts: Artifacts::default(),
        }
    }

    #[test]
    fn job_details_replace_the_values_of_the_event() {
        let details = JobDetails {
            user_parameters: Some("theirs".to_owned()),
            continuation_token: Some(TOKEN.to_owned()),
            ..JobDetails::default()
        };
        let corrected = corrected(&event(Text::Absent, "forged"), &details);
        assert!(corrected == event(Text::Given(TOKEN.to_owned()), "theirs"));
    }

    #[test]
    fn omitted_masked_or_unresolved_details_do_not_replace_the_event() {
        let event = event(Text::Given(TOKEN.to_owned()), "ours");
        for parameters in [
            None,
            Some(""),
            Some("****"),
            Some(r##"{"Paths":"#{A.B}"}"##),
        ] {
            for token in [None, Some(""), Some("of another kind")] {
                let details = JobDetails {
                    user_parameters: parameters.map(str::to_owned),
                    continuation_token: token.map(str::to_owned),
                    ..JobDetails::default()
                };
                assert!(
                    corrected(&event, &details) == event,
                    "{parameters:?} {token:?}"
                );
            }
        }
    }

    #[test]
    fn an_event_names_no_other_artifact_than_codepipeline() {
        let artifacts = |key: &str, secret: Option<&str>| Artifacts {
            inputs: vec![InputArtifact {
                name: "Build".to_owned(),
                location: Some(Location {
                    bucket: "b".to_owned(),
                    key: key.to_owned(),
                }),
            }],
            credentials: secret.map(|secret| Credentials {
                access_key_id: "a".to_owned(),
                secret_access_key: secret.to_owned(),
                session_token: "t".to_owned(),
            }),
        };
        let forged = artifacts("forged", Some("event"));
        for (details, expected) in [
            (Artifacts::default(), forged.clone()),
            (artifacts("true", None), artifacts("true", Some("event"))),
            (
                artifacts("true", Some("details")),
                artifacts("true", Some("details")),
            ),
        ] {
            let event = JobEvent {
                artifacts: forged.clone(),
                ..event(Text::Absent, "")
            };
            let details = JobDetails {
                artifacts: details,
                ..JobDetails::default()
            };
            assert!(corrected(&event, &details).artifacts == expected);
        }
    }
}
