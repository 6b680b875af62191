//! A process that makes moves without an end: the job must get its result despite the bound on moves.

use harness::{Ending, Harness, PARAMETERS, Witness};
use local_aws::codepipeline::Status;
use local_aws::lambda::Attempt;
use local_aws::{Fault, FaultKind, Service};
use tokio::sync::mpsc::unbounded_channel;

/// The run of an action whose writes are overtaken this many times without a change, and the errors that Lambda
/// received.
async fn overtaken(times: u32) -> (Ending, Vec<String>) {
    let (wakings, _) = unbounded_channel();
    let (attempts, mut ended) = unbounded_channel();
    let harness = Harness::new(&[]).before(Witness { wakings, attempts });
    harness.aws().inject(Fault {
        service: Some(Service::DynamoDb),
        operation: Some("PutItem".into()),
        count: times,
        ..Fault::always(FaultKind::Overtake {
            attribute: "write_id".into(),
        })
    });
    let ending = harness.play(PARAMETERS).await;
    let attempts: Vec<Attempt> = std::iter::from_fn(|| ended.try_recv().ok()).collect();
    let errors = attempts.into_iter().filter_map(|one| one.result.err());
    (ending, errors.map(|error| format!("{error:?}")).collect())
}

/// Few enough for the moves that follow the bound: a continuation is reported, and the next job continues.
#[tokio::test(start_paused = true)]
async fn the_job_continues_before_the_bound_ends_the_run() {
    let (ending, errors) = overtaken(262).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(errors, [""; 0]);
    assert_eq!(ending.action.job_count, 2);
}

/// More than that: Lambda receives the error, and delivers the event again.
#[tokio::test(start_paused = true)]
async fn a_run_without_enough_moves_returns_an_error() {
    let (ending, errors) = overtaken(300).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(
        errors[0].contains("stopped after too many steps"),
        "{errors:?}"
    );
}
