//! The questions about EventBridge.

use serde_json::{Value, json};

use super::{Call, Question, Show};

fn put_event(changes: &[(&str, Value)]) -> Call {
    let mut entry = json!({ "Source": "example", "DetailType": "Outcome", "Detail": "{}" });
    for (name, value) in changes {
        entry[*name] = value.clone();
    }
    ("events", "put_events", json!({ "Entries": [entry] }))
}

pub(super) fn questions() -> Vec<Question> {
    let entry = |subject, changes: &[(&str, Value)], right, documented| Question {
        subject,
        calls: vec![put_event(changes)],
        show: Show::At("/Entries/0/ErrorCode"),
        right,
        documented,
    };
    let eleven =
        json!({ "Entries": vec![json!({ "Source": "a", "DetailType": "b", "Detail": "{}" }); 11] });
    let invalid =
        "\"InvalidArgument: A specified parameter is not valid.\" (API_PutEventsResultEntry)";
    vec![
        entry(
            "an event for a bus that does not exist",
            &[("EventBusName", json!("gone"))],
            "nothing",
            "accepted and dropped: API_PutEventsResultEntry has no such code, and LocalStack recorded this behavior of the service (localstack/localstack#8264)",
        ),
        entry(
            "an event without a source",
            &[("Source", json!(""))],
            "InvalidArgument",
            invalid,
        ),
        entry(
            "an event without a type",
            &[("DetailType", json!(""))],
            "InvalidArgument",
            invalid,
        ),
        entry(
            "an event with an empty detail",
            &[("Detail", json!(""))],
            "InvalidArgument",
            invalid,
        ),
        entry(
            "an event whose detail is not JSON",
            &[("Detail", json!("{"))],
            "MalformedDetail",
            "\"MalformedDetail: The JSON provided is not valid.\" (API_PutEventsResultEntry)",
        ),
        entry(
            "an event with a source of AWS",
            &[("Source", json!("aws.example"))],
            "NotAuthorizedForSourceException",
            "\"You do not have permissions to publish events with this source onto this event bus.\" (API_PutEventsResultEntry)",
        ),
        Question {
            subject: "eleven events in one call",
            calls: vec![("events", "put_events", eleven)],
            show: Show::At(""),
            right: "ValidationException",
            documented: "\"Array Members: Minimum number of 1 item. Maximum number of 10 items.\" (API_PutEvents)",
        },
    ]
}
