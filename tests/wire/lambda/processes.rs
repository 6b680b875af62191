//! Real processes over the Runtime API, in real time.

use std::collections::BTreeMap;
use std::time::Duration;

use local_aws::lambda::{
    Function, FunctionError, Invocation, LogLine, Process, Program, event_queue,
};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::lambda::{deliver, service};

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
        path: concat!(env!("CARGO_MANIFEST_DIR"), "/wire/lambda/bootstrap.py").into(),
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

async fn job_result(process: &Process) -> Value {
    serde_json::from_slice(&process.invoke(&invocation("answer")).await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_process_stays_warm_until_it_ends() {
    let (process, mut logs) = process(&[("TABLE_NAME", "records")]);

    let first = job_result(&process).await;
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
        "the settings of the service do not reach the function"
    );

    let error = process.invoke(&invocation("fail")).await.unwrap_err();
    assert_eq!(error, FunctionError::new("Asked", "Asked as asked"));
    assert_eq!(
        job_result(&process).await["pid"],
        first["pid"],
        "an error that the function returns keeps the environment"
    );

    let error = process.invoke(&invocation("exit")).await.unwrap_err();
    assert_eq!(
        error.message,
        "RequestId: request-to-exit Error: Runtime exited with error: exit status 3"
    );
    assert_ne!(job_result(&process).await["pid"], first["pid"]);

    assert_eq!(logs.recv().await.unwrap().text, "handling answer");
    assert_eq!(logs.recv().await.unwrap().text, "handling fail");
}

#[tokio::test]
async fn a_process_out_of_time_or_killed_is_replaced() {
    let (process, mut logs) = process(&[]);
    let first = job_result(&process).await;

    let hang = invocation("hang");
    tokio::select! {
        result = process.invoke(&hang) => panic!("{result:?}"),
        () = hanging(&mut logs, 1) => {} // Dropped during the call, as at its time-out.
    }
    let second = job_result(&process).await;
    assert_ne!(second["pid"], first["pid"]);

    // Two simultaneous invocations have a process each, and both end.
    let kill_both = async {
        hanging(&mut logs, 2).await;
        process.kill();
    };
    let (one, other, ()) = tokio::join!(process.invoke(&hang), process.invoke(&hang), kill_both);
    let exited = "RequestId: request-to-hang Error: Runtime exited with error: signal: killed";
    assert_eq!(
        [one.unwrap_err().message, other.unwrap_err().message],
        [exited, exited]
    );
    assert_ne!(job_result(&process).await["pid"], second["pid"]);
}

/// Waits until this many invocations hang.
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
async fn a_process_that_exits_is_retried_in_aws_time_and_recorded() {
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
