//! The CodePipeline job event for `start`: the fields that the function uses.
//!
//! The event carries temporary credentials for the artifact bucket, and AWS says: "Do not log the JSON event that
//! CodePipeline sends to Lambda because this can result in user credentials being logged"
//! (<https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html>). This
//! reader skips every other field. It reads the credentials only if the parameters name a `PathsFile`, and neither the event nor
//! the credentials can be printed.
//!
//! Parsing is lenient. A result can be reported for every job whose id is valid, so only the id is required. A typed
//! event would reject the event because of a missing artifact, and the pipeline would wait for its time-out.

use crate::input::identifiers::JobId;
use crate::input::json_object::Entries;
use crate::input::paths_file::artifacts::Artifacts;
use crate::input::paths_file::may_be_named;

/// The one field of the event.
const JOB: &str = "CodePipeline.job";

/// A field that should be a JSON string.
#[derive(Clone, PartialEq, Eq)]
pub enum Text {
    /// The field is missing or `null`.
    Absent,
    /// The string, possibly empty.
    Given(String),
    /// A value of another type, which is discarded.
    NotAString,
}

/// The fields of a CodePipeline job event.
///
/// It does not implement `Debug`, because the token, the parameters and the credentials must not be logged.
#[derive(Clone, PartialEq, Eq)]
pub struct JobEvent {
    /// The id of the job.
    pub job_id: JobId,
    /// The continuation token of the previous job. The first job has none; the AWS sample uses the same test
    /// (`if 'continuationToken' in job_data`).
    pub continuation_token: Text,
    /// `UserParameters` of the action, an opaque string for CodePipeline.
    pub user_parameters: Text,
    /// The input artifacts and their credentials; empty unless the parameters name a file of an artifact.
    pub artifacts: Artifacts,
}

/// An event without a valid job id. No result can be reported, and a retry would have the same input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableEvent {
    /// There is no object under `CodePipeline.job`.
    #[error(
        "the event has no valid `CodePipeline.job`; only a CodePipeline Lambda invoke action can invoke this function"
    )]
    NoJob,
    /// The job id is missing or does not match the pattern of CodePipeline.
    #[error("`CodePipeline.job.id` of the event is missing or not a CodePipeline job id")]
    NoJobId,
}

impl JobEvent {
    /// Parses the raw JSON of the event.
    ///
    /// # Errors
    /// If the job id is invalid. Every other field may be missing or invalid. No error quotes the event.
    pub fn read(text: &str) -> Result<Self, UnreadableEvent> {
        let event = Entries::read(text).unwrap_or_default();
        if event.get(JOB).is_none() {
            return Err(UnreadableEvent::NoJob);
        }
        let job = event.object(JOB);
        let data = job.object("data");
        let configuration = data.object("actionConfiguration").object("configuration");
        let job_id = match Text::of(&job, "id") {
            Text::Given(id) => JobId::parse(&id),
            Text::Absent | Text::NotAString => None,
        };
        let user_parameters = Text::of(&configuration, "UserParameters");
        let artifacts = match &user_parameters {
            Text::Given(text) if may_be_named(text) => Artifacts::of_event(&data),
            Text::Given(_) | Text::Absent | Text::NotAString => Artifacts::default(),
        };
        Ok(Self {
            job_id: job_id.ok_or(UnreadableEvent::NoJobId)?,
            continuation_token: Text::of(&data, "continuationToken"),
            user_parameters,
            artifacts,
        })
    }
}

impl Text {
    fn of(object: &Entries<'_>, key: &str) -> Self {
        match object.get(key).map(serde_json::from_str::<Option<String>>) {
            None | Some(Ok(None)) => Self::Absent,
            Some(Ok(Some(text))) => Self::Given(text),
            Some(Err(_)) => Self::NotAString,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "11111111-abcd-1111-abcd-111111abcdef";

    #[test]
    fn a_readable_id_is_sufficient() {
        for data in [
            "",
            r#","data":null"#,
            r#","data":[1]"#,
            r#","data":{}"#,
            r#","data":{"actionConfiguration":7}"#,
        ] {
            let event = JobEvent::read(&format!(r#"{{"CodePipeline.job":{{"id":"{ID}"{data}}}}}"#))
                .unwrap();
            assert_eq!(event.job_id.as_str(), ID);
            assert!(
                event.continuation_token == Text::Absent && event.user_parameters == Text::Absent,
                "{data}"
            );
        }
    }

    #[test]
    fn it_distinguishes_a_missing_field_from_one_of_another_kind() {
        let event = |token: &str| {
            format!(
                r#"{{"CodePipeline.job":{{"id":"{ID}","data":{{"continuationToken":{token}}}}}}}"#
            )
        };
        for (token, expected) in [
            ("null", Text::Absent),
            ("\"\"", Text::Given(String::new())),
            (r#""1.x""#, Text::Given("1.x".into())),
            ("17", Text::NotAString),
            ("{}", Text::NotAString),
        ] {
            assert!(
                JobEvent::read(&event(token)).unwrap().continuation_token == expected,
                "{token}"
            );
        }
    }

    #[test]
    fn without_a_readable_id_no_result_can_be_reported() {
        let id = |id: &str| format!(r#"{{"CodePipeline.job":{{"id":{id}}}}}"#);
        for (text, expected) in [
            ("{}".to_owned(), UnreadableEvent::NoJob),
            ("17".to_owned(), UnreadableEvent::NoJob),
            (
                r#"{"CodePipeline.job":"SECRET"}"#.to_owned(),
                UnreadableEvent::NoJobId,
            ),
            (id("null"), UnreadableEvent::NoJobId),
            (id("\"SECRET\""), UnreadableEvent::NoJobId),
        ] {
            let error = JobEvent::read(&text).err().unwrap();
            assert_eq!(error, expected, "{text}");
            assert!(!error.to_string().contains("SECRET"));
        }
    }
}
