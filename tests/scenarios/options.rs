//! The optional behaviours of an action: no wait, success at the time-out, and a dry run.

use std::time::Duration;

use harness::{DISTRIBUTION, Ending, Harness, TOPIC};
use local_aws::Service;
use local_aws::cloudfront::Completion;
use local_aws::codepipeline::{FailureKind, Status};

fn parameters(option: &str) -> String {
    format!(r#"{{"DistributionId":"{DISTRIBUTION}",{option},"SnsTopicArn":"{TOPIC}"}}"#)
}

async fn play(option: &str, completion: Completion) -> Ending {
    let harness = Harness::new(&[]);
    harness.aws().cloudfront().set_completion(completion);
    harness.play(&parameters(option)).await
}

const SLOW: Completion = Completion::After(Duration::from_secs(11 * 60));

#[tokio::test(start_paused = true)]
async fn without_a_wait_the_action_succeeds_as_soon_as_the_invalidation_exists() {
    let ending = play(r#""Wait":false"#, SLOW).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(
        (ending.action.status.clone(), ending.action.job_count),
        (Status::Succeeded, 1)
    );
    assert!(
        ending.took() < Duration::from_secs(1),
        "{:?}",
        ending.took()
    );
    assert_eq!(ending.action.output_variables["Status"], "InProgress");
    assert_eq!(
        ending.made(Service::CloudFront, "GetInvalidation").count(),
        0
    );
    let body = &ending.notifications[0].message;
    assert!(
        body.contains("Warning: the invalidation was still in progress"),
        "{body}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_action_may_succeed_with_a_warning_when_time_is_up() {
    let ending = play(r#""OnTimeout":"succeed","TimeoutMinutes":2"#, SLOW).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    assert!(
        (120..160).contains(&ending.took().as_secs()),
        "{:?}",
        ending.took()
    );
    let summary = ending.action.summary.clone().unwrap_or_default();
    assert!(
        summary.starts_with("Warning: CloudFront did not report Completed"),
        "{summary}"
    );
    let notification = &ending.notifications[0];
    assert_eq!(notification.attributes["status"], "warning");
    assert!(
        notification.message.contains("Status: warning\n"),
        "{}",
        notification.message
    );
    assert!(
        notification.at_ms < ending.action.started_ms + 200_000,
        "the execution is not polled any longer"
    );
}

#[tokio::test(start_paused = true)]
async fn a_detached_action_is_published_when_cloudfront_has_completed() {
    let ending = play(r#""OnTimeout":"release","TimeoutMinutes":2"#, SLOW).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    assert!(
        (120..160).contains(&ending.took().as_secs()),
        "{:?}",
        ending.took()
    );
    let [notification] = &ending.notifications[..] else {
        panic!("{:?}", ending.notifications);
    };
    let after_s = (notification.at_ms - ending.action.started_ms) / 1_000;
    assert!((660..800).contains(&after_s), "published after {after_s} s");
    assert_eq!(notification.attributes["status"], "success");
    assert!(
        notification
            .message
            .contains("the action succeeded after 2 min"),
        "{}",
        notification.message
    );
    let polls = ending.made(Service::CloudFront, "GetInvalidation").count();
    assert!(polls < 35, "{polls} polls");
}

/// CloudFront has no invalidation that could still complete: viewers would get old files permanently, without an
/// error.
#[tokio::test(start_paused = true)]
async fn an_invalidation_that_was_not_created_fails_for_every_on_timeout() {
    for option in ["succeed", "release"] {
        let harness = Harness::new(&[]);
        harness.aws().cloudfront().set_rate(1, 0);
        let option = parameters(&format!(r#""OnTimeout":"{option}","TimeoutMinutes":2"#));
        let first = harness.begin(&option);
        let ending = harness
            .during(async {
                harness.settled(&[first]).await;
                let second = harness.begin(&option);
                harness.settled(&[second]).await;
                harness.ending(&second)
            })
            .await;
        let Status::Failed { kind, message } = &ending.action.status else {
            panic!("{:?}", ending.action.status);
        };
        assert_eq!(*kind, FailureKind::SystemUnavailable);
        assert!(message.contains("did not accept"), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_reports_the_plan_and_creates_nothing() {
    let harness = Harness::new(&[]);
    let option = parameters(r#""DryRun":true,"Paths":["/a/*","/b","/a/c"]"#);
    let ending = harness.play(&option).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(
        (ending.action.status.clone(), ending.action.job_count),
        (Status::Succeeded, 1)
    );
    assert_eq!(
        (ending.invalidations.len(), ending.notifications.len()),
        (0, 0)
    );
    let variables = &ending.action.output_variables;
    assert_eq!(
        (
            variables["Status"].as_str(),
            variables["PathCount"].as_str()
        ),
        ("Planned", "2")
    );
    assert!(
        variables["Plan"].contains("/a/*, /b in E2EXAMPLE1ABCD"),
        "{}",
        variables["Plan"]
    );
}

/// An error that would fail the action fails the plan with the same message.
#[tokio::test(start_paused = true)]
async fn a_dry_run_reports_errors() {
    let harness = Harness::new(&[]);
    harness.aws().cloudfront().deny("CreateInvalidation");
    let ending = harness.play(&parameters(r#""DryRun":true"#)).await;
    let Status::Failed { kind, message } = &ending.action.status else {
        panic!("{:?}", ending.action.status);
    };
    assert_eq!(*kind, FailureKind::PermissionError);
    assert!(
        message.contains("cloudfront:CreateInvalidation"),
        "{message}"
    );

    let unknown = r#"{"DistributionId":"E9UNKNOWN","DryRun":true}"#;
    let ending = Harness::new(&[]).play(unknown).await;
    assert!(matches!(ending.action.status, Status::Failed { .. }));
    assert_eq!(ending.invalidations.len(), 0);
}
