//! The schedule is off, or the checker cannot run: the pipeline does not notice.

use std::time::Duration;

use harness::{PARAMETERS, Stage};
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::Status;

#[tokio::test(start_paused = true)]
async fn every_job_is_answered_all_the_same() {
    for completion in [
        Completion::After(Duration::from_secs(10)),
        Completion::After(Duration::from_secs(200)),
        Completion::Never,
    ] {
        let stage = Stage::new(&[]).without_schedule();
        stage.aws().cloudfront().set_completion(completion);
        let ending = stage.play(PARAMETERS).await;
        assert_eq!(ending.broken_promises(), [""; 0], "{completion:?}");
        assert_eq!(
            ending.action.status == Status::Succeeded,
            completion != Completion::Never
        );
        assert!(ending.calls.iter().all(|call| call.caller == "start"));
    }
}
