//! Each delivery to `start` fails: the checker, as its on-failure destination, reports the result.

use harness::{Harness, PARAMETERS};
use local_aws::codepipeline::{FailureKind, Status};
use local_aws::{Fault, FaultKind};

#[tokio::test(start_paused = true)]
async fn the_failed_delivery_ends_the_action() {
    let harness = Harness::new(&[]);
    harness.aws().inject(Fault {
        caller: Some("start".into()),
        ..Fault::always(FaultKind::KillBefore)
    });
    let ending = harness.play(PARAMETERS).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    assert!(
        ending
            .calls
            .iter()
            .all(|call| call.caller == "checker" || !call.outcome.took_effect())
    );
}

/// With the table unreachable for both functions no durable state can be read, so the job is failed with a message
/// that says so, minutes after its start and long before CodePipeline's time-out.
#[tokio::test(start_paused = true)]
async fn without_a_table_the_job_is_failed_not_forgotten() {
    let harness = Harness::new(&[]);
    let down = FaultKind::reject(500, "InternalServerError", "down");
    harness.aws().inject(Fault {
        service: Some(local_aws::Service::DynamoDb),
        ..Fault::always(down)
    });
    let ending = harness.play(PARAMETERS).await;
    let Status::Failed { kind, message } = &ending.action.status else {
        panic!("{:?}", ending.action.status)
    };
    assert_eq!(*kind, FailureKind::SystemUnavailable);
    assert!(message.contains("DynamoDB"), "{message}");
    assert!(ending.took().as_secs() < 300, "{:?}", ending.took());
    assert_eq!(
        ending.invalidations.len(),
        0,
        "nothing is created before the record is stored"
    );
}
