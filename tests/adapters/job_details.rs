//! CodePipeline's GetJobDetails, which also returns "temporary credentials for the S3 bucket": only the pipeline's name is
//! taken from it.

use serde_json::json;
use shared::identifiers::JobId;
use shared::ports::{Pipeline, Undelivered};
use shared::record::Trouble;

use crate::reply::{CANARY, Reply, json_error, unreadable};
use crate::wire::Wire;

fn job() -> JobId {
    JobId::parse("22222222-abcd-2222-abcd-222222abcdef").unwrap()
}

async fn name(reply: Reply) -> Result<Option<String>, Undelivered> {
    Wire::replying([reply])
        .codepipeline()
        .pipeline_name(&job())
        .await
}

#[tokio::test]
async fn the_name_comes_from_the_jobs_details() {
    let context = json!({"pipelineName": "example-pipeline", "stage": {"name": "Deploy"}});
    let credentials =
        json!({"accessKeyId": "AKIDEXAMPLE", "secretAccessKey": CANARY, "sessionToken": CANARY});
    let data = json!({"pipelineContext": context, "artifactCredentials": credentials});
    let wire = Wire::replying([Reply::ok(
        json!({"jobDetails": {"id": job(), "data": data}}).to_string(),
    )]);
    let told = wire.codepipeline().pipeline_name(&job()).await;
    assert_eq!(told, Ok(Some("example-pipeline".into())));
    insta::assert_snapshot!(wire.only(), @r#"
    POST https://codepipeline.us-east-1.amazonaws.com/
    signed for us-east-1/codepipeline
    CodePipeline_20150709.GetJobDetails
    {
      "jobId": "22222222-abcd-2222-abcd-222222abcdef"
    }
    "#);

    for nameless in [
        json!({}),
        json!({"jobDetails": {"id": job()}}),
        json!({"jobDetails": {"data": {"artifactCredentials": credentials}}}),
        json!({"jobDetails": {"data": {"pipelineContext": {}}}}),
    ] {
        assert_eq!(
            name(Reply::ok(nameless.to_string())).await,
            Ok(None),
            "{nameless}"
        );
    }
}

#[tokio::test]
async fn whoever_cannot_be_asked_gives_no_name() {
    for (status, code) in [
        (400, "ValidationException"),
        (400, "JobNotFoundException"),
        (400, "ThrottlingException"),
        (400, "AccessDeniedException"),
        (500, "InternalFailure"),
    ] {
        let expected = Undelivered(Trouble::new(code, "as CodePipeline says"));
        assert_eq!(
            name(json_error(status, code, "as CodePipeline says")).await,
            Err(expected)
        );
    }
    for reply in unreadable() {
        let error = name(reply.clone()).await.expect_err(&format!("{reply:?}"));
        assert!(
            !format!("{error} {error:?}").contains(CANARY),
            "{reply:?}: {error}"
        );
        assert_eq!(error.0.code, "NoReply", "{reply:?}");
    }
}
