//! The details of a job beside its event, and an event from outside.

use local_aws::codepipeline::{CANARY, Status};
use serde_json::json;

use super::{action, go_on, setup};

#[tokio::test(start_paused = true)]
async fn the_details_of_a_job_have_fields_that_its_event_lacks() {
    let (aws, client) = setup();
    let id = aws.codepipeline().start_action(action());
    let job = aws.codepipeline().next_invocation().await.job_id;
    let job_result = client.get_job_details().job_id(&job).send().await.unwrap();
    let details = job_result.job_details().unwrap();
    let context = details.data().unwrap().pipeline_context().unwrap();
    let state = aws.codepipeline().action(&id);
    assert_eq!(details.id(), Some(job.as_str()));
    assert_eq!(context.pipeline_name(), Some("web"));
    assert_eq!(context.stage().unwrap().name(), Some("Deploy"));
    assert_eq!(context.action().unwrap().name(), Some("Invalidate"));
    assert_eq!(
        context.action().unwrap().action_execution_id(),
        Some(state.action_execution_id.as_str())
    );
    assert_eq!(
        context.pipeline_execution_id(),
        Some(state.pipeline_execution_id.as_str())
    );
    assert_eq!(
        context.pipeline_arn(),
        Some("arn:aws:codepipeline:us-east-1:111122223333:web")
    );
    let credentials = details.data().unwrap().artifact_credentials().unwrap();
    assert!(credentials.secret_access_key().contains(CANARY));
    let unknown = client
        .get_job_details()
        .job_id("11111111-abcd-1111-abcd-111111abcdef")
        .send()
        .await;
    assert!(
        unknown
            .unwrap_err()
            .into_service_error()
            .is_job_not_found_exception()
    );
}

#[tokio::test(start_paused = true)]
async fn a_foreign_event_is_delivered_unchanged() {
    let (aws, client) = setup();
    let console = aws.codepipeline();
    let job = "11111111-abcd-1111-abcd-111111abcdef";
    let configuration = json!({ "FunctionName": "start", "UserParameters": "not JSON" });
    let sample = json!({ "CodePipeline.job": { "id": job, "data": { "actionConfiguration": { "configuration": configuration } } } });
    let id = console.start_action_with(sample.clone());
    let first = console.next_invocation().await;
    assert_eq!((first.job_id.as_str(), &first.event), (job, &sample));

    assert_eq!(
        console.start_action_with(sample),
        id,
        "the same job once more is a second delivery"
    );
    assert_eq!(console.next_invocation().await, first);

    go_on(&client, job).await;
    let second = console.next_invocation().await;
    assert_ne!(second.job_id, job);
    assert_eq!(
        second.event["CodePipeline.job"]["data"]["continuationToken"],
        "t"
    );
    assert_eq!(
        second.event["CodePipeline.job"]["data"]["actionConfiguration"]["configuration"],
        configuration
    );

    let broken = json!({ "not": "an event" });
    let id = console.start_action_with(broken.clone());
    assert_eq!(console.next_invocation().await.event, broken);
    assert_eq!(
        console.ended(&id).await.status,
        Status::TimedOut,
        "no result can be reported without an id"
    );
}
