//! SNS: form requests, and XML replies.

use invalidation_core::input::identifiers::TopicArn;
use std::collections::BTreeMap;

use harness::recorded::{CANARY, Reply, SNS, Wire, unreadable, xml_error};
use invalidation_core::output::{Attribute, Notification};
use invalidation_runtime::ports::{Publisher, Undelivered};

use crate::service_error;

const TOPIC: &str = "arn:aws:sns:us-east-1:111111111111:deploys";
const MESSAGE_ID: &str = "567910cd-659e-55d4-8ccb-5aaf14679dc0";

fn notification(topic: &str) -> Notification {
    Notification {
        topic: TopicArn::try_from(topic.to_owned()).unwrap(),
        notification_id: "11111111-abcd-1111-abcd-111111abcdef".into(),
        subject: "[success] example-pipeline: CloudFront invalidation".into(),
        body: "PipelineName: ä & b = 100 %\nStatus: success\n".into(),
        attributes: BTreeMap::from([
            ("status", Attribute::Text("success".into())),
            (
                "distribution",
                Attribute::List(vec!["E1".into(), "E\"2".into()]),
            ),
        ]),
        is_per_protocol: false,
    }
}

fn published() -> Reply {
    Reply::ok(format!(
        "<PublishResponse xmlns=\"{SNS}\"><PublishResult><MessageId>{MESSAGE_ID}\
         </MessageId></PublishResult><ResponseMetadata><RequestId>d74b8436</RequestId></ResponseMetadata></PublishResponse>"
    ))
}

async fn publish(reply: Reply) -> Result<String, Undelivered> {
    Wire::replying([reply])
        .publisher()
        .publish(&notification(TOPIC))
        .await
}

#[tokio::test]
async fn the_request() {
    let wire = Wire::replying([published()]);
    let message_id = wire.publisher().publish(&notification(TOPIC)).await;
    assert_eq!(message_id.as_deref(), Ok(MESSAGE_ID));
    insta::assert_snapshot!(wire.only(), @r#"
    POST https://sns.us-east-1.amazonaws.com/
    signed for us-east-1/sns
    Action: Publish
    Message: PipelineName: ä & b = 100 %
    Status: success

    Subject: [success] example-pipeline: CloudFront invalidation
    TopicArn: arn:aws:sns:us-east-1:111111111111:deploys
    Version: 2010-03-31
    attribute distribution: String.Array ["E1","E\"2"]
    attribute status: String success
    "#);
}

/// A FIFO topic requires a MessageGroupId; the deduplication id is the notification's own, and the same in every
/// attempt.
#[tokio::test]
async fn a_fifo_topic_gets_a_group_and_a_deduplication_id() {
    let wire = Wire::replying([published()]);
    wire.publisher()
        .publish(&notification(&format!("{TOPIC}.fifo")))
        .await
        .unwrap();
    insta::assert_snapshot!(wire.only(), @r#"
    POST https://sns.us-east-1.amazonaws.com/
    signed for us-east-1/sns
    Action: Publish
    Message: PipelineName: ä & b = 100 %
    Status: success

    MessageDeduplicationId: 11111111-abcd-1111-abcd-111111abcdef
    MessageGroupId: 11111111-abcd-1111-abcd-111111abcdef
    Subject: [success] example-pipeline: CloudFront invalidation
    TopicArn: arn:aws:sns:us-east-1:111111111111:deploys.fifo
    Version: 2010-03-31
    attribute distribution: String.Array ["E1","E\"2"]
    attribute status: String success
    "#);
}

/// Without it, SNS would send the object itself to every subscriber.
#[tokio::test]
async fn a_message_for_each_protocol_says_so() {
    let wire = Wire::replying([published()]);
    let notification = Notification {
        body: r#"{"default":"text"}"#.into(),
        is_per_protocol: true,
        ..notification(TOPIC)
    };
    wire.publisher().publish(&notification).await.unwrap();
    assert!(wire.only().to_string().contains("MessageStructure: json"));
}

/// A topic exists only in its own region, and the signature must be made for it.
#[tokio::test]
async fn the_request_goes_to_the_topics_region() {
    for (partition, region, host) in [
        ("aws", "us-east-1", "sns.us-east-1.amazonaws.com"),
        ("aws", "ap-northeast-1", "sns.ap-northeast-1.amazonaws.com"),
        ("aws-cn", "cn-north-1", "sns.cn-north-1.amazonaws.com.cn"),
        (
            "aws-us-gov",
            "us-gov-west-1",
            "sns.us-gov-west-1.amazonaws.com",
        ),
    ] {
        let wire = Wire::replying([published()]);
        let topic = format!("arn:{partition}:sns:{region}:111111111111:deploys");
        wire.publisher()
            .publish(&notification(&topic))
            .await
            .unwrap();
        let sent = wire.only();
        assert_eq!((sent.host(), sent.scope()), (host, format!("{region}/sns")));
    }
}

/// No error of SNS is final: the notification is pending until it is accepted or abandoned.
#[tokio::test]
async fn each_error_is_undelivered() {
    for (status, code) in [
        (400, "InvalidParameter"),
        (400, "ParameterValueInvalid"),
        (500, "InternalError"),
        (404, "NotFound"),
        (400, "EndpointDisabled"),
        (400, "PlatformApplicationDisabled"),
        (403, "AuthorizationError"),
        (400, "KMSDisabled"),
        (400, "KMSInvalidState"),
        (400, "KMSNotFound"),
        (403, "KMSOptInRequired"),
        (400, "KMSThrottling"),
        (400, "KMSAccessDenied"),
        (403, "InvalidSecurity"),
        (400, "ValidationException"),
        (400, "Throttled"),
        (403, "InvalidClientTokenId"),
        (503, "ServiceUnavailable"),
    ] {
        let message = format!("a message for {code}");
        let expected = Undelivered(service_error(code, &message));
        assert_eq!(
            publish(xml_error(SNS, status, code, &message)).await,
            Err(expected),
            "{code}"
        );
    }
}

#[tokio::test]
async fn a_missing_or_unreadable_reply_is_undelivered() {
    let without_id =
        Reply::ok("<PublishResponse><PublishResult></PublishResult></PublishResponse>");
    for reply in unreadable().into_iter().chain([Reply::ok(""), without_id]) {
        let error = publish(reply.clone())
            .await
            .expect_err(&format!("{reply:?}"));
        assert!(
            !format!("{error} {error:?}").contains(CANARY),
            "{reply:?}: {error}"
        );
        assert_eq!(error.0.code, "NoReply", "{reply:?}");
    }
}
