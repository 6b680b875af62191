//! A deploy on a good day.

use std::time::Duration;

use tests::aws::Service;
use tests::aws::cloudfront::Completion;
use tests::aws::codepipeline::Status;
use tests::stage::{DISTRIBUTION, PARAMETERS, Stage};

/// "CloudFront reports completion in under 25 s at P95": most pipelines finish on the first visit.
#[tokio::test(start_paused = true)]
async fn a_quick_invalidation_ends_on_the_first_visit() {
    let ending = Stage::new(&[]).play(PARAMETERS).await;
    assert_eq!(ending.action.status, Status::Succeeded, "{ending:#?}");
    assert_eq!(ending.action.visits, 1);
}
