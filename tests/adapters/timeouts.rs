//! How long a failing service can delay the functions: the production retries and time-outs, in virtual time.

use std::time::Duration;

use harness::recorded::{CLOUDFRONT, Reply, SNS, Wire, json_error, xml_error};
use invalidation_aws::{ATTEMPTS, AwsPorts};
use invalidation_core::input::identifiers::Alias;
use invalidation_core::model::time_budget::{OPERATION_TIMEOUT, RESERVE, RESULT_TIMEOUT};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_core::output;
use invalidation_runtime::clock::SystemClock;
use invalidation_runtime::ports::{ExecutionStore, InvalidationService, JobReporter, Publisher};
use invalidation_runtime::settings::{self, Settings};
use tokio::time::Instant;

use crate::record::{finalized, waiting};

/// Every method of every port.
const METHODS: [&str; 14] = [
    "create_invalidation",
    "get_invalidation",
    "list_invalidations",
    "probe_invalidation",
    "resolve_alias",
    "load",
    "claim",
    "save",
    "due",
    "open",
    "report",
    "details",
    "publish",
    "put_event",
];

/// The ports of both functions over this wire, as in `main`.
fn ports(wire: &Wire) -> AwsPorts<SystemClock> {
    let sdk = wire.sdk().into_builder();
    let sdk = sdk
        .retry_config(invalidation_aws::retries())
        .timeout_config(invalidation_aws::timeouts());
    let settings = |name: &str| match name {
        settings::TABLE_NAME => Some("invalidations".to_owned()),
        settings::EVENT_BUS_NAME => Some("deploys".to_owned()),
        _ => None,
    };
    invalidation_aws::ports(
        &sdk.build(),
        &Settings::from_lookup(settings).unwrap(),
        SystemClock,
    )
}

/// Whether the method succeeded.
async fn succeeds(method: &str, wire: &Wire) -> bool {
    succeeds_with(method, &ports(wire)).await
}

async fn succeeds_with(method: &str, ports: &AwsPorts<SystemClock>) -> bool {
    let (record, now) = (finalized(), Timestamp::from_millis(0));
    let target = record.targets[0].clone();
    let (resource, id) = (&target.resource, &record.snapshots().next().unwrap().id);
    let alias = Alias::try_from("www.example.com".to_owned()).unwrap();
    let job_result = output::job_result(&waiting(), now);
    let notification = output::notification(&record, None).unwrap();
    let event = output::event(&record, None).unwrap();
    match method {
        "create_invalidation" => ports
            .invalidation_service
            .create_invalidation(&target)
            .await
            .is_ok(),
        "get_invalidation" => ports
            .invalidation_service
            .get_invalidation(resource, id)
            .await
            .is_ok(),
        "list_invalidations" => ports
            .invalidation_service
            .list_invalidations(resource)
            .await
            .is_ok(),
        "probe_invalidation" => ports
            .invalidation_service
            .probe_invalidation(&target)
            .await
            .is_ok(),
        "resolve_alias" => ports
            .invalidation_service
            .resolve_alias(&alias)
            .await
            .is_ok(),
        "claim" => ports.execution_store.claim(&record.id, now).await.is_ok(),
        "load" => ports.execution_store.load(&record.id).await.is_ok(),
        "save" => ports.execution_store.save(&record, None).await.is_ok(),
        "due" => ports.execution_store.due(now, 500).await.is_ok(),
        "open" => ports.execution_store.open().await.is_ok(),
        "report" => ports
            .job_reporter
            .report(&record.id, &job_result)
            .await
            .is_ok(),
        "details" => ports.job_reporter.details(&record.id).await.is_ok(),
        "publish" => ports.publisher.publish(&notification).await.is_ok(),
        "put_event" => ports.publisher.put_event(&event).await.is_ok(),
        unknown => panic!("no port has {unknown}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_service_is_abandoned_in_time() {
    for service_error in [Reply::Silence, Reply::Lost, Reply::new(503, "")] {
        for method in METHODS {
            let wire = Wire::replying([service_error.clone()]);
            let began = Instant::now();
            assert!(!succeeds(method, &wire).await, "{method}");
            let took = began.elapsed();
            assert_eq!(
                wire.sent().len(),
                ATTEMPTS as usize,
                "{method} under {service_error:?}, in {took:?}"
            );
            assert!(
                took <= OPERATION_TIMEOUT,
                "{method} under {service_error:?} took {took:?}"
            );
        }
    }
    assert_eq!((ATTEMPTS, OPERATION_TIMEOUT), (3, Duration::from_secs(9)));
}

/// A result whose details CodePipeline rejects is sent once more without them. Both requests share the time of one
/// call, so that the reserve suffices for any latency of CodePipeline.
#[tokio::test(start_paused = true)]
async fn a_rejected_detail_ends_within_the_time_of_one_result() {
    let slow = Duration::from_millis(3_900);
    let rejected =
        || json_error(400, "ValidationException", "1 validation error detected").after(slow);
    let accepted = || Reply::ok("").after(slow);
    for (replies, is_accepted) in [
        (vec![rejected(), accepted()], true),
        (vec![rejected(), Reply::Silence], false),
        (vec![Reply::Silence, rejected(), accepted()], false),
        (vec![Reply::Silence, rejected(), Reply::Silence], false),
        (vec![rejected(), Reply::new(503, "").after(slow)], false),
    ] {
        let wire = Wire::replying(replies.clone());
        let began = Instant::now();
        assert_eq!(succeeds("report", &wire).await, is_accepted, "{replies:?}");
        let took = began.elapsed();
        assert!(took <= RESULT_TIMEOUT, "{took:?} with {replies:?}");
        assert!(
            OPERATION_TIMEOUT + took < RESERVE,
            "a write comes before it"
        );
        assert!(wire.sent().len() >= 2, "{replies:?}");
    }
}

/// A short outage, such as a throttle, does not fail a call.
#[tokio::test(start_paused = true)]
async fn two_failed_attempts_are_retried() {
    let json_throttle = json_error(400, "ThrottlingException", "Rate exceeded");
    for (method, throttle, good) in [
        ("load", json_throttle.clone(), "{}"),
        ("report", json_throttle, ""),
        (
            "get_invalidation",
            xml_error(CLOUDFRONT, 400, "Throttling", "Rate exceeded"),
            "<Invalidation><Id>I2J0I21PCUYOIK</Id><Status>Completed</Status></Invalidation>",
        ),
        (
            "publish",
            xml_error(SNS, 400, "Throttling", "Rate exceeded"),
            "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>",
        ),
    ] {
        let wire = Wire::replying([throttle, Reply::Lost, Reply::ok(good)]);
        assert!(succeeds(method, &wire).await, "{method}: {:?}", wire.sent());
        assert_eq!(wire.sent().len(), 3, "{method}");
    }
}

/// For each service: a method, and a reply with which it succeeds.
const GOOD: [(&str, &str); 5] = [
    (
        "get_invalidation",
        "<Invalidation><Id>I2J0I21PCUYOIK</Id><Status>Completed</Status></Invalidation>",
    ),
    ("load", "{}"),
    ("report", ""),
    (
        "publish",
        "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>",
    ),
    (
        "put_event",
        r#"{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}"#,
    ),
];

/// A call has its attempts for any number of failed calls of the process before it. The SDK's own quota lasts for 25
/// calls that end in 503, and for 50 that end in a throttle.
#[tokio::test(start_paused = true)]
async fn a_call_has_its_tries_after_any_number_of_failures() {
    const FAILURES: usize = 60;
    let tries = ATTEMPTS as usize;
    let unavailable = || Reply::new(503, "");
    for (method, good) in GOOD {
        let bad = std::iter::repeat_with(unavailable).take(FAILURES * tries + 1);
        let wire = Wire::replying(bad.chain([Reply::ok(good)]));
        let ports = ports(&wire);
        for nth in 1..=FAILURES {
            assert!(!succeeds_with(method, &ports).await, "{method}");
            assert_eq!(wire.sent().len(), nth * tries, "{method}: call {nth}");
        }
        assert!(
            succeeds_with(method, &ports).await,
            "{method} after one more 503"
        );
        // An accepted event is followed by the check whether its bus exists.
        let questions = usize::from(method == "put_event");
        let sent = wire.sent().len();
        assert_eq!(sent, FAILURES * tries + 2 + questions, "{method}");
    }
}
