//! The CodePipeline event, from its bytes to the reported result.

use checker::Trigger;
use invalidation_core::input::continuation_token::Token;
use invalidation_core::input::identifiers::JobId;
use invalidation_core::input::job_event::{JobEvent, Text};
use invalidation_core::input::user_parameters::UserParameters;
use serde_json::{Value, json};

use super::{CANARY, strings};
use harness::log_capture::{Function, capture};

const ID: &str = "/CodePipeline.job/id";
const TOKEN: &str = "/CodePipeline.job/data/continuationToken";
const PARAMETERS: &str = "/CodePipeline.job/data/actionConfiguration/configuration/UserParameters";

/// Any bytes: reading them never panics and logs none of their content. If they are JSON with a job id in its place,
/// the id is read, the job gets its result in one run, no other job is named, and the content of no other field
/// appears in any output.
///
/// # Panics
///
/// Panics if that does not hold.
pub fn event(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let read = JobEvent::read(text);
    let _ = Trigger::read(text);
    let Ok(mut value) = serde_json::from_str::<Value>(text) else {
        return;
    };
    // After this round trip, a duplicated field occurs once.
    let canonical = JobEvent::read(&value.to_string());
    let id = value
        .pointer(ID)
        .and_then(Value::as_str)
        .and_then(JobId::parse);
    assert_eq!(canonical.as_ref().ok().map(|job| &job.job_id), id.as_ref());
    if let Ok(job) = &read {
        assert_eq!(Some(&job.job_id), id.as_ref());
    }
    match canonical {
        Ok(job) if !asks_for_the_canary(&job) => {
            seed_fault(&mut value);
            assert_recovered(&value, &job.job_id);
            assert_reported(&value, &job.job_id);
        }
        Ok(_) => {}
        Err(fault) => assert!(
            !format!("{fault} {fault:?}").contains(CANARY),
            "{fault} repeats the event"
        ),
    }
}

/// Whether the parameters themselves contain the canary: it may then appear in output, for example as the pipeline's
/// name.
fn asks_for_the_canary(job: &JobEvent) -> bool {
    let parsed = UserParameters::parse(&job.user_parameters);
    let given = match &job.user_parameters {
        Text::Given(text) => text.as_str(),
        Text::Absent | Text::NotAString => "",
    };
    given.contains(CANARY) || format!("{parsed:?}").contains(CANARY)
}

/// Puts the canary into each string that no output may repeat: all but the id, the parameters and a valid token.
fn seed_fault(value: &mut Value) {
    strings::change_each(value, &mut |path, text| {
        let is_read = path == ID || path == PARAMETERS;
        let is_token = path == TOKEN && Token::parse(text).is_some();
        if !is_read && !is_token {
            text.push_str(CANARY);
        }
    });
}

fn assert_recovered(event: &Value, id: &JobId) {
    let record =
        json!({"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": event});
    match Trigger::read(&record.to_string()) {
        Trigger::FailedDelivery { event: job, .. } => assert_eq!(job.job_id, *id),
        Trigger::Schedule(_) | Trigger::Invalid(_) => {
            panic!("the failed delivery did not find the job")
        }
    }
}

fn assert_reported(event: &Value, id: &JobId) {
    let run = capture(Function::Start, &event.to_string(), event, &[]);
    assert!(!run.output.contains(CANARY), "{}", run.output);
    assert_eq!(run.error, None);
    assert_eq!(run.results().count(), 1, "{:?}", run.calls);
    for named in run.jobs_named() {
        assert_eq!(named, id.as_str(), "another job was named");
    }
}
