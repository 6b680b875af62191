//! The metrics of the functions, compared with the facts.

use std::time::Duration;

use harness::{DISTRIBUTION, Harness, PARAMETERS, TABLE, TOPIC};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::{ActionId, Status};
use local_aws::{Fault, FaultKind, Service, Settings};
use serde_json::{Map, Value, json};

use super::series::{Alarm, OVERDUE, OVERDUE_ALARM, Point, Series};

const MINUTE: Duration = Duration::from_secs(60);
/// The default time-out of an action.
const TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// The largest delay of a sweep that runs each minute.
const NOTICED: u64 = 120;

const OPEN: &str = "OpenExecutions";

/// A harness without a wait, in which CloudFront completes nothing.
fn stuck_harness() -> Harness {
    let harness = Harness::new(&[("MAX_WAIT_SECONDS", "0")]);
    harness.aws().cloudfront().set_completion(Completion::Never);
    harness
}

/// The item of the record of an action.
fn item(harness: &Harness, action: &ActionId) -> Map<String, Value> {
    let jobs = harness.aws().codepipeline().action(action).jobs;
    let item = harness.aws().dynamodb().item(TABLE, &jobs[0]);
    item.expect("the action has begun")
}

/// How many items have work left.
fn open(harness: &Harness) -> usize {
    let mut items = harness.aws().dynamodb().items(TABLE);
    items.retain(|item| item.contains_key("due_at"));
    items.len()
}

fn raised(series: &Series) -> usize {
    Alarm::of_template(OVERDUE_ALARM).raised(&series.of(OVERDUE))
}

/// A way in which no sweep makes progress on the record of an action.
type Spoil = fn(&Harness, &ActionId);

/// Puts the item of an action's record back, changed.
fn change(harness: &Harness, action: &ActionId, how: impl FnOnce(&mut Map<String, Value>)) {
    let mut item = item(harness, action);
    how(&mut item);
    harness.aws().dynamodb().put_raw(TABLE, item);
}

const FAILURES: [(&str, Duration, Spoil); 4] = [
    ("its version is unknown", TIMEOUT, |harness, action| {
        change(harness, action, |item| {
            item.insert("v".into(), json!({"N": "9"}));
        });
    }),
    ("it cannot be claimed", TIMEOUT, |harness, action| {
        change(harness, action, |item| {
            item.insert("backoff".into(), json!({"S": "a while"}));
        });
    }),
    // As an earlier version of the functions wrote it: it is overdue from the sweep that claimed it.
    ("its item does not say", MINUTE, |harness, action| {
        change(harness, action, |item| {
            item.insert("v".into(), json!({"N": "9"}));
            item.remove("overdue_at");
        });
    }),
    // CodePipeline starts no more continuation jobs, so that the jobs of `start` do not help this record.
    ("it cannot be written", TIMEOUT, |harness, action| {
        harness.aws().codepipeline().abandon(action);
        harness.aws().inject(Fault {
            caller: Some("checker".into()),
            count: u32::MAX,
            ..Fault::once(Service::DynamoDb, "PutItem", FaultKind::Unavailable)
        });
    }),
];

/// One record fails in each sweep while others progress: its lateness is still measured, and raises the alarm once.
#[tokio::test(start_paused = true)]
async fn a_record_that_fails_in_each_sweep_is_overdue() {
    for (why, since, inject) in FAILURES {
        let (harness, series) = (stuck_harness(), Series::listen());
        let began_ms = harness.aws().now_ms();
        let action = harness.begin(PARAMETERS);
        let healthy = harness
            .during(async {
                tokio::time::sleep(MINUTE / 3).await;
                inject(&harness, &action);
                let mut healthy = Vec::new();
                for _ in 0..9 {
                    tokio::time::sleep(10 * MINUTE).await;
                    healthy.push(harness.begin(PARAMETERS));
                }
                tokio::time::sleep(30 * MINUTE).await;
                healthy
            })
            .await;
        for action in &healthy {
            let end = harness.ending(action).action.status;
            assert!(matches!(end, Status::Failed { .. }), "{why}: {end:?}");
        }
        let (at_ms, overdue) = *series.of(OVERDUE).last().unwrap();
        let expected = (at_ms - began_ms) / 1_000 - since.as_secs();
        assert!(overdue.abs_diff(expected) < NOTICED, "{why}: {overdue} s");
        assert_eq!(raised(&series), 1, "{why}: {:?}", series.values(OVERDUE));
        assert_eq!(series.values(OPEN).last(), Some(&1), "{why}");
    }
}

/// The topic is deleted. From its due time until it is abandoned, the notification is overdue, even in sweeps without
/// an attempt, and the alarm is raised once.
#[tokio::test(start_paused = true)]
async fn a_notification_that_is_never_accepted_raises_one_alarm() {
    let (harness, series) = (Harness::new(&[]), Series::listen());
    harness.aws().sns().delete_topic(TOPIC);
    let began_ms = harness.aws().now_ms();
    let action = harness.begin(PARAMETERS);
    let given_up_at = harness
        .during(async {
            harness.aws().codepipeline().ended(&action).await;
            while open(&harness) > 0 {
                tokio::time::sleep(MINUTE / 2).await;
            }
            let given_up_at = harness.aws().now_ms();
            tokio::time::sleep(10 * MINUTE).await;
            given_up_at
        })
        .await;
    let until = |points: Vec<Point>| -> Vec<u64> {
        let before = points
            .into_iter()
            .filter(|(at, _)| at + 60_000 < given_up_at);
        before.map(|(_, value)| value).collect()
    };
    let overdue = until(series.of(OVERDUE));
    assert!(overdue.is_sorted(), "{overdue:?}");
    assert!(overdue.len() > 140, "{overdue:?}");
    assert!(overdue.iter().all(|seconds| *seconds > 0), "{overdue:?}");
    assert_eq!(raised(&series), 1);
    assert_eq!(
        series.sum("RejectedNotifications"),
        18,
        "from the third attempt on"
    );
    let first_ms = series.of("RejectedNotifications")[0].0;
    assert!(
        first_ms - began_ms < 5 * 60_000,
        "long before the last attempt"
    );
    assert!(until(series.of(OPEN)).iter().all(|open| *open == 1));
    let unfinished = until(series.of("DueExecutions"));
    assert!(unfinished.contains(&0), "none is due between two tries");
    assert_eq!(series.values(OPEN).last(), Some(&0));
    assert_eq!(series.values(OVERDUE).last(), Some(&0));
}

/// CloudFront does not reply, and the sweeps poll three targets after the action has succeeded. Each sweep ends its work in
/// time, so the execution is never counted as one that no sweep can process.
#[tokio::test(start_paused = true)]
async fn a_cloudfront_that_hangs_makes_no_execution_stuck() {
    let (harness, series) = (stuck_harness(), Series::listen());
    for id in ["E2", "E3"] {
        harness.aws().cloudfront().add_distribution(id);
    }
    let until_ms = harness.aws().now_ms() + 3 * 3_600_000;
    let hang = harness.aws().now_ms() + 5 * 60_000..until_ms;
    harness
        .aws()
        .inject(Fault::outage(Service::CloudFront, hang, FaultKind::Hang));
    let action = harness.begin(&format!(
        r#"{{"DistributionId":["{DISTRIBUTION}","E2","E3"],"OnTimeout":"release","SnsTopicArn":"{TOPIC}"}}"#
    ));
    let ending = harness
        .during(async {
            tokio::time::sleep(120 * MINUTE).await;
            harness.ending(&action)
        })
        .await;
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(series.sum("StuckExecutions"), 0);
    assert_eq!(
        item(&harness, &action).get("backoff"),
        None,
        "each sweep came to its end"
    );
    assert_eq!(open(&harness), 1, "its invalidations are polled");
}

/// An execution that waits within its limits is not overdue: an action with a long time-out, a detached one, and one
/// that may still get a continuation job.
#[tokio::test(start_paused = true)]
async fn an_execution_that_waits_within_its_limits_is_not_overdue() {
    let two_hours = format!(r#"{{"DistributionId":"{DISTRIBUTION}","TimeoutMinutes":120}}"#);
    let released = format!(
        r#"{{"DistributionId":"{DISTRIBUTION}","OnTimeout":"release","SnsTopicArn":"{TOPIC}"}}"#
    );
    for (parameters, is_stopped) in [
        (two_hours.as_str(), false),
        (released.as_str(), false),
        (PARAMETERS, true),
    ] {
        let (harness, series) = (Harness::new(&[]), Series::listen());
        let takes = Completion::After(150 * MINUTE);
        harness.aws().cloudfront().set_completion(takes);
        let action = harness.begin(parameters);
        harness
            .during(async {
                tokio::time::sleep(MINUTE).await;
                if is_stopped {
                    harness.aws().codepipeline().abandon(&action);
                }
                tokio::time::sleep(180 * MINUTE).await;
            })
            .await;
        let overdue = series.values(OVERDUE);
        let worst = overdue.iter().max();
        assert!(worst.is_some_and(|worst| *worst < NOTICED), "{overdue:?}");
        assert_eq!(raised(&series), 0, "{parameters}");
        assert!(series.values(OPEN).contains(&1), "{parameters}");
        assert_eq!(series.values(OPEN).last(), Some(&0), "{parameters}");
    }
}

/// A backlog of more records than the checker reads from the index at a time.
fn backlog(harness: &Harness) {
    for n in 0..600 {
        let id = format!("00000000-0000-0000-0000-{n:012}");
        let item = json!({"id": {"S": id}, "due_shard": {"S": "0"}, "due_at": {"N": "1"}});
        harness
            .aws()
            .dynamodb()
            .put_raw(TABLE, item.as_object().cloned().expect("an object"));
    }
}

/// The index fails after a sweep has begun: the work until then is measured, and everything else that is known.
#[tokio::test(start_paused = true)]
async fn a_sweep_publishes_its_metrics_though_the_index_fails_later() {
    for (count, is_known) in [(invalidation_aws::ATTEMPTS, true), (u32::MAX, false)] {
        let harness = Harness::new(&[]).without_schedule();
        backlog(&harness);
        harness.aws().inject(Fault {
            first: 2,
            count,
            ..Fault::once(Service::DynamoDb, "Query", FaultKind::Throttle)
        });
        let series = Series::listen();
        let sweep = harness.sweep(Duration::from_secs(55)).await.unwrap();
        assert_eq!((sweep.moved, sweep.failed), (0, 500));
        assert_eq!(series.values("DueExecutions"), [500]);
        assert_eq!(sweep.open, is_known.then_some(600));
        assert_eq!(series.values(OPEN).len(), usize::from(is_known));
        assert_eq!(series.values(OVERDUE).len(), usize::from(is_known));
    }
}

/// An index that fails at once fails the sweep.
#[tokio::test(start_paused = true)]
async fn a_sweep_that_cannot_begin_fails() {
    let harness = Harness::new(&[]).without_schedule();
    harness.aws().inject(Fault {
        count: u32::MAX,
        ..Fault::once(Service::DynamoDb, "Query", FaultKind::Throttle)
    });
    let series = Series::listen();
    assert!(harness.sweep(Duration::from_secs(55)).await.is_err());
    assert_eq!(series.values("DueExecutions"), [0; 0]);
}

/// A sweep that used up its time does not wait for the last query: Lambda would end it, and no metric would be
/// written.
#[tokio::test(start_paused = true)]
async fn a_sweep_ends_in_time_though_its_last_query_hangs() {
    let harness = Harness::new(&[]).without_schedule();
    harness.aws().inject(Fault {
        first: 2,
        count: u32::MAX,
        ..Fault::once(Service::DynamoDb, "Query", FaultKind::Hang)
    });
    let series = Series::listen();
    let time_left = Duration::from_secs(5);
    let sweep = tokio::time::timeout(time_left, harness.sweep(time_left)).await;
    let sweep = sweep.expect("in time").unwrap();
    assert_eq!((sweep.open, sweep.overdue), (None, None));
    assert_eq!(series.values("DueExecutions"), [0]);
}

fn on(distribution: &str, path: &str) -> String {
    format!(r#"{{"DistributionId":"{distribution}","Paths":["{path}"]}}"#)
}

/// Each target that waited in a queue is measured once, when it has its invalidation, regardless of its creator.
#[tokio::test(start_paused = true)]
async fn the_wait_in_a_queue_is_measured_once_for_each_target() {
    for is_shared in [false, true] {
        let (harness, series) = (Harness::new(&[]), Series::listen());
        let takes = Completion::After(Duration::from_secs(10));
        harness.aws().cloudfront().set_completion(takes);
        let actions: Vec<ActionId> = (0..40)
            .map(|n| match is_shared {
                true => harness.begin(&on(DISTRIBUTION, "/*")),
                false => harness.begin(&on(DISTRIBUTION, &format!("/{n}/*"))),
            })
            .collect();
        harness.during(harness.settled(&actions)).await;
        let waits = series.values("QueueSeconds");
        assert_eq!(waits.len(), actions.len(), "{waits:?}");
        let at_once = waits.iter().filter(|wait| **wait <= 2).count();
        assert!((10..40).contains(&at_once), "{waits:?}");
        assert!(waits.iter().all(|wait| *wait < 120), "{waits:?}");
    }
}

/// The wait is measured from the entry into the queue, not from the start of the execution.
#[tokio::test(start_paused = true)]
async fn the_wait_in_a_queue_begins_with_the_entry() {
    let (harness, series) = (Harness::new(&[]), Series::listen());
    // DynamoDB rejects the entry twice, with backoffs of 5 and 10 s.
    harness.aws().inject(Fault {
        count: 6,
        ..Fault::once(Service::DynamoDb, "UpdateItem", FaultKind::Unavailable)
    });
    let ending = harness.play(PARAMETERS).await;
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(series.values("QueueSeconds"), [0]);
}

/// A continuation was delivered, CodePipeline's replies were lost for more than its 20 minutes, and the next job
/// followed: the outcome was delivered, and no result counts as undelivered.
#[tokio::test(start_paused = true)]
async fn a_result_that_arrived_late_is_not_undelivered() {
    let settings = Settings {
        latency: Duration::from_millis(20),
        continues_after: Duration::from_secs(19 * 60 + 30),
        ..Settings::default()
    };
    let (harness, series) = (
        Harness::of(settings, &[("MAX_WAIT_SECONDS", "35")]),
        Series::listen(),
    );
    let takes = Completion::After(5 * MINUTE);
    harness.aws().cloudfront().set_completion(takes);
    let now_ms = harness.aws().now_ms();
    for (from, until, kind) in [
        (0, 150_000, FaultKind::LoseRequest),
        (150_000, 21 * 60_000 + 58_000, FaultKind::LoseReply),
    ] {
        let during = now_ms + from..now_ms + until;
        harness.aws().inject(Fault {
            operation: Some("PutJobSuccessResult".into()),
            ..Fault::outage(Service::CodePipeline, during, kind)
        });
    }
    let action = harness.begin(PARAMETERS);
    let ending = harness
        .during(async {
            tokio::time::sleep(60 * MINUTE).await;
            harness.ending(&action)
        })
        .await;
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(ending.action.job_count, 2, "{:#?}", ending.action);
    assert_eq!(open(&harness), 0);
    assert_eq!(series.sum("UndeliveredResults"), 0);
}

/// CodePipeline stays unreachable: the one result that was not delivered is counted once, whether or not a
/// continuation may have been delivered before.
#[tokio::test(start_paused = true)]
async fn a_result_that_never_arrived_is_undelivered_once() {
    for takes in [Duration::from_secs(2), Duration::from_secs(60)] {
        let (harness, series) = (Harness::new(&[]), Series::listen());
        let completion = Completion::After(takes);
        harness.aws().cloudfront().set_completion(completion);
        harness.aws().inject(Fault {
            service: Some(Service::CodePipeline),
            ..Fault::always(FaultKind::LoseRequest)
        });
        let action = harness.begin(PARAMETERS);
        let ending = harness
            .during(async {
                tokio::time::sleep(90 * MINUTE).await;
                harness.ending(&action)
            })
            .await;
        assert_eq!(ending.action.status, Status::TimedOut);
        assert_eq!(open(&harness), 0);
        assert_eq!(series.sum("UndeliveredResults"), 1, "{takes:?}");
    }
}

/// A stopped pipeline has no undelivered result.
#[tokio::test(start_paused = true)]
async fn a_stopped_pipeline_has_no_undelivered_result() {
    let (harness, series) = (stuck_harness(), Series::listen());
    let action = harness.begin(PARAMETERS);
    harness
        .during(async {
            tokio::time::sleep(MINUTE).await;
            harness.aws().codepipeline().abandon(&action);
            tokio::time::sleep(60 * MINUTE).await;
        })
        .await;
    assert_eq!(open(&harness), 0);
    assert_eq!(series.sum("UndeliveredResults"), 0);
}

/// Only a job whose result the checker reported counts as recovered; a failed attempt is counted separately.
#[tokio::test(start_paused = true)]
async fn only_a_job_with_a_result_counts_as_recovered() {
    let (harness, series) = (Harness::new(&[]).without_start(), Series::listen());
    // The third delivery fails about three minutes after the first; so does the first failed delivery.
    let now_ms = harness.aws().now_ms();
    let during = now_ms..now_ms + 225_000;
    harness.aws().inject(Fault::outage(
        Service::CodePipeline,
        during,
        FaultKind::LoseRequest,
    ));
    let action = harness.begin(PARAMETERS);
    harness
        .during(async {
            harness.aws().codepipeline().ended(&action).await;
            tokio::time::sleep(5 * MINUTE).await;
        })
        .await;
    let calls = harness.aws().calls();
    let job_count = harness.ending(&action).action.job_count;
    println!("{} calls, {job_count} jobs", calls.len());
    assert_eq!(series.sum("FailedDeliveries"), u64::from(job_count));
    assert!(series.sum("FailedDeliveryErrors") >= 1);
}
