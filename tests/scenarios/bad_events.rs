//! An invalid event fails its job in one run, with a message that names the correction; it does not block a pipeline.

use std::time::Duration;

use harness::{Ending, Harness};
use local_aws::codepipeline::{FailureKind, Status};
use serde_json::{Value, json};

const JOB: &str = "44444444-abcd-4444-abcd-444444abcdef";

fn event(data: &Value) -> Value {
    json!({"CodePipeline.job": {"id": JOB, "data": data}})
}

fn with_parameters(parameters: &str) -> Value {
    event(&json!({"actionConfiguration": {"configuration": {"UserParameters": parameters}}}))
}

async fn play(event: Value) -> Ending {
    let harness = Harness::new(&[]);
    let action = harness.aws().codepipeline().start_action_with(event);
    harness.watch(&action).await
}

#[tokio::test(start_paused = true)]
async fn broken_parameters_fail_in_under_a_second() {
    let topic = "arn:aws:sns:us-east-1:111111111111:deploys";
    for broken in [
        event(&json!({})),
        event(&json!({"actionConfiguration": {"configuration": {"UserParameters": 7}}})),
        with_parameters(""),
        with_parameters("{"),
        with_parameters(r#"{"DistributionId":"www.example.com"}"#),
        with_parameters(&format!(
            r#"{{"DistributonId":"E1","SnsTopicArn":"{topic}"}}"#
        )),
    ] {
        let ending = play(broken.clone()).await;
        let Status::Failed { kind, message } = &ending.action.status else {
            panic!("{broken}: {:?}", ending.action)
        };
        assert_eq!(*kind, FailureKind::ConfigurationError, "{broken}");
        assert!(
            message.contains("UserParameters") && message.contains("Fix the action configuration"),
            "{message}"
        );
        assert!(
            ending.took() < Duration::from_secs(1),
            "{broken}: {:?}",
            ending.took()
        );
        assert!(ending.is_finalized(), "{broken}");
        assert_eq!(ending.invalidations.len(), 0);
        let is_notified = broken.to_string().contains(topic);
        assert_eq!(
            ending.notifications.len(),
            usize::from(is_notified),
            "{broken}: a readable topic gets the notification"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_invalid_token_fails_the_job() {
    for token in [json!(""), json!(7), json!("x"), json!({})] {
        let ending = play(event(&json!({"continuationToken": token}))).await;
        let Status::Failed { kind, message } = &ending.action.status else {
            panic!("{token}: {:?}", ending.action)
        };
        assert_eq!(*kind, FailureKind::JobFailed, "{token}");
        assert!(message.contains("Retry the stage"), "{message}");
        assert!(
            ending.took() < Duration::from_secs(1) && ending.is_finalized(),
            "{token}"
        );
    }
}

/// No result can be reported for an event without a job id, and a retry would read the same bytes: it is not
/// delivered again.
#[tokio::test(start_paused = true)]
async fn an_event_without_a_job_id_is_not_retried() {
    let harness = Harness::new(&[]);
    let action = harness
        .aws()
        .codepipeline()
        .start_action_with(json!({"CodePipeline.job": {"id": "SECRET"}}));
    let calls = harness
        .during(async {
            tokio::time::sleep(Duration::from_secs(600)).await;
            harness.ending(&action).calls
        })
        .await;
    assert!(
        calls
            .iter()
            .all(|call| call.caller == "checker" && call.operation == "Query"),
        "{calls:?}"
    );
}
