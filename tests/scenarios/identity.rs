//! Forged events that a client with permission to invoke the functions sends to them.
//!
//! They cause no invalidation and no notification, and no real job loses its result because of them.

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

/// How GetJobDetails replies in an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Details {
    /// It returns the details of each job.
    Available,
    /// IAM denies it.
    Denied,
    /// It has no jobs for Lambda: "Used for custom actions only".
    NotFound,
}

impl Details {
    const ALL: [Self; 3] = [Self::Available, Self::Denied, Self::NotFound];

    fn arrange(self, harness: &Harness) {
        let code = match self {
            Self::Available => return,
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

/// An event in CodePipeline's format.
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

/// The calls with an effect, or with a request for details, for a job.
fn effects(ending: &Ending) -> Vec<String> {
    let calls = ending.calls.iter().filter(|call| match call.service {
        Service::CloudFront | Service::Sns | Service::EventBridge => true,
        Service::DynamoDb => matches!(call.operation.as_str(), "PutItem" | "UpdateItem"),
        Service::CodePipeline | Service::S3 => false,
    });
    calls
        .map(|call| format!("{} {}", call.operation, call.subject))
        .collect()
}

/// The results that were sent for the jobs of this action, accepted or not.
fn results<'e>(ending: &'e Ending, action: &'e ActionState) -> impl Iterator<Item = &'e str> {
    let named = ending
        .calls
        .iter()
        .filter(|call| call.operation.starts_with("PutJob") && action.jobs.contains(&call.subject));
    named.map(|call| call.operation.as_str())
}
