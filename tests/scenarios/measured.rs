//! What the functions measure, against what is the case.

use std::time::Duration;

use harness::{DISTRIBUTION, PARAMETERS, Stage, TABLE, TOPIC};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::{ActionId, Status};
use local_aws::{Fault, FaultKind, Service, Settings};
use serde_json::{Map, Value, json};

use super::series::{Alarm, OVERDUE, OVERDUE_ALARM, Point, Series};

const MINUTE: Duration = Duration::from_secs(60);
/// The time-out of an action that says nothing of it.
const TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// What a pass that comes each minute may notice late.
const NOTICED: u64 = 120;

const OPEN: &str = "OpenExecutions";

/// A stage without a hold, on which CloudFront completes nothing.
fn stuck_stage() -> Stage {
    let stage = Stage::new(&[("HOLD_SECONDS", "0")]);
    stage.aws().cloudfront().set_completion(Completion::Never);
    stage
}

/// The item of the record of an action.
fn item(stage: &Stage, action: &ActionId) -> Map<String, Value> {
    let jobs = stage.aws().codepipeline().action(action).jobs;
    let item = stage.aws().dynamodb().item(TABLE, &jobs[0]);
    item.expect("the action has begun")
}

/// How many items have work left.
fn open(stage: &Stage) -> usize {
    let mut items = stage.aws().dynamodb().items(TABLE);
    items.retain(|item| item.contains_key("due_at"));
    items.len()
}

fn raised(series: &Series) -> usize {
    Alarm::of_template(OVERDUE_ALARM).raised(&series.of(OVERDUE))
}

/// A way in which no pass gets on with the record of an action.
type Spoil = fn(&Stage, &ActionId);

/// Puts the item of an action's record back, changed.
fn change(stage: &Stage, action: &ActionId, how: impl FnOnce(&mut Map<String, Value>)) {
    let mut item = item(stage, action);
    how(&mut item);
    stage.aws().dynamodb().put_raw(TABLE, item);
}

const FAILURES: [(&str, Duration, Spoil); 4] = [
    ("its version is unknown", TIMEOUT, |stage, action| {
        change(stage, action, |item| {
            item.insert("v".into(), json!({"N": "9"}));
        });
    }),
    ("it cannot be claimed", TIMEOUT, |stage, action| {
        change(stage, action, |item| {
            item.insert("pause".into(), json!({"S": "a while"}));
        });
    }),
    // As an earlier version of the functions wrote it: it is overdue from the pass that took it up.
    ("its item does not say", MINUTE, |stage, action| {
        change(stage, action, |item| {
            item.insert("v".into(), json!({"N": "9"}));
            item.remove("overdue_at");
        });
    }),
    // CodePipeline comes back no more, so that the visits of `start` do not help it as they do others.
    ("it cannot be written", TIMEOUT, |stage, action| {
        stage.aws().codepipeline().abandon(action);
        stage.aws().inject(Fault {
            caller: Some("checker".into()),
            count: u32::MAX,
            ..Fault::once(Service::DynamoDb, "PutItem", FaultKind::Unavailable)
        });
    }),
];

/// One record fails in each pass while others move: its lateness is measured all the same, and raises the alarm once.
#[tokio::test(start_paused = true)]
async fn a_record_that_fails_in_each_pass_is_overdue() {
    for (why, since, spoil) in FAILURES {
        let (stage, series) = (stuck_stage(), Series::listen());
        let began_ms = stage.aws().now_ms();
        let action = stage.begin(PARAMETERS);
        let healthy = stage
            .during(async {
                tokio::time::sleep(MINUTE / 3).await;
                spoil(&stage, &action);
                let mut healthy = Vec::new();
                for _ in 0..9 {
                    tokio::time::sleep(10 * MINUTE).await;
                    healthy.push(stage.begin(PARAMETERS));
                }
                tokio::time::sleep(30 * MINUTE).await;
                healthy
            })
            .await;
        for action in &healthy {
            let end = stage.ending(action).action.status;
            assert!(matches!(end, Status::Failed { .. }), "{why}: {end:?}");
        }
        let (at_ms, overdue) = *series.of(OVERDUE).last().unwrap();
        let expected = (at_ms - began_ms) / 1_000 - since.as_secs();
        assert!(overdue.abs_diff(expected) < NOTICED, "{why}: {overdue} s");
        assert_eq!(raised(&series), 1, "{why}: {:?}", series.values(OVERDUE));
        assert_eq!(series.values(OPEN).last(), Some(&1), "{why}");
    }
}

/// The topic is gone: from when it was to be published until it is given up, the notice is overdue, also in the passes in
/// which no try is due, and the alarm is raised once.
#[tokio::test(start_paused = true)]
async fn a_notice_that_is_never_taken_raises_one_alarm() {
    let (stage, series) = (Stage::new(&[]), Series::listen());
    stage.aws().sns().delete_topic(TOPIC);
    let action = stage.begin(PARAMETERS);
    let given_up_at = stage
        .during(async {
            stage.aws().codepipeline().ended(&action).await;
            while open(&stage) > 0 {
                tokio::time::sleep(MINUTE / 2).await;
            }
            let given_up_at = stage.aws().now_ms();
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
    assert!(until(series.of(OPEN)).iter().all(|open| *open == 1));
    let unfinished = until(series.of("UnfinishedExecutions"));
    assert!(unfinished.contains(&0), "none is due between two tries");
    assert_eq!(series.values(OPEN).last(), Some(&0));
    assert_eq!(series.values(OVERDUE).last(), Some(&0));
}

/// Whatever waits as long as it may is not overdue: an action with a long time-out of its own, one that was released, and
/// one that CodePipeline may still come back for.
#[tokio::test(start_paused = true)]
async fn what_may_still_wait_is_not_overdue() {
    let two_hours = format!(r#"{{"DistributionId":"{DISTRIBUTION}","TimeoutMinutes":120}}"#);
    let released = format!(
        r#"{{"DistributionId":"{DISTRIBUTION}","OnTimeout":"release","SnsTopicArn":"{TOPIC}"}}"#
    );
    for (parameters, is_stopped) in [
        (two_hours.as_str(), false),
        (released.as_str(), false),
        (PARAMETERS, true),
    ] {
        let (stage, series) = (Stage::new(&[]), Series::listen());
        let takes = Completion::After(150 * MINUTE);
        stage.aws().cloudfront().set_completion(takes);
        let action = stage.begin(parameters);
        stage
            .during(async {
                tokio::time::sleep(MINUTE).await;
                if is_stopped {
                    stage.aws().codepipeline().abandon(&action);
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

/// A backlog of more than the checker asks the index for at a time.
fn backlog(stage: &Stage) {
    for n in 0..600 {
        let id = format!("00000000-0000-0000-0000-{n:012}");
        let item = json!({"id": {"S": id}, "due_shard": {"S": "0"}, "due_at": {"N": "1"}});
        stage
            .aws()
            .dynamodb()
            .put_raw(TABLE, item.as_object().cloned().expect("an object"));
    }
}

/// The index fails after a pass has begun: what was done until then is measured, and what else can be known.
#[tokio::test(start_paused = true)]
async fn a_pass_measures_what_it_did_though_the_index_fails_later() {
    for (count, is_known) in [(invalidation_aws::ATTEMPTS, true), (u32::MAX, false)] {
        let stage = Stage::new(&[]).without_schedule();
        backlog(&stage);
        stage.aws().inject(Fault {
            first: 2,
            count,
            ..Fault::once(Service::DynamoDb, "Query", FaultKind::Throttle)
        });
        let series = Series::listen();
        let pass = stage.pass(Duration::from_secs(55)).await.unwrap();
        assert_eq!((pass.moved, pass.failed), (0, 500));
        assert_eq!(series.values("UnfinishedExecutions"), [500]);
        assert_eq!(pass.open, is_known.then_some(600));
        assert_eq!(series.values(OPEN).len(), usize::from(is_known));
        assert_eq!(series.values(OVERDUE).len(), usize::from(is_known));
    }
}

/// An index that fails at once fails the pass.
#[tokio::test(start_paused = true)]
async fn a_pass_that_cannot_begin_fails() {
    let stage = Stage::new(&[]).without_schedule();
    stage.aws().inject(Fault {
        count: u32::MAX,
        ..Fault::once(Service::DynamoDb, "Query", FaultKind::Throttle)
    });
    let series = Series::listen();
    assert!(stage.pass(Duration::from_secs(55)).await.is_err());
    assert_eq!(series.values("UnfinishedExecutions"), [0; 0]);
}

/// A pass that used up its time does not wait for the last question: Lambda would end it, and nothing would be measured.
#[tokio::test(start_paused = true)]
async fn a_pass_ends_in_time_though_its_last_question_hangs() {
    let stage = Stage::new(&[]).without_schedule();
    stage.aws().inject(Fault {
        first: 2,
        count: u32::MAX,
        ..Fault::once(Service::DynamoDb, "Query", FaultKind::Hang)
    });
    let series = Series::listen();
    let time_left = Duration::from_secs(5);
    let pass = tokio::time::timeout(time_left, stage.pass(time_left)).await;
    let pass = pass.expect("in time").unwrap();
    assert_eq!((pass.open, pass.overdue), (None, None));
    assert_eq!(series.values("UnfinishedExecutions"), [0]);
}

fn on(distribution: &str, path: &str) -> String {
    format!(r#"{{"DistributionId":"{distribution}","Paths":["{path}"]}}"#)
}

/// Each target that stood in a queue is measured once, when it has its invalidation, whoever made it.
#[tokio::test(start_paused = true)]
async fn the_wait_in_a_queue_is_measured_once_for_each_target() {
    for is_shared in [false, true] {
        let (stage, series) = (Stage::new(&[]), Series::listen());
        let takes = Completion::After(Duration::from_secs(10));
        stage.aws().cloudfront().set_completion(takes);
        let actions: Vec<ActionId> = (0..40)
            .map(|n| match is_shared {
                true => stage.begin(&on(DISTRIBUTION, "/*")),
                false => stage.begin(&on(DISTRIBUTION, &format!("/{n}/*"))),
            })
            .collect();
        stage.during(stage.settled(&actions)).await;
        let waits = series.values("QueueSeconds");
        assert_eq!(waits.len(), actions.len(), "{waits:?}");
        let at_once = waits.iter().filter(|wait| **wait <= 2).count();
        assert!((10..40).contains(&at_once), "{waits:?}");
        assert!(waits.iter().all(|wait| *wait < 120), "{waits:?}");
    }
}

/// The wait is measured from the entry into the queue, not from the beginning of the execution.
#[tokio::test(start_paused = true)]
async fn the_wait_in_a_queue_begins_with_the_entry() {
    let (stage, series) = (Stage::new(&[]), Series::listen());
    // DynamoDB puts off the entry twice, with pauses of 5 and 10 s.
    stage.aws().inject(Fault {
        count: 6,
        ..Fault::once(Service::DynamoDb, "UpdateItem", FaultKind::Unavailable)
    });
    let ending = stage.play(PARAMETERS).await;
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(series.values("QueueSeconds"), [0]);
}

/// "continue" arrived, CodePipeline's replies were lost for more than its 20 minutes, and then it came back: the outcome was
/// delivered, and nothing is counted as undelivered.
#[tokio::test(start_paused = true)]
async fn an_answer_that_arrived_after_all_is_not_undelivered() {
    let settings = Settings {
        latency: Duration::from_millis(20),
        continues_after: Duration::from_secs(19 * 60 + 30),
        ..Settings::default()
    };
    let (stage, series) = (Stage::of(settings, &[]), Series::listen());
    let takes = Completion::After(5 * MINUTE);
    stage.aws().cloudfront().set_completion(takes);
    let now_ms = stage.aws().now_ms();
    for (from, until, kind) in [
        (0, 150_000, FaultKind::LoseRequest),
        (150_000, 21 * 60_000 + 58_000, FaultKind::LoseReply),
    ] {
        let during = now_ms + from..now_ms + until;
        stage.aws().inject(Fault {
            operation: Some("PutJobSuccessResult".into()),
            ..Fault::outage(Service::CodePipeline, during, kind)
        });
    }
    let action = stage.begin(PARAMETERS);
    let ending = stage
        .during(async {
            tokio::time::sleep(60 * MINUTE).await;
            stage.ending(&action)
        })
        .await;
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(ending.action.visits, 2, "{:#?}", ending.action);
    assert_eq!(open(&stage), 0);
    assert_eq!(series.sum("UndeliveredAnswers"), 0);
}

/// CodePipeline is out of reach for good: the one answer that it never got is counted once, whether or not "continue" may
/// have been said before.
#[tokio::test(start_paused = true)]
async fn an_answer_that_never_arrived_is_undelivered_once() {
    for takes in [Duration::from_secs(2), Duration::from_secs(60)] {
        let (stage, series) = (Stage::new(&[]), Series::listen());
        let completion = Completion::After(takes);
        stage.aws().cloudfront().set_completion(completion);
        stage.aws().inject(Fault {
            service: Some(Service::CodePipeline),
            ..Fault::always(FaultKind::LoseRequest)
        });
        let action = stage.begin(PARAMETERS);
        let ending = stage
            .during(async {
                tokio::time::sleep(90 * MINUTE).await;
                stage.ending(&action)
            })
            .await;
        assert_eq!(ending.action.status, Status::TimedOut);
        assert_eq!(open(&stage), 0);
        assert_eq!(series.sum("UndeliveredAnswers"), 1, "{takes:?}");
    }
}

/// A stopped pipeline has not missed anything.
#[tokio::test(start_paused = true)]
async fn a_pipeline_that_was_stopped_misses_no_answer() {
    let (stage, series) = (stuck_stage(), Series::listen());
    let action = stage.begin(PARAMETERS);
    stage
        .during(async {
            tokio::time::sleep(MINUTE).await;
            stage.aws().codepipeline().abandon(&action);
            tokio::time::sleep(60 * MINUTE).await;
        })
        .await;
    assert_eq!(open(&stage), 0);
    assert_eq!(series.sum("UndeliveredAnswers"), 0);
}

/// Only a job that the checker has answered is rescued; a try that failed is counted apart.
#[tokio::test(start_paused = true)]
async fn only_an_answered_job_is_rescued() {
    let (stage, series) = (Stage::new(&[]).without_start(), Series::listen());
    // The third delivery fails about three minutes after the first; so does the first rescue.
    let now_ms = stage.aws().now_ms();
    let during = now_ms..now_ms + 225_000;
    stage.aws().inject(Fault::outage(
        Service::CodePipeline,
        during,
        FaultKind::LoseRequest,
    ));
    let action = stage.begin(PARAMETERS);
    stage
        .during(async {
            stage.aws().codepipeline().ended(&action).await;
            tokio::time::sleep(5 * MINUTE).await;
        })
        .await;
    let calls = stage.aws().calls();
    let visits = stage.ending(&action).action.visits;
    println!("{} calls, {visits} visits", calls.len());
    assert_eq!(series.sum("RescuedJobs"), u64::from(visits));
    assert!(series.sum("FailedRescues") >= 1);
}
