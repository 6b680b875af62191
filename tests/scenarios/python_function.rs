//! The migration from the Python function: its parameters keep working, and its running executions continue.

use harness::{DISTRIBUTION, Harness, PARAMETERS};
use local_aws::codepipeline::{FailureKind, Status};
use local_aws::{Service, Settings};
use serde_json::json;

/// Unchanged parameters give the same pipeline result, and a notification with the same first three lines.
#[tokio::test(start_paused = true)]
async fn its_parameters_work_unchanged() {
    let ending = Harness::new(&[("MAX_WAIT_SECONDS", "0")])
        .play(PARAMETERS)
        .await;
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(ending.invalidations[0].paths, ["/*"]);
    let last_job = ending.action.jobs.last().unwrap();
    let old = format!("PipelineName: example-pipeline\nJobId: {last_job}\nStatus: success\n");
    assert!(
        ending.notifications[0].message.starts_with(&old),
        "{}",
        ending.notifications[0].message
    );

    let harness = Harness::new(&[]);
    let elsewhere = PARAMETERS.replace(DISTRIBUTION, "ENOTHERE");
    let ending = harness.play(&elsewhere).await;
    assert!(
        matches!(&ending.action.status, Status::Failed { kind, .. } if *kind == FailureKind::ConfigurationError)
    );
    let old = format!(
        "PipelineName: example-pipeline\nJobId: {}\nStatus: failed\n",
        ending.action.jobs[0]
    );
    assert!(
        ending.notifications[0].message.starts_with(&old),
        "{}",
        ending.notifications[0].message
    );
}

/// A job that the Python function began continues with its token: the invalidation is adopted, not created again.
#[tokio::test(start_paused = true)]
async fn its_token_is_adopted() {
    let harness = Harness::of(Settings::default(), &[]);
    let client = aws_sdk_cloudfront::Client::new(&harness.aws().sdk_config("the Python function"));
    let paths = aws_sdk_cloudfront::types::Paths::builder()
        .quantity(1)
        .items("/*")
        .build()
        .unwrap();
    let batch = aws_sdk_cloudfront::types::InvalidationBatch::builder()
        .paths(paths)
        .caller_reference("1552281907.5");
    let made = client
        .create_invalidation()
        .distribution_id(DISTRIBUTION)
        .invalidation_batch(batch.build().unwrap());
    let id = made.send().await.unwrap().invalidation.unwrap().id;

    let job = "33333333-abcd-3333-abcd-333333abcdef";
    let configuration = json!({"FunctionName": "start", "UserParameters": PARAMETERS});
    let data = json!({
        "actionConfiguration": {"configuration": configuration},
        "continuationToken": format!("{{\"InvalidationId\": \"{id}\"}}"),
    });
    let action = harness
        .aws()
        .codepipeline()
        .start_action_with(json!({"CodePipeline.job": {"id": job, "data": data}}));
    let ending = harness.watch(&action).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(ending.action.output_variables["InvalidationId"], id);
    assert_eq!(
        ending
            .made(Service::CloudFront, "CreateInvalidation")
            .count(),
        1,
        "the Python function's own"
    );
}
