//! Who is told of an outcome, in which form, and on which road.

use std::time::Duration;

use harness::{DISTRIBUTION, Ending, PARAMETERS, Stage, TOPIC};
use local_aws::codepipeline::Status;
use local_aws::eventbridge::Put;
use local_aws::{Fault, FaultKind, Service};
use serde_json::{Map, Value};

const BUS: (&str, &str) = ("EVENT_BUS_NAME", "default");

fn parameters(distribution: &str, wish: &str) -> String {
    format!(r#"{{"DistributionId":"{distribution}",{wish},"SnsTopicArn":"{TOPIC}"}}"#)
}

/// The only event, which came as ours do.
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
    let ending = Stage::new(&[BUS]).play(PARAMETERS).await;
    assert_eq!(ending.broken_promises(), [""; 0]);
    let detail = detail(&ending);
    assert_eq!(detail["status"], "success");
    assert_eq!(detail["notificationId"], ending.action.jobs[0].as_str());
    assert_eq!(detail["targets"][0]["resource"], DISTRIBUTION);
    assert_eq!(ending.notices.len(), 1, "people are told as ever");
}

#[tokio::test(start_paused = true)]
async fn without_a_bus_there_is_no_event() {
    let ending = Stage::new(&[]).play(PARAMETERS).await;
    assert_eq!(ending.made(Service::EventBridge, "PutEvents").count(), 0);
}

/// In each way in which a bus may not take it: neither CodePipeline nor people wait for that.
#[tokio::test(start_paused = true)]
async fn a_bus_that_is_down_gets_its_event_later() {
    for kind in [
        FaultKind::Unavailable,
        FaultKind::Throttle,
        FaultKind::Hang,
        FaultKind::LoseRequest,
    ] {
        let stage = Stage::new(&[BUS]);
        let now_ms = stage.aws().now_ms();
        let down = now_ms..now_ms + 120_000;
        stage
            .aws()
            .inject(Fault::outage(Service::EventBridge, down, kind.clone()));
        let ending = stage.play(PARAMETERS).await;
        assert_eq!(ending.broken_promises(), [""; 0], "{kind:?}");
        assert!(ending.took() < Duration::from_secs(15), "{kind:?}");
        assert_eq!(detail(&ending)["status"], "success", "{kind:?}");
        assert!(ending.notices[0].at_ms < now_ms + 60_000, "{kind:?}");
    }
}

/// A call that is answered with 200 may have taken nothing.
#[tokio::test(start_paused = true)]
async fn an_entry_that_was_refused_is_put_again() {
    let stage = Stage::new(&[BUS]);
    stage
        .aws()
        .eventbridge()
        .refuse_entries(Some("InternalFailure"));
    let action = stage.begin(PARAMETERS);
    let ending = stage
        .during(async {
            tokio::time::sleep(Duration::from_secs(90)).await;
            assert!(stage.aws().eventbridge().events().is_empty());
            stage.aws().eventbridge().refuse_entries(None);
            stage.settled(std::slice::from_ref(&action)).await;
            stage.ending(&action)
        })
        .await;
    assert_eq!(ending.broken_promises(), [""; 0]);
    assert_eq!(detail(&ending)["status"], "success");
}

/// PutEvents takes what is put on a bus that is gone, and drops it. The event is still owed, and arrives on a bus that is
/// created again; the action and its notice do not wait for it.
#[tokio::test(start_paused = true)]
async fn a_bus_that_is_gone_gets_its_event_once_it_is_back() {
    let stage = Stage::new(&[("EVENT_BUS_NAME", "deploys")]);
    let action = stage.begin(PARAMETERS);
    let ending = stage
        .during(async {
            tokio::time::sleep(Duration::from_secs(90)).await;
            let ending = stage.ending(&action);
            assert_eq!(ending.action.status, Status::Succeeded);
            assert_eq!(ending.notices.len(), 1);
            assert!(ending.made(Service::EventBridge, "PutEvents").count() > 0);
            assert!(ending.events.is_empty() && !ending.is_drained());
            stage.aws().eventbridge().add_bus("deploys");
            stage.settled(std::slice::from_ref(&action)).await;
            stage.ending(&action)
        })
        .await;
    assert_eq!(ending.broken_promises(), [""; 0]);
    assert_eq!(detail(&ending)["status"], "success");
    assert!(ending.is_drained());
}

/// A check that EventBridge does not allow, or that comes to nothing in any other way, is no failure: the event was put, and
/// is put once.
#[tokio::test(start_paused = true)]
async fn a_check_of_the_bus_that_says_nothing_changes_nothing() {
    for kind in [
        FaultKind::refuse(400, "AccessDeniedException", "not authorized"),
        FaultKind::Throttle,
        FaultKind::Unavailable,
        FaultKind::Hang,
        FaultKind::LoseReply,
        FaultKind::Malformed,
    ] {
        let stage = Stage::new(&[BUS]);
        stage.aws().inject(Fault {
            operation: Some("DescribeEventBus".into()),
            ..Fault::always(kind.clone())
        });
        let ending = stage.play(PARAMETERS).await;
        assert_eq!(ending.broken_promises(), [""; 0], "{kind:?}");
        assert_eq!(detail(&ending)["status"], "success", "{kind:?}");
        let made = |operation| ending.made(Service::EventBridge, operation).count();
        assert_eq!(
            (made("PutEvents"), made("DescribeEventBus")),
            (1, 1),
            "{kind:?}"
        );
    }
}

/// The bus of an ARN may be another account's, of which DescribeEventBus knows nothing.
#[tokio::test(start_paused = true)]
async fn a_bus_that_is_named_by_its_arn_is_not_looked_for() {
    let arn = "arn:aws:events:us-east-1:222222222222:event-bus/default";
    let ending = Stage::new(&[("EVENT_BUS_NAME", arn)])
        .play(PARAMETERS)
        .await;
    assert_eq!(ending.broken_promises(), [""; 0]);
    assert_eq!(detail(&ending)["status"], "success");
    let checks = ending.made(Service::EventBridge, "DescribeEventBus");
    assert_eq!(checks.count(), 0);
}

/// Trouble with one of them keeps nothing from the other.
#[tokio::test(start_paused = true)]
async fn a_bus_does_not_wait_for_a_topic() {
    let stage = Stage::new(&[BUS]);
    stage.aws().sns().deny(TOPIC);
    let ending = stage.play(PARAMETERS).await;
    assert_eq!(detail(&ending)["status"], "success");
    assert!(ending.events[0].at_ms - ending.action.started_ms < 15_000);
    assert!(ending.notices.is_empty());
}

/// A refused job has no target, and its event says so as any other.
#[tokio::test(start_paused = true)]
async fn a_refusal_is_put_on_the_bus() {
    let refused = format!(r#"{{"SnsTopicArn":"{TOPIC}"}}"#);
    let ending = Stage::new(&[BUS]).play(&refused).await;
    assert_eq!(ending.broken_promises(), [""; 0]);
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
        let wish = format!(r#""NotificationFormat":"{format}""#);
        let ending = Stage::new(&[]).play(&parameters(DISTRIBUTION, &wish)).await;
        assert_eq!(ending.broken_promises(), [""; 0], "{format}");
        let [notice] = &ending.notices[..] else {
            panic!("{format}: {} notices", ending.notices.len())
        };
        assert!(notice.message.contains(has), "{format}: {}", notice.message);
        assert_eq!(notice.attributes["status"], "success");
    }
}

/// The same action, one execution after the other: it succeeds, fails twice, and succeeds twice.
#[tokio::test(start_paused = true)]
async fn people_hear_of_changes_alone() {
    let stage = Stage::new(&[]);
    let mut heard = Vec::new();
    for distribution in [
        DISTRIBUTION,
        "E9EXAMPLE9ABCD",
        "E9EXAMPLE9ABCD",
        DISTRIBUTION,
        DISTRIBUTION,
    ] {
        let before = stage.aws().sns().messages().len();
        let ending = stage
            .play(&parameters(distribution, r#""NotifyOn":"change""#))
            .await;
        assert_eq!(ending.broken_promises(), [""; 0]);
        assert!(ending.is_drained());
        let told = ending.notices[before..].iter();
        heard.push(
            told.map(|notice| notice.attributes["status"].clone())
                .collect::<Vec<_>>()
                .join(","),
        );
    }
    assert_eq!(heard, ["", "failed", "failed", "success", ""]);
}

#[tokio::test(start_paused = true)]
async fn people_hear_of_failures_alone_and_programs_of_everything() {
    let wish = r#""NotifyOn":"failure""#;
    for (distribution, notices, status) in [
        (DISTRIBUTION, 0, "success"),
        ("E9EXAMPLE9ABCD", 1, "failed"),
    ] {
        let ending = Stage::new(&[BUS])
            .play(&parameters(distribution, wish))
            .await;
        assert_eq!(ending.broken_promises(), [""; 0]);
        assert_eq!(ending.notices.len(), notices);
        assert_eq!(detail(&ending)["status"], status);
        assert_eq!(
            ending.action.status == Status::Succeeded,
            status == "success"
        );
    }
}

/// Whoever does not know whether it is a change asks again, and tells once.
#[tokio::test(start_paused = true)]
async fn a_change_is_told_although_the_table_was_asked_in_vain() {
    let stage = Stage::new(&[]);
    let lost = Fault {
        caller: Some("start".into()),
        service: Some(Service::DynamoDb),
        operation: Some("UpdateItem".into()),
        count: 6,
        ..Fault::always(FaultKind::LoseReply)
    };
    stage.aws().inject(lost);
    let ending = stage
        .play(&parameters("E9EXAMPLE9ABCD", r#""NotifyOn":"change""#))
        .await;
    assert_eq!(ending.broken_promises(), [""; 0]);
    assert_eq!(ending.notices.len(), 1);
}
