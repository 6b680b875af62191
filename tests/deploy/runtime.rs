//! Both functions in AWS's Runtime Interface Emulator.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::emulator::Rie;
use http::StatusCode;
use invalidation_runtime::clock::SystemClock;
use invalidation_runtime::ports::Clock as _;
use local_aws::account::{self, DISTRIBUTION, PARAMETERS, REGION, TABLE};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::Status;
use local_aws::lambda::Program;
use local_aws::{Aws, Fault, FaultKind, Service, Settings};

use crate::{binaries, tools};

/// Long enough to process a job, for which a function needs 20 s at least, and short enough for a test.
const TIMEOUT: Duration = Duration::from_secs(24);

fn aws() -> Aws {
    let aws = account::open(Settings {
        started_at_ms: SystemClock.now().as_millis(),
        ..Settings::default()
    });
    aws.cloudfront().add_distribution(DISTRIBUTION);
    aws.cloudfront()
        .set_completion(Completion::After(Duration::ZERO));
    aws
}

async fn run(aws: &Aws, name: &str, path: &Path, timeout: Duration) -> Rie {
    let address = aws.listen(name).await.expect("a port is free");
    let settings = [
        ("TABLE_NAME", TABLE.to_owned()),
        ("AWS_ENDPOINT_URL", format!("http://{address}")),
    ];
    let program = Program {
        name: name.to_owned(),
        path: path.to_owned(),
        region: REGION.to_owned(),
        memory_mb: 128,
        settings: BTreeMap::from(settings.map(|(name, value)| (name.to_owned(), value))),
    };
    Rie::start(tools(), &program, timeout)
        .await
        .expect("the emulator starts")
}

#[tokio::test]
async fn start_replies_after_a_time_out_and_a_crash() {
    let aws = aws();
    let rie = run(&aws, "start", &binaries().start, TIMEOUT).await;
    let run_job = async || {
        let id = aws.codepipeline().start_action(account::action(PARAMETERS));
        let event = aws.codepipeline().next_invocation().await.event.to_string();
        (id, rie.invoke(&event).await)
    };
    let (id, reply) = run_job().await;
    assert_eq!(reply.unwrap(), (StatusCode::OK, "null".to_owned()));
    assert_eq!(aws.codepipeline().action(&id).status, Status::Succeeded);

    rie.signal_function("STOP").await;
    let (_, reply) = run_job().await;
    let (_, body) = reply.unwrap();
    assert!(body.contains("timed out after 24.00 seconds"), "{body}");
    let (id, reply) = run_job().await;
    assert_eq!(
        reply.unwrap().1,
        "null",
        "a new environment takes the next event"
    );
    assert_eq!(aws.codepipeline().action(&id).status, Status::Succeeded);

    rie.signal_function("KILL").await;
    let (_, reply) = run_job().await;
    println!("after the crash: {reply:?}");
    let (id, reply) = run_job().await;
    assert_eq!(reply.unwrap().1, "null");
    assert_eq!(aws.codepipeline().action(&id).status, Status::Succeeded);
}

#[tokio::test]
async fn checker_makes_its_sweep_and_returns_an_error_when_it_cannot() {
    let aws = aws();
    let rie = run(
        &aws,
        "checker",
        &binaries().checker,
        Duration::from_secs(55),
    )
    .await;
    let scheduled_run = r#"{"source":"aws.scheduler","detail":"{}"}"#;
    assert_eq!(
        rie.invoke(scheduled_run).await.unwrap(),
        (StatusCode::OK, "null".to_owned())
    );
    // The SDK's three attempts.
    aws.inject(Fault {
        service: Some(Service::DynamoDb),
        count: 3,
        ..Fault::always(FaultKind::Unavailable)
    });
    let (_, body) = rie.invoke(scheduled_run).await.unwrap();
    assert!(body.contains("the sweep could not begin"), "{body}");
    assert_eq!(
        rie.invoke(scheduled_run).await.unwrap().1,
        "null",
        "the next sweep succeeds"
    );
}
