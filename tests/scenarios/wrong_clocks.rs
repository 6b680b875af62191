//! The functions' clocks are fast or slow by half a minute. Only latency depends on them.

use std::time::Duration;

use harness::{Harness, PARAMETERS, Skew};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::Status;
use local_aws::{Fault, FaultKind, Service};

fn skews() -> impl Iterator<Item = Skew> {
    let apart = [(30_000, -30_000), (-30_000, 30_000), (30_000, 30_000)];
    let chosen = apart.map(|(start_ms, checker_ms)| Skew::Of {
        start_ms,
        checker_ms,
    });
    let random = (1..=5).map(|seed| Skew::Random {
        seed,
        most_ms: 30_000,
    });
    chosen.into_iter().chain(random)
}

#[tokio::test(start_paused = true)]
async fn a_deployment_still_succeeds() {
    for skew in skews() {
        for max_wait in ["0", "25"] {
            let harness = Harness::new(&[("MAX_WAIT_SECONDS", max_wait)]).with_clocks(skew);
            harness
                .aws()
                .cloudfront()
                .set_completion(Completion::After(Duration::from_secs(50)));
            let ending = harness.play(PARAMETERS).await;
            assert_eq!(
                ending.broken_invariants(),
                [""; 0],
                "{skew:?}, wait {max_wait}"
            );
            assert_eq!(ending.action.status, Status::Succeeded);
            assert_eq!(ending.notifications.len(), 1);
        }
    }
}

/// A checker whose clock is half a minute fast has as much of its Lambda time as any other, and uses it.
#[tokio::test(start_paused = true)]
async fn a_checker_with_a_fast_clock_moves_what_is_due() {
    let harness = Harness::new(&[]).with_clocks(Skew::Of {
        start_ms: 0,
        checker_ms: 30_000,
    });
    // `start` crashes before it has reported a result, so the checker must.
    let kill = Fault::once(Service::Sns, "Publish", FaultKind::KillBefore);
    harness.aws().inject(Fault {
        caller: Some("start".into()),
        count: 3,
        ..kill
    });
    let ending = harness.play(PARAMETERS).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
}
