//! The limits of a job result.

use aws_sdk_codepipeline::operation::put_job_success_result::builders::PutJobSuccessResultFluentBuilder as Success;
use aws_sdk_codepipeline::types::{CurrentRevision, ExecutionDetails, FailureDetails, FailureType};
use local_aws::codepipeline::Status;

use super::{action, failure, setup};
use crate::seen;

type Change<'a> = Box<dyn Fn(Success) -> Success + 'a>;

#[tokio::test(start_paused = true)]
async fn every_constraint_of_a_result_is_enforced() {
    let (aws, client) = setup();
    let id = aws.codepipeline().start_action(action());
    let job = aws.codepipeline().next_invocation().await.job_id;
    let of = |length: usize| "é".repeat(length);
    let details = |details: aws_sdk_codepipeline::types::builders::ExecutionDetailsBuilder| {
        Some(details.build())
    };
    let new = ExecutionDetails::builder;
    let revision = |change: &str| {
        CurrentRevision::builder()
            .revision("1")
            .change_identifier(change)
            .build()
            .unwrap()
    };
    let invalid = "400 ValidationException";
    let cases: Vec<(&str, &str, Change<'_>)> = vec![
        (
            "job id",
            invalid,
            Box::new(|put| put.job_id("11111111-ABCD-1111-abcd-111111abcdef")),
        ),
        (
            "unknown job",
            "400 JobNotFoundException",
            Box::new(|put| put.job_id("11111111-abcd-1111-abcd-111111abcdef")),
        ),
        (
            "empty token",
            invalid,
            Box::new(|put| put.continuation_token("")),
        ),
        (
            "long token",
            invalid,
            Box::new(|put| put.continuation_token(of(2_049))),
        ),
        (
            "empty summary",
            invalid,
            Box::new(|put| put.set_execution_details(details(new().summary("")))),
        ),
        (
            "long summary",
            invalid,
            Box::new(|put| put.set_execution_details(details(new().summary(of(2_049))))),
        ),
        (
            "long external id",
            invalid,
            Box::new(|put| {
                put.set_execution_details(details(new().external_execution_id(of(1_501))))
            }),
        ),
        (
            "101 percent",
            invalid,
            Box::new(|put| put.set_execution_details(details(new().percent_complete(101)))),
        ),
        (
            "-1 percent",
            invalid,
            Box::new(|put| put.set_execution_details(details(new().percent_complete(-1)))),
        ),
        (
            "change identifier",
            invalid,
            Box::new(|put| put.current_revision(revision(&of(101)))),
        ),
        (
            "variable name",
            invalid,
            Box::new(|put| put.output_variables("a b", "c")),
        ),
        (
            "variables with a token",
            invalid,
            Box::new(|put| put.output_variables("a", "b").continuation_token("t")),
        ),
        (
            "variables too large",
            "400 OutputVariablesSizeExceededException",
            Box::new(|put| put.output_variables("a", "b".repeat(122_880))),
        ),
    ];
    for (what, expected, change) in cases {
        let rejected = change(client.put_job_success_result().job_id(&job))
            .send()
            .await;
        assert_eq!(seen(&rejected), expected, "{what}");
    }
    for message in [String::new(), of(5_001)] {
        let rejected = client
            .put_job_failure_result()
            .job_id(&job)
            .failure_details(failure(&message))
            .send()
            .await;
        assert_eq!(seen(&rejected), invalid, "a message of {}", message.len());
    }
    let unknown_kind = FailureDetails::builder()
        .r#type(FailureType::from("Tired"))
        .message("text")
        .build()
        .unwrap();
    let rejected = client
        .put_job_failure_result()
        .job_id(&job)
        .failure_details(unknown_kind)
        .send()
        .await;
    assert_eq!(
        seen(&rejected),
        invalid,
        "a class of failure that does not exist"
    );
    assert_eq!(
        seen(&client.put_job_success_result().send().await),
        invalid,
        "no job id"
    );
    assert_eq!(
        aws.codepipeline().action(&id).status,
        Status::InProgress,
        "a rejected result is none"
    );

    let largest = details(
        new()
            .summary(of(2_048))
            .external_execution_id(of(1_500))
            .percent_complete(100),
    );
    let last = client
        .put_job_success_result()
        .job_id(&job)
        .set_execution_details(largest)
        .output_variables("a@b-_C", "b".repeat(122_874));
    assert_eq!(
        seen(&last.send().await),
        "ok",
        "each limit itself is allowed"
    );
}
