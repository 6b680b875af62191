//! An invalidation whose id is unknown, because CloudFront's reply was lost and CloudFront rejects the repetition.

use std::time::Duration;

use harness::{DISTRIBUTION, Harness, PARAMETERS};
use local_aws::cloudfront::{BY_HAND, Completion, Repetition, ResourceId};
use local_aws::codepipeline::Status;
use local_aws::{Fault, FaultKind, Service};

/// Other clients create 24 invalidations while the execution waits in its queue, or for CloudFront's capacity. Then
/// the reply is lost, and CloudFront rejects the repetition. The invalidation is found in both cases.
#[tokio::test(start_paused = true)]
async fn a_lost_invalidation_is_found_after_many_older_ones() {
    for is_queue_full in [true, false] {
        let harness = Harness::new(&[("MAX_WAIT_SECONDS", "0"), ("RESERVED_WILDCARDS", "14")]);
        let cloudfront = harness.aws().cloudfront();
        cloudfront.set_repetition(Repetition::InvalidArgument);
        let resource_id = ResourceId::Distribution(DISTRIBUTION.into());
        let seconds = |seconds| Completion::After(Duration::from_secs(seconds));
        let ending = harness
            .during(async {
                cloudfront.set_completion(seconds(8 * 60));
                let before = is_queue_full.then(|| harness.begin(PARAMETERS));
                if before.is_none() {
                    for number in 0..15 {
                        let _ = cloudfront
                            .add_invalidation(&resource_id, &format!("{BY_HAND}, first {number}"));
                    }
                }
                tokio::time::sleep(Duration::from_secs(5)).await;
                cloudfront.set_completion(seconds(5));
                let action = harness.begin(PARAMETERS);
                for number in 0..24 {
                    tokio::time::sleep(Duration::from_secs(19)).await;
                    let _ =
                        cloudfront.add_invalidation(&resource_id, &format!("{BY_HAND} {number}"));
                }
                let lost = FaultKind::LoseReply;
                harness
                    .aws()
                    .inject(Fault::once(Service::CloudFront, "CreateInvalidation", lost));
                harness.settled(&[action]).await;
                harness.ending(&action)
            })
            .await;
        assert_eq!(ending.broken_invariants(), [""; 0], "{is_queue_full}");
        assert_eq!(ending.action.status, Status::Succeeded, "{is_queue_full}");
        let searched = ending.made(Service::CloudFront, "ListInvalidations");
        assert!(
            searched.count() >= 1,
            "{is_queue_full}: the id was not lost"
        );
        let job = ending.action.jobs.first().map_or("", String::as_str);
        let created = ending.invalidations.iter();
        let created = created.filter(|one| one.caller_reference.contains(job));
        assert_eq!(created.count(), 1, "{is_queue_full}");
    }
}
