//! What the functions measure, against what is the case.

use std::time::Duration;

use tests::aws::cloudfront::Completion;
use tests::aws::codepipeline::{ActionId, Status};
use tests::aws::{Fault, FaultKind, Service};
use tests::stage::{DISTRIBUTION, PARAMETERS, Stage};

use super::series::Series;

fn on(distribution: &str, path: &str) -> String {
    format!(r#"{{"DistributionId":"{distribution}","Paths":["{path}"]}}"#)
}

/// Each target that stood in a queue is measured once, when it has its invalidation, whoever made it.
#[tokio::test(start_paused = true)]
async fn the_wait_in_a_queue_is_measured_once_for_each_target() {
    for is_shared in [false, true] {
        let (stage, series) = (Stage::new(&[]), Series::listen());
        let takes = Completion::After(Duration::from_secs(10));
        stage.aws().cloudfront().set_completion(takes);
        let actions: Vec<ActionId> = (0..40)
            .map(|n| match is_shared {
                true => stage.begin(&on(DISTRIBUTION, "/*")),
                false => stage.begin(&on(DISTRIBUTION, &format!("/{n}/*"))),
            })
            .collect();
        stage.during(stage.settled(&actions)).await;
        let waits = series.values("QueueSeconds");
        assert_eq!(waits.len(), actions.len(), "{waits:?}");
        let at_once = waits.iter().filter(|wait| **wait <= 2).count();
        assert!((10..40).contains(&at_once), "{waits:?}");
        assert!(waits.iter().all(|wait| *wait < 120), "{waits:?}");
    }
}

/// The wait is measured from the entry into the queue, not from the beginning of the execution.
#[tokio::test(start_paused = true)]
async fn the_wait_in_a_queue_begins_with_the_entry() {
    let (stage, series) = (Stage::new(&[]), Series::listen());
    // DynamoDB puts off the entry twice, with pauses of 5 and 10 s.
    stage.aws().inject(Fault {
        count: 6,
        ..Fault::once(Service::DynamoDb, "UpdateItem", FaultKind::Unavailable)
    });
    let ending = stage.play(PARAMETERS).await;
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(series.values("QueueSeconds"), [0]);
}
