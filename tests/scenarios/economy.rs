//! What a sweep of the checker costs in CloudFront calls, and that it stays within CloudFront's rate.

use std::time::Duration;

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{InvalidationBatch, Paths};
use harness::{DISTRIBUTION, Harness, TABLE, TOPIC};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::{ActionId, Status};
use local_aws::{Call, Fault, FaultKind, Outcome, Service};

const MINUTE: Duration = Duration::from_secs(60);
/// The Lambda time of a sweep.
const LAMBDA_TIME: Duration = Duration::from_secs(55);

/// The calls of one sweep.
#[derive(Debug, Default, PartialEq)]
struct Cost {
    /// Records that it claimed.
    claims: usize,
    /// Calls to CloudFront for a single invalidation.
    gets: usize,
    /// Calls to CloudFront for a list.
    lists: usize,
    /// Calls to CloudFront that were throttled; they are included in the others.
    throttled: usize,
}

/// The cost of each sweep that claimed a record. A sweep begins with its query of the index.
fn costs(calls: &[Call]) -> Vec<Cost> {
    let mut costs = vec![Cost::default()];
    for call in calls.iter().filter(|call| call.caller == "checker") {
        if call.operation == "Query" {
            costs.push(Cost::default());
        }
        let cost = costs.last_mut().expect("there is a first");
        match call.operation.as_str() {
            "UpdateItem" => cost.claims += usize::from(call.outcome.took_effect()),
            "GetInvalidation" => cost.gets += 1,
            "ListInvalidations" => cost.lists += 1,
            _ => {}
        }
        cost.throttled += usize::from(is_throttled(call));
    }
    costs.retain(|cost| cost.claims > 0);
    costs
}

fn is_throttled(call: &Call) -> bool {
    matches!(&call.outcome, Outcome::Rejected { code, .. } if code == "Throttling")
}

/// The user parameters of the n-th execution on one distribution: a single file, because CloudFront runs only 15
/// wildcards at a time.
fn on_one(n: usize) -> String {
    format!(
        r#"{{"DistributionId":"{DISTRIBUTION}","Paths":["/{n}.html"],"SnsTopicArn":"{TOPIC}"}}"#
    )
}

fn distribution(n: usize) -> String {
    format!("E1EXAMPLE{n:04}")
}

/// A harness without a wait, in which invalidations take this many seconds.
fn harness(seconds: u64) -> Harness {
    let harness = Harness::new(&[("MAX_WAIT_SECONDS", "0")]);
    let completion = Completion::After(Duration::from_secs(seconds));
    harness.aws().cloudfront().set_completion(completion);
    harness
}

/// Begins the n-th action, on a distribution of its own.
fn begin_apart(harness: &Harness, n: usize) -> ActionId {
    let id = distribution(n);
    harness.aws().cloudfront().add_distribution(&id);
    harness.begin(&format!(
        r#"{{"DistributionId":"{id}","SnsTopicArn":"{TOPIC}"}}"#
    ))
}

/// Runs the first jobs of all started actions.
async fn first_jobs(harness: &Harness) {
    let job_count = tokio::time::sleep(Duration::from_secs(20));
    harness.during(job_count).await;
}

/// A sweep each minute, without other functions; each ends with every record that it claimed.
async fn sweeps(harness: &Harness, count: usize) {
    for _ in 0..count {
        let sweep = harness.sweep(LAMBDA_TIME).await;
        sweep.expect("the index can be read");
        assert!(all_sweeps_have_ended(harness));
        tokio::time::sleep(MINUTE).await;
    }
}

/// Runs until no work is left, and asserts that each of these actions ended well.
async fn end_well(harness: &Harness, actions: &[ActionId]) {
    harness.during(harness.settled(actions)).await;
    for action in actions {
        let ending = harness.ending(action);
        assert_eq!(ending.action.status, Status::Succeeded);
        assert_eq!(ending.broken_invariants(), [""; 0]);
    }
}

/// Asserts that each sweep finished every record that it claimed: none was ended by its time-out.
fn all_sweeps_have_ended(harness: &Harness) -> bool {
    let items = harness.aws().dynamodb().items(TABLE);
    items.iter().all(|item| !item.contains_key("backoff"))
}

#[tokio::test(start_paused = true)]
async fn one_list_serves_a_whole_distribution() {
    let harness = harness(400);
    let actions: Vec<ActionId> = (0..30).map(|n| harness.begin(&on_one(n))).collect();
    end_well(&harness, &actions).await;
    let costs = costs(&harness.aws().calls());
    println!("30 executions on one distribution: {costs:#?}");
    assert!(costs.iter().filter(|cost| cost.claims >= 20).count() >= 4);
    for cost in costs {
        assert!(cost.gets <= 1 && cost.lists <= 1, "{cost:?}");
    }
}

/// Another client creates so many invalidations that those of the executions are no longer on the page.
#[tokio::test(start_paused = true)]
async fn a_long_history_costs_one_list_in_each_sweep() {
    let harness = harness(400);
    let actions: Vec<ActionId> = (0..10).map(|n| harness.begin(&on_one(n))).collect();
    let other_client = async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        let client = Client::new(&harness.aws().sdk_config("another client"));
        for n in 0..150 {
            invalidate(&client, n).await;
        }
    };
    harness.during(other_client).await;
    end_well(&harness, &actions).await;
    let costs = costs(&harness.aws().calls());
    println!("10 executions behind 150 newer invalidations: {costs:#?}");
    assert!(costs.iter().filter(|cost| cost.gets == 10).count() >= 4);
    for cost in costs {
        assert!(cost.gets <= cost.claims && cost.lists <= 1, "{cost:?}");
    }
}

async fn invalidate(client: &Client, n: usize) {
    let paths = Paths::builder().quantity(1).items(format!("/other/{n}"));
    let batch = InvalidationBatch::builder()
        .paths(paths.build().expect("it has a quantity"))
        .caller_reference(format!("another client's {n}"));
    let batch = batch.build().expect("it has a reference");
    let request = client.create_invalidation().distribution_id(DISTRIBUTION);
    let made = request.invalidation_batch(batch).send().await;
    made.expect("CloudFront accepts it");
}

/// Whatever error the list call has, a sweep tries it once, and then polls each invalidation by itself.
#[tokio::test(start_paused = true)]
async fn a_failed_list_leaves_the_single_polls() {
    for kind in [
        FaultKind::Throttle,
        FaultKind::Unavailable,
        FaultKind::Malformed,
        FaultKind::Hang,
        FaultKind::PanicBefore,
        FaultKind::reject(403, "AccessDenied", "not allowed"),
    ] {
        let harness = harness(30).without_schedule();
        let actions: Vec<ActionId> = (0..12).map(|n| harness.begin(&on_one(n))).collect();
        first_jobs(&harness).await;
        harness.aws().inject(Fault {
            operation: Some("ListInvalidations".into()),
            ..Fault::always(kind.clone())
        });
        harness
            .sweep(LAMBDA_TIME)
            .await
            .expect("the index can be read");
        let costs = costs(&harness.aws().calls());
        println!("a list that fails by {kind:?}: {costs:?}");
        let [cost] = costs.as_slice() else {
            panic!("{costs:?}")
        };
        // The SDK makes three attempts of a call. A record whose processing panics does not poll.
        let panicked = usize::from(kind == FaultKind::PanicBefore);
        assert_eq!((cost.claims, cost.gets), (12, 12 - panicked), "{kind:?}");
        assert!((1..=3).contains(&cost.lists), "{kind:?}: {cost:?}");
        assert_eq!(all_sweeps_have_ended(&harness), panicked == 0, "{kind:?}");
        end_well(&harness, &actions).await;
    }
}

/// CloudFront does not reply at all: records that wait for the result of another record's call poll for themselves in
/// time.
#[tokio::test(start_paused = true)]
async fn no_record_is_cut_off_though_cloudfront_hangs() {
    let harness = harness(30).without_schedule();
    let actions: Vec<ActionId> = (0..12).map(|n| harness.begin(&on_one(n))).collect();
    first_jobs(&harness).await;
    let until_ms = harness.aws().now_ms() + 60_000;
    let down = harness.aws().now_ms()..until_ms;
    let hang = Fault::outage(Service::CloudFront, down, FaultKind::Hang);
    harness.aws().inject(hang);
    sweeps(&harness, 1).await;
    let costs = costs(&harness.aws().calls());
    println!("a CloudFront that hangs: {costs:?}");
    assert!(costs[0].claims >= 8 && costs[0].lists == 1, "{costs:?}");
    end_well(&harness, &actions).await;
}

/// An account in which CloudFront accepts five calls at once and then one each second; only the checker calls it.
/// Without the token bucket, 8 sweeps are throttled 317 times and do not finish.
#[tokio::test(start_paused = true)]
async fn a_sweep_keeps_to_the_rate_of_cloudfront() {
    let harness = harness(100).without_schedule();
    let actions: Vec<ActionId> = (0..40).map(|n| begin_apart(&harness, n)).collect();
    first_jobs(&harness).await;
    harness.aws().cloudfront().set_rate(5, 1);
    sweeps(&harness, 10).await;
    let costs = costs(&harness.aws().calls());
    let throttled = harness.aws().cloudfront().throttled();
    println!("40 distributions, 5 calls and then 1 a second: {throttled} throttled; {costs:#?}");
    assert!(costs.iter().all(|cost| cost.throttled <= 20), "{costs:?}");
    assert!(throttled < 100, "{throttled}");
    let invalidations = harness.aws().cloudfront().invalidations();
    assert!(costs.len() < 10, "{} sweeps claimed a record", costs.len());
    assert_eq!(invalidations.len(), 40);
    end_well(&harness, &actions).await;
}

/// The same with job handlers: actions that begin at this interval, on distributions that take this many seconds. The
/// checker cannot prevent throttling of job handlers that run at the same time.
#[tokio::test(start_paused = true)]
async fn executions_succeed_in_an_account_with_one_call_a_second() {
    for (apart, seconds) in [(0, 10), (2, 100)] {
        let harness = harness(seconds);
        harness.aws().cloudfront().set_rate(5, 1);
        let begin = async {
            let mut actions = Vec::new();
            for n in 0..40 {
                actions.push(begin_apart(&harness, n));
                tokio::time::sleep(Duration::from_secs(apart)).await;
            }
            actions
        };
        let actions = harness.during(begin).await;
        end_well(&harness, &actions).await;
        let calls = harness.aws().calls();
        let of_checker = calls.iter().filter(|call| call.caller == "checker");
        let of_checker = of_checker.filter(|call| is_throttled(call)).count();
        let throttled = harness.aws().cloudfront().throttled();
        println!(
            "40 executions, {apart} s apart: {throttled} throttled, {of_checker} the checker's"
        );
        // Without the token bucket it is 96 in the first of these.
        assert!(of_checker <= 60, "{of_checker}");
    }
}

/// A record with many targets waits for all of them together no longer than one with a single target.
#[tokio::test(start_paused = true)]
async fn each_sweep_ends_a_record_of_many_targets_in_time() {
    let harness = harness(100).without_schedule();
    let ids: Vec<String> = (0..40).map(distribution).collect();
    for id in &ids {
        harness.aws().cloudfront().add_distribution(id);
    }
    let action = harness.begin(&format!(
        r#"{{"DistributionId":{ids:?},"SnsTopicArn":"{TOPIC}"}}"#
    ));
    first_jobs(&harness).await;
    harness.aws().cloudfront().set_rate(5, 1);
    sweeps(&harness, 8).await;
    let costs = costs(&harness.aws().calls());
    println!("40 targets in one record: {costs:#?}");
    assert!(costs.len() < 8 && costs.iter().all(|cost| cost.gets <= 30));
    end_well(&harness, &[action]).await;
}
