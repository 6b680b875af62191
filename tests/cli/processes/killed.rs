//! `start` is killed right after each of its calls took effect: one result, and the notification is published.

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
async fn start_may_be_killed_after_any_of_its_calls() {
    let kills = (1..=CALLS).map(|nth| async move {
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
    let reports = join_all(kills).await;
    let faulted: BTreeSet<&str> = reports.iter().filter_map(operation_of_the_kill).collect();
    for operation in ["CreateInvalidation", "PutItem", "PutJobSuccessResult"] {
        assert!(
            faulted.contains(operation),
            "no process was killed in {operation}: {faulted:?}"
        );
    }
    for report in &reports {
        ends_well(report);
    }
}

fn operation_of_the_kill(report: &Report) -> Option<&str> {
    let was_killed = |call: &&Call| matches!(call.outcome, Outcome::Killed { .. });
    report
        .calls
        .iter()
        .find(was_killed)
        .map(|call| call.operation.as_str())
}

fn ends_well(report: &Report) {
    let observed = format!("killed in {:?}: {report:#?}", operation_of_the_kill(report));
    assert_eq!(*status(report), Status::Succeeded, "{observed}");
    assert!(report.finalized, "{observed}");

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
        "one invalidation, for any number of requests; {observed}"
    );

    let notifications: BTreeSet<&str> = report
        .notifications
        .iter()
        .map(|notification| notification.attributes["notification_id"].as_str())
        .collect();
    // SNS has no idempotency key: a process that is killed before the reply must publish again.
    let copies = if operation_of_the_kill(report) == Some("Publish") {
        2
    } else {
        1
    };
    assert_eq!(
        (notifications.len(), report.notifications.len()),
        (1, copies),
        "{observed}"
    );
}

fn id(detail: &str) -> Option<&str> {
    detail
        .split_whitespace()
        .find(|word| word.len() == 14 && word.starts_with('I'))
}
