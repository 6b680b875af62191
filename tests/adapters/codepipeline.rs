//! CodePipeline: AWS JSON 1.1.

use invalidation_core::input::identifiers::JobId;
use std::collections::BTreeMap;

use harness::recorded::{CANARY, Reply, Wire, json_error, unreadable};
use invalidation_core::model::execution_record::Delivery;
use invalidation_core::output::{FailureKind, JobResult};
use invalidation_runtime::ports::{JobReporter, Undelivered};
use serde_json::json;

use crate::service_error;

fn job() -> JobId {
    JobId::parse("22222222-abcd-2222-abcd-222222abcdef").unwrap()
}

fn continued() -> JobResult {
    JobResult::Continue {
        token: "1.11111111-abcd-1111-abcd-111111abcdef.2".into(),
        summary: "CloudFront is invalidating /* in E2EXAMPLE1ABCD: in progress for 30 s.".into(),
        external_execution_id: Some("I2J0I21PCUYOIK".into()),
    }
}

fn succeeded() -> JobResult {
    JobResult::Success {
        summary: "CloudFront completed invalidation I2J0I21PCUYOIK.".into(),
        external_execution_id: Some("I2J0I21PCUYOIK".into()),
        output_variables: BTreeMap::from([
            ("Status", "Completed".into()),
            ("PathCount", "1".into()),
        ]),
    }
}

fn failed(kind: FailureKind) -> JobResult {
    JobResult::Failure {
        kind,
        message: "The action's UserParameters are wrong.".into(),
        external_execution_id: None,
    }
}

/// Each kind of result, and its delivery when CodePipeline accepts it.
fn results() -> [(JobResult, Delivery); 3] {
    [
        (continued(), Delivery::Continued),
        (succeeded(), Delivery::Concluded),
        (failed(FailureKind::ConfigurationError), Delivery::Concluded),
    ]
}

async fn job_result(job_result: &JobResult, reply: Reply) -> Result<Delivery, Undelivered> {
    Wire::replying([reply])
        .codepipeline()
        .report(&job(), job_result)
        .await
}

/// "If the action is successful, the service sends back an HTTP 200 response with an empty HTTP body."
fn taken() -> Reply {
    Reply::ok("")
}

#[tokio::test]
async fn the_request() {
    let wire = Wire::replying([taken()]);
    for (job_result, delivery) in results() {
        assert_eq!(
            wire.codepipeline().report(&job(), &job_result).await,
            Ok(delivery)
        );
    }
    let [continued, succeeded, failed] = &wire.sent()[..] else {
        panic!("one request for each result")
    };
    insta::assert_snapshot!(continued, @r#"
    POST https://codepipeline.us-east-1.amazonaws.com/
    signed for us-east-1/codepipeline
    CodePipeline_20150709.PutJobSuccessResult
    {
      "continuationToken": "1.11111111-abcd-1111-abcd-111111abcdef.2",
      "executionDetails": {
        "externalExecutionId": "I2J0I21PCUYOIK",
        "summary": "CloudFront is invalidating /* in E2EXAMPLE1ABCD: in progress for 30 s."
      },
      "jobId": "22222222-abcd-2222-abcd-222222abcdef"
    }
    "#);
    insta::assert_snapshot!(succeeded, @r#"
    POST https://codepipeline.us-east-1.amazonaws.com/
    signed for us-east-1/codepipeline
    CodePipeline_20150709.PutJobSuccessResult
    {
      "executionDetails": {
        "externalExecutionId": "I2J0I21PCUYOIK",
        "percentComplete": 100,
        "summary": "CloudFront completed invalidation I2J0I21PCUYOIK."
      },
      "jobId": "22222222-abcd-2222-abcd-222222abcdef",
      "outputVariables": {
        "PathCount": "1",
        "Status": "Completed"
      }
    }
    "#);
    insta::assert_snapshot!(failed, @r#"
    POST https://codepipeline.us-east-1.amazonaws.com/
    signed for us-east-1/codepipeline
    CodePipeline_20150709.PutJobFailureResult
    {
      "failureDetails": {
        "message": "The action's UserParameters are wrong.",
        "type": "ConfigurationError"
      },
      "jobId": "22222222-abcd-2222-abcd-222222abcdef"
    }
    "#);
}

#[tokio::test]
async fn each_kind_of_failure_has_its_name() {
    for (kind, name) in [
        (FailureKind::ConfigurationError, "ConfigurationError"),
        (FailureKind::PermissionError, "PermissionError"),
        (FailureKind::SystemUnavailable, "SystemUnavailable"),
        (FailureKind::JobFailed, "JobFailed"),
    ] {
        let wire = Wire::replying([taken()]);
        wire.codepipeline()
            .report(&job(), &failed(kind))
            .await
            .unwrap();
        assert_eq!(wire.only().json()["failureDetails"]["type"], name);
    }
}

#[tokio::test]
async fn each_rejection_has_a_meaning() {
    let closed = Some(Delivery::Closed);
    let errors = [
        (
            400,
            "InvalidJobStateException",
            "The job state was specified in an invalid format.",
            closed,
        ),
        (
            400,
            "JobNotFoundException",
            "The job was specified in an invalid format or cannot be found.",
            Some(Delivery::Unknown),
        ),
        (400, "ThrottlingException", "Rate exceeded", None),
        (
            400,
            "AccessDeniedException",
            "User: start is not authorized to perform: codepipeline:PutJobSuccessResult",
            None,
        ),
        (
            400,
            "ExpiredTokenException",
            "The security token included in the request is expired",
            None,
        ),
        (500, "InternalFailure", "", None),
        (503, "ServiceUnavailable", "", None),
    ];
    for (status, code, message, delivery) in errors {
        let undelivered = || Undelivered(service_error(code, message));
        for (given, _) in results() {
            let met = job_result(&given, json_error(status, code, message)).await;
            assert_eq!(met, delivery.ok_or_else(undelivered), "{code}: {given:?}");
        }
    }
}

/// "The validation was specified in an invalid format" (ValidationException): the fault must be in a detail, so the
/// result is reported without details. "OutputVariablesSizeExceededException" is also about a detail.
#[tokio::test]
async fn a_rejected_result_is_sent_without_details() {
    let invalid = || json_error(400, "ValidationException", "1 validation error detected");
    let too_large = || json_error(400, "OutputVariablesSizeExceededException", "");
    let plain = [
        json!({"jobId": job(), "continuationToken": "1.11111111-abcd-1111-abcd-111111abcdef.2"}),
        json!({"jobId": job()}),
        json!({
            "jobId": job(),
            "failureDetails": {"type": "ConfigurationError", "message": "Failed; see the log of this function."},
        }),
    ];
    for ((job_result, delivery), plain) in results().into_iter().zip(plain) {
        for (second, expected) in [
            (taken(), Ok(delivery)),
            (
                json_error(400, "InvalidJobStateException", ""),
                Ok(Delivery::Closed),
            ),
            (
                invalid(),
                Err(Undelivered(service_error(
                    "ValidationException",
                    "1 validation error detected",
                ))),
            ),
            (
                json_error(400, "ThrottlingException", ""),
                Err(Undelivered(service_error("ThrottlingException", ""))),
            ),
        ] {
            for first in [invalid(), too_large()] {
                let wire = Wire::replying([first, second.clone()]);
                assert_eq!(
                    wire.codepipeline().report(&job(), &job_result).await,
                    expected
                );
                let [_, second] = &wire.sent()[..] else {
                    panic!("two requests, not {:?}", wire.sent())
                };
                assert_eq!(second.json(), plain);
            }
        }
    }
}

/// A result that may not have arrived is reported again: CodePipeline accepts only one.
#[tokio::test]
async fn a_missing_or_unreadable_reply_is_undelivered() {
    for reply in unreadable() {
        for (given, _) in results() {
            let error = job_result(&given, reply.clone())
                .await
                .expect_err(&format!("{reply:?}"));
            assert!(
                !format!("{error} {error:?}").contains(CANARY),
                "{reply:?}: {error}"
            );
            assert_eq!(error.0.code, "NoReply", "{reply:?}");
        }
    }
}
