//! `start` dies right after any one of its calls took effect: one answer, and people hear of it.

use futures_util::future::join_all;
use tests::aws::Service;
use tests::aws::codepipeline::Status;

use super::{deploy, play, status};

#[tokio::test]
async fn start_may_die_after_any_of_its_calls() {
    let calm = play(deploy(), &[]).await;
    let calls: Vec<_> = calm
        .calls
        .into_iter()
        .filter(|call| call.caller == "start")
        .collect();
    assert!(calls.len() >= 12, "{calls:#?}");
    let deaths = (1..=calls.len()).map(|nth| async move {
        (
            nth,
            play(deploy(), &[format!("start-killed-after={nth}")]).await,
        )
    });
    for (nth, report) in join_all(deaths).await {
        let died_in = &calls[nth - 1].operation;
        assert_eq!(
            *status(&report),
            Status::Succeeded,
            "after call {nth}, {died_in}: {report:#?}"
        );
        let ids: Vec<_> = report
            .notices
            .iter()
            .map(|notice| &notice.attributes["notification_id"])
            .collect();
        // SNS has no key for a message: who dies before hearing that it was taken must send it once more.
        let most = if died_in == "Publish" { 2 } else { 1 };
        assert!(
            (1..=most).contains(&ids.len()) && ids.iter().all(|id| *id == ids[0]),
            "after call {nth}, {died_in}: {ids:?}"
        );
        let made = |call: &&tests::aws::Call| {
            call.service == Service::CloudFront && call.operation == "CreateInvalidation"
        };
        let references: Vec<_> = report
            .calls
            .iter()
            .filter(made)
            .map(|call| &call.detail[..14])
            .collect();
        assert!(
            references.iter().all(|id| *id == references[0]),
            "one invalidation: {references:?}"
        );
        assert!(report.drained, "after call {nth}, {died_in}");
    }
}
