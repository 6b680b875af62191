//! The questions about SNS.

use local_aws::account::TOPIC;
use serde_json::json;

use super::{Call, Question, Show};

fn publish(topic: &str, subject: &str, attribute: &str) -> Call {
    let attributes = json!({ "status": { "DataType": "String", "StringValue": attribute } });
    let request = json!({ "TopicArn": topic, "Subject": subject, "Message": "m", "MessageAttributes": attributes });
    ("sns", "publish", request)
}

pub(super) fn questions() -> Vec<Question> {
    let by_protocol =
        json!({ "TopicArn": TOPIC, "Message": "{\"email\":\"m\"}", "MessageStructure": "json" });
    vec![
        Question {
            subject: "a topic that does not exist",
            calls: vec![publish("arn:aws:sns:us-east-1:111111111111:gone", "s", "a")],
            show: Show::At(""),
            right: "NotFound",
            documented: "\"NotFound: Indicates that the requested resource does not exist\" (API_Publish)",
        },
        Question {
            subject: "a subject of 101 characters",
            calls: vec![publish(TOPIC, &"s".repeat(101), "a")],
            show: Show::At(""),
            right: "InvalidParameter",
            documented: "\"less than 100 characters long\" (API_Publish), observed: 100 are accepted (getmoto/moto#1503); the product sends at most 99",
        },
        Question {
            subject: "a subject with a new line",
            calls: vec![publish(TOPIC, "a\nb", "a")],
            show: Show::At(""),
            right: "InvalidParameter",
            documented: "\"Subjects must be UTF-8 text with no line breaks or control characters\" (API_Publish)",
        },
        Question {
            subject: "a message for each protocol, without the default",
            calls: vec![("sns", "publish", by_protocol)],
            show: Show::At(""),
            right: "InvalidParameter",
            documented: "the message must \"contain at least a top-level JSON key of 'default'\" (API_Publish)",
        },
        Question {
            subject: "an attribute without a value",
            calls: vec![publish(TOPIC, "s", "")],
            show: Show::At(""),
            right: "ParameterValueInvalid",
            documented: "an attribute's name, type and value must not be empty (sns-message-attributes)",
        },
    ]
}
