//! CodePipeline's GetJobDetails, which also returns "temporary credentials for the S3 bucket". The adapter reads only
//! the pipeline context, and the values that the event should contain.

use harness::recorded::{CANARY, Reply, Wire, json_error, unreadable};
use invalidation_core::decide::job_identity::{JobDetails, NoDetails};
use invalidation_core::input::identifiers::JobId;
use invalidation_core::model::execution_record::PipelineContext;
use invalidation_runtime::ports::JobReporter as _;
use serde_json::{Value, json};

use crate::service_error;

fn job() -> JobId {
    JobId::parse("22222222-abcd-2222-abcd-222222abcdef").unwrap()
}

async fn observed(reply: Reply) -> Result<JobDetails, NoDetails> {
    Wire::replying([reply]).codepipeline().details(&job()).await
}

async fn pipeline_context(reply: Reply) -> Result<Option<PipelineContext>, NoDetails> {
    observed(reply)
        .await
        .map(|details| details.pipeline_context)
}

/// The context of a job as CodePipeline documents it.
fn context() -> Value {
    json!({
        "pipelineName": "example-pipeline",
        "pipelineArn": "arn:aws:codepipeline:us-east-1:111111111111:example-pipeline",
        "pipelineExecutionId": "33333333-abcd-3333-abcd-333333abcdef",
        "stage": {"name": "Deploy"},
        "action": {"name": "InvalidateCache", "actionExecutionId": "44444444-abcd-4444-abcd-444444abcdef"},
    })
}

/// The details of the job with this context, and with credentials that must not appear anywhere.
fn details(context: &Value) -> Reply {
    let credentials =
        json!({"accessKeyId": "AKIDEXAMPLE", "secretAccessKey": CANARY, "sessionToken": CANARY});
    with(&json!({"pipelineContext": context, "artifactCredentials": credentials}))
}

fn with(data: &Value) -> Reply {
    Reply::ok(json!({"jobDetails": {"id": job(), "data": data}}).to_string())
}

#[tokio::test]
async fn the_pipeline_context_comes_from_the_details_of_the_job() {
    let wire = Wire::replying([details(&context())]);
    let observed = wire.codepipeline().details(&job()).await;
    let observed = observed.map(|details| details.pipeline_context);
    let expected = PipelineContext {
        pipeline: "example-pipeline".into(),
        pipeline_execution_id: "33333333-abcd-3333-abcd-333333abcdef".into(),
        stage: "Deploy".into(),
        action: "InvalidateCache".into(),
    };
    assert_eq!(observed, Ok(Some(expected)));
    insta::assert_snapshot!(wire.only(), @r#"
    POST https://codepipeline.us-east-1.amazonaws.com/
    signed for us-east-1/codepipeline
    CodePipeline_20150709.GetJobDetails
    {
      "jobId": "22222222-abcd-2222-abcd-222222abcdef"
    }
    "#);
}

/// An incomplete context could match another action's, so it counts as none.
#[tokio::test]
async fn an_incomplete_pipeline_context_is_none() {
    for part in [
        "/pipelineName",
        "/pipelineExecutionId",
        "/stage",
        "/stage/name",
        "/action",
        "/action/name",
    ] {
        let mut context = context();
        *context.pointer_mut(part).unwrap() = Value::Null;
        assert_eq!(
            pipeline_context(details(&context)).await,
            Ok(None),
            "{part}"
        );
    }
    for incomplete in [
        json!({}),
        json!({"jobDetails": {"id": job()}}),
        json!({"jobDetails": {"data": {}}}),
        json!({"jobDetails": {"data": {"pipelineContext": {}}}}),
    ] {
        let reply = Reply::ok(incomplete.to_string());
        assert_eq!(pipeline_context(reply).await, Ok(None), "{incomplete}");
    }
}

#[tokio::test]
async fn the_job_details_are_complete() {
    let whole = json!({
        "actionTypeId": {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
        "actionConfiguration": {"configuration": {"FunctionName": "start", "UserParameters": "{}"}},
        "continuationToken": "token",
    });
    let fields = |details: JobDetails| {
        let JobDetails {
            provider,
            function,
            user_parameters,
            continuation_token,
            ..
        } = details;
        [provider, function, user_parameters, continuation_token]
    };
    let expected = ["Lambda", "start", "{}", "token"].map(|text| Some(text.to_owned()));
    assert_eq!(observed(with(&whole)).await.map(fields), Ok(expected));
    for part in [
        "/actionTypeId",
        "/actionConfiguration",
        "/continuationToken",
    ] {
        let mut part_of_it = whole.clone();
        *part_of_it.pointer_mut(part).unwrap() = Value::Null;
        let read = observed(with(&part_of_it)).await.map(fields).unwrap();
        let left_out = read.iter().filter(|text| text.is_none()).count();
        assert_eq!(
            left_out,
            if part == "/actionConfiguration" { 2 } else { 1 },
            "{part}"
        );
    }
}

#[tokio::test]
async fn missing_and_empty_values_are_distinguished() {
    let service_error = |code| service_error(code, "a message of CodePipeline");
    for (status, code, expected) in [
        (400, "JobNotFoundException", NoDetails::NotFound),
        (
            400,
            "AccessDeniedException",
            NoDetails::Denied(service_error("AccessDeniedException")),
        ),
        (
            400,
            "ValidationException",
            NoDetails::Retryable(service_error("ValidationException")),
        ),
        (
            400,
            "ThrottlingException",
            NoDetails::Retryable(service_error("ThrottlingException")),
        ),
        (
            500,
            "InternalFailure",
            NoDetails::Retryable(service_error("InternalFailure")),
        ),
    ] {
        let reply = json_error(status, code, "a message of CodePipeline");
        assert_eq!(pipeline_context(reply).await, Err(expected));
    }
    for reply in unreadable() {
        let error = pipeline_context(reply.clone())
            .await
            .expect_err(&format!("{reply:?}"));
        assert!(
            !format!("{error} {error:?}").contains(CANARY),
            "{reply:?}: {error}"
        );
        let NoDetails::Retryable(service_error) = error else {
            panic!("{reply:?}: {error}")
        };
        assert_eq!(service_error.code, "NoReply", "{reply:?}");
    }
}
