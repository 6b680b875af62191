//! The job event that CodePipeline sends to `start`: the three fields that we use, never its credentials.
//!
//! The event carries temporary credentials for the artifact bucket, and AWS says: "Do not log the JSON event that
//! CodePipeline sends to Lambda because this can result in user credentials being logged"
//! (<https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html>). The safest way not to
//! log a thing is not to hold it: this reader steps over every field that it does not name.
//!
//! It is lenient on purpose. A job whose id can be read can be answered, so a readable id is all that it asks for; a
//! typed event would refuse the whole for a missing artifact, and the pipeline would hang.

use crate::input::identifiers::JobId;
use crate::input::json_object::Entries;

/// The one field of the event.
const JOB: &str = "CodePipeline.job";

/// A field that should be a JSON string.
#[derive(Clone, PartialEq, Eq)]
pub enum Text {
    /// The field is missing or `null`.
    Absent,
    /// The string that stood there, possibly empty.
    Given(String),
    /// Something else stood there; what it was is not kept.
    NotAString,
}

/// What we read of a CodePipeline job event.
///
/// It has no `Debug`: a token and the parameters are the pipeline author's own and belong in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct JobEvent {
    /// The job that waits for an answer.
    pub job_id: JobId,
    /// What our previous visit gave CodePipeline to bring back. AWS's own sample tells the first job by its
    /// absence (`if 'continuationToken' in job_data`).
    pub continuation_token: Text,
    /// The action's `UserParameters`, which CodePipeline hands on as one opaque string.
    pub user_parameters: Text,
}

/// An event without a readable job id. Nobody can answer it, and a retry would read the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableEvent {
    /// There is no object under `CodePipeline.job`.
    #[error(
        "the event has no readable `CodePipeline.job`: was this function invoked by something else?"
    )]
    NoJob,
    /// The job has no id, or one that CodePipeline could not have made.
    #[error("the event's `CodePipeline.job.id` is missing or not a CodePipeline job id")]
    NoJobId,
}

impl JobEvent {
    /// Reads the event in `text`, the raw JSON as Lambda delivered it.
    ///
    /// # Errors
    /// Only when no job id can be read; every other field may be missing or wrong. No error quotes the event.
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
        Ok(Self {
            job_id: job_id.ok_or(UnreadableEvent::NoJobId)?,
            continuation_token: Text::of(&data, "continuationToken"),
            user_parameters: Text::of(&configuration, "UserParameters"),
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
