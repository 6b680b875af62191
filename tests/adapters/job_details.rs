//! CodePipeline's GetJobDetails, which also returns "temporary credentials for the S3 bucket": all that is taken from it is
//! the action whose job it is.

use serde_json::{Value, json};
use shared::identifiers::JobId;
use shared::ports::{Pipeline, Undelivered};
use shared::record::{Owner, Trouble};
use tests::recorded::{CANARY, Reply, Wire, json_error, unreadable};

fn job() -> JobId {
    JobId::parse("22222222-abcd-2222-abcd-222222abcdef").unwrap()
}

async fn owner(reply: Reply) -> Result<Option<Owner>, Undelivered> {
    Wire::replying([reply]).codepipeline().owner(&job()).await
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

/// The details of the job with this context, and with credentials that nobody may see.
fn details(context: &Value) -> Reply {
    let credentials =
        json!({"accessKeyId": "AKIDEXAMPLE", "secretAccessKey": CANARY, "sessionToken": CANARY});
    let data = json!({"pipelineContext": context, "artifactCredentials": credentials});
    Reply::ok(json!({"jobDetails": {"id": job(), "data": data}}).to_string())
}

#[tokio::test]
async fn the_owner_comes_from_the_jobs_details() {
    let wire = Wire::replying([details(&context())]);
    let told = wire.codepipeline().owner(&job()).await;
    let expected = Owner {
        pipeline: "example-pipeline".into(),
        pipeline_execution_id: "33333333-abcd-3333-abcd-333333abcdef".into(),
        stage: "Deploy".into(),
        action: "InvalidateCache".into(),
    };
    assert_eq!(told, Ok(Some(expected)));
    insta::assert_snapshot!(wire.only(), @r#"
    POST https://codepipeline.us-east-1.amazonaws.com/
    signed for us-east-1/codepipeline
    CodePipeline_20150709.GetJobDetails
    {
      "jobId": "22222222-abcd-2222-abcd-222222abcdef"
    }
    "#);
}

/// Half an owner could be taken for another action's, so it counts as none.
#[tokio::test]
async fn an_owner_that_is_not_whole_is_none() {
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
        assert_eq!(owner(details(&context)).await, Ok(None), "{part}");
    }
    for ownerless in [
        json!({}),
        json!({"jobDetails": {"id": job()}}),
        json!({"jobDetails": {"data": {}}}),
        json!({"jobDetails": {"data": {"pipelineContext": {}}}}),
    ] {
        let reply = Reply::ok(ownerless.to_string());
        assert_eq!(owner(reply).await, Ok(None), "{ownerless}");
    }
}

#[tokio::test]
async fn whoever_cannot_be_asked_tells_no_owner() {
    for (status, code) in [
        (400, "ValidationException"),
        (400, "JobNotFoundException"),
        (400, "ThrottlingException"),
        (400, "AccessDeniedException"),
        (500, "InternalFailure"),
    ] {
        let expected = Undelivered(Trouble::new(code, "as CodePipeline says"));
        assert_eq!(
            owner(json_error(status, code, "as CodePipeline says")).await,
            Err(expected)
        );
    }
    for reply in unreadable() {
        let error = owner(reply.clone()).await.expect_err(&format!("{reply:?}"));
        assert!(
            !format!("{error} {error:?}").contains(CANARY),
            "{reply:?}: {error}"
        );
        assert_eq!(error.0.code, "NoReply", "{reply:?}");
    }
}
