//! A panic during a call is an error to Lambda: the event is delivered again, and the job gets its result.

use harness::{Harness, PARAMETERS};
use local_aws::codepipeline::Status;
use local_aws::{Fault, FaultKind};

#[tokio::test(start_paused = true)]
async fn a_panic_in_any_call_still_reports_a_result() {
    let baseline = Harness::new(&[]).play(PARAMETERS).await;
    let of_start = baseline.calls.iter().filter(|call| call.caller == "start");
    for nth in 1..=of_start.count() as u32 {
        for kind in [FaultKind::PanicBefore, FaultKind::PanicAfter] {
            let harness = Harness::new(&[]);
            harness.aws().inject(Fault {
                caller: Some("start".into()),
                first: nth,
                count: 1,
                ..Fault::always(kind.clone())
            });
            let ending = harness.play(PARAMETERS).await;
            assert_eq!(ending.broken_invariants(), [""; 0], "call {nth}: {kind:?}");
            assert_eq!(ending.action.status, Status::Succeeded);
        }
    }
}
