//! Each job of the samples, run in the harness to its end.

use std::time::Duration;

use harness::{Ending, Harness};
use local_aws::codepipeline::Status;
use local_aws::{Fault, FaultKind, Outcome, Service};
use serde_json::Value;

use crate::samples::{End, jobs, text};

fn json(file: &str) -> Value {
    serde_json::from_str(&text(file)).unwrap()
}

async fn play(harness: &Harness, event: Value) -> Ending {
    let action = harness.aws().codepipeline().start_action_with(event);
    harness.watch(&action).await
}

#[tokio::test(start_paused = true)]
async fn each_job_ends_as_in_the_table() {
    for (file, job) in jobs() {
        let ending = play(&Harness::new(&[]), json(file)).await;
        let invalidated: Vec<Vec<String>> = ending
            .invalidations
            .iter()
            .map(|made| made.paths.clone())
            .collect();
        match &job.end {
            End::Succeeded => {
                // The invariants know an execution by its first job, and a continuation alone has none.
                if job.token.is_none() {
                    assert_eq!(ending.broken_invariants(), [""; 0], "{file}");
                }
                assert_eq!(ending.notifications.len(), 1, "{file}");
                assert_eq!(ending.action.status, Status::Succeeded, "{file}");
                assert_eq!(invalidated, [job.parameters.unwrap()], "{file}");
            }
            End::Failed(expected, words) => {
                let Status::Failed { kind, message } = &ending.action.status else {
                    panic!("{file}: {:?}", ending.action.status)
                };
                assert_eq!(kind, expected, "{file}: {message}");
                assert!(message.contains(words), "{file}: {message}");
                assert!(invalidated.is_empty() && ending.is_finalized(), "{file}");
            }
        }
        assert!(
            !format!("{ending:?}").contains("wJalrXUtnFEMI"),
            "{file}: a secret appears"
        );
    }
}

/// The table states how the continuation job ends by itself; after the first job it receives the outcome of that
/// execution. (Each sample is a separate action, which GetJobDetails would show.)
#[tokio::test(start_paused = true)]
async fn a_repeated_continuation_job_gets_the_same_result() {
    let harness = Harness::new(&[]);
    harness.aws().inject(Fault {
        service: Some(Service::CodePipeline),
        operation: Some("GetJobDetails".into()),
        ..Fault::always(FaultKind::reject(400, "AccessDeniedException", ""))
    });
    let first = play(&harness, json("start-first-job.json")).await;
    let back = play(&harness, json("start-continuation-job.json")).await;
    assert_eq!(back.action.status, Status::Succeeded);
    assert_eq!(back.action.output_variables, first.action.output_variables);
    assert_eq!((back.invalidations.len(), back.notifications.len()), (1, 1));
}

/// Lambda's record of an event whose every delivery to `start` fails equals the sample of a failed delivery.
#[tokio::test(start_paused = true)]
async fn the_recovered_job_succeeds() {
    let harness = Harness::new(&[]).without_schedule();
    let start_dies = Fault::always(FaultKind::KillBefore);
    let caller = Some("start".into());
    harness.aws().inject(Fault {
        caller,
        ..start_dies
    });
    let event = json("checker-failed-delivery.json")["requestPayload"].clone();
    let ending = play(&harness, event).await;
    assert_eq!(ending.action.status, Status::Succeeded);
    let mut done = ending
        .calls
        .iter()
        .filter(|call| call.outcome == Outcome::Ok);
    assert!(
        done.all(|call| call.caller == "checker"),
        "{:?}",
        ending.calls
    );
}

/// An event without a job id causes no call, and is not delivered again.
#[tokio::test(start_paused = true)]
async fn a_job_without_a_readable_id_is_ignored() {
    let harness = Harness::new(&[]).without_schedule();
    let action = harness
        .aws()
        .codepipeline()
        .start_action_with(json("start-without-job-id.json"));
    let an_hour = Duration::from_secs(3_600);
    let ending = harness.during(async {
        tokio::time::sleep(an_hour).await;
        harness.ending(&action)
    });
    assert_eq!(ending.await.calls.len(), 0);
}
