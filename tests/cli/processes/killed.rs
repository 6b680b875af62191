//! `start` dies right after any one of its calls took effect: one answer, and people hear of it.

use std::collections::BTreeSet;
use std::time::Duration;

use cfi::simulate::view::Unseen;
use cfi::simulate::{Options, Report, run};
use futures_util::future::join_all;
use local_aws::codepipeline::Status;
use local_aws::{Call, Outcome, Service};

use super::{deploy, options, status};

/// The calls of `start` in a deploy of two jobs without a wait: 5 on the first, 8 on the second.
const CALLS: u32 = 13;

#[tokio::test]
async fn start_may_die_after_any_of_its_calls() {
    let deaths = (1..=CALLS).map(|nth| async move {
        let options = options(deploy(), &[format!("start-killed-after={nth}")]);
        let max_wait = Duration::ZERO;
        let complete_after = Some(Duration::from_secs(20));
        let options = Options {
            max_wait,
            complete_after,
            ..options
        };
        run(&options, &mut Unseen)
            .await
            .expect("a port on loopback is free")
    });
    let reports = join_all(deaths).await;
    let faulted: BTreeSet<&str> = reports.iter().filter_map(last_words).collect();
    for operation in ["CreateInvalidation", "PutItem", "PutJobSuccessResult"] {
        assert!(
            faulted.contains(operation),
            "nobody died in {operation}: {faulted:?}"
        );
    }
    for report in &reports {
        ends_well(report);
    }
}

fn last_words(report: &Report) -> Option<&str> {
    let died = |call: &&Call| matches!(call.outcome, Outcome::Killed { .. });
    report
        .calls
        .iter()
        .find(died)
        .map(|call| call.operation.as_str())
}

fn ends_well(report: &Report) {
    let told = format!("died in {:?}: {report:#?}", last_words(report));
    assert_eq!(*status(report), Status::Succeeded, "{told}");
    assert!(report.finalized, "{told}");

    let is_creation = |call: &&Call| {
        call.service == Service::CloudFront && call.operation == "CreateInvalidation"
    };
    let ids: BTreeSet<&str> = report
        .calls
        .iter()
        .filter(is_creation)
        .filter_map(|call| id(&call.detail))
        .collect();
    assert_eq!(
        ids.len(),
        1,
        "one invalidation, however often it was asked for; {told}"
    );

    let notifications: BTreeSet<&str> = report
        .notifications
        .iter()
        .map(|notification| notification.attributes["notification_id"].as_str())
        .collect();
    // SNS has no key for a message: who dies before hearing that one was taken must send it once more.
    let copies = if last_words(report) == Some("Publish") {
        2
    } else {
        1
    };
    assert_eq!(
        (notifications.len(), report.notifications.len()),
        (1, copies),
        "{told}"
    );
}

fn id(detail: &str) -> Option<&str> {
    detail
        .split_whitespace()
        .find(|word| word.len() == 14 && word.starts_with('I'))
}
