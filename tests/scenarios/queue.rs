//! More invalidations than CloudFront runs at a time: the queue of a distribution, and shared invalidations.

use std::collections::BTreeMap;
use std::time::Duration;

use harness::{DISTRIBUTION, Ending, Harness, TABLE, TOPIC};
use local_aws::account;
use local_aws::cloudfront::{Completion, InvalidationView};
use local_aws::codepipeline::{Action, ActionId, Status};
use local_aws::{Fault, FaultKind, Service};

/// How long CloudFront takes to complete an invalidation.
const TAKES: Duration = Duration::from_secs(10);

fn harness(settings: &[(&str, &str)]) -> Harness {
    let harness = Harness::new(settings);
    harness
        .aws()
        .cloudfront()
        .set_completion(Completion::After(TAKES));
    harness
}

fn parameters(distribution: &str, paths: &str) -> String {
    format!(r#"{{"DistributionId":"{distribution}","Paths":[{paths}],"SnsTopicArn":"{TOPIC}"}}"#)
}

/// Begins one action after another at this interval, and runs until all have ended.
async fn play(harness: &Harness, each: &[String], backoff: Duration) -> (Vec<ActionId>, Ending) {
    harness
        .during(async {
            let mut actions = Vec::new();
            for parameters in each {
                actions.push(harness.begin(parameters));
                tokio::time::sleep(backoff).await;
            }
            harness.settled(&actions).await;
            let ending = harness.ending(&actions[0]);
            (actions, ending)
        })
        .await
}

/// The most wildcards that any distribution had in progress at a time.
fn most_in_progress(invalidations: &[InvalidationView]) -> usize {
    let takes_ms = 1_000 * TAKES.as_secs();
    let at = |one: &InvalidationView| {
        let beside = invalidations.iter().filter(|other| {
            other.resource_id == one.resource_id
                && other.created_ms <= one.created_ms
                && one.created_ms < other.created_ms + takes_ms
        });
        let wildcards = beside
            .flat_map(|other| &other.paths)
            .filter(|path| path.ends_with('*'));
        wildcards.count()
    };
    invalidations.iter().map(at).max().unwrap_or_default()
}

fn succeeded(ending: &Ending) -> usize {
    let all = std::iter::once(&ending.action).chain(&ending.others);
    all.filter(|action| action.status == Status::Succeeded)
        .count()
}

/// Forty deployments of each of five sites within two seconds, each of which invalidates everything.
#[tokio::test(start_paused = true)]
async fn two_hundred_executions_on_five_distributions() {
    let harness = harness(&[]);
    let distributions: Vec<String> = (0..5).map(|n| format!("E{n}EXAMPLE")).collect();
    for distribution in &distributions {
        harness.aws().cloudfront().add_distribution(distribution);
    }
    let each: Vec<String> = (0..200)
        .map(|n| parameters(&distributions[n % 5], r#""/*""#))
        .collect();
    let (_, ending) = play(&harness, &each, Duration::from_millis(10)).await;
    assert_eq!(ending.findings().breaches().count(), 0);
    assert_eq!((succeeded(&ending), ending.notifications.len()), (200, 200));
    let creates = ending.made(Service::CloudFront, "CreateInvalidation");
    let rejected = creates.filter(|call| !call.outcome.took_effect()).count();
    let (made, most) = (
        ending.invalidations.len(),
        most_in_progress(&ending.invalidations),
    );
    let calls = ending.calls.iter();
    let of_cloudfront = calls
        .filter(|call| call.service == Service::CloudFront)
        .count();
    let last_ms = ending
        .others
        .iter()
        .filter_map(|action| action.ended_ms)
        .max()
        .unwrap_or_default();
    println!(
        "200 executions on 5 distributions: {made} invalidations, {rejected} rejected, at most {most} wildcards of a \
         distribution in progress, {of_cloudfront} calls of CloudFront, the last answer after {} s",
        (last_ms - ending.action.started_ms) / 1_000
    );
    assert_eq!(rejected, 0, "CloudFront rejected no request");
    assert!(
        most <= 13,
        "{most} in progress, and two are reserved for manual invalidations"
    );
    assert!(made < 90, "{made} invalidations of 200 executions");
}

/// Invalidations that cannot be shared are created in the order of their entries, as soon as there is capacity.
#[tokio::test(start_paused = true)]
async fn those_that_do_not_fit_wait_in_the_order_of_arrival() {
    let harness = harness(&[]);
    let each: Vec<String> = (0..30)
        .map(|n| parameters(DISTRIBUTION, &format!(r#""/{n}/*""#)))
        .collect();
    let (_, ending) = play(&harness, &each, Duration::from_millis(100)).await;
    assert_eq!(ending.findings().breaches().count(), 0);
    assert_eq!((succeeded(&ending), ending.invalidations.len()), (30, 30));
    assert!(most_in_progress(&ending.invalidations) <= 13);
    // An entry creates its invalidation at its next poll, so that two entries admitted at the same time may be
    // swapped.
    let mut made = ending.invalidations.clone();
    made.sort_by_key(|one| one.created_ms);
    for (place, one) in made.iter().enumerate() {
        let number: usize = one.paths[0].trim_matches(['/', '*']).parse().unwrap();
        assert!(
            number <= place + 13,
            "{} was made as number {place}",
            one.paths[0]
        );
    }
}

/// A pipeline starts fifty executions, and another pipeline its first one: that one waits for a place among those in progress,
/// and not for all fifty.
#[tokio::test(start_paused = true)]
async fn a_burst_of_one_pipeline_does_not_delay_another() {
    let harness = harness(&[]);
    let begin = |pipeline: &str, n: u32| {
        let parameters = parameters(DISTRIBUTION, &format!(r#""/{pipeline}/{n}/*""#));
        let action = Action {
            pipeline: pipeline.into(),
            ..account::action(&parameters)
        };
        harness.aws().codepipeline().start_action(action)
    };
    let (actions, ending) = harness
        .during(async {
            let mut actions: Vec<ActionId> = (0..50).map(|n| begin("busy", n)).collect();
            tokio::time::sleep(Duration::from_secs(2)).await;
            actions.extend((0..2).map(|n| begin("calm", n)));
            harness.settled(&actions).await;
            let ending = harness.ending(&actions[0]);
            (actions, ending)
        })
        .await;
    assert_eq!(ending.findings().breaches().count(), 0);
    assert_eq!((actions.len(), succeeded(&ending)), (52, 52));
    assert!(most_in_progress(&ending.invalidations) <= 13);
    let mut made = ending.invalidations.clone();
    made.sort_by_key(|one| one.created_ms);
    let is_calm = |one: &InvalidationView| one.paths[0].starts_with("/calm/");
    let places: Vec<usize> = (0..made.len())
        .filter(|place| is_calm(&made[*place]))
        .collect();
    // Of those admitted at the same time, any may poll first.
    assert!(places.iter().all(|place| *place < 3 * 13), "{places:?}");
}

#[tokio::test(start_paused = true)]
async fn the_console_shows_the_queue_position() {
    let harness = harness(&[("MAX_WAIT_SECONDS", "0")]);
    harness.aws().cloudfront().set_completion(Completion::Never);
    let action = harness
        .during(async {
            for n in 0..13 {
                let _ = harness.begin(&parameters(DISTRIBUTION, &format!(r#""/{n}/*""#)));
            }
            tokio::time::sleep(Duration::from_secs(5)).await;
            let last = harness.begin(&parameters(DISTRIBUTION, r#""/last/*""#));
            tokio::time::sleep(Duration::from_secs(5)).await;
            harness.aws().codepipeline().action(&last)
        })
        .await;
    let summary = action.summary.unwrap_or_default();
    assert!(
        summary.starts_with(
            "Position 14 in the queue for the invalidation of /last/* in E2EXAMPLE1ABCD"
        ),
        "{summary}"
    );
}

/// An invalidation that was created before a deployment may not cover its files.
#[tokio::test(start_paused = true)]
async fn no_execution_uses_an_invalidation_created_before_it_began() {
    let harness = harness(&[]);
    let each = vec![parameters(DISTRIBUTION, r#""/*""#); 12];
    let (_, ending) = play(&harness, &each, Duration::from_millis(300)).await;
    assert_eq!(ending.findings().breaches().count(), 0);
    assert_eq!(
        ending.invalidations.len(),
        12,
        "there was capacity for each on arrival"
    );
}

/// Manual invalidations count towards CloudFront's limit: a create that CloudFront rejects for now keeps its queue
/// position.
#[tokio::test(start_paused = true)]
async fn a_throttled_create_keeps_its_queue_position() {
    let harness = harness(&[]);
    let too_many = FaultKind::reject(400, "TooManyInvalidationsInProgress", "");
    harness.aws().inject(Fault {
        operation: Some("CreateInvalidation".into()),
        count: 6,
        ..Fault::always(too_many)
    });
    let each = vec![
        parameters(DISTRIBUTION, r#""/a/*""#),
        parameters(DISTRIBUTION, r#""/b/*""#),
    ];
    let (_, ending) = play(&harness, &each, Duration::from_millis(100)).await;
    assert_eq!(ending.findings().breaches().count(), 0);
    assert_eq!((succeeded(&ending), ending.invalidations.len()), (2, 2));
}

/// A follower whose leader fails creates an invalidation of its own.
#[tokio::test(start_paused = true)]
async fn a_failed_leader_leaves_no_follower_without_an_invalidation() {
    let harness = harness(&[]);
    let everything = parameters(DISTRIBUTION, r#""/*""#);
    // The first of the waiting entries becomes the leader of the others, and is rejected.
    let denied = FaultKind::reject(403, "AccessDenied", "");
    harness.aws().inject(Fault {
        operation: Some("CreateInvalidation".into()),
        first: 14,
        count: 1,
        ..Fault::always(denied)
    });
    let each = vec![everything; 18];
    let (_, ending) = play(&harness, &each, Duration::from_millis(50)).await;
    let broken: Vec<_> = ending
        .findings()
        .breaches()
        .map(|(_, breach)| breach.sentence.clone())
        .collect();
    assert_eq!(broken, [""; 0]);
    assert_eq!(succeeded(&ending), 17);
    assert!(
        (14..18).contains(&ending.invalidations.len()),
        "{}",
        ending.invalidations.len()
    );
}

/// The queue is optional: without the permission for it, CloudFront's own limit applies.
#[tokio::test(start_paused = true)]
async fn without_a_queue_the_action_still_succeeds() {
    let harness = harness(&[]);
    harness.aws().inject(Fault {
        caller: Some("start".into()),
        operation: Some("UpdateItem".into()),
        ..Fault::always(FaultKind::reject(400, "AccessDeniedException", ""))
    });
    let each = vec![parameters(DISTRIBUTION, r#""/*""#); 3];
    let (_, ending) = play(&harness, &each, Duration::from_millis(50)).await;
    assert_eq!(ending.findings().breaches().count(), 0);
    assert_eq!((succeeded(&ending), ending.invalidations.len()), (3, 3));
}

/// An ended execution uses no capacity, and leaves only a temporary entry that says so.
#[tokio::test(start_paused = true)]
async fn a_queue_is_empty_when_all_is_over() {
    let harness = harness(&[]);
    let each = vec![parameters(DISTRIBUTION, r#""/a/*""#); 5];
    let (_, ending) = play(&harness, &each, Duration::from_secs(1)).await;
    assert_eq!(succeeded(&ending), 5);
    let kinds = || {
        let queue = harness
            .aws()
            .dynamodb()
            .item(TABLE, &format!("queue/{DISTRIBUTION}"));
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for name in queue.unwrap().keys() {
            let kind = name.split('/').next().unwrap_or_default();
            *counts.entry(kind.to_owned()).or_default() += 1;
        }
        counts
    };
    assert_eq!((kinds().get("need"), kinds()["left"]), (None, 5));
    let much_later = [parameters(DISTRIBUTION, r#""/a/*""#)];
    harness
        .during(tokio::time::sleep(Duration::from_secs(30 * 60)))
        .await;
    play(&harness, &much_later, Duration::ZERO).await;
    assert_eq!(kinds()["left"], 1, "the others are forgotten");
}

/// A process that was delayed for long reads that its execution has ended, and adds no queue entry for it.
#[tokio::test(start_paused = true)]
async fn a_late_request_adds_no_queue_entry() {
    let harness = harness(&[]);
    harness.aws().inject(Fault {
        operation: Some("UpdateItem".into()),
        count: 1,
        ..Fault::always(FaultKind::Late(Duration::from_secs(40)))
    });
    let each = [parameters(DISTRIBUTION, r#""/a/*""#)];
    let (_, ending) = play(&harness, &each, Duration::from_secs(1)).await;
    assert_eq!(ending.findings().breaches().count(), 0);
    harness
        .during(tokio::time::sleep(Duration::from_secs(60)))
        .await;
    let queue = harness
        .aws()
        .dynamodb()
        .item(TABLE, &format!("queue/{DISTRIBUTION}"));
    let queue = queue.unwrap();
    let places: Vec<&String> = queue
        .keys()
        .filter(|name| name.starts_with("need/"))
        .collect();
    assert!(places.is_empty(), "{places:?}");
}
