//! Input artifacts in S3, which are read with the credentials of a job.

use std::time::Duration;

use aws_sdk_s3::config::Credentials;
use aws_sdk_s3::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::{Client, config};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use local_aws::Aws;
use local_aws::codepipeline::{Action, ActionId};
use serde_json::Value;

use crate::{aws, seen, without_retries};

type Reply = Result<GetObjectOutput, SdkError<GetObjectError, HttpResponse>>;

const ARTIFACT: &str = "SourceArtifact";

/// An action with an artifact, and the data of its job.
async fn setup() -> (Aws, ActionId, Value) {
    let aws = aws();
    let id = aws.codepipeline().start_action(Action {
        pipeline: "web".into(),
        stage: "Deploy".into(),
        action: "Invalidate".into(),
        function_name: "start".into(),
        user_parameters: Some("{}".into()),
    });
    let invocation = aws.codepipeline().next_invocation().await;
    let data = invocation.event["CodePipeline.job"]["data"].clone();
    (aws, id, data)
}

/// A client with the credentials of the job, of which each is changed by `change`.
fn client(aws: &Aws, data: &Value, change: impl Fn(&str, &str) -> String) -> Client {
    let text = |name: &str| {
        let value = data["artifactCredentials"][name].as_str().unwrap();
        change(name, value)
    };
    let credentials = Credentials::new(
        text("accessKeyId"),
        text("secretAccessKey"),
        Some(text("sessionToken")),
        None,
        "a job",
    );
    let config = config::Builder::from(&without_retries(aws)).credentials_provider(credentials);
    Client::from_conf(config.build())
}

fn unchanged(_: &str, value: &str) -> String {
    value.to_owned()
}

async fn get(client: &Client, data: &Value, range: Option<&str>, version: Option<&str>) -> Reply {
    let location = &data["inputArtifacts"][0]["location"]["s3Location"];
    let text = |name: &str| location[name].as_str().unwrap();
    let request = client
        .get_object()
        .bucket(text("bucketName"))
        .key(text("objectKey"));
    let request = request.set_range(range.map(str::to_owned));
    request
        .set_version_id(version.map(str::to_owned))
        .send()
        .await
}

async fn bytes(reply: Reply) -> Vec<u8> {
    let body = reply.unwrap().body;
    body.collect().await.unwrap().to_vec()
}

#[tokio::test(start_paused = true)]
async fn a_range_returns_a_part() {
    let (aws, id, data) = setup().await;
    aws.s3().put_artifact(&id, ARTIFACT, b"0123456789".to_vec());
    let client = client(&aws, &data, unchanged);
    for (range, expected, header) in [
        (None, "0123456789", None),
        (Some("bytes=2-4"), "234", Some("bytes 2-4/10")),
        (Some("bytes=7-"), "789", Some("bytes 7-9/10")),
        (Some("bytes=-2"), "89", Some("bytes 8-9/10")),
        (Some("bytes=-99"), "0123456789", Some("bytes 0-9/10")),
        (Some("bytes=8-99"), "89", Some("bytes 8-9/10")),
    ] {
        let reply = get(&client, &data, range, None).await;
        assert_eq!(reply.as_ref().unwrap().content_range(), header);
        assert_eq!(bytes(reply).await, expected.as_bytes(), "{range:?}");
    }
    let beyond = get(&client, &data, Some("bytes=10-"), None).await;
    assert_eq!(seen(&beyond), "416 InvalidRange");
}

#[tokio::test(start_paused = true)]
async fn an_earlier_version_remains_after_a_deletion() {
    let (aws, id, data) = setup().await;
    let client = client(&aws, &data, unchanged);
    let missing = get(&client, &data, None, None).await;
    assert_eq!(seen(&missing), "404 NoSuchKey");
    aws.s3().put_artifact(&id, ARTIFACT, b"first".to_vec());
    let first = get(&client, &data, None, None).await.unwrap();
    aws.s3().put_artifact(&id, ARTIFACT, b"second".to_vec());
    let second = get(&client, &data, None, None).await.unwrap();
    assert_ne!(first.version_id(), second.version_id());
    assert_ne!(first.e_tag(), second.e_tag());
    aws.s3().delete_artifact(&id, ARTIFACT);
    let deleted = get(&client, &data, None, None).await;
    assert_eq!(seen(&deleted), "404 NoSuchKey");
    let earlier = get(&client, &data, None, first.version_id()).await;
    assert_eq!(bytes(earlier).await, b"first");
}

#[tokio::test(start_paused = true)]
async fn only_the_credentials_of_a_job_read_its_artifact() {
    let (aws, id, data) = setup().await;
    aws.s3().put_artifact(&id, ARTIFACT, b"a".to_vec());
    for other in ["accessKeyId", "sessionToken"] {
        let changed = client(&aws, &data, |name, value| {
            format!("{value}{}", if name == other { "x" } else { "" })
        });
        let reply = get(&changed, &data, None, None).await;
        assert_eq!(seen(&reply), "403 AccessDenied", "{other}");
    }
    let function = Client::new(&without_retries(&aws));
    let reply = get(&function, &data, None, None).await;
    assert_eq!(seen(&reply), "403 AccessDenied");
    let own = client(&aws, &data, unchanged);
    let elsewhere = own.get_object().bucket("other").key("other").send().await;
    assert_eq!(seen(&elsewhere), "403 AccessDenied");
    tokio::time::sleep(Duration::from_secs(3_700)).await;
    assert_eq!(
        seen(&get(&own, &data, None, None).await),
        "400 ExpiredToken"
    );
}

#[tokio::test(start_paused = true)]
async fn a_denied_key_rejects_each_read() {
    let (aws, id, data) = setup().await;
    aws.s3().put_artifact(&id, ARTIFACT, b"a".to_vec());
    aws.s3().deny_key();
    let own = client(&aws, &data, unchanged);
    let reply = get(&own, &data, None, None).await;
    assert_eq!(seen(&reply), "403 AccessDenied");
    let message = reply.unwrap_err();
    assert!(message.message().unwrap().contains("kms:Decrypt"));
}
