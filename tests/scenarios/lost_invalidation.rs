//! An invalidation of ours whose id we do not know, because CloudFront's reply was lost and it refuses the repetition.

use std::time::Duration;

use harness::{DISTRIBUTION, PARAMETERS, Stage};
use local_aws::cloudfront::{BY_HAND, Completion, Owner, Repetition};
use local_aws::codepipeline::Status;
use local_aws::{Fault, FaultKind, Service};

/// Others had 24 invalidations made while ours waited for its turn in our queue, or for room in CloudFront; then its reply is
/// lost, and CloudFront refuses the repetition. Ours is found, whichever of the two it waited for.
#[tokio::test(start_paused = true)]
async fn what_was_created_late_is_found_among_all_that_others_created_before() {
    for is_ours_full in [true, false] {
        let stage = Stage::new(&[("HOLD_SECONDS", "0"), ("RESERVED_WILDCARDS", "14")]);
        let cloudfront = stage.aws().cloudfront();
        cloudfront.set_repetition(Repetition::InvalidArgument);
        let owner = Owner::Distribution(DISTRIBUTION.into());
        let seconds = |seconds| Completion::After(Duration::from_secs(seconds));
        let ending = stage
            .during(async {
                cloudfront.set_completion(seconds(8 * 60));
                let before = is_ours_full.then(|| stage.begin(PARAMETERS));
                if before.is_none() {
                    for number in 0..15 {
                        let _ = cloudfront
                            .add_invalidation(&owner, &format!("{BY_HAND}, first {number}"));
                    }
                }
                tokio::time::sleep(Duration::from_secs(5)).await;
                cloudfront.set_completion(seconds(5));
                let action = stage.begin(PARAMETERS);
                for number in 0..24 {
                    tokio::time::sleep(Duration::from_secs(19)).await;
                    let _ = cloudfront.add_invalidation(&owner, &format!("{BY_HAND} {number}"));
                }
                let lost = FaultKind::LoseReply;
                stage
                    .aws()
                    .inject(Fault::once(Service::CloudFront, "CreateInvalidation", lost));
                stage.settled(&[action]).await;
                stage.ending(&action)
            })
            .await;
        assert_eq!(ending.broken_promises(), [""; 0], "{is_ours_full}");
        assert_eq!(ending.action.status, Status::Succeeded, "{is_ours_full}");
        let searched = ending.made(Service::CloudFront, "ListInvalidations");
        assert!(searched.count() >= 1, "{is_ours_full}: it was not lost");
        let job = ending.action.jobs.first().map_or("", String::as_str);
        let ours = ending.invalidations.iter();
        let ours = ours.filter(|one| one.caller_reference.contains(job));
        assert_eq!(ours.count(), 1, "{is_ours_full}");
    }
}
