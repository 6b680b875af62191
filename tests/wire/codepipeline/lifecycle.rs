//! How long an action lasts, and what ends it.

use std::time::Duration;

use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::types::ExecutionDetails;
use local_aws::codepipeline::{CANARY, FailureKind, Status};
use local_aws::{Aws, Settings};

use super::{action, failure, go_on, setup};
use crate::{seen, without_retries};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

#[tokio::test(start_paused = true)]
async fn a_continuation_is_a_new_job_thirty_seconds_later() {
    let (aws, client) = setup();
    let console = aws.codepipeline();
    let id = console.start_action(action());
    let first = console.next_invocation().await;
    assert_eq!((first.number, first.function_name.as_str()), (1, "start"));
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
    let reported_ms = aws.now_ms();
    let second = console.next_invocation().await;
    assert_eq!(aws.now_ms() - reported_ms, 30_000);
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
        (state.status, state.job_count, state.jobs),
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
async fn no_reply_ends_an_action_and_every_continuation_restarts_the_timer() {
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
    go_on(&client, &alive_job).await;

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
        (ended.status, ended.job_count),
        (Status::TimedOut, 2),
        "the second job had no result"
    );
    assert_eq!(
        ended.ended_ms.unwrap() - ended.started_ms,
        (19 + 20) * 60_000
    );
}

#[tokio::test(start_paused = true)]
async fn no_action_lasts_longer_than_a_day() {
    let aws = Aws::new(Settings {
        continues_after: Duration::from_secs(19 * 60),
        ..Settings::default()
    });
    let (client, console) = (Client::new(&without_retries(&aws)), aws.codepipeline());
    let id = console.start_action(action());
    // The 76th result is reported 15 minutes before the end of the day, and both timers would end later.
    for _ in 0..76 {
        go_on(&client, &console.next_invocation().await.job_id).await;
    }
    let ended = console.ended(&id).await;
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

    go_on(&client, &second.job_id).await;
    console.abandon(&abandoned);
    assert_eq!(console.ended(&abandoned).await.status, Status::Abandoned);
    let waited = tokio::time::timeout(Duration::from_secs(3_600), console.next_invocation()).await;
    assert!(waited.is_err(), "an abandoned action gets no continuation");
}

#[tokio::test(start_paused = true)]
async fn a_fast_clock_shortens_every_wait() {
    let aws = Aws::new(Settings {
        speed: 60.0,
        ..Settings::default()
    });
    let (client, console) = (Client::new(&without_retries(&aws)), aws.codepipeline());
    let id = console.start_action(action());
    let job = console.next_invocation().await.job_id;
    let began = tokio::time::Instant::now();
    go_on(&client, &job).await;
    console.next_invocation().await;
    assert_eq!(began.elapsed().as_millis(), 500, "half a second for thirty");
    assert_eq!(console.ended(&id).await.status, Status::TimedOut);
    assert_eq!(began.elapsed().as_secs(), 20);
}
