//! The author of a pipeline, or of a forged event, can do no more than the settings allow.

mod boundaries;
mod injection;
mod invisible_characters;
mod signed_urls;
mod tokens;
mod topics;

use serde_json::{Value, json};

/// The job of these events.
const JOB: &str = "77777777-abcd-7777-abcd-777777abcdef";

/// The first event of an action with these parameters.
fn event(parameters: &str) -> Value {
    let configuration = json!({"FunctionName": "start", "UserParameters": parameters});
    let data = json!({"actionConfiguration": {"configuration": configuration}});
    json!({"CodePipeline.job": {"id": JOB, "data": data}})
}
