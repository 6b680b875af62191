//! Boundaries between the pipelines of one stack: `ALLOWED_PIPELINES`, the limits of one action, and the name of the
//! pipeline.

use harness::{DISTRIBUTION, Ending, Harness, TOPIC};
use local_aws::codepipeline::{FailureKind, Status};
use local_aws::{Fault, FaultKind, Service};
use serde_json::json;

const OTHER: &str = "E3EXAMPLE2ABCD";
const TENANT: &str = "dt_1example";
const ALIAS: &str = "www.example.com";
/// The rules of another team, whose name an action may claim.
const RULES: &str = r#"{"example-*": ["E2EXAMPLE1ABCD"], "payments": "*"}"#;

/// Plays an action of `example-pipeline` in a stack with two distributions and a tenant.
async fn play(settings: &[(&str, &str)], parameters: &serde_json::Value) -> Ending {
    let harness = Harness::new(settings);
    harness.aws().cloudfront().set_aliases(OTHER, &[ALIAS]);
    let tenant = ["tenant.example.com"];
    harness.aws().cloudfront().set_domains(TENANT, &tenant);
    let mut parameters = parameters.clone();
    parameters["SnsTopicArn"] = TOPIC.into();
    harness.play(&parameters.to_string()).await
}

fn failure(ending: &Ending) -> (FailureKind, &str) {
    match &ending.action.status {
        Status::Failed { kind, message } => (*kind, message),
        other => panic!("{other:?}"),
    }
}

fn calls_of_cloudfront(ending: &Ending) -> Vec<&str> {
    let calls = ending.calls.iter();
    let calls = calls.filter(|call| call.service == Service::CloudFront);
    calls.map(|call| call.operation.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_name_of_another_pipeline_is_only_displayed() {
    let settings = [("EVENT_BUS_NAME", "default")];
    let parameters = json!({"DistributionId": DISTRIBUTION, "PipelineName": "payments"});
    let ending = play(&settings, &parameters).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    let notification = &ending.notifications[0];
    assert_eq!(notification.attributes["pipeline"], "example-pipeline");
    let subject = notification.subject.as_deref().unwrap();
    assert!(!subject.contains("payments"), "{subject}");
    let body = &notification.message;
    assert!(
        body.starts_with("PipelineName: example-pipeline\n"),
        "{body}"
    );
    assert!(body.contains("\nDisplayName: payments\n"), "{body}");
    let detail = &ending.events[0].detail;
    assert_eq!(detail["pipeline"], "example-pipeline");
    assert_eq!(detail["displayName"], "payments");
}

#[tokio::test(start_paused = true)]
async fn a_pipeline_may_invalidate_only_what_its_rules_list() {
    let rules = [("ALLOWED_PIPELINES", RULES)];
    let ending = play(&rules, &json!({"DistributionId": DISTRIBUTION})).await;
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.action.status, Status::Succeeded);
    for (parameters, denied) in [
        (json!({"DistributionId": OTHER}), OTHER),
        (json!({"DistributionId": [DISTRIBUTION, OTHER]}), OTHER),
        (
            json!({"DistributionId": OTHER, "PipelineName": "payments"}),
            OTHER,
        ),
        (json!({"DistributionId": OTHER, "DryRun": true}), OTHER),
        (
            json!({"Targets": [{"DistributionTenantId": TENANT}]}),
            TENANT,
        ),
    ] {
        let ending = play(&rules, &parameters).await;
        let (kind, message) = failure(&ending);
        assert_eq!(kind, FailureKind::ConfigurationError, "{parameters}");
        let says = format!(
            "ALLOWED_PIPELINES does not allow pipeline example-pipeline to invalidate {denied};"
        );
        assert!(message.contains(&says), "{message}");
        assert_eq!(calls_of_cloudfront(&ending), [""; 0], "{parameters}");
        assert_eq!(ending.broken_invariants(), [""; 0], "{parameters}");
    }
}

/// The distribution of an alias is known only after the job has begun. Nothing is created for it, and no request is sent
/// that could create something.
#[tokio::test(start_paused = true)]
async fn an_alias_is_checked_once_it_is_resolved() {
    let rules = [("ALLOWED_PIPELINES", RULES)];
    for parameters in [
        json!({"Targets": [{"Alias": ALIAS}]}),
        json!({"Targets": [{"Alias": ALIAS}], "DryRun": true}),
    ] {
        let ending = play(&rules, &parameters).await;
        let (kind, message) = failure(&ending);
        assert_eq!(kind, FailureKind::PermissionError, "{parameters}");
        let says = format!("pipeline example-pipeline to invalidate {OTHER} ({ALIAS})");
        assert!(message.contains(&says), "{message}");
        assert_eq!(calls_of_cloudfront(&ending), ["ListDistributions"]);
        assert_eq!(ending.broken_invariants(), [""; 0], "{parameters}");
    }
    let rules = [(
        "ALLOWED_PIPELINES",
        r#"{"example-pipeline": ["E3EXAMPLE2ABCD"]}"#,
    )];
    let ending = play(&rules, &json!({"Targets": [{"Alias": ALIAS}]})).await;
    assert_eq!(ending.action.status, Status::Succeeded);
}

/// Without GetJobDetails, only the event could say whose job it is, and any sender can write an event.
#[tokio::test(start_paused = true)]
async fn a_job_without_a_known_pipeline_is_rejected_if_there_are_rules() {
    for code in [
        "AccessDeniedException",
        "ThrottlingException",
        "JobNotFoundException",
    ] {
        let harness = Harness::new(&[("ALLOWED_PIPELINES", RULES)]);
        harness.aws().inject(Fault {
            service: Some(Service::CodePipeline),
            operation: Some("GetJobDetails".into()),
            ..Fault::always(FaultKind::reject(400, code, ""))
        });
        let parameters = json!({"DistributionId": DISTRIBUTION, "PipelineName": "payments"});
        let ending = harness.play(&parameters.to_string()).await;
        let (kind, message) = failure(&ending);
        assert_eq!(kind, FailureKind::PermissionError, "{code}");
        assert!(message.contains("codepipeline:GetJobDetails"), "{message}");
        assert_eq!(calls_of_cloudfront(&ending), [""; 0], "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_action_has_limits_for_its_targets_and_paths() {
    let limits = [
        ("MAX_TARGETS_PER_ACTION", "1"),
        ("MAX_PATHS_PER_ACTION", "2"),
    ];
    let ending = play(
        &limits,
        &json!({"DistributionId": DISTRIBUTION, "Paths": ["/a", "/b"]}),
    )
    .await;
    assert_eq!(ending.action.status, Status::Succeeded);
    let parameters = json!({"DistributionId": [DISTRIBUTION, OTHER], "Paths": ["/a", "/b"]});
    let ending = play(&limits, &parameters).await;
    let (kind, message) = failure(&ending);
    assert_eq!(kind, FailureKind::ConfigurationError);
    assert!(
        message.contains("2 targets, more than the 1 that the setting MAX_TARGETS_PER_ACTION")
            && message.contains("4 paths in all targets together, more than the 2 that the setting MAX_PATHS_PER_ACTION"),
        "{message}"
    );
    assert_eq!(calls_of_cloudfront(&ending), [""; 0]);
}
