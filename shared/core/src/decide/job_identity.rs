//! Whether this function may report a result for a job, according to GetJobDetails.
//!
//! An event proves nothing: whoever may invoke the function can write one. CodePipeline's own word comes from
//! GetJobDetails, and decides: a job of another function is left alone, and where the details repeat what the event says,
//! they are believed and not the event. Three answers of GetJobDetails are none:
//!
//! - **No permission, or no reply.** The event is all there is. It is believed, because an action that hangs harms more than
//!   the check prevents; a metric counts what went unchecked.
//! - **No such job.** AWS documents GetJobDetails as "Used for custom actions only"; that it knows jobs for Lambda is
//!   experience, and not promised. So the reply is not believed by itself: the job gets a result first, before anything is
//!   created, written or announced. PutJobSuccessResult and PutJobFailureResult are documented for Lambda, and CodePipeline
//!   refuses a job that it does not have (`JobNotFoundException`). Where it takes the result, the job is true.
//! - **No details of any job for Lambda**, as such a taken result shows before GetJobDetails has told of any job. Then the
//!   question is as good as not allowed.

use crate::input::continuation_token::Token;
use crate::input::function_arn::FunctionRef;
use crate::input::job_event::{JobEvent, Text};
use crate::model::execution_record::{PipelineContext, ServiceError};

/// The provider of an action that invokes a function.
const LAMBDA: &str = "Lambda";

/// What CodePipeline says of a job, as far as it says it.
///
/// It has no `Debug`, like the [event](JobEvent): parameters and tokens belong in no log.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct JobDetails {
    /// The action to which the job belongs; none unless all of it is named.
    pub pipeline_context: Option<PipelineContext>,
    /// The provider of the action's type; `Lambda` for an action that invokes a function.
    pub provider: Option<String>,
    /// The action's `FunctionName`.
    pub function: Option<String>,
    /// The action's `UserParameters`.
    pub user_parameters: Option<String>,
    /// The token that the job continues.
    pub continuation_token: Option<String>,
}

/// Why CodePipeline says nothing of a job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoDetails {
    /// It has no such job. That it would have one is not certain: AWS documents GetJobDetails as "Used for custom actions
    /// only".
    #[error("CodePipeline has no details of this job")]
    NotFound,
    /// IAM does not allow the question.
    #[error("not allowed: {0}")]
    Denied(ServiceError),
    /// It could not be asked, or its reply could not be read.
    #[error("not told: {0}")]
    Retryable(ServiceError),
    /// It has told this process of no job yet, and denied one of which it took a result: it has no details of jobs for
    /// Lambda here.
    #[error("CodePipeline has no details of jobs for Lambda")]
    Useless,
}

/// What CodePipeline's word makes of a job.
pub enum Identity {
    /// It is this function's, or CodePipeline does not say otherwise.
    Ours {
        /// Whose job it is, if CodePipeline told.
        pipeline_context: Option<PipelineContext>,
        /// Whether CodePipeline named this function.
        is_checked: bool,
    },
    /// It is not found. A result must be taken before it is served.
    Unverified,
    /// It is another function's, or another provider's.
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

/// The event, with what CodePipeline says in the place of what the event says.
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
    }
}

/// What no event may change: a token that we wrote ourselves. One that is missing may only be left out.
fn is_ours(token: &str) -> bool {
    Token::parse(token).is_some()
}

/// Whether parameters are those of a job. Left out, hidden by asterisks, or with variables that are not filled in yet, they
/// are not what CodePipeline sent: it fills in `#{…}` before it invokes a function, and no page says which of the two
/// GetJobDetails tells.
fn is_resolved(parameters: &str) -> bool {
    let is_hidden = parameters.bytes().all(|byte| byte == b'*');
    !is_hidden && !parameters.contains("#{")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::identifiers::JobId;

    const JOB: &str = "11111111-abcd-1111-abcd-111111abcdef";
    const TOKEN: &str = "1.11111111-abcd-1111-abcd-111111abcdef.1";

    fn details(provider: Option<&str>, function: Option<&str>) -> JobDetails {
        JobDetails {
            provider: provider.map(str::to_owned),
            function: function.map(str::to_owned),
            ..JobDetails::default()
        }
    }

    /// What becomes of the job, as a word.
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
            let told = Ok(details(provider, named));
            assert_eq!(word(&told, function), expected, "{provider:?} {named:?}");
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
        }
    }

    #[test]
    fn job_details_replace_what_the_event_says() {
        let details = JobDetails {
            user_parameters: Some("theirs".to_owned()),
            continuation_token: Some(TOKEN.to_owned()),
            ..JobDetails::default()
        };
        let corrected = corrected(&event(Text::Absent, "forged"), &details);
        assert!(corrected == event(Text::Given(TOKEN.to_owned()), "theirs"));
    }

    #[test]
    fn what_it_leaves_out_hides_or_has_not_filled_in_stays_as_it_came() {
        let came = event(Text::Given(TOKEN.to_owned()), "ours");
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
                    corrected(&came, &details) == came,
                    "{parameters:?} {token:?}"
                );
            }
        }
    }
}
