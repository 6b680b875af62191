//! Each job of the samples, played on the stage to its end.

use std::time::Duration;

use harness::{Ending, Stage};
use local_aws::codepipeline::Status;
use local_aws::{Fault, FaultKind, Outcome, Service};
use serde_json::Value;

use crate::samples::{End, jobs, text};

fn json(file: &str) -> Value {
    serde_json::from_str(&text(file)).unwrap()
}

async fn play(stage: &Stage, event: Value) -> Ending {
    let action = stage.aws().codepipeline().start_action_with(event);
    stage.watch(&action).await
}

#[tokio::test(start_paused = true)]
async fn each_job_ends_as_the_table_says() {
    for (file, job) in jobs() {
        let ending = play(&Stage::new(&[]), json(file)).await;
        let invalidated: Vec<Vec<String>> = ending
            .invalidations
            .iter()
            .map(|made| made.paths.clone())
            .collect();
        match &job.end {
            End::Succeeded => {
                assert_eq!(ending.broken_promises(), [""; 0], "{file}");
                assert_eq!(ending.action.status, Status::Succeeded, "{file}");
                assert_eq!(invalidated, [job.parameters.unwrap()], "{file}");
            }
            End::Failed(expected, words) => {
                let Status::Failed { kind, message } = &ending.action.status else {
                    panic!("{file}: {:?}", ending.action.status)
                };
                assert_eq!(kind, expected, "{file}: {message}");
                assert!(message.contains(words), "{file}: {message}");
                assert!(invalidated.is_empty() && ending.is_drained(), "{file}");
            }
        }
        assert!(
            !format!("{ending:?}").contains("wJalrXUtnFEMI"),
            "{file}: a secret was told"
        );
    }
}

/// The table says how the return visit ends on its own; after the first visit it hears that execution's outcome. (Each
/// sample is an action of its own, which GetJobDetails would tell.)
#[tokio::test(start_paused = true)]
async fn a_return_visit_after_its_first_hears_the_same() {
    let stage = Stage::new(&[]);
    stage.aws().inject(Fault {
        service: Some(Service::CodePipeline),
        operation: Some("GetJobDetails".into()),
        ..Fault::always(FaultKind::refuse(400, "AccessDeniedException", ""))
    });
    let first = play(&stage, json("start-first-visit.json")).await;
    let back = play(&stage, json("start-return-visit.json")).await;
    assert_eq!(back.action.status, Status::Succeeded);
    assert_eq!(back.action.output_variables, first.action.output_variables);
    assert_eq!((back.invalidations.len(), back.notices.len()), (1, 1));
}

/// What Lambda makes of an event whose every delivery to `start` fails is what the rescue's sample shows.
#[tokio::test(start_paused = true)]
async fn the_rescued_job_ends_well() {
    let stage = Stage::new(&[]).without_schedule();
    let start_dies = Fault::always(FaultKind::KillBefore);
    let caller = Some("start".into());
    stage.aws().inject(Fault {
        caller,
        ..start_dies
    });
    let event = json("checker-rescue.json")["requestPayload"].clone();
    let ending = play(&stage, event).await;
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

/// Nobody is called about an event that nobody can answer, and it is not delivered again.
#[tokio::test(start_paused = true)]
async fn an_unanswerable_job_is_left_alone() {
    let stage = Stage::new(&[]).without_schedule();
    let action = stage
        .aws()
        .codepipeline()
        .start_action_with(json("start-without-job-id.json"));
    let an_hour = Duration::from_secs(3_600);
    let ending = stage.during(async {
        tokio::time::sleep(an_hour).await;
        stage.ending(&action)
    });
    assert_eq!(ending.await.calls.len(), 0);
}
