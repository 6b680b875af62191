//! One batch of deployments with one design, simulated in virtual time.

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, sleep, sleep_until};

use super::design::{Design, Kind};
use super::log::{LogMeter, Logged};
use super::old::Old;
use super::plain::PlainStart;
use super::plan::{Batch, Deploy};
use super::tally::Tally;
use harness::{Checker, Start};
use local_aws::account::{self, ONCE, TABLE, TOPIC, Triggers};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::{ActionState, Status};
use local_aws::lambda::{AsyncInvocation, Attempt, Function, event_queue};
use local_aws::{Aws, Settings};

/// How long a call to AWS takes.
pub(super) const LATENCY: Duration = Duration::from_millis(30);
/// The time from a continuation token to CodePipeline's next job.
pub(super) const CONTINUES_AFTER: Duration = Duration::from_secs(30);
/// When the schedule fires first.
const FIRST_SCHEDULED_RUN: Duration = Duration::from_secs(47);
/// The interval of the check whether the functions are idle.
const GLANCE: Duration = Duration::from_secs(1);

/// Simulates the batch. Must run alone on a paused runtime.
pub(super) async fn play(batch: &Batch, design: &Design) -> Tally {
    // The SDK's jitter comes from this generator.
    fastrand::seed(batch.seed);
    let aws = account::open(Settings {
        seed: batch.seed,
        latency: LATENCY,
        continues_after: CONTINUES_AFTER,
        ..Settings::default()
    });
    for number in 0..batch.deploys.len() {
        aws.cloudfront().add_distribution(&distribution(number));
    }
    let settings = design.settings();
    let life = Life {
        aws: &aws,
        batch,
        design,
    };
    let mut tally = match design.kind {
        Kind::Old => {
            let log = LogMeter::default();
            let tally = life.live(&Old::new(&aws, log.clone()), None).await;
            Tally {
                log_bytes: log.bytes(),
                ..tally
            }
        }
        Kind::Plain => {
            life.live_with_checker(PlainStart::new(&aws, &settings))
                .await
        }
        Kind::Ours => life.live_with_checker(Start::new(&aws, &settings)).await,
    };
    tally.count(&aws.calls());
    tally.write_units = aws.dynamodb().write_units(TABLE);
    tally
}

/// Each deployment has a distribution of its own, and none waits for another.
fn distribution(number: usize) -> String {
    format!("E1EXAMPLE{number:04}")
}

struct Life<'b> {
    aws: &'b Aws,
    batch: &'b Batch,
    design: &'b Design,
}

impl Life<'_> {
    async fn live_with_checker(&self, start: impl Function) -> Tally {
        let checker = Checker::new(self.aws, &self.design.settings());
        let (start, checker) = (Logged::new("start", start), Logged::new("checker", checker));
        let tally = self.live(&start, Some(&checker)).await;
        Tally {
            log_bytes: start.bytes() + checker.bytes_beyond(),
            empty_sweep_log_bytes: checker.bytes_of_each_run(),
            ..tally
        }
    }

    /// Starts every deployment at its time, and waits until all actions have ended.
    async fn live(&self, start: &impl Function, checker: Option<&Logged<Checker>>) -> Tally {
        let (start_queue, start_events) = event_queue(1);
        let (checker_queue, checker_events) = event_queue(2);
        let (attempts, ended) = unbounded_channel();
        let start_rules = AsyncInvocation {
            timeout: self.design.lambda_time(),
            attempts: Some(attempts.clone()),
            ..account::start(self.aws.clock(), checker_queue.clone())
        };
        let checker_rules = AsyncInvocation {
            attempts: Some(attempts),
            ..account::checker(self.aws.clock())
        };
        let triggers = Triggers {
            aws: self.aws.clone(),
            start: start_queue.clone(),
            checker: checker_queue.clone(),
            seen: None,
        };
        let sweeps = async {
            if let Some(checker) = checker {
                tokio::join!(
                    triggers.schedule(FIRST_SCHEDULED_RUN),
                    checker_events.deliver(checker, &checker_rules)
                );
            }
        };
        let life = async {
            tokio::join!(
                triggers.jobs(ONCE),
                start_events.deliver(start, &start_rules),
                sweeps
            )
        };
        let script = async {
            let actions = self.deploy().await;
            while !(start_queue.is_idle() && checker_queue.is_idle()) {
                sleep(GLANCE).await;
            }
            actions
        };
        let actions = tokio::select! {
            biased;
            actions = script => actions,
            _ = life => unreachable!("the triggers never end by themselves"),
        };
        self.tally(&actions, ended, &start_rules.function_arn)
    }

    async fn deploy(&self) -> Vec<ActionState> {
        let began = Instant::now();
        let deploys = self.batch.deploys.iter().enumerate();
        let actions = deploys.map(|(number, deploy)| self.deploy_one(number, deploy, began));
        futures_util::future::join_all(actions).await
    }

    async fn deploy_one(&self, number: usize, deploy: &Deploy, began: Instant) -> ActionState {
        sleep_until(began + deploy.begins).await;
        let completion = Completion::After(deploy.completes_after);
        self.aws.cloudfront().set_completion(completion);
        let id = distribution(number);
        let parameters = format!(
            r#"{{"PipelineName":"example-pipeline","DistributionId":"{id}","SnsTopicArn":"{TOPIC}"}}"#
        );
        let codepipeline = self.aws.codepipeline();
        let action = codepipeline.start_action(account::action(&parameters));
        codepipeline.ended(&action).await
    }

    fn tally(
        &self,
        actions: &[ActionState],
        mut ended: UnboundedReceiver<Attempt>,
        start: &str,
    ) -> Tally {
        let mut tally = Tally::default();
        for (action, deploy) in actions.iter().zip(&self.batch.deploys) {
            if action.status == Status::Succeeded {
                tally
                    .waits_ms
                    .push(action.ended_ms.unwrap_or_default() - action.started_ms);
                tally
                    .completions_ms
                    .push(deploy.completes_after.as_millis() as u64);
            } else {
                tally.unsuccessful += 1;
            }
        }
        let mut sweeps_ms = Vec::new();
        while let Ok(attempt) = ended.try_recv() {
            let took_ms = attempt.ended_ms - attempt.started_ms;
            if attempt.function_arn == start {
                tally.job_count += 1;
                tally.jobs_ms += took_ms;
            } else {
                sweeps_ms.push(took_ms);
            }
        }
        tally.count_sweeps(&sweeps_ms);
        tally
    }
}
