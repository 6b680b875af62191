//! EventBridge: an entry, and its result in a reply whose status may hide a failure.

use harness::recorded::{CANARY, Reply, Wire, json_error, unreadable};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_core::output::OutcomeEvent;
use invalidation_runtime::ports::{Publisher, Undelivered};

use crate::service_error;

const EVENT_ID: &str = "11710aed-b79e-4468-a20b-bb3c0c3b4860";

fn event() -> OutcomeEvent {
    OutcomeEvent {
        time: Timestamp::from_millis(1_767_225_600_500),
        detail: r#"{"status":"success"}"#.into(),
    }
}

async fn put(reply: Reply) -> Result<String, Undelivered> {
    Wire::replying([reply])
        .publisher()
        .put_event(&event())
        .await
}

#[tokio::test]
async fn the_request() {
    let taken = Reply::ok(format!(
        r#"{{"FailedEntryCount":0,"Entries":[{{"EventId":"{EVENT_ID}"}}]}}"#
    ));
    let wire = Wire::replying([taken, Reply::ok(r#"{"Name":"deploys"}"#)]);
    let event_id = wire.publisher().put_event(&event()).await;
    assert_eq!(event_id.as_deref(), Ok(EVENT_ID));
    let [put, check] = &wire.sent()[..] else {
        panic!("{:?}", wire.sent())
    };
    insta::assert_snapshot!(check, @r#"
    POST https://events.us-east-1.amazonaws.com/
    signed for us-east-1/events
    AWSEvents.DescribeEventBus
    {
      "Name": "deploys"
    }
    "#);
    insta::assert_snapshot!(put, @r#"
    POST https://events.us-east-1.amazonaws.com/
    signed for us-east-1/events
    AWSEvents.PutEvents
    {
      "Entries": [
        {
          "Detail": "{\"status\":\"success\"}",
          "DetailType": "CloudFront Invalidation Outcome",
          "EventBusName": "deploys",
          "Source": "cloudfront-invalidation-action",
          "Time": 1767225600.5
        }
      ]
    }
    "#);
}

/// An event that was accepted for a bus that does not exist was dropped. Only one reply to the check means that.
#[tokio::test]
async fn an_event_on_a_deleted_bus_is_undelivered() {
    let taken = || {
        Reply::ok(format!(
            r#"{{"FailedEntryCount":0,"Entries":[{{"EventId":"{EVENT_ID}"}}]}}"#
        ))
    };
    let put = async |check: Reply| {
        let wire = Wire::replying([taken(), check]);
        let put = wire.publisher().put_event(&event()).await;
        assert_eq!(wire.sent().len(), 2);
        put
    };
    let (code, message) = (
        "ResourceNotFoundException",
        "Event bus deploys does not exist.",
    );
    let gone = put(json_error(400, code, message)).await;
    assert_eq!(gone, Err(Undelivered(service_error(code, message))));
    let denied = json_error(400, "AccessDeniedException", "a message");
    let broken = json_error(500, "InternalException", "a message");
    let mut silent = unreadable().into_iter().collect::<Vec<_>>();
    silent.extend([denied, broken, Reply::Lost]);
    for check in silent {
        assert_eq!(
            put(check.clone()).await.as_deref(),
            Ok(EVENT_ID),
            "{check:?}"
        );
    }
}

/// "FailedEntryCount: the number of failed entries": the call as a whole has status 200.
#[tokio::test]
async fn a_rejected_entry_is_undelivered() {
    let rejected = Reply::ok(
        r#"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"ThrottlingException","ErrorMessage":"Rate exceeded"}]}"#,
    );
    let expected = Undelivered(service_error("ThrottlingException", "Rate exceeded"));
    assert_eq!(put(rejected).await, Err(expected));
}

/// No error of EventBridge is final: the event is pending until it is accepted or abandoned.
#[tokio::test]
async fn each_error_is_undelivered() {
    for (status, code) in [
        (500, "InternalException"),
        (400, "AccessDeniedException"),
        (400, "ThrottlingException"),
        (400, "ValidationException"),
        (413, "RequestEntityTooLarge"),
    ] {
        let expected = Undelivered(service_error(code, "a message"));
        assert_eq!(
            put(json_error(status, code, "a message")).await,
            Err(expected),
            "{code}"
        );
    }
}

#[tokio::test]
async fn a_missing_or_unreadable_reply_is_undelivered() {
    let empty = [
        r#"{"FailedEntryCount":0,"Entries":[]}"#,
        r#"{"FailedEntryCount":0,"Entries":[{}]}"#,
        "{}",
    ];
    for reply in unreadable().into_iter().chain(empty.map(Reply::ok)) {
        let error = put(reply.clone()).await.expect_err(&format!("{reply:?}"));
        assert!(
            !format!("{error} {error:?}").contains(CANARY),
            "{reply:?}: {error}"
        );
    }
}
