use std::panic::AssertUnwindSafe;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use futures_util::FutureExt as _;
use harness::alone;
use local_aws::{Aws, Call, Fault, FaultKind, Outcome, Service, Settings};

use crate::{aws, seen, without_retries};

const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:deploys";

/// A client that waits 5 s for a reply, and does not retry.
fn client(aws: &Aws, caller: &str) -> Client {
    aws.sns().add_topic(TOPIC);
    let timeouts = TimeoutConfig::builder()
        .read_timeout(Duration::from_secs(5))
        .build();
    let config = aws
        .sdk_config(caller)
        .into_builder()
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts);
    Client::new(&config.build())
}

/// The result of one publication, as the client sees it.
async fn publish(client: &Client) -> &'static str {
    match client
        .publish()
        .topic_arn(TOPIC)
        .message("text")
        .send()
        .await
    {
        Ok(_) => "ok",
        Err(SdkError::DispatchFailure(failure)) if failure.is_timeout() => "time-out",
        Err(SdkError::DispatchFailure(failure)) if failure.is_io() => "broken connection",
        Err(error) if error.code() == Some("Throttling") => "throttled",
        Err(error)
            if error
                .raw_response()
                .is_some_and(|response| response.status().is_success()) =>
        {
            "unreadable"
        }
        Err(_) => "something else",
    }
}

#[tokio::test(start_paused = true)]
async fn each_fault_is_seen_by_its_client_and_by_the_journal() {
    let seconds = Duration::from_secs;
    let dropped = |effect| Outcome::Dropped { effect };
    let rejected = Outcome::Rejected {
        status: 400,
        code: "Throttling".into(),
    };
    let cases = [
        (
            FaultKind::reject(400, "Throttling", "Rate exceeded"),
            "throttled",
            rejected,
        ),
        (FaultKind::LoseRequest, "broken connection", dropped(false)),
        (FaultKind::LoseReply, "broken connection", dropped(true)),
        (FaultKind::Hang, "time-out", Outcome::Hung),
        (FaultKind::Slow(seconds(3)), "ok", Outcome::Ok),
        (FaultKind::Slow(seconds(6)), "time-out", Outcome::Ok),
        (
            FaultKind::Malformed,
            "unreadable",
            Outcome::Garbled { effect: true },
        ),
    ];
    for (kind, expected, outcome) in cases {
        let aws = aws();
        let client = client(&aws, "test");
        aws.inject(Fault::once(Service::Sns, "Publish", kind.clone()));
        assert_eq!(publish(&client).await, expected, "{kind:?}");
        assert_eq!(aws.calls()[0].outcome, outcome, "{kind:?}");
        assert_eq!(
            aws.sns().messages().len(),
            usize::from(outcome.took_effect()),
            "{kind:?}"
        );
        assert_eq!(publish(&client).await, "ok", "{kind:?} occurs once");
    }
}

/// Each service has its own throttling and server errors, and its client recognizes them.
#[tokio::test(start_paused = true)]
async fn each_service_has_its_own_errors() {
    let mut observed = Vec::new();
    for kind in [FaultKind::Throttle, FaultKind::Unavailable] {
        let aws = aws();
        aws.inject(Fault::always(kind));
        let config = without_retries(&aws);
        let get = aws_sdk_cloudfront::Client::new(&config).get_invalidation();
        observed.push(seen(&get.distribution_id("E1").id("I1").send().await));
        let details = aws_sdk_codepipeline::Client::new(&config).get_job_details();
        observed.push(seen(
            &details
                .job_id("11111111-abcd-1111-abcd-111111abcdef")
                .send()
                .await,
        ));
        let get = aws_sdk_dynamodb::Client::new(&config).get_item();
        let key = aws_sdk_dynamodb::types::AttributeValue::S("a".into());
        observed.push(seen(&get.table_name("records").key("id", key).send().await));
        let publish = Client::new(&config).publish();
        observed.push(seen(&publish.topic_arn(TOPIC).message("text").send().await));
    }
    let expected = [
        "400 Throttling",
        "400 ThrottlingException",
        "400 ProvisionedThroughputExceededException",
        "429 Throttled",
        "503 ServiceUnavailable",
        "500 InternalFailure",
        "500 InternalServerError",
        "500 InternalError",
    ];
    assert_eq!(observed, expected);
}

#[tokio::test(start_paused = true)]
async fn an_outage_begins_and_ends_at_its_time() {
    let aws = aws();
    let client = client(&aws, "test");
    let from_ms = aws.now_ms() + 1_000;
    aws.inject(Fault::outage(
        Service::Sns,
        from_ms..from_ms + 2_000,
        FaultKind::LoseRequest,
    ));
    let mut observed = Vec::new();
    for _ in 0..4 {
        observed.push(publish(&client).await);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(
        observed,
        ["ok", "broken connection", "broken connection", "ok"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_kill_in_a_run_affects_that_run_only() {
    let aws = aws();
    let client = client(&aws, "start");
    aws.inject(Fault {
        first: 2,
        ..Fault::once(Service::Sns, "Publish", FaultKind::KillBefore)
    });
    let one = aws.run("start 1", publish(&client));
    let two = aws.run("start 2", publish(&client));
    let clients = async { tokio::join!(one, two) };
    tokio::select! {
        biased;
        () = aws.killed("start 1") => panic!("only the second call is faulted"),
        () = aws.killed("start") => panic!("the run is named"),
        () = aws.killed("start 2") => {}
        _ = clients => panic!("the second call never ends"),
    }
    assert_eq!(aws.sns().messages().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_its_caller() {
    for (kind, effect) in [(FaultKind::PanicBefore, 0), (FaultKind::PanicAfter, 1)] {
        let aws = aws();
        let client = client(&aws, "start");
        aws.inject(Fault::once(Service::Sns, "Publish", kind));
        let caught = AssertUnwindSafe(publish(&client)).catch_unwind().await;
        assert!(caught.is_err());
        assert_eq!(aws.sns().messages().len(), effect);
        assert_eq!(publish(&client).await, "ok", "the client still works");
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_ends_the_call_and_resolves_its_waiter() {
    let aws = aws();
    let client = client(&aws, "start");
    for (kind, effect) in [(FaultKind::KillBefore, false), (FaultKind::KillAfter, true)] {
        let before = aws.sns().messages().len();
        aws.inject(Fault::once(Service::Sns, "Publish", kind));
        let was_killed = tokio::select! {
            biased;
            _ = client.publish().topic_arn(TOPIC).message("text").send() => false,
            () = aws.killed("start") => true,
        };
        assert!(was_killed);
        assert_eq!(
            aws.calls().last().unwrap().outcome,
            Outcome::Killed { effect }
        );
        assert_eq!(aws.sns().messages().len() - before, usize::from(effect));
    }
    let again = tokio::time::timeout(Duration::from_secs(60), aws.killed("start")).await;
    assert!(again.is_err(), "each fault resolves one waiter");
}

#[tokio::test(start_paused = true)]
async fn a_fault_affects_only_the_calls_that_it_names() {
    let aws = aws();
    let (start, checker) = (client(&aws, "start"), client(&aws, "checker"));
    let rejection = FaultKind::reject(400, "Throttling", "Rate exceeded");
    let fault = Fault {
        caller: Some("start".into()),
        first: 2,
        count: 2,
        ..Fault::always(rejection)
    };
    aws.inject(fault);
    let mut feed = aws.watch_calls();
    let mut outcomes = Vec::new();
    for _ in 0..4 {
        outcomes.push((publish(&start).await, publish(&checker).await));
    }
    assert_eq!(
        outcomes,
        [
            ("ok", "ok"),
            ("throttled", "ok"),
            ("throttled", "ok"),
            ("ok", "ok")
        ]
    );
    let fed: Vec<Call> = std::iter::from_fn(|| feed.try_recv().ok()).collect();
    assert_eq!(fed, aws.calls());
}

/// Sixty publications by a client with its own retries, while every third call fails.
async fn faulty_day(seed: u64) -> (Vec<Call>, u64) {
    fastrand::seed(seed);
    let aws = Aws::new(Settings {
        seed,
        latency: Duration::from_millis(40),
        ..Settings::default()
    });
    aws.sns().add_topic(TOPIC);
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(2))
        .build();
    let config = aws_sdk_sns::config::Builder::from(&aws.sdk_config("test"))
        .retry_config(RetryConfig::standard().with_max_attempts(4))
        .retry_partition(RetryPartition::new(format!("storm {seed}")))
        .timeout_config(timeouts);
    let client = Client::from_conf(config.build());
    let mut rng = fastrand::Rng::with_seed(seed);
    for first in 1..=60 {
        let kind = match rng.u32(..12) {
            0 => FaultKind::LoseReply,
            1 => FaultKind::Hang,
            2 => FaultKind::reject(503, "ServiceUnavailable", "try again"),
            3 => FaultKind::Slow(Duration::from_secs(1)),
            _ => continue,
        };
        aws.inject(Fault {
            first,
            count: 1,
            ..Fault::always(kind)
        });
    }
    for number in 0..60 {
        let _ = client
            .publish()
            .topic_arn(TOPIC)
            .message(number.to_string())
            .send()
            .await;
    }
    (aws.calls(), aws.now_ms())
}

#[test]
fn the_same_seed_gives_the_same_calls() {
    let day = |seed| alone(faulty_day(seed));
    let (calls, ended_ms) = day(7);
    assert!(calls.len() > 60, "some calls were retried");
    assert_eq!((calls.clone(), ended_ms), day(7));
    assert_ne!(calls, day(8).0);
}

#[tokio::test(start_paused = true)]
async fn two_faults_both_count_a_call_and_the_first_is_injected() {
    let aws = aws();
    let client = client(&aws, "test");
    aws.inject(Fault::once(Service::Sns, "Publish", FaultKind::LoseRequest));
    aws.inject(Fault {
        first: 2,
        ..Fault::once(Service::Sns, "Publish", FaultKind::Hang)
    });
    assert_eq!(
        [
            publish(&client).await,
            publish(&client).await,
            publish(&client).await
        ],
        ["broken connection", "time-out", "ok"]
    );
}
