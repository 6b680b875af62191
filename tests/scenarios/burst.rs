//! A burst: a thousand deployments of two hundred distributions within a minute.

use std::time::Duration;

use harness::{Harness, TOPIC, Witness};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::{ActionId, Status};
use local_aws::lambda::Attempt;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const DEPLOYMENTS: usize = 1_000;
const DISTRIBUTIONS: usize = 200;
const INTERVAL: Duration = Duration::from_millis(60);

fn distribution(number: usize) -> String {
    format!("E2BURST{:05}", number % DISTRIBUTIONS)
}

fn harness() -> (Harness, UnboundedReceiver<Attempt>) {
    let harness = Harness::new(&[("DEFAULT_TOPIC_ARN", TOPIC)]);
    let cloudfront = harness.aws().cloudfront();
    for number in 0..DISTRIBUTIONS {
        cloudfront.add_distribution(&distribution(number));
    }
    cloudfront.set_completion(Completion::After(Duration::from_secs(10)));
    let (wakings, _) = unbounded_channel();
    let (attempts, ended) = unbounded_channel();
    (harness.before(Witness { wakings, attempts }), ended)
}

/// How a burst ended.
struct Burst {
    /// From the beginning of each action to its result, ascending.
    waits: Vec<Duration>,
    /// The greatest number of invocations of `start` at one time.
    concurrency: usize,
}

impl Burst {
    fn percentile(&self, percent: usize) -> Duration {
        self.waits[(self.waits.len() * percent).div_ceil(100) - 1]
    }
}

/// Plays the burst; each action must succeed, and no guarantee may be broken.
async fn play(
    harness: &Harness,
    mut attempts: UnboundedReceiver<Attempt>,
    timeout_minutes: u32,
) -> Burst {
    let ending = harness
        .during(async {
            let mut actions: Vec<ActionId> = Vec::new();
            for number in 0..DEPLOYMENTS {
                let id = distribution(number);
                actions.push(harness.begin(&format!(
                    r#"{{"DistributionId":"{id}","TimeoutMinutes":{timeout_minutes}}}"#
                )));
                tokio::time::sleep(INTERVAL).await;
            }
            harness.settled(&actions).await;
            harness.ending(&actions[0])
        })
        .await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    let actions = [std::slice::from_ref(&ending.action), &ending.others].concat();
    assert_eq!(actions.len(), DEPLOYMENTS);
    assert!(actions.iter().all(|it| it.status == Status::Succeeded));
    let waited = |it: &local_aws::codepipeline::ActionState| {
        Duration::from_millis(it.ended_ms.expect("it has ended") - it.started_ms)
    };
    let mut waits: Vec<Duration> = actions.iter().map(waited).collect();
    waits.sort();
    let spans = std::iter::from_fn(|| attempts.try_recv().ok())
        .filter(|attempt| attempt.function_arn.ends_with("start"))
        .map(|attempt| (attempt.started_ms, attempt.ended_ms));
    Burst {
        waits,
        concurrency: most_at_once(spans.collect()),
    }
}

fn most_at_once(spans: Vec<(u64, u64)>) -> usize {
    let (mut begins, mut ends): (Vec<u64>, Vec<u64>) = spans.into_iter().unzip();
    begins.sort_unstable();
    ends.sort_unstable();
    let running = |(begun, at): (usize, &u64)| begun + 1 - ends.partition_point(|end| end <= at);
    begins.iter().enumerate().map(running).max().unwrap_or(0)
}

/// Without a limit, each deployment ends with CloudFront.
#[tokio::test(start_paused = true)]
async fn each_deployment_waits_for_cloudfront_alone() {
    let (harness, attempts) = harness();
    let burst = play(&harness, attempts, 15).await;
    println!(
        "waits: median {:?}, P99 {:?}; at most {} at once",
        burst.percentile(50),
        burst.percentile(99),
        burst.concurrency
    );
    assert!(burst.percentile(99) < Duration::from_secs(15));
    assert!((1..=300).contains(&burst.concurrency));
}

/// With the default quota, six creations at once and one in two seconds, the last of them is created after 33 minutes.
#[tokio::test(start_paused = true)]
async fn a_burst_beyond_the_quota_ends_at_the_rate_of_the_account() {
    let (harness, attempts) = harness();
    harness.aws().cloudfront().set_create_rate(6, 30);
    let burst = play(&harness, attempts, 120).await;
    println!(
        "waits: median {:?}, P99 {:?}, longest {:?}; at most {} at once",
        burst.percentile(50),
        burst.percentile(99),
        burst.percentile(100),
        burst.concurrency
    );
    let allowed = Duration::from_secs(2 * (1_000 - 6) + 10);
    assert!(burst.percentile(100) < allowed.mul_f64(1.5));
    assert!(burst.concurrency <= DEPLOYMENTS);
}
