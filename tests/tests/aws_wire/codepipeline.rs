use std::time::Duration;

use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::operation::put_job_success_result::builders::PutJobSuccessResultFluentBuilder as Success;
use aws_sdk_codepipeline::types::{CurrentRevision, ExecutionDetails, FailureDetails, FailureType};
use serde_json::json;
use tests::aws::codepipeline::{Action, CANARY, FailureKind, Status};
use tests::aws::{Aws, Settings};

use crate::{aws, impatient, seen};

type Change<'a> = Box<dyn Fn(Success) -> Success + 'a>;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

fn action() -> Action {
    Action {
        pipeline: "web".into(),
        stage: "Deploy".into(),
        action: "Invalidate".into(),
        function_name: "start".into(),
        user_parameters: Some(r#"{"DistributionId":"E1"}"#.into()),
    }
}

fn setup() -> (Aws, Client) {
    let aws = aws();
    let client = Client::new(&impatient(&aws));
    (aws, client)
}

fn failure(message: &str) -> FailureDetails {
    FailureDetails::builder()
        .r#type(FailureType::ConfigurationError)
        .message(message)
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_continuation_is_a_new_job_thirty_seconds_later() {
    let (aws, client) = setup();
    let console = aws.codepipeline();
    let id = console.start_action(action());
    let first = console.next_invocation().await;
    assert_eq!((first.visit, first.function_name.as_str()), (1, "start"));
    let data = &first.event["CodePipeline.job"]["data"];
    assert_eq!(
        data["actionConfiguration"]["configuration"]["UserParameters"],
        r#"{"DistributionId":"E1"}"#
    );
    assert!(data.get("continuationToken").is_none() && data.get("pipelineContext").is_none());
    for secret in ["secretAccessKey", "sessionToken", "accessKeyId"] {
        assert!(
            data["artifactCredentials"][secret]
                .as_str()
                .unwrap()
                .contains(CANARY),
            "{secret}"
        );
    }

    let details = ExecutionDetails::builder()
        .summary("waiting")
        .percent_complete(40)
        .external_execution_id("I1")
        .build();
    let continued = client
        .put_job_success_result()
        .job_id(&first.job_id)
        .continuation_token("t1")
        .execution_details(details);
    continued.send().await.unwrap();
    let answered_ms = aws.now_ms();
    let second = console.next_invocation().await;
    assert_eq!(aws.now_ms() - answered_ms, 30_000);
    assert_ne!(second.job_id, first.job_id);
    assert_eq!(
        second.event["CodePipeline.job"]["id"],
        second.job_id.as_str()
    );
    assert_eq!(
        second.event["CodePipeline.job"]["data"]["continuationToken"],
        "t1"
    );
    assert_eq!(
        second.event["CodePipeline.job"]["data"]["actionConfiguration"],
        data["actionConfiguration"]
    );

    let late = client
        .put_job_success_result()
        .job_id(&first.job_id)
        .send()
        .await;
    assert_eq!(
        seen(&late),
        "400 InvalidJobStateException",
        "the first job is over"
    );
    let finished = client
        .put_job_success_result()
        .job_id(&second.job_id)
        .output_variables("InvalidationId", "I1");
    finished.send().await.unwrap();
    let state = console.ended(&id).await;
    assert_eq!(
        (state.status, state.visits, state.jobs),
        (
            Status::Succeeded,
            2,
            vec![first.job_id, second.job_id.clone()]
        )
    );
    assert_eq!(
        (state.summary.as_deref(), state.percent_complete),
        (Some("waiting"), Some(40))
    );
    assert_eq!(state.external_execution_id.as_deref(), Some("I1"));
    assert_eq!(state.output_variables["InvalidationId"], "I1");
    let failed = client
        .put_job_failure_result()
        .job_id(second.job_id)
        .failure_details(failure("too late"));
    assert!(
        failed
            .send()
            .await
            .unwrap_err()
            .into_service_error()
            .is_invalid_job_state_exception()
    );
}

#[tokio::test(start_paused = true)]
async fn silence_ends_an_action_and_every_answer_restarts_the_timer() {
    let (aws, client) = setup();
    let console = aws.codepipeline();
    let (silent, alive) = (
        console.start_action(action()),
        console.start_action(action()),
    );
    let (silent_job, alive_job) = (
        console.next_invocation().await.job_id,
        console.next_invocation().await.job_id,
    );
    tokio::time::sleep(Duration::from_secs(19 * 60)).await;
    client
        .put_job_success_result()
        .job_id(alive_job)
        .continuation_token("t")
        .send()
        .await
        .unwrap();

    let ended = console.ended(&silent).await;
    assert_eq!(
        (ended.status, ended.ended_ms.unwrap() - ended.started_ms),
        (Status::TimedOut, 20 * 60_000)
    );
    let late = client
        .put_job_success_result()
        .job_id(silent_job)
        .send()
        .await;
    assert_eq!(seen(&late), "400 InvalidJobStateException");

    let ended = console.ended(&alive).await;
    assert_eq!(
        (ended.status, ended.visits),
        (Status::TimedOut, 2),
        "nobody answered the second job"
    );
    assert_eq!(
        ended.ended_ms.unwrap() - ended.started_ms,
        (19 + 20) * 60_000
    );
}

#[tokio::test(start_paused = true)]
async fn no_action_outlives_a_day() {
    let aws = Aws::new(Settings {
        continues_after: Duration::from_secs(19 * 60),
        ..Settings::default()
    });
    let (client, console) = (Client::new(&impatient(&aws)), aws.codepipeline());
    let id = console.start_action(action());
    while console.action(&id).status == Status::InProgress {
        let next =
            tokio::time::timeout(Duration::from_secs(1_200), console.next_invocation()).await;
        if let Ok(next) = next {
            client
                .put_job_success_result()
                .job_id(next.job_id)
                .continuation_token("t")
                .send()
                .await
                .unwrap();
        }
    }
    let ended = console.action(&id);
    assert_eq!(
        (ended.status, ended.ended_ms.unwrap() - ended.started_ms),
        (Status::TimedOut, DAY_MS)
    );
}

#[tokio::test(start_paused = true)]
async fn a_failure_and_an_abandoned_action_end_at_once() {
    let (aws, client) = setup();
    let console = aws.codepipeline();
    let (failing, abandoned) = (
        console.start_action(action()),
        console.start_action(action()),
    );
    let (first, second) = (
        console.next_invocation().await,
        console.next_invocation().await,
    );

    client
        .put_job_failure_result()
        .job_id(first.job_id)
        .failure_details(failure("no such distribution"))
        .send()
        .await
        .unwrap();
    let message = "no such distribution".to_owned();
    assert_eq!(
        console.ended(&failing).await.status,
        Status::Failed {
            kind: FailureKind::ConfigurationError,
            message
        }
    );

    client
        .put_job_success_result()
        .job_id(&second.job_id)
        .continuation_token("t")
        .send()
        .await
        .unwrap();
    console.abandon(&abandoned);
    assert_eq!(console.ended(&abandoned).await.status, Status::Abandoned);
    let waited = tokio::time::timeout(Duration::from_secs(3_600), console.next_invocation()).await;
    assert!(waited.is_err(), "nothing continues an abandoned action");
}

#[tokio::test(start_paused = true)]
async fn every_constraint_of_an_answer_is_enforced() {
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
        let refused = change(client.put_job_success_result().job_id(&job))
            .send()
            .await;
        assert_eq!(seen(&refused), expected, "{what}");
    }
    for message in [String::new(), of(5_001)] {
        let refused = client
            .put_job_failure_result()
            .job_id(&job)
            .failure_details(failure(&message))
            .send()
            .await;
        assert_eq!(seen(&refused), invalid, "a message of {}", message.len());
    }
    let unheard_of = FailureDetails::builder()
        .r#type(FailureType::from("Tired"))
        .message("text")
        .build()
        .unwrap();
    let refused = client
        .put_job_failure_result()
        .job_id(&job)
        .failure_details(unheard_of)
        .send()
        .await;
    assert_eq!(
        seen(&refused),
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
        "a refused answer is none"
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

#[tokio::test(start_paused = true)]
async fn the_details_of_a_job_tell_what_its_event_does_not() {
    let (aws, client) = setup();
    let id = aws.codepipeline().start_action(action());
    let job = aws.codepipeline().next_invocation().await.job_id;
    let answer = client.get_job_details().job_id(&job).send().await.unwrap();
    let details = answer.job_details().unwrap();
    let context = details.data().unwrap().pipeline_context().unwrap();
    let state = aws.codepipeline().action(&id);
    assert_eq!(details.id(), Some(job.as_str()));
    assert_eq!(context.pipeline_name(), Some("web"));
    assert_eq!(context.stage().unwrap().name(), Some("Deploy"));
    assert_eq!(context.action().unwrap().name(), Some("Invalidate"));
    assert_eq!(
        context.action().unwrap().action_execution_id(),
        Some(state.action_execution_id.as_str())
    );
    assert_eq!(
        context.pipeline_execution_id(),
        Some(state.pipeline_execution_id.as_str())
    );
    assert_eq!(
        context.pipeline_arn(),
        Some("arn:aws:codepipeline:us-east-1:111122223333:web")
    );
    let credentials = details.data().unwrap().artifact_credentials().unwrap();
    assert!(credentials.secret_access_key().contains(CANARY));
    let unknown = client
        .get_job_details()
        .job_id("11111111-abcd-1111-abcd-111111abcdef")
        .send()
        .await;
    assert!(
        unknown
            .unwrap_err()
            .into_service_error()
            .is_job_not_found_exception()
    );
}

#[tokio::test(start_paused = true)]
async fn a_foreign_event_is_played_as_it_is() {
    let (aws, client) = setup();
    let console = aws.codepipeline();
    let job = "11111111-abcd-1111-abcd-111111abcdef";
    let configuration = json!({ "FunctionName": "start", "UserParameters": "not JSON" });
    let sample = json!({ "CodePipeline.job": { "id": job, "data": { "actionConfiguration": { "configuration": configuration } } } });
    let id = console.start_action_with(sample.clone());
    let first = console.next_invocation().await;
    assert_eq!((first.job_id.as_str(), &first.event), (job, &sample));

    assert_eq!(
        console.start_action_with(sample),
        id,
        "the same job once more is a second delivery"
    );
    assert_eq!(console.next_invocation().await, first);

    client
        .put_job_success_result()
        .job_id(job)
        .continuation_token("t")
        .send()
        .await
        .unwrap();
    let second = console.next_invocation().await;
    assert_ne!(second.job_id, job);
    assert_eq!(
        second.event["CodePipeline.job"]["data"]["continuationToken"],
        "t"
    );
    assert_eq!(
        second.event["CodePipeline.job"]["data"]["actionConfiguration"]["configuration"],
        configuration
    );

    let broken = json!({ "not": "an event" });
    let id = console.start_action_with(broken.clone());
    assert_eq!(console.next_invocation().await.event, broken);
    assert_eq!(
        console.ended(&id).await.status,
        Status::TimedOut,
        "nobody can answer a job without an id"
    );
}

#[tokio::test(start_paused = true)]
async fn a_fast_clock_shortens_every_wait() {
    let aws = Aws::new(Settings {
        speed: 60.0,
        ..Settings::default()
    });
    let (client, console) = (Client::new(&impatient(&aws)), aws.codepipeline());
    let id = console.start_action(action());
    let job = console.next_invocation().await.job_id;
    let began = tokio::time::Instant::now();
    client
        .put_job_success_result()
        .job_id(job)
        .continuation_token("t")
        .send()
        .await
        .unwrap();
    console.next_invocation().await;
    assert_eq!(began.elapsed().as_millis(), 500, "half a second for thirty");
    assert_eq!(console.ended(&id).await.status, Status::TimedOut);
    assert_eq!(began.elapsed().as_secs(), 20);
}
