//! A queue and its deliveries to an in-process function, under tokio's paused clock.

use std::cell::RefCell;
use std::time::Duration;

use bytes::Bytes;
use local_aws::lambda::{Function, FunctionError, Invocation, event_queue};
use serde_json::{Value, json};

use crate::lambda::{deliver, service};

/// Hangs on an event that requests it, and fails on any other. Records its invocations.
#[derive(Default)]
struct Failing {
    invocations: RefCell<Vec<Invocation>>,
}

impl Function for Failing {
    async fn invoke(&self, invocation: &Invocation) -> Result<Bytes, FunctionError> {
        self.invocations.borrow_mut().push(invocation.clone());
        if invocation.payload == "\"hang\"" {
            std::future::pending::<()>().await;
        }
        Err(FunctionError::new("Broken", "as ever"))
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_event_is_tried_after_one_and_two_minutes_and_then_recorded() {
    let function = Failing::default();
    let (failed, mut given_up) = event_queue(8);
    let mut service = service(1.0);
    service.rules.on_failure = Some(failed);

    let attempts = deliver(&function, service, |queue| queue.send(r#"{"id":1}"#)).await;

    let as_ever = String::from("as ever");
    assert_eq!(
        attempts,
        [
            (1, 0, 0, as_ever.clone()),
            (2, 60_000, 60_000, as_ever.clone()),
            (3, 180_000, 180_000, as_ever)
        ]
    );
    let invocations = function.invocations.take();
    let request_id = &invocations[0].request_id;
    assert!(
        invocations
            .iter()
            .all(|invocation| &invocation.request_id == request_id
                && invocation.payload == r#"{"id":1}"#)
    );
    assert_eq!(
        serde_json::from_slice::<Value>(&given_up.recv().await.unwrap()).unwrap(),
        json!({
            "version": "1.0",
            "timestamp": "2023-11-14T22:16:20Z",
            "requestContext": {
                "requestId": request_id,
                "functionArn": "arn:aws:lambda:us-east-1:111111111111:function:tested:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 3,
            },
            "requestPayload": { "id": 1 },
            "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
            "responsePayload": { "errorType": "Broken", "errorMessage": "as ever" },
        })
    );
}

#[tokio::test(start_paused = true)]
async fn an_event_past_its_maximum_age_is_discarded_and_a_slow_attempt_is_ended() {
    let mut service = service(10.0);
    service.rules.maximum_age = Duration::from_secs(90);

    let attempts = deliver(&Failing::default(), service, |queue| queue.send("\"hang\"")).await;

    // Two seconds of tokio's clock are twenty of AWS's; the second retry would be due at 200 s, past the event's age.
    let spans: Vec<_> = attempts
        .iter()
        .map(|&(number, started, ended, _)| (number, started, ended))
        .collect();
    assert_eq!(spans, [(1, 0, 20_000), (2, 80_000, 100_000)]);
    assert!(
        attempts[0].3.ends_with("Task timed out after 2.00 seconds"),
        "{attempts:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_duplicated_event_is_delivered_twice_with_one_request_id() {
    let (function, mut service) = (Failing::default(), service(1.0));
    service.rules.retries = 0;

    deliver(&function, service, |queue| {
        queue.send_copies("1", &[Duration::ZERO; 2]);
        queue.send("2");
    })
    .await;

    let invocations = function.invocations.borrow();
    assert_eq!(invocations[0].request_id, invocations[1].request_id);
    assert_ne!(invocations[0].request_id, invocations[2].request_id);
}
