//! Events during a call.

use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;
use local_aws::codepipeline::{Action, Status};
use local_aws::dynamodb::{Key, Table};
use local_aws::{Aws, Fault, FaultKind, Outcome, Service};
use serde_json::json;

use crate::{aws, seen, without_retries};

const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:deploys";

async fn publish(aws: &Aws) -> String {
    aws.sns().add_topic(TOPIC);
    let publish = aws_sdk_sns::Client::new(&without_retries(aws)).publish();
    seen(&publish.topic_arn(TOPIC).message("text").send().await)
}

#[tokio::test(start_paused = true)]
async fn a_late_request_takes_effect_without_a_waiting_client() {
    let aws = aws();
    let late = FaultKind::Late(Duration::from_secs(5));
    aws.inject(Fault::once(Service::Sns, "Publish", late));
    let client_timeout = Duration::from_secs(2);
    let observed = tokio::time::timeout(client_timeout, publish(&aws)).await;
    assert!(observed.is_err());
    assert_eq!(aws.calls(), [], "it has not arrived");
    tokio::time::sleep(Duration::from_secs(10)).await;
    let sent_ms = aws.now_ms() - 12_000;
    assert_eq!(aws.calls()[0].at_ms, sent_ms + 5_000);
    assert_eq!(aws.calls()[0].outcome, Outcome::Ok);
    assert_eq!(aws.sns().messages().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cue_resolves_its_waiter_before_the_service_gets_the_call() {
    let aws = aws();
    let cue = FaultKind::Cue(Duration::from_secs(1));
    aws.inject(Fault::once(Service::Sns, "Publish", cue));
    let other_writer = async {
        aws.cued().await;
        assert_eq!(aws.sns().messages().len(), 0);
        publish(&aws).await
    };
    let observed = tokio::join!(publish(&aws), other_writer);
    assert_eq!(observed, ("ok".into(), "ok".into()));
    let times: Vec<u64> = aws.calls().iter().map(|call| call.at_ms).collect();
    assert_eq!(times[1] - times[0], 1_000);
}

#[tokio::test(start_paused = true)]
async fn an_overtaken_write_fails_its_condition() {
    let aws = aws();
    aws.dynamodb().create_table(Table {
        name: "records".into(),
        hash_key: Key::text("id"),
        indexes: Vec::new(),
    });
    let item = json!({"id": {"S": "a"}, "write_id": {"S": "mine"}, "note": {"S": "kept"}});
    let item = item.as_object().unwrap().clone();
    aws.dynamodb().put_raw("records", item);
    let overtake = FaultKind::Overtake {
        attribute: "write_id".into(),
    };
    aws.inject(Fault::once(Service::DynamoDb, "UpdateItem", overtake));
    let client = aws_sdk_dynamodb::Client::new(&without_retries(&aws));
    let text = |value: &str| AttributeValue::S(value.into());
    let update = client
        .update_item()
        .table_name("records")
        .key("id", text("a"))
        .update_expression("SET note = :new")
        .condition_expression("write_id = :mine")
        .expression_attribute_values(":new", text("new"))
        .expression_attribute_values(":mine", text("mine"));
    let rejected = update.clone().send().await.unwrap_err();
    assert_eq!(rejected.code(), Some("ConditionalCheckFailedException"));
    let stored = aws.dynamodb().item("records", "a").unwrap();
    assert_eq!(stored["note"], json!({"S": "kept"}));
    assert_ne!(stored["write_id"], json!({"S": "mine"}));
}

#[tokio::test(start_paused = true)]
async fn a_stopped_action_accepts_no_result() {
    let aws = aws();
    let codepipeline = aws.codepipeline();
    let action = codepipeline.start_action(Action {
        pipeline: "site".into(),
        stage: "Deploy".into(),
        action: "Invalidate".into(),
        function_name: "start".into(),
        user_parameters: None,
    });
    let job = codepipeline.next_invocation().await.job_id;
    aws.inject(Fault::once(
        Service::CodePipeline,
        "PutJobSuccessResult",
        FaultKind::Abandon,
    ));
    let client = aws_sdk_codepipeline::Client::new(&without_retries(&aws));
    let reported = client.put_job_success_result().job_id(job).send().await;
    assert_eq!(seen(&reported), "400 InvalidJobStateException");
    assert_eq!(codepipeline.action(&action).status, Status::Abandoned);
}
