//! Each call of a whole execution fails once, in each way in which a call can fail; the story ends well all the same.

use std::time::Duration;

use tests::aws::cloudfront::Completion;
use tests::aws::codepipeline::Status;
use tests::aws::{Fault, FaultKind};
use tests::stage::{Ending, PARAMETERS, Stage};

const HOLDS: [&str; 2] = ["0", "25"];

fn kinds() -> [FaultKind; 8] {
    [
        FaultKind::LoseRequest,
        FaultKind::LoseReply,
        FaultKind::Hang,
        FaultKind::Slow(Duration::from_secs(7)),
        FaultKind::Malformed,
        FaultKind::KillBefore,
        FaultKind::KillAfter,
        FaultKind::refuse(503, "ServiceUnavailable", "try again"),
    ]
}

async fn play(hold: &str, fault: Option<Fault>) -> Ending {
    let stage = Stage::new(&[("HOLD_SECONDS", hold)]);
    stage
        .aws()
        .cloudfront()
        .set_completion(Completion::After(Duration::from_secs(40)));
    fault
        .into_iter()
        .for_each(|fault| stage.aws().inject(fault));
    stage.play(PARAMETERS).await
}

#[tokio::test(start_paused = true)]
async fn each_call_of_start_may_fail_once() {
    let mut played = 0;
    for hold in HOLDS {
        let calls = play(hold, None)
            .await
            .calls
            .iter()
            .filter(|call| call.caller == "start")
            .count();
        assert!(calls >= 10, "a story without calls proves nothing: {calls}");
        for (nth, kind) in (1..=calls as u32).flat_map(|nth| kinds().map(|kind| (nth, kind))) {
            let told = format!("hold {hold}, call {nth}: {kind:?}");
            let fault = Fault {
                caller: Some("start".into()),
                first: nth,
                count: 1,
                ..Fault::always(kind)
            };
            let ending = play(hold, Some(fault)).await;
            assert_eq!(ending.broken_promises(), [""; 0], "{told}");
            assert_eq!(ending.action.status, Status::Succeeded, "{told}");
            assert!(
                ending.notices.len() <= 2,
                "{told}: one fault, and {} notices",
                ending.notices.len()
            );
            played += 1;
        }
    }
    assert!(played >= 150, "{played}");
}
