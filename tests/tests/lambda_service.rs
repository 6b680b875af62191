//! The Lambda service against a function in process, under tokio's paused clock, and against a real process.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop there"
)]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tests::lambda::{
    AsyncInvocation, Attempt, Clock, DEFAULT_MAXIMUM_AGE, EventQueue, Function, FunctionError,
    Invocation, LogLine, Process, Program, event_queue,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const BORN_MS: u64 = 1_700_000_000_000;

/// Hangs on an event that says so, and fails on any other. Remembers what it was asked.
#[derive(Default)]
struct Failing {
    asked: RefCell<Vec<Invocation>>,
}

impl Function for Failing {
    async fn invoke(&self, invocation: &Invocation) -> Result<Bytes, FunctionError> {
        self.asked.borrow_mut().push(invocation.clone());
        if invocation.payload == "\"hang\"" {
            std::future::pending::<()>().await;
        }
        Err(FunctionError::new("Broken", "as ever"))
    }
}

struct Service {
    rules: AsyncInvocation,
    attempts: UnboundedReceiver<Attempt>,
}

fn service(speed: f64) -> Service {
    let (sender, attempts) = unbounded_channel();
    let rules = AsyncInvocation {
        function_arn: "arn:aws:lambda:us-east-1:111111111111:function:tested".into(),
        timeout: Duration::from_secs(2),
        retries: 2,
        maximum_age: DEFAULT_MAXIMUM_AGE,
        on_failure: None,
        attempts: Some(sender),
        clock: Clock::new(BORN_MS, speed),
    };
    Service { rules, attempts }
}

/// Delivers everything that `send` puts into the queue, and returns (number, start and end in AWS milliseconds, error
/// message) of each attempt, in the order of their ends.
async fn deliver(
    function: &impl Function,
    service: Service,
    send: impl FnOnce(&EventQueue),
) -> Vec<(u32, u64, u64, String)> {
    let Service {
        rules,
        mut attempts,
    } = service;
    let (queue, events) = event_queue(7);
    send(&queue);
    drop(queue);
    events.deliver(function, &rules).await;
    drop(rules);
    let mut ended = Vec::new();
    while let Some(attempt) = attempts.recv().await {
        let message = attempt
            .result
            .map_or_else(|error| error.message, |_| "answered".into());
        ended.push((
            attempt.number,
            attempt.started_ms - BORN_MS,
            attempt.ended_ms - BORN_MS,
            message,
        ));
    }
    ended
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
    let asked = function.asked.take();
    let request_id = &asked[0].request_id;
    assert!(
        asked
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
async fn an_event_that_grows_too_old_is_given_up_and_a_slow_attempt_is_ended() {
    let mut service = service(10.0);
    service.rules.maximum_age = Duration::from_secs(90);

    let attempts = deliver(&Failing::default(), service, |queue| queue.send("\"hang\"")).await;

    // Two seconds of tokio's clock are twenty of AWS's; the second retry would come at 200 s, past the event's age.
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
async fn a_duplicated_event_comes_twice_under_one_request_id() {
    let (function, mut service) = (Failing::default(), service(1.0));
    service.rules.retries = 0;

    deliver(&function, service, |queue| {
        queue.send_copies("1", 2);
        queue.send("2");
    })
    .await;

    let asked = function.asked.borrow();
    assert_eq!(asked[0].request_id, asked[1].request_id);
    assert_ne!(asked[0].request_id, asked[2].request_id);
}

#[expect(
    clippy::disallowed_methods,
    reason = "Lambda's own PATH need not lead to this machine's Python"
)]
fn process(settings: &[(&str, &str)]) -> (Process, UnboundedReceiver<LogLine>) {
    let path = std::env::var("PATH").unwrap();
    let settings = settings.iter().copied().chain([("PATH", path.as_str())]);
    let (sender, logs) = unbounded_channel();
    let program = Program {
        name: "tested".into(),
        path: concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/lambda_service/bootstrap.py"
        )
        .into(),
        region: "eu-central-1".into(),
        memory_mb: 128,
        settings: settings
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    };
    (Process::new(program, sender), logs)
}

fn invocation(what: &str) -> Invocation {
    Invocation {
        request_id: format!("request-to-{what}"),
        function_arn: "arn:aws:lambda:eu-central-1:111111111111:function:tested".into(),
        payload: json!({ "do": what }).to_string().into(),
        deadline: tokio::time::Instant::now() + Duration::from_secs(20),
    }
}

async fn answer(process: &Process) -> Value {
    serde_json::from_slice(&process.invoke(&invocation("answer")).await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_process_stays_warm_until_it_ends() {
    let (process, mut logs) = process(&[("TABLE_NAME", "records")]);

    let first = answer(&process).await;
    assert!(
        (1.0..=20.0).contains(&first["left"].as_f64().unwrap()),
        "{first}"
    );
    let settings: BTreeMap<String, String> =
        serde_json::from_value(first["settings"].clone()).unwrap();
    assert_eq!(settings["TABLE_NAME"], "records");
    assert_eq!(settings["AWS_REGION"], "eu-central-1");
    assert!(
        !settings.contains_key("CARGO_MANIFEST_DIR"),
        "what the service knows is none of a function's business"
    );

    let error = process.invoke(&invocation("fail")).await.unwrap_err();
    assert_eq!(error, FunctionError::new("Asked", "Asked as asked"));
    assert_eq!(
        answer(&process).await["pid"],
        first["pid"],
        "an error of its own leaves the environment as it was"
    );

    let error = process.invoke(&invocation("exit")).await.unwrap_err();
    assert_eq!(
        error.message,
        "RequestId: request-to-exit Error: Runtime exited with error: exit status 3"
    );
    assert_ne!(answer(&process).await["pid"], first["pid"]);

    assert_eq!(logs.recv().await.unwrap().text, "handling answer");
    assert_eq!(logs.recv().await.unwrap().text, "handling fail");
}

#[tokio::test]
async fn a_process_out_of_time_or_killed_is_replaced() {
    let (process, mut logs) = process(&[]);
    let first = answer(&process).await;

    let hang = invocation("hang");
    tokio::select! {
        result = process.invoke(&hang) => panic!("{result:?}"),
        () = hanging(&mut logs, 1) => {} // Dropped in the middle, as at the end of its time.
    }
    let second = answer(&process).await;
    assert_ne!(second["pid"], first["pid"]);

    // Two at once have a process each, and both die.
    let kill_both = async {
        hanging(&mut logs, 2).await;
        process.kill();
    };
    let (one, other, ()) = tokio::join!(process.invoke(&hang), process.invoke(&hang), kill_both);
    let died = "RequestId: request-to-hang Error: Runtime exited with error: signal: killed";
    assert_eq!(
        [one.unwrap_err().message, other.unwrap_err().message],
        [died, died]
    );
    assert_ne!(answer(&process).await["pid"], second["pid"]);
}

/// Waits until so many invocations hang.
async fn hanging(logs: &mut UnboundedReceiver<LogLine>, mut missing: u32) {
    while missing > 0 {
        missing -= u32::from(logs.recv().await.unwrap().text == "handling hang");
    }
}

#[tokio::test]
async fn a_process_that_cannot_begin_fails_its_invocation() {
    let (broken, _logs) = process(&[("FAIL_INIT", "yes")]);
    assert_eq!(
        broken
            .invoke(&invocation("answer"))
            .await
            .unwrap_err()
            .error_type,
        "InitFailed"
    );

    let (sender, _logs) = unbounded_channel();
    let program = Program {
        name: "absent".into(),
        path: "no/such/bootstrap".into(),
        region: "us-east-1".into(),
        memory_mb: 128,
        settings: BTreeMap::new(),
    };
    let error = Process::new(program, sender)
        .invoke(&invocation("answer"))
        .await
        .unwrap_err();
    assert!(
        error.message.contains("cannot start no/such/bootstrap"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_dying_process_is_retried_in_aws_time_and_recorded() {
    let (process, _logs) = process(&[]);
    let (failed, mut given_up) = event_queue(8);
    let mut service = service(1_000.0);
    service.rules.timeout = Duration::from_secs(20);
    service.rules.on_failure = Some(failed);

    let attempts = deliver(&process, service, |queue| queue.send(r#"{"do":"exit"}"#)).await;

    assert_eq!(attempts.len(), 3, "{attempts:?}");
    assert!(attempts[1].1 - attempts[0].2 >= 60_000, "{attempts:?}");
    assert!(attempts[2].1 - attempts[1].2 >= 120_000, "{attempts:?}");
    let record: Value = serde_json::from_slice(&given_up.recv().await.unwrap()).unwrap();
    assert_eq!(record["requestPayload"], json!({ "do": "exit" }));
    assert_eq!(record["responsePayload"]["errorType"], "Runtime.ExitError");
}
