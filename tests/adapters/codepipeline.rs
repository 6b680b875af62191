//! CodePipeline: AWS JSON 1.1.

use invalidation_core::input::identifiers::JobId;
use std::collections::BTreeMap;

use harness::recorded::{CANARY, Reply, Wire, json_error, unreadable};
use invalidation_core::model::execution_record::Delivery;
use invalidation_core::output::{Answer, FailureKind};
use invalidation_runtime::ports::{Pipeline, Undelivered};
use serde_json::json;

use crate::trouble;

fn job() -> JobId {
    JobId::parse("22222222-abcd-2222-abcd-222222abcdef").unwrap()
}

fn continued() -> Answer {
    Answer::Continue {
        token: "1.11111111-abcd-1111-abcd-111111abcdef.2".into(),
        summary: "CloudFront is invalidating /* in E2EXAMPLE1ABCD: in progress for 30 s.".into(),
        percent_complete: 59,
        external_execution_id: Some("I2J0I21PCUYOIK".into()),
    }
}

fn succeeded() -> Answer {
    Answer::Success {
        summary: "CloudFront completed invalidation I2J0I21PCUYOIK.".into(),
        external_execution_id: Some("I2J0I21PCUYOIK".into()),
        output_variables: BTreeMap::from([
            ("Status", "Completed".into()),
            ("PathCount", "1".into()),
        ]),
    }
}

fn failed(kind: FailureKind) -> Answer {
    Answer::Failure {
        kind,
        message: "The action's UserParameters are wrong.".into(),
        external_execution_id: None,
    }
}

/// Each kind of answer, and what it is when CodePipeline has taken it.
fn answers() -> [(Answer, Delivery); 3] {
    [
        (continued(), Delivery::Continued),
        (succeeded(), Delivery::Concluded),
        (failed(FailureKind::ConfigurationError), Delivery::Concluded),
    ]
}

async fn answer(answer: &Answer, reply: Reply) -> Result<Delivery, Undelivered> {
    Wire::replying([reply])
        .codepipeline()
        .answer(&job(), answer)
        .await
}

/// "If the action is successful, the service sends back an HTTP 200 response with an empty HTTP body."
fn taken() -> Reply {
    Reply::ok("")
}

#[tokio::test]
async fn what_it_sends() {
    let wire = Wire::replying([taken()]);
    for (answer, delivery) in answers() {
        assert_eq!(
            wire.codepipeline().answer(&job(), &answer).await,
            Ok(delivery)
        );
    }
    let [continued, succeeded, failed] = &wire.sent()[..] else {
        panic!("one request for each answer")
    };
    insta::assert_snapshot!(continued, @r#"
    POST https://codepipeline.us-east-1.amazonaws.com/
    signed for us-east-1/codepipeline
    CodePipeline_20150709.PutJobSuccessResult
    {
      "continuationToken": "1.11111111-abcd-1111-abcd-111111abcdef.2",
      "executionDetails": {
        "externalExecutionId": "I2J0I21PCUYOIK",
        "percentComplete": 59,
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
            .answer(&job(), &failed(kind))
            .await
            .unwrap();
        assert_eq!(wire.only().json()["failureDetails"]["type"], name);
    }
}

#[tokio::test]
async fn each_refusal_has_a_meaning() {
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
        let undelivered = || Undelivered(trouble(code, message));
        for (given, _) in answers() {
            let met = answer(&given, json_error(status, code, message)).await;
            assert_eq!(met, delivery.ok_or_else(undelivered), "{code}: {given:?}");
        }
    }
}

/// "The validation was specified in an invalid format" (ValidationException): the fault must be in a detail, so the job
/// is answered without any. "OutputVariablesSizeExceededException" is about a detail, too.
#[tokio::test]
async fn an_invalid_answer_is_given_plainly() {
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
    for ((answer, delivery), plain) in answers().into_iter().zip(plain) {
        for (second, expected) in [
            (taken(), Ok(delivery)),
            (
                json_error(400, "InvalidJobStateException", ""),
                Ok(Delivery::Closed),
            ),
            (
                invalid(),
                Err(Undelivered(trouble(
                    "ValidationException",
                    "1 validation error detected",
                ))),
            ),
            (
                json_error(400, "ThrottlingException", ""),
                Err(Undelivered(trouble("ThrottlingException", ""))),
            ),
        ] {
            for first in [invalid(), too_large()] {
                let wire = Wire::replying([first, second.clone()]);
                assert_eq!(wire.codepipeline().answer(&job(), &answer).await, expected);
                let [_, second] = &wire.sent()[..] else {
                    panic!("two requests, not {:?}", wire.sent())
                };
                assert_eq!(second.json(), plain);
            }
        }
    }
}

/// A job whose answer may or may not have arrived is answered again: CodePipeline takes only one.
#[tokio::test]
async fn no_readable_reply_is_undelivered() {
    for reply in unreadable() {
        for (given, _) in answers() {
            let error = answer(&given, reply.clone())
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
