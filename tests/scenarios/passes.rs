//! What one pass of the checker may take, with many records to move.

use std::collections::BTreeSet;
use std::time::Duration;

use harness::Stage;
use local_aws::cloudfront::Completion;
use local_aws::{Call, Fault, FaultKind, Service};
use tokio::time::Instant;

const EXECUTIONS: usize = 40;

/// Executions that have all had their first visit, and whose records are all due.
async fn waiting() -> Stage {
    let stage = Stage::new(&[("HOLD_SECONDS", "0")]).without_schedule();
    stage.aws().cloudfront().set_completion(Completion::Never);
    for n in 0..EXECUTIONS {
        // Each on its own, for a list would tell of all that are on the same.
        let id = format!("E1EXAMPLE{n:04}");
        stage.aws().cloudfront().add_distribution(&id);
        let _ = stage.begin(&format!(r#"{{"DistributionId":"{id}"}}"#));
    }
    stage
        .during(tokio::time::sleep(Duration::from_secs(20)))
        .await;
    stage
}

/// How many invalidations the checker looked at, however often.
fn looks(stage: &Stage) -> usize {
    let is_look = |call: &&Call| call.caller == "checker" && call.operation == "GetInvalidation";
    let calls = stage.aws().calls();
    calls
        .iter()
        .filter(is_look)
        .map(|call| &call.subject)
        .collect::<BTreeSet<_>>()
        .len()
}

#[tokio::test(start_paused = true)]
async fn a_pass_moves_every_record_that_is_due() {
    let stage = waiting().await;
    stage.pass(Duration::from_secs(55)).await.unwrap();
    assert_eq!(looks(&stage), EXECUTIONS);
    stage.pass(Duration::from_secs(55)).await.unwrap();
    assert_eq!(
        looks(&stage),
        EXECUTIONS,
        "what was seen a moment ago is not due again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_pass_that_has_little_time_left_begins_nothing() {
    let stage = waiting().await;
    stage.pass(Duration::from_secs(20)).await.unwrap();
    assert_eq!(looks(&stage), 0);
}

/// With every look hanging until its time-out, a pass moves what it can and ends before Lambda would end it.
#[tokio::test(start_paused = true)]
async fn a_pass_ends_in_time_though_every_call_hangs() {
    let stage = waiting().await;
    let hang = Fault {
        service: Some(Service::CloudFront),
        ..Fault::always(FaultKind::Hang)
    };
    stage.aws().inject(hang);
    let (began, time_left) = (Instant::now(), Duration::from_secs(55));
    stage.pass(time_left).await.unwrap();
    let took = began.elapsed();
    assert!(took < time_left - Duration::from_secs(5), "{took:?}");
    assert!(
        (1..EXECUTIONS).contains(&looks(&stage)),
        "{} looks",
        looks(&stage)
    );
}
