//! Continuations that CodePipeline never sent, with the tokens of a true execution.

use std::time::Duration;

use harness::{Ending, PARAMETERS, Stage};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::Status;

use super::{Details, UNKNOWN, event};

/// What somebody does who knows the first job's id, as each line of the log has it.
#[derive(Debug, Clone, Copy)]
enum Forger {
    /// One number further each time, as often as this.
    Creeps(u32),
    /// The same number again and again.
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

/// Plays an action of which somebody forges continuations from `begins` on, one each `every`.
async fn play(stage: &Stage, forger: Forger, begins: Duration, every: Duration) -> Ending {
    stage
        .during(async {
            let action = stage.begin(PARAMETERS);
            tokio::time::sleep(begins).await;
            let first = stage.aws().codepipeline().action(&action).jobs[0].clone();
            for (job, number) in forger.events(&first) {
                let token = format!("1.{first}.{number}");
                stage.hand("start", &event(&job, PARAMETERS, Some(&token)));
                tokio::time::sleep(every).await;
            }
            stage.settled(std::slice::from_ref(&action)).await;
            tokio::time::sleep(Duration::from_secs(25 * 60)).await;
            stage.ending(&action)
        })
        .await
}

/// The true continuation always gets the outcome, or "continue": whether GetJobDetails tells, may not be asked, or has no
/// jobs for Lambda; while the first visit waits, between the visits, and while the second one waits.
#[tokio::test(start_paused = true)]
async fn no_forged_continuation_keeps_a_true_one_from_its_result() {
    for details in Details::ALL {
        for forger in [
            Forger::Creeps(2),
            Forger::Creeps(9),
            Forger::Repeats(4),
            Forger::TakesTheFirst,
        ] {
            for (hold, begins_ms, every_ms) in [
                ("0", 5_000, 2_000),
                ("0", 5_000, 100),
                ("25", 500, 300),
                ("25", 27_000, 1_000),
                ("25", 60_500, 400),
            ] {
                let stage = Stage::new(&[("HOLD_SECONDS", hold)]);
                details.arrange(&stage);
                let completion = Completion::After(Duration::from_secs(100));
                stage.aws().cloudfront().set_completion(completion);
                let (begins, every) = (
                    Duration::from_millis(begins_ms),
                    Duration::from_millis(every_ms),
                );
                let ending = play(&stage, forger, begins, every).await;
                let story = format!("{details:?} {forger:?} {hold} {begins_ms} {every_ms}");
                assert_eq!(ending.action.status, Status::Succeeded, "{story}");
                assert_eq!(ending.broken_promises(), [""; 0], "{story}");
                assert_eq!(ending.notices.len(), 1, "{story}");
                assert!(ending.is_drained(), "{story}");
            }
        }
    }
}

/// The same without the checker: the visits alone must do it.
#[tokio::test(start_paused = true)]
async fn nor_does_it_without_the_checker() {
    for details in Details::ALL {
        for times in [2, 9] {
            let stage = Stage::new(&[("HOLD_SECONDS", "0")]).without_checker();
            details.arrange(&stage);
            let completion = Completion::After(Duration::from_secs(100));
            stage.aws().cloudfront().set_completion(completion);
            let (begins, every) = (Duration::from_secs(5), Duration::from_secs(1));
            let ending = play(&stage, Forger::Creeps(times), begins, every).await;
            assert_eq!(
                ending.action.status,
                Status::Succeeded,
                "{details:?} {times}"
            );
        }
    }
}
