//! The event that CodePipeline sends to Lambda.

use serde_json::{Value, json};

use super::action::Action;

/// A word in each secret of every event: if it occurs elsewhere, a secret has leaked.
pub const CANARY: &str = "CANARY";

/// The documented event, "but without the actionTypeId and pipelineContext data types". The job's id and the token come
/// with [`carry`].
pub(super) fn of(
    action: &Action,
    artifacts: &[String],
    account_id: &str,
    region: &str,
    secret: &str,
    now_ms: u64,
) -> Value {
    let mut configuration = json!({ "FunctionName": action.function_name });
    if let Some(user_parameters) = &action.user_parameters {
        configuration["UserParameters"] = json!(user_parameters);
    }
    let input = |name: &String| {
        let object_key = format!("{}/{name:.10}/{secret:.7}", action.pipeline);
        json!({
            "location": {
                "s3Location": { "bucketName": format!("codepipeline-{region}-{account_id}"), "objectKey": object_key },
                "type": "S3",
            },
            "revision": null,
            "name": name,
        })
    };
    json!({ "CodePipeline.job": {
        "id": null,
        "accountId": account_id,
        "data": {
            "actionConfiguration": { "configuration": configuration },
            "inputArtifacts": artifacts.iter().map(input).collect::<Vec<_>>(),
            "outputArtifacts": [],
            "artifactCredentials": {
                "secretAccessKey": format!("{CANARY}/secret/{secret}"),
                "sessionToken": format!("{CANARY}//session//{secret}"),
                "accessKeyId": format!("ASIA{CANARY}{secret:.8}"),
                "expirationTime": now_ms + 3_600_000,
            },
        },
    }})
}

/// The same event for another job: "a continuation token … if continuing job", and no such member otherwise. A value
/// without the structure of an event is not changed.
pub(super) fn carry(event: &Value, job_id: &str, token: Option<&str>) -> Value {
    let mut event = event.clone();
    if let Some(job) = event
        .pointer_mut("/CodePipeline.job")
        .and_then(Value::as_object_mut)
    {
        job.insert("id".into(), job_id.into());
    }
    let data = event
        .pointer_mut("/CodePipeline.job/data")
        .and_then(Value::as_object_mut);
    if let (Some(data), Some(token)) = (data, token) {
        data.insert("continuationToken".into(), token.into());
    }
    event
}

pub(super) fn job_id(event: &Value) -> Option<&str> {
    event.pointer("/CodePipeline.job/id")?.as_str()
}

/// The action of a supplied event. It is sent to `start`, whatever function the event names.
pub(super) fn action(event: &Value) -> Action {
    let configured = |name: &str| {
        let configuration =
            event.pointer("/CodePipeline.job/data/actionConfiguration/configuration")?;
        configuration.get(name)?.as_str().map(str::to_owned)
    };
    Action {
        pipeline: "played-pipeline".into(),
        stage: "Deploy".into(),
        action: "Invalidate".into(),
        function_name: "start".into(),
        user_parameters: configured("UserParameters"),
    }
}
