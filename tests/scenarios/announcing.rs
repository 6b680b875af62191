//! The notifications and events of an outcome: their recipients, their formats and their channels.

use std::time::Duration;

use harness::{DISTRIBUTION, Ending, Harness, PARAMETERS, TOPIC};
use local_aws::codepipeline::Status;
use local_aws::eventbridge::Put;
use local_aws::{Fault, FaultKind, Service};
use serde_json::{Map, Value};

const BUS: (&str, &str) = ("EVENT_BUS_NAME", "default");

fn parameters(distribution: &str, option: &str) -> String {
    format!(r#"{{"DistributionId":"{distribution}",{option},"SnsTopicArn":"{TOPIC}"}}"#)
}

/// The only event, checked for the source and type of this product.
fn detail(ending: &Ending) -> Map<String, Value> {
    let [
        Put {
            source,
            detail_type,
            detail,
            time_ms,
            ..
        },
    ] = &ending.events[..]
    else {
        panic!("{} events", ending.events.len())
    };
    assert_eq!(source, "cloudfront-invalidation-action");
    assert_eq!(detail_type, "CloudFront Invalidation Outcome");
    assert!(time_ms.is_some());
    detail.clone()
}

#[tokio::test(start_paused = true)]
async fn an_outcome_is_put_on_the_bus_once() {
    let ending = Harness::new(&[BUS]).play(PARAMETERS).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    let detail = detail(&ending);
    assert_eq!(detail["status"], "success");
    assert_eq!(detail["notificationId"], ending.action.jobs[0].as_str());
    assert_eq!(detail["targets"][0]["resource"], DISTRIBUTION);
    assert_eq!(
        ending.notifications.len(),
        1,
        "subscribers are notified as well"
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_bus_there_is_no_event() {
    let ending = Harness::new(&[]).play(PARAMETERS).await;
    assert_eq!(ending.made(Service::EventBridge, "PutEvents").count(), 0);
}

/// For each way in which a bus may reject it: neither CodePipeline nor the notification waits for the event.
#[tokio::test(start_paused = true)]
async fn an_unavailable_bus_gets_its_event_later() {
    for kind in [
        FaultKind::Unavailable,
        FaultKind::Throttle,
        FaultKind::Hang,
        FaultKind::LoseRequest,
    ] {
        let harness = Harness::new(&[BUS]);
        let now_ms = harness.aws().now_ms();
        let down = now_ms..now_ms + 120_000;
        harness
            .aws()
            .inject(Fault::outage(Service::EventBridge, down, kind.clone()));
        let ending = harness.play(PARAMETERS).await;
        assert_eq!(ending.broken_invariants(), [""; 0], "{kind:?}");
        assert!(ending.took() < Duration::from_secs(15), "{kind:?}");
        assert_eq!(detail(&ending)["status"], "success", "{kind:?}");
        assert!(ending.notifications[0].at_ms < now_ms + 60_000, "{kind:?}");
    }
}

/// A call with status 200 may have accepted no entry.
#[tokio::test(start_paused = true)]
async fn a_rejected_entry_is_put_again() {
    let harness = Harness::new(&[BUS]);
    harness
        .aws()
        .eventbridge()
        .reject_entries(Some("InternalFailure"));
    let action = harness.begin(PARAMETERS);
    let ending = harness
        .during(async {
            tokio::time::sleep(Duration::from_secs(90)).await;
            assert!(harness.aws().eventbridge().events().is_empty());
            harness.aws().eventbridge().reject_entries(None);
            harness.settled(std::slice::from_ref(&action)).await;
            harness.ending(&action)
        })
        .await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(detail(&ending)["status"], "success");
}

/// PutEvents accepts an entry for a deleted bus and drops it. The event stays pending, and arrives on a bus that is
/// created again; the action and its notification do not wait for it.
#[tokio::test(start_paused = true)]
async fn a_deleted_bus_gets_its_event_once_it_is_created_again() {
    let harness = Harness::new(&[("EVENT_BUS_NAME", "deploys")]);
    let action = harness.begin(PARAMETERS);
    let ending = harness
        .during(async {
            tokio::time::sleep(Duration::from_secs(90)).await;
            let ending = harness.ending(&action);
            assert_eq!(ending.action.status, Status::Succeeded);
            assert_eq!(ending.notifications.len(), 1);
            assert!(ending.made(Service::EventBridge, "PutEvents").count() > 0);
            assert!(ending.events.is_empty() && !ending.is_finalized());
            harness.aws().eventbridge().add_bus("deploys");
            harness.settled(std::slice::from_ref(&action)).await;
            harness.ending(&action)
        })
        .await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(detail(&ending)["status"], "success");
    assert!(ending.is_finalized());
}

/// A check that EventBridge denies, or that fails in any other way, is not a failure: the event was put, and is put
/// once.
#[tokio::test(start_paused = true)]
async fn a_failed_check_of_the_bus_changes_nothing() {
    for kind in [
        FaultKind::reject(400, "AccessDeniedException", "not authorized"),
        FaultKind::Throttle,
        FaultKind::Unavailable,
        FaultKind::Hang,
        FaultKind::LoseReply,
        FaultKind::Malformed,
    ] {
        let harness = Harness::new(&[BUS]);
        harness.aws().inject(Fault {
            operation: Some("DescribeEventBus".into()),
            ..Fault::always(kind.clone())
        });
        let ending = harness.play(PARAMETERS).await;
        assert_eq!(ending.broken_invariants(), [""; 0], "{kind:?}");
        assert_eq!(detail(&ending)["status"], "success", "{kind:?}");
        let made = |operation| ending.made(Service::EventBridge, operation).count();
        assert_eq!(
            (made("PutEvents"), made("DescribeEventBus")),
            (1, 1),
            "{kind:?}"
        );
    }
}

/// The bus of an ARN may belong to another account, whose buses DescribeEventBus does not return.
#[tokio::test(start_paused = true)]
async fn a_bus_named_by_its_arn_is_not_described() {
    let arn = "arn:aws:events:us-east-1:222222222222:event-bus/default";
    let ending = Harness::new(&[("EVENT_BUS_NAME", arn)])
        .play(PARAMETERS)
        .await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(detail(&ending)["status"], "success");
    let checks = ending.made(Service::EventBridge, "DescribeEventBus");
    assert_eq!(checks.count(), 0);
}

/// A failure of one channel does not affect the other.
#[tokio::test(start_paused = true)]
async fn a_bus_does_not_wait_for_a_topic() {
    let harness = Harness::new(&[BUS]);
    harness.aws().sns().deny(TOPIC);
    let ending = harness.play(PARAMETERS).await;
    assert_eq!(detail(&ending)["status"], "success");
    assert!(ending.events[0].at_ms - ending.action.started_ms < 15_000);
    assert!(ending.notifications.is_empty());
}

/// A job with rejected parameters has no target, and its event has the same format.
#[tokio::test(start_paused = true)]
async fn a_rejection_is_put_on_the_bus() {
    let rejected = format!(r#"{{"SnsTopicArn":"{TOPIC}"}}"#);
    let ending = Harness::new(&[BUS]).play(&rejected).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    let detail = detail(&ending);
    assert_eq!(
        (detail["status"].as_str(), detail["targetCount"].as_u64()),
        (Some("failed"), Some(0))
    );
}

#[tokio::test(start_paused = true)]
async fn each_format_arrives() {
    for (format, has) in [
        ("text", "PipelineName: "),
        ("json", "\"version\":\"1\""),
        ("chat", "\"source\":\"custom\""),
        ("mixed", "\"default\":"),
    ] {
        let option = format!(r#""NotificationFormat":"{format}""#);
        let ending = Harness::new(&[])
            .play(&parameters(DISTRIBUTION, &option))
            .await;
        assert_eq!(ending.broken_invariants(), [""; 0], "{format}");
        let [notification] = &ending.notifications[..] else {
            panic!("{format}: {} notifications", ending.notifications.len())
        };
        assert!(
            notification.message.contains(has),
            "{format}: {}",
            notification.message
        );
        assert_eq!(notification.attributes["status"], "success");
    }
}

/// The same action, one execution after another: it succeeds, fails twice, and succeeds twice.
#[tokio::test(start_paused = true)]
async fn subscribers_are_notified_of_changes_only() {
    let harness = Harness::new(&[]);
    let mut statuses = Vec::new();
    for distribution in [
        DISTRIBUTION,
        "E9EXAMPLE9ABCD",
        "E9EXAMPLE9ABCD",
        DISTRIBUTION,
        DISTRIBUTION,
    ] {
        let before = harness.aws().sns().messages().len();
        let ending = harness
            .play(&parameters(distribution, r#""NotifyOn":"change""#))
            .await;
        assert_eq!(ending.broken_invariants(), [""; 0]);
        assert!(ending.is_finalized());
        let observed = ending.notifications[before..].iter();
        statuses.push(
            observed
                .map(|notification| notification.attributes["status"].clone())
                .collect::<Vec<_>>()
                .join(","),
        );
    }
    assert_eq!(statuses, ["", "failed", "failed", "success", ""]);
}

#[tokio::test(start_paused = true)]
async fn subscribers_are_notified_of_failures_only_and_the_bus_gets_every_event() {
    let option = r#""NotifyOn":"failure""#;
    for (distribution, notifications, status) in [
        (DISTRIBUTION, 0, "success"),
        ("E9EXAMPLE9ABCD", 1, "failed"),
    ] {
        let ending = Harness::new(&[BUS])
            .play(&parameters(distribution, option))
            .await;
        assert_eq!(ending.broken_invariants(), [""; 0]);
        assert_eq!(ending.notifications.len(), notifications);
        assert_eq!(detail(&ending)["status"], status);
        assert_eq!(
            ending.action.status == Status::Succeeded,
            status == "success"
        );
    }
}

/// If the check for a change fails, it is repeated, and the notification is published once.
#[tokio::test(start_paused = true)]
async fn a_change_is_published_although_the_table_failed() {
    let harness = Harness::new(&[]);
    let lost = Fault {
        caller: Some("start".into()),
        service: Some(Service::DynamoDb),
        operation: Some("UpdateItem".into()),
        count: 6,
        ..Fault::always(FaultKind::LoseReply)
    };
    harness.aws().inject(lost);
    let ending = harness
        .play(&parameters("E9EXAMPLE9ABCD", r#""NotifyOn":"change""#))
        .await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.notifications.len(), 1);
}
