use aws_sdk_sns::Client;
use aws_sdk_sns::config::Region;
use aws_sdk_sns::config::retry::RetryConfig;
use bytes::Bytes;
use http::Request;
use local_aws::{Fault, FaultKind, Service};

use crate::aws;

const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:deploys";

/// Real sockets and real time, as the real binaries use them.
#[tokio::test]
async fn a_port_belongs_to_its_caller() {
    let aws = aws();
    aws.sns().add_topic(TOPIC);
    aws.inject(Fault {
        caller: Some("checker".into()),
        ..Fault::once(Service::Sns, "Publish", FaultKind::LoseReply)
    });
    let mut replies = Vec::new();
    for caller in ["start", "checker", "checker"] {
        let address = aws.listen(caller).await.unwrap();
        let config = aws_sdk_sns::Config::builder()
            .behavior_version_latest()
            .region(Region::new("us-east-1"))
            .credentials_provider(aws_sdk_sns::config::Credentials::new(
                "AKIDTEST", "secret", None, None, "test",
            ))
            .retry_config(RetryConfig::disabled())
            .endpoint_url(format!("http://{address}"));
        let reply = Client::from_conf(config.build())
            .publish()
            .topic_arn(TOPIC)
            .message("text")
            .send()
            .await;
        replies.push(reply.is_ok());
    }
    assert_eq!(
        replies,
        [true, false, true],
        "a lost reply breaks the connection"
    );
    let callers: Vec<_> = aws
        .sns()
        .messages()
        .into_iter()
        .map(|message| message.caller)
        .collect();
    assert_eq!(callers, ["start", "checker", "checker"]);
}

#[tokio::test(start_paused = true)]
async fn an_unsigned_or_unknown_request_is_rejected() {
    let aws = aws();
    let target = |target: &str| Request::post("/").header("x-amz-target", target);
    let cases = [
        (
            403,
            "<Code>MissingAuthenticationToken</Code>",
            Request::get("/2020-05-31/distribution/E1/invalidation/I1"),
            "",
        ),
        (
            403,
            "<Code>MissingAuthenticationToken</Code>",
            Request::post("/"),
            "Action=Publish",
        ),
        (
            400,
            "\"MissingAuthenticationTokenException\"",
            target("CodePipeline_20150709.GetJobDetails"),
            "{}",
        ),
        (
            400,
            "#MissingAuthenticationTokenException\"",
            target("DynamoDB_20120810.GetItem"),
            "{}",
        ),
        (404, "no service of the local AWS", Request::get("/"), ""),
    ];
    for (status, text, request, body) in cases {
        let reply = aws
            .handle("test", request.body(Bytes::from(body)).unwrap())
            .await
            .unwrap();
        let body = String::from_utf8(reply.body().to_vec()).unwrap();
        assert!(
            reply.status().as_u16() == status && body.contains(text),
            "{status} {text}: {body}"
        );
    }
    let signed =
        target("DynamoDB_20120810.Scan").header("authorization", "AWS4-HMAC-SHA256 Credential=x");
    let reply = aws
        .handle("test", signed.body(Bytes::from_static(b"{}")).unwrap())
        .await
        .unwrap();
    assert!(
        String::from_utf8(reply.body().to_vec())
            .unwrap()
            .contains("UnknownOperationException")
    );
}
