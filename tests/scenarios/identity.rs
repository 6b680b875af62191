//! Who may ask: events that CodePipeline never sent, handed to the functions by somebody who may invoke them.
//!
//! They serve nothing, and tell nobody anything; and no true job goes without its result because of them.

mod continuations;
mod foreign;
mod table;
mod unknown;

use harness::{Ending, Harness};
use local_aws::codepipeline::ActionState;
use local_aws::{Fault, FaultKind, Service};
use serde_json::{Value, json};

/// Jobs that CodePipeline never made.
const UNKNOWN: [&str; 3] = [
    "f1f1f1f1-abcd-4f1f-abcd-f1f1f1f1f1f1",
    "f2f2f2f2-abcd-4f2f-abcd-f2f2f2f2f2f2",
    "f3f3f3f3-abcd-4f3f-abcd-f3f3f3f3f3f3",
];

/// What GetJobDetails does in an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Details {
    /// It tells of each job.
    Told,
    /// IAM does not allow it.
    Denied,
    /// It has no jobs for Lambda: "Used for custom actions only".
    NotFound,
}

impl Details {
    const ALL: [Self; 3] = [Self::Told, Self::Denied, Self::NotFound];

    fn arrange(self, harness: &Harness) {
        let code = match self {
            Self::Told => return,
            Self::Denied => "AccessDeniedException",
            Self::NotFound => "JobNotFoundException",
        };
        harness.aws().inject(Fault {
            service: Some(Service::CodePipeline),
            operation: Some("GetJobDetails".into()),
            ..Fault::always(FaultKind::reject(400, code, ""))
        });
    }
}

/// An event of CodePipeline's shape.
fn event(job: &str, parameters: &str, token: Option<&str>) -> Value {
    let configuration = json!({"FunctionName": "start", "UserParameters": parameters});
    let mut data = json!({"actionConfiguration": {"configuration": configuration}});
    if let Some(token) = token {
        data["continuationToken"] = token.into();
    }
    json!({"CodePipeline.job": {"id": job, "data": data}})
}

/// Lambda's record of an event whose deliveries to the function of this name all failed.
fn failure_record(function: &str, event: &Value) -> Value {
    let arn = format!("arn:aws:lambda:us-east-1:111111111111:function:{function}:$LATEST");
    json!({
        "version": "1.0",
        "requestContext": {"functionArn": arn, "condition": "RetriesExhausted"},
        "requestPayload": event,
    })
}

/// The calls that do something, or ask for something to be told, for somebody.
fn effects(ending: &Ending) -> Vec<String> {
    let calls = ending.calls.iter().filter(|call| match call.service {
        Service::CloudFront | Service::Sns | Service::EventBridge => true,
        Service::DynamoDb => matches!(call.operation.as_str(), "PutItem" | "UpdateItem"),
        Service::CodePipeline => false,
    });
    calls
        .map(|call| format!("{} {}", call.operation, call.subject))
        .collect()
}

/// The results that were sent for the jobs of this action, whatever became of them.
fn results<'e>(ending: &'e Ending, action: &'e ActionState) -> impl Iterator<Item = &'e str> {
    let named = ending
        .calls
        .iter()
        .filter(|call| call.operation.starts_with("PutJob") && action.jobs.contains(&call.subject));
    named.map(|call| call.operation.as_str())
}
