//! The schedule is disabled, or the checker cannot run: the result of the pipeline is not affected.

use std::time::Duration;

use harness::{Harness, PARAMETERS};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::Status;

#[tokio::test(start_paused = true)]
async fn every_job_still_gets_its_result() {
    for completion in [
        Completion::After(Duration::from_secs(10)),
        Completion::After(Duration::from_secs(200)),
        Completion::Never,
    ] {
        let harness = Harness::new(&[]).without_schedule();
        harness.aws().cloudfront().set_completion(completion);
        let ending = harness.play(PARAMETERS).await;
        assert_eq!(ending.broken_invariants(), [""; 0], "{completion:?}");
        assert_eq!(
            ending.action.status == Status::Succeeded,
            completion != Completion::Never
        );
        assert!(ending.calls.iter().all(|call| call.caller == "start"));
    }
}
