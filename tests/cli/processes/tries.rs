//! How often a real process attempts a call: exactly `ATTEMPTS` times, for any earlier failures, and any settings of
//! retries in the environment.

use std::collections::BTreeMap;
use std::time::Duration;

use invalidation_aws::ATTEMPTS;
use invalidation_runtime::clock::SystemClock;
use invalidation_runtime::ports::Clock as _;
use invalidation_runtime::settings;
use local_aws::account::{self, DISTRIBUTION, PARAMETERS, REGION, TABLE};
use local_aws::lambda::{Function as _, FunctionError, Invocation, LogLine, Process, Program};
use local_aws::{Aws, Fault, FaultKind, Service, Settings};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

use super::binaries;

/// How many jobs fail before the one that must succeed.
const FAILURES: u32 = 30;

/// A real `start`, warm after its first run.
struct Start {
    aws: Aws,
    process: Process,
    logs: UnboundedReceiver<LogLine>,
}

impl Start {
    async fn new(environment: &[(&str, &str)]) -> Self {
        let aws = account::open(Settings {
            started_at_ms: SystemClock.now().as_millis(),
            ..Settings::default()
        });
        aws.cloudfront().add_distribution(DISTRIBUTION);
        let endpoint = format!("http://{}", aws.listen("start").await.expect("a free port"));
        let settings = [
            (settings::TABLE_NAME, TABLE),
            (settings::MAX_WAIT_SECONDS, "0"),
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ];
        let settings = settings.iter().chain(environment);
        let program = Program {
            name: "start".into(),
            path: binaries().start.clone(),
            region: REGION.into(),
            memory_mb: 128,
            settings: settings
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        };
        let (sender, logs) = unbounded_channel();
        let process = Process::new(program, sender);
        Self { aws, process, logs }
    }

    /// The first job of another action.
    async fn run_job(&self) -> Result<(), FunctionError> {
        let codepipeline = self.aws.codepipeline();
        let _ = codepipeline.start_action(account::action(PARAMETERS));
        let event = codepipeline.next_invocation().await.event;
        let invocation = Invocation {
            request_id: "a-job".into(),
            function_arn: "start".into(),
            payload: event.to_string().into(),
            deadline: Instant::now() + Duration::from_secs(60),
        };
        self.process.invoke(&invocation).await.map(drop)
    }

    /// How many calls of each operation there were after this many calls.
    fn calls_since(&self, known: usize) -> BTreeMap<String, u32> {
        let mut counts = BTreeMap::new();
        for call in self.aws.calls().iter().skip(known) {
            *counts.entry(call.operation.clone()).or_default() += 1;
        }
        counts
    }
}

#[tokio::test]
async fn a_warm_process_tries_again_after_any_number_of_failures() {
    let mut start = Start::new(&[]).await;
    start.aws.inject(Fault {
        count: FAILURES * ATTEMPTS,
        ..Fault::once(Service::DynamoDb, "PutItem", FaultKind::Unavailable)
    });
    for _ in 0..FAILURES {
        let error = start
            .run_job()
            .await
            .expect_err("the table is out of reach");
        assert_eq!(error.error_type, "RecordUnavailable", "it stays warm");
    }
    let known = start.aws.calls().len();
    assert_eq!(start.calls_since(0)["PutItem"], FAILURES * ATTEMPTS);
    start.aws.inject(Fault::once(
        Service::DynamoDb,
        "PutItem",
        FaultKind::Unavailable,
    ));
    let end = start.run_job().await;
    let lines = std::iter::from_fn(|| start.logs.try_recv().ok());
    let texts: Vec<String> = lines.map(|line| line.text).collect();
    assert!(
        end.is_ok(),
        "one 503 is tried again: {end:?} {:#?}",
        texts.last()
    );
    let calls = start.calls_since(known);
    assert!(calls["PutItem"] > 1, "{calls:?}");
    assert_eq!(calls["CreateInvalidation"], 1, "{calls:?}");
}

#[tokio::test]
async fn the_environment_does_not_change_how_often_a_call_is_tried() {
    for environment in [
        &[("AWS_MAX_ATTEMPTS", "1")][..],
        &[("AWS_MAX_ATTEMPTS", "9")],
        &[("AWS_MAX_ATTEMPTS", "none")],
        &[("AWS_NEW_RETRIES_2026", "true")],
        &[("AWS_NEW_RETRIES_2026", "true"), ("AWS_MAX_ATTEMPTS", "1")],
        &[("AWS_RETRY_MODE", "adaptive"), ("AWS_MAX_ATTEMPTS", "1")],
    ] {
        let start = Start::new(environment).await;
        start.aws.inject(Fault::always(FaultKind::Unavailable));
        start.run_job().await.expect_err("nothing is in reach");
        let calls = start.calls_since(0);
        for operation in ["GetJobDetails", "PutItem"] {
            let tries = calls.get(operation);
            assert_eq!(tries, Some(&ATTEMPTS), "{operation} under {environment:?}");
        }
    }
}
