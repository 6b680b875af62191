//! As many targets in one action as its parameters can hold: the job must get its result despite the work per target.

use std::time::Duration;

use harness::{Ending, Harness, TOPIC, Witness};
use local_aws::account::{MANY, many_distributions, many_parameters};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::{FailureKind, Status};
use local_aws::lambda::Attempt;
use local_aws::{Fault, FaultKind, Service};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A harness with all the distributions, each of whose invalidations completes after this many seconds.
fn harness(settings: &[(&str, &str)], seconds: u64) -> Harness {
    // The parameters have no space for a topic.
    let settings = [settings, &[("DEFAULT_TOPIC_ARN", TOPIC)]].concat();
    let harness = Harness::new(&settings);
    let cloudfront = harness.aws().cloudfront();
    for id in many_distributions() {
        cloudfront.add_distribution(&id);
    }
    cloudfront.set_completion(Completion::After(Duration::from_secs(seconds)));
    harness
}

/// The same harness, and Lambda's attempts to run a function on it.
fn observed(harness: Harness) -> (Harness, UnboundedReceiver<Attempt>) {
    let (wakings, _) = unbounded_channel();
    let (attempts, ended) = unbounded_channel();
    (harness.before(Witness { wakings, attempts }), ended)
}

/// The failed attempts, with the error that Lambda received.
fn failed(mut ended: UnboundedReceiver<Attempt>) -> Vec<String> {
    let attempts = std::iter::from_fn(|| ended.try_recv().ok());
    attempts
        .filter_map(|attempt| attempt.result.err())
        .map(|error| format!("{error:?}"))
        .collect()
}

fn hang(operation: &str) -> Fault {
    Fault {
        service: Some(Service::CloudFront),
        operation: Some(operation.into()),
        ..Fault::always(FaultKind::Hang)
    }
}

fn writes(ending: &Ending) -> usize {
    ending.made(Service::DynamoDb, "PutItem").count()
}

#[tokio::test(start_paused = true)]
async fn one_job_creates_and_completes_all_of_them() {
    let (harness, ended) = observed(harness(&[], 20));
    let ending = harness.play(&many_parameters()).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(failed(ended), [""; 0], "each run ended by itself");
    assert_eq!(ending.invalidations.len(), MANY);
    assert_eq!(ending.action.job_count, 1);
    let took = ending.took();
    assert!(took < Duration::from_secs(26), "{took:?}");
    let written = writes(&ending);
    assert!(written <= MANY, "{written} writes");
    let size = ending.items[0]
        .iter()
        .map(|(name, value)| name.len() + value.to_string().len());
    let size: usize = size.sum();
    assert!(size < 100_000, "an item of {size} characters");
}

#[tokio::test(start_paused = true)]
async fn many_jobs_without_a_wait_end_the_same() {
    let (harness, ended) = observed(harness(&[("MAX_WAIT_SECONDS", "0")], 100));
    let ending = harness.play(&many_parameters()).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(failed(ended), [""; 0]);
    assert_eq!(ending.invalidations.len(), MANY);
    let took = ending.took();
    assert!(took < Duration::from_secs(150), "{took:?}");
}

/// CloudFront takes two seconds for each: eight at a time, they are all created before the first has completed.
#[tokio::test(start_paused = true)]
async fn slow_creations_overlap() {
    let (harness, ended) = observed(harness(&[], 20));
    harness.aws().inject(Fault {
        service: Some(Service::CloudFront),
        operation: Some("CreateInvalidation".into()),
        ..Fault::always(FaultKind::Slow(Duration::from_secs(2)))
    });
    let ending = harness.play(&many_parameters()).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(failed(ended), [""; 0], "each run ended by itself");
    assert_eq!(ending.invalidations.len(), MANY);
    assert_eq!(ending.action.job_count, 1);
    let took = ending.took();
    assert!(took < Duration::from_secs(60), "{took:?}");
}

/// CloudFront takes 20 s and throttles nothing: the action takes as long, for 40 targets as for one.
#[tokio::test(start_paused = true)]
async fn forty_targets_end_with_cloudfront() {
    let (harness, ended) = observed(harness(&[], 20));
    let ids: Vec<String> = many_distributions().take(40).collect();
    let parameters = format!(r#"{{"DistributionId":{}}}"#, serde_json::json!(ids));
    let ending = harness.play(&parameters).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(failed(ended), [""; 0]);
    assert_eq!(
        (ending.invalidations.len(), ending.action.job_count),
        (40, 1)
    );
    let took = ending.took();
    assert!(took < Duration::from_secs(24), "{took:?}");
}

/// With the default quota of an account, six creations at once and one in two seconds, 57 targets take 102 s. The run
/// keeps to the rate, because each throttle delays its target.
#[tokio::test(start_paused = true)]
async fn all_of_them_are_created_at_the_rate_that_the_account_allows() {
    let (harness, ended) = observed(harness(&[], 20));
    harness.aws().cloudfront().set_create_rate(6, 30);
    let ending = harness.play(&many_parameters()).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(failed(ended), [""; 0]);
    assert_eq!(
        (ending.invalidations.len(), ending.action.job_count),
        (MANY, 1)
    );
    let allowed = Duration::from_secs(2 * (57 - 6) + 20);
    let took = ending.took();
    assert!(
        took < allowed.mul_f64(1.1),
        "{took:?}, {allowed:?} are allowed"
    );
    let throttled = harness.aws().cloudfront().throttled();
    assert!(throttled < 40, "{throttled} throttles");
    assert_eq!(ending.notifications.len(), 1);
    let message = &ending.notifications[0].message;
    assert!(
        message.len() < 256 * 1024 && message.lines().count() < 120,
        "{message}"
    );
}

/// Where only the checker can call CloudFront, and no call has a reply for ten minutes, each sweep polls a few
/// targets and ends by itself. A sweep that Lambda ends counts towards the limit after which an execution is failed.
#[tokio::test(start_paused = true)]
async fn the_checker_alone_survives_ten_minutes_without_replies() {
    let (harness, ended) = observed(harness(&[("TIMEOUT_MINUTES", "30")], 60).without_start());
    let began_ms = harness.aws().now_ms();
    harness.aws().inject(Fault {
        // The failed delivery comes after three deliveries, and has created all of them within half a minute.
        during: Some(began_ms + 240_000..began_ms + 840_000),
        service: Some(Service::CloudFront),
        ..Fault::always(FaultKind::Hang)
    });
    let ending = harness.play(&many_parameters()).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(
        ending.action.status,
        Status::Succeeded,
        "{:?}",
        ending.took()
    );
    assert_eq!(ending.invalidations.len(), MANY);
    let checker = failed(ended).into_iter();
    let of_checker: Vec<String> = checker
        .filter(|error| !error.contains("InvalidEntrypoint"))
        .collect();
    assert_eq!(of_checker, [""; 0]);
}

/// At the deadline each target could have one more status check of nine seconds: 57 of them would take many jobs.
#[tokio::test(start_paused = true)]
async fn the_deadline_holds_although_no_status_check_has_a_reply() {
    let (harness, ended) = observed(harness(&[("TIMEOUT_MINUTES", "5")], 20_000));
    let began_ms = harness.aws().now_ms();
    harness.aws().inject(Fault {
        during: Some(began_ms + 100_000..u64::MAX),
        ..hang("GetInvalidation")
    });
    let ending = harness.play(&many_parameters()).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    let Status::Failed { kind, .. } = &ending.action.status else {
        panic!("{:?}", ending.action.status)
    };
    assert!(
        matches!(
            kind,
            FailureKind::SystemUnavailable | FailureKind::JobFailed
        ),
        "{kind:?}"
    );
    assert_eq!(failed(ended), [""; 0]);
    let took = ending.took();
    assert!(took < Duration::from_secs(5 * 60 + 90), "{took:?}");
}
