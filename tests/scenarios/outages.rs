//! An outage of one service for three minutes, in each way in which a service can fail.

use std::time::Duration;

use harness::{Harness, PARAMETERS};
use local_aws::codepipeline::Status;
use local_aws::{Fault, FaultKind, Service};

#[tokio::test(start_paused = true)]
async fn the_action_succeeds_once_the_service_is_back() {
    for service in [
        Service::CloudFront,
        Service::CodePipeline,
        Service::DynamoDb,
        Service::Sns,
    ] {
        for kind in [
            FaultKind::Unavailable,
            FaultKind::Throttle,
            FaultKind::Hang,
            FaultKind::LoseRequest,
        ] {
            let observed = format!("{service} is down: {kind:?}");
            let harness = Harness::new(&[]);
            let from_ms = harness.aws().now_ms() + 5_000;
            let down = from_ms..from_ms + 180_000;
            harness.aws().inject(Fault::outage(service, down, kind));
            let ending = harness.play(PARAMETERS).await;
            assert_eq!(ending.broken_invariants(), [""; 0], "{observed}");
            assert_eq!(ending.action.status, Status::Succeeded, "{observed}");
            assert_eq!(ending.notifications.len(), 1, "{observed}");
            assert!(ending.took() < Duration::from_secs(300), "{observed}");
        }
    }
}
