use aws_sdk_sns::Client;
use aws_sdk_sns::error::ProvideErrorMetadata;
use aws_sdk_sns::operation::publish::builders::PublishFluentBuilder as Publish;
use aws_sdk_sns::types::MessageAttributeValue;

use crate::{aws, seen, without_retries};

type Change = Box<dyn Fn(Publish) -> Publish>;

const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:deploys";

#[tokio::test(start_paused = true)]
async fn a_topic_shows_what_sns_accepted() {
    let aws = aws();
    aws.sns().add_topic(TOPIC);
    let client = Client::new(&without_retries(&aws));
    let attribute = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("succeeded")
        .build()
        .unwrap();
    let message = "Status: success\nä & <b> + % =";
    let request = client
        .publish()
        .topic_arn(TOPIC)
        .subject("web: done")
        .message(message);
    let published = request
        .message_attributes("outcome", attribute)
        .send()
        .await
        .unwrap();

    let [seen] = &aws.sns().messages()[..] else {
        panic!("one message")
    };
    assert_eq!(published.message_id(), Some(seen.message_id.as_str()));
    assert_eq!(
        (seen.message.as_str(), seen.subject.as_deref()),
        (message, Some("web: done"))
    );
    assert_eq!(
        (seen.attributes["outcome"].as_str(), seen.caller.as_str()),
        ("succeeded", "test")
    );
}

#[tokio::test(start_paused = true)]
async fn every_rule_of_a_message_is_enforced() {
    let aws = aws();
    aws.sns().add_topic(TOPIC);
    let client = Client::new(&without_retries(&aws));
    let attribute = |name: &'static str, kind: &str, value: &str| {
        let value = MessageAttributeValue::builder()
            .data_type(kind)
            .string_value(value)
            .build()
            .unwrap();
        Box::new(move |put: Publish| put.message_attributes(name, value.clone())) as Change
    };
    let subject = |subject: &str| {
        let subject = subject.to_owned();
        Box::new(move |put: Publish| put.subject(&subject)) as Change
    };
    let json = |message: &'static str| {
        Box::new(move |put: Publish| put.message_structure("json").message(message)) as _
    };
    let (invalid, bad_value) = ("400 InvalidParameter", "400 ParameterValueInvalid");
    let cases: Vec<(&str, Change)> = vec![
        ("ok", Box::new(|put| put)),
        ("ok", subject(&"s".repeat(100))),
        (invalid, subject(&"s".repeat(101))),
        (invalid, subject("")),
        (invalid, subject("two\nlines")),
        (invalid, subject(" leading space")),
        (invalid, Box::new(|put| put.message(""))),
        ("ok", Box::new(|put| put.message("m".repeat(262_144)))),
        (invalid, Box::new(|put| put.message("m".repeat(262_145)))),
        ("ok", json(r#"{"default":"text"}"#)),
        (invalid, json(r#"{"email":"text"}"#)),
        (invalid, json(r#"{"default":1}"#)),
        (invalid, json(r#"{"default":"a","default":"b"}"#)),
        (invalid, json("text")),
        ("ok", attribute("a-b_c.d", "Number", "1")),
        (bad_value, attribute("outcome", "String", "")),
        (bad_value, attribute("out come", "String", "x")),
        (bad_value, attribute("AWS.x", "String", "x")),
        (bad_value, attribute("outcome", "Text", "x")),
        (invalid, Box::new(|put| put.topic_arn("deploys"))),
        (
            invalid,
            Box::new(|put| put.topic_arn("arn:aws:sns:eu-west-1:111122223333:deploys")),
        ),
        (
            "404 NotFound",
            Box::new(|put| put.topic_arn("arn:aws:sns:us-east-1:111122223333:other")),
        ),
    ];
    for (number, (expected, change)) in cases.iter().enumerate() {
        let published = change(client.publish().topic_arn(TOPIC).message("text"))
            .send()
            .await;
        assert_eq!(seen(&published), *expected, "case {number}");
    }
    let rejected = client
        .publish()
        .topic_arn(TOPIC)
        .message("text")
        .subject("")
        .send()
        .await
        .unwrap_err();
    assert_eq!(rejected.message(), Some("Invalid parameter: Subject"));

    aws.sns().deny(TOPIC);
    let denied = client
        .publish()
        .topic_arn(TOPIC)
        .message("text")
        .send()
        .await;
    assert_eq!(seen(&denied), "403 AuthorizationError");
    assert_eq!(
        aws.sns().messages().len(),
        cases
            .iter()
            .filter(|(expected, _)| *expected == "ok")
            .count()
    );
}
