//! Forged continuations with the tokens of a real execution.

use std::time::Duration;

use harness::{Ending, Harness, PARAMETERS};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::Status;

use super::{Details, UNKNOWN, event};

/// The pattern of forged continuations. The forger has the first job's id, which each log line contains.
#[derive(Debug, Clone, Copy)]
enum Forger {
    /// One number higher each time, this many times.
    Creeps(u32),
    /// The same number repeatedly.
    Repeats(u32),
    /// The first job's own id, with a token.
    TakesTheFirst,
}

impl Forger {
    /// The events: the job, and the number of the token.
    fn events(self, first: &str) -> Vec<(String, u32)> {
        let unknown = |number: u32| UNKNOWN[number as usize % UNKNOWN.len()].to_owned();
        match self {
            Self::Creeps(times) => (1..=times)
                .map(|number| (unknown(number), number))
                .collect(),
            Self::Repeats(times) => (1..=times).map(|number| (unknown(number), 1)).collect(),
            Self::TakesTheFirst => vec![(first.to_owned(), 1)],
        }
    }
}

/// Runs an action with forged continuations from `begins` on, one each `every`.
async fn play(harness: &Harness, forger: Forger, begins: Duration, every: Duration) -> Ending {
    harness
        .during(async {
            let action = harness.begin(PARAMETERS);
            tokio::time::sleep(begins).await;
            let first = harness.aws().codepipeline().action(&action).jobs[0].clone();
            for (job, number) in forger.events(&first) {
                let token = format!("1.{first}.{number}");
                harness.hand("start", &event(&job, PARAMETERS, Some(&token)));
                tokio::time::sleep(every).await;
            }
            harness.settled(std::slice::from_ref(&action)).await;
            tokio::time::sleep(Duration::from_secs(25 * 60)).await;
            harness.ending(&action)
        })
        .await
}

/// The real continuation always gets the outcome or another continuation: whether GetJobDetails replies, is denied,
/// or has no jobs for Lambda; while the first job waits, between the jobs, and while the second one waits.
#[tokio::test(start_paused = true)]
async fn no_forged_continuation_prevents_the_result_of_a_real_one() {
    for details in Details::ALL {
        for forger in [
            Forger::Creeps(2),
            Forger::Creeps(9),
            Forger::Repeats(4),
            Forger::TakesTheFirst,
        ] {
            for (max_wait, begins_ms, every_ms) in [
                ("0", 5_000, 2_000),
                ("0", 5_000, 100),
                ("25", 500, 300),
                ("25", 27_000, 1_000),
                ("25", 60_500, 400),
            ] {
                let harness = Harness::new(&[("MAX_WAIT_SECONDS", max_wait)]);
                details.arrange(&harness);
                let completion = Completion::After(Duration::from_secs(100));
                harness.aws().cloudfront().set_completion(completion);
                let (begins, every) = (
                    Duration::from_millis(begins_ms),
                    Duration::from_millis(every_ms),
                );
                let ending = play(&harness, forger, begins, every).await;
                let timeline = format!("{details:?} {forger:?} {max_wait} {begins_ms} {every_ms}");
                assert_eq!(ending.action.status, Status::Succeeded, "{timeline}");
                assert_eq!(ending.broken_invariants(), [""; 0], "{timeline}");
                assert_eq!(ending.notifications.len(), 1, "{timeline}");
                assert!(ending.is_finalized(), "{timeline}");
            }
        }
    }
}

/// The same without the checker: the jobs alone must suffice.
#[tokio::test(start_paused = true)]
async fn no_forged_continuation_prevents_it_without_the_checker() {
    for details in Details::ALL {
        for times in [2, 9] {
            let harness = Harness::new(&[("MAX_WAIT_SECONDS", "0")]).without_checker();
            details.arrange(&harness);
            let completion = Completion::After(Duration::from_secs(100));
            harness.aws().cloudfront().set_completion(completion);
            let (begins, every) = (Duration::from_secs(5), Duration::from_secs(1));
            let ending = play(&harness, Forger::Creeps(times), begins, every).await;
            assert_eq!(
                ending.action.status,
                Status::Succeeded,
                "{details:?} {times}"
            );
        }
    }
}
