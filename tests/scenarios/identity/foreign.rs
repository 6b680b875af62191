//! Jobs and failure records of other functions.

use std::time::Duration;

use harness::{Harness, PARAMETERS, TABLE};
use invalidation_aws::CodePipeline;
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::job::Invocation;
use invalidation_runtime::settings::Settings;
use local_aws::Service;
use local_aws::account;
use local_aws::codepipeline::{Action, ActionId, Status};

use super::{effects, event, failure_record, results};

const START_FUNCTION: (&str, &str) = (
    "START_FUNCTION_ARN",
    "arn:aws:lambda:us-east-1:111111111111:function:start",
);
const DRY_RUN: &str = r#"{"DistributionId":"E2EXAMPLE1ABCD","DryRun":true}"#;

/// Begins the gate of another pipeline, whose action invokes another function.
fn gate(harness: &Harness, function: &str) -> ActionId {
    harness.aws().codepipeline().start_action(Action {
        pipeline: "payments".into(),
        stage: "Gate".into(),
        action: "SecurityScan".into(),
        function_name: function.into(),
        user_parameters: Some(r#"{"severity":"high"}"#.into()),
    })
}

/// The job of the gate gets no result, for any function that receives its id, and any parameters or token.
#[tokio::test(start_paused = true)]
async fn a_job_of_another_function_gets_no_result() {
    for function in [
        "security-scan",
        "start2",
        "security-scan:live",
        "222222222222:function:start",
        "arn:aws:lambda:eu-west-1:111111111111:function:start",
    ] {
        let harness = Harness::new(&[START_FUNCTION]);
        let ending = harness
            .during(async {
                let gate = gate(&harness, function);
                let job = harness.aws().codepipeline().action(&gate).jobs[0].clone();
                let token = format!("1.{job}.1");
                for (parameters, token) in [
                    (DRY_RUN, None),
                    (PARAMETERS, None),
                    ("{}", None),
                    (PARAMETERS, Some(token.as_str())),
                    (PARAMETERS, Some("nonsense")),
                ] {
                    let event = event(&job, parameters, token);
                    harness.hand("start", &event);
                    harness.hand("checker", &failure_record("start", &event));
                    tokio::time::sleep(Duration::from_secs(30)).await;
                }
                harness.ending(&gate)
            })
            .await;
        assert_eq!(ending.action.status, Status::InProgress, "{function}");
        assert_eq!(results(&ending, &ending.action).count(), 0, "{function}");
        assert_eq!(effects(&ending), [""; 0], "{function}");
        assert_eq!(harness.aws().dynamodb().items(TABLE).len(), 0, "{function}");
    }
}

/// A pipeline may name `start` in each form that Lambda accepts.
#[tokio::test(start_paused = true)]
async fn each_form_of_the_function_name_is_accepted() {
    for function in [
        "start",
        "start:live",
        "111111111111:function:start",
        "arn:aws:lambda:us-east-1:111111111111:function:start",
        "arn:aws:lambda:us-east-1:111111111111:function:start:7",
    ] {
        let harness = Harness::new(&[]);
        let ending = harness
            .during(async {
                let action = harness.aws().codepipeline().start_action(Action {
                    function_name: function.into(),
                    ..account::action(PARAMETERS)
                });
                let job = harness.aws().codepipeline().action(&action).jobs[0].clone();
                harness.hand("start", &event(&job, PARAMETERS, None));
                tokio::time::sleep(Duration::from_secs(60)).await;
                harness.ending(&action)
            })
            .await;
        assert_eq!(ending.action.status, Status::Succeeded, "{function}");
    }
}

/// With invalid settings, each job fails with the errors of the settings, except a job of another function.
#[tokio::test(start_paused = true)]
async fn wrong_settings_fail_no_job_of_another_function() {
    for (function, is_start) in [("security-scan", false), ("start", true)] {
        let harness = Harness::new(&[]);
        let gate = gate(&harness, function);
        let job = harness.aws().codepipeline().action(&gate).jobs[0].clone();
        let faults = Settings::from_lookup(|_| None).unwrap_err();
        let sdk = harness.aws().sdk_config("start");
        let pipeline = CodePipeline::new(aws_sdk_codepipeline::Client::new(&sdk));
        let event = event(&job, PARAMETERS, None).to_string();
        let clock = At(Timestamp::from_millis(harness.aws().now_ms()));
        let run = Invocation::new("run".to_owned(), u64::MAX).of(START_FUNCTION.1);
        start::reject(&event, &faults, &pipeline, &clock, &run)
            .await
            .unwrap();
        let status = harness.aws().codepipeline().action(&gate).status;
        assert_eq!(status != Status::InProgress, is_start, "{function}");
    }
}

/// A clock with a fixed time.
struct At(Timestamp);

impl invalidation_runtime::ports::Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }

    async fn sleep(&self, _: Duration) {}
}

/// Only `start` of the same deployment sends failed deliveries to the checker; those are still processed.
#[tokio::test(start_paused = true)]
async fn a_failure_record_of_another_function_is_rejected() {
    for (function, is_served) in [("start", true), ("start2", false), ("other", false)] {
        let harness = Harness::new(&[START_FUNCTION]).without_start();
        let ending = harness
            .during(async {
                let action = harness.aws().codepipeline().start_action(Action {
                    function_name: "start:other".into(),
                    ..account::action(PARAMETERS)
                });
                let job = harness.aws().codepipeline().action(&action).jobs[0].clone();
                let record = failure_record(function, &event(&job, PARAMETERS, None));
                harness.hand("checker", &record);
                tokio::time::sleep(Duration::from_secs(30)).await;
                harness.ending(&action)
            })
            .await;
        let is_named = ending.calls.iter().any(|call| {
            call.service == Service::CodePipeline && ending.action.jobs.contains(&call.subject)
        });
        assert_eq!(is_named, is_served, "{function}");
        assert_eq!(effects(&ending).is_empty(), !is_served, "{function}");
    }
}

/// Parameters and tokens come from CodePipeline: an event that is sent again with others changes nothing.
#[tokio::test(start_paused = true)]
async fn the_details_of_a_job_replace_what_the_event_says() {
    let harness = Harness::new(&[("MAX_WAIT_SECONDS", "0")]);
    let ending = harness
        .during(async {
            // The real event is never delivered; the forged event is delivered first.
            let action = harness.aws().codepipeline().start_action(Action {
                function_name: "start:other".into(),
                ..account::action(PARAMETERS)
            });
            let job = harness.aws().codepipeline().action(&action).jobs[0].clone();
            harness.hand("start", &event(&job, DRY_RUN, None));
            tokio::time::sleep(Duration::from_secs(1)).await;
            let state = harness.aws().codepipeline().action(&action);
            assert_eq!(
                state.status,
                Status::InProgress,
                "the real parameters have no dry run"
            );
            tokio::time::sleep(Duration::from_secs(40)).await;
            let second = harness.aws().codepipeline().action(&action).jobs[1].clone();
            // The token is omitted, which would make it the first job of another execution.
            harness.hand("start", &event(&second, DRY_RUN, None));
            tokio::time::sleep(Duration::from_secs(1)).await;
            harness.ending(&action)
        })
        .await;
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(ending.invalidations.len(), 1);
    assert_eq!(ending.broken_invariants(), [""; 0]);
}
