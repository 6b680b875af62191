//! Whoever writes a pipeline, or forges an event, gets no further than the settings allow.

mod injection;
mod tokens;
mod topics;
mod words;

use serde_json::{Value, json};

/// The job of the events here.
const JOB: &str = "77777777-abcd-7777-abcd-777777abcdef";

/// The first event of an action with these parameters.
fn event(parameters: &str) -> Value {
    let configuration = json!({"FunctionName": "start", "UserParameters": parameters});
    let data = json!({"actionConfiguration": {"configuration": configuration}});
    json!({"CodePipeline.job": {"id": JOB, "data": data}})
}
