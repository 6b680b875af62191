//! Foreign continuation tokens: they name an execution, and no other content of them is trusted.

use std::time::Duration;

use harness::{Ending, Harness, PARAMETERS, TABLE};
use local_aws::codepipeline::{ActionId, FailureKind, Status};
use local_aws::{Fault, FaultKind, Service, Settings};
use serde_json::{Map, Value, json};

use super::JOB;

/// A harness in which CloudFront takes a while, so that an action waits between its jobs.
fn harness() -> Harness {
    let slow = Settings {
        completes_after: Duration::from_secs(100),
        latency: Duration::from_millis(20),
        ..Settings::default()
    };
    Harness::of(slow, &[("MAX_WAIT_SECONDS", "0")])
}

/// GetJobDetails returns no context, for example because IAM does not allow codepipeline:GetJobDetails.
fn deny_details(harness: &Harness) {
    harness.aws().inject(Fault {
        service: Some(Service::CodePipeline),
        operation: Some("GetJobDetails".into()),
        ..Fault::always(FaultKind::reject(400, "AccessDeniedException", ""))
    });
}

/// The job of another pipeline's action, with a token that its own jobs never returned.
fn forged(token: &str) -> Value {
    let data = json!({"continuationToken": token});
    json!({"CodePipeline.job": {"id": JOB, "data": data}})
}

/// How two actions ended, the second of which had a token of the first.
struct Replay {
    /// The record of the first, before the second began and after it had ended.
    records: [Option<Map<String, Value>>; 2],
    first: Ending,
    second: Ending,
}

/// Begins an action, and has another pipeline send its token while it waits. `token` is made of the first job's id.
async fn replay(harness: &Harness, token: impl Fn(&str) -> String) -> Replay {
    harness
        .during(async {
            let first = harness.begin(PARAMETERS);
            tokio::time::sleep(Duration::from_secs(5)).await;
            let codepipeline = harness.aws().codepipeline();
            let job = codepipeline.action(&first).jobs[0].clone();
            let record = || harness.aws().dynamodb().item(TABLE, &job);
            let before = record();
            let second = codepipeline.start_action_with(forged(&token(&job)));
            tokio::time::sleep(Duration::from_secs(5)).await;
            let after = record();
            end(harness, &first, &second).await;
            Replay {
                records: [before, after],
                first: harness.ending(&first),
                second: harness.ending(&second),
            }
        })
        .await
}

async fn end(harness: &Harness, first: &ActionId, second: &ActionId) {
    let codepipeline = harness.aws().codepipeline();
    codepipeline.ended(first).await;
    codepipeline.ended(second).await;
    tokio::time::sleep(Duration::from_secs(180)).await;
}

#[tokio::test(start_paused = true)]
async fn a_token_of_another_pipeline_is_rejected_and_its_execution_is_unchanged() {
    let replay = replay(&harness(), |job| format!("1.{job}.1")).await;
    let Status::Failed { kind, message } = &replay.second.action.status else {
        panic!("{:?}", replay.second.action)
    };
    assert_eq!(*kind, FailureKind::JobFailed);
    assert!(
        message.contains("belongs to an execution of another action"),
        "{message}"
    );
    let [before, after] = &replay.records;
    assert!(before.is_some() && before == after, "{before:?} {after:?}");
    assert_eq!(replay.first.broken_invariants(), [""; 0]);
    assert_eq!(replay.first.action.status, Status::Succeeded);
    assert_eq!(replay.first.notifications.len(), 1);
}

/// Without GetJobDetails the two cannot be distinguished. A job with the token shares the execution: it receives the
/// outcome, but can change neither the invalidation nor the outcome, and is notified only in CodePipeline. The first
/// job still gets its result.
#[tokio::test(start_paused = true)]
async fn without_the_details_of_the_jobs_a_token_shares_its_execution() {
    let harness = harness();
    deny_details(&harness);
    let replay = replay(&harness, |job| format!("1.{job}.1")).await;
    assert_eq!(replay.first.action.status, Status::Succeeded);
    assert_eq!(replay.second.action.status, Status::Succeeded);
    assert_eq!(replay.first.invalidations.len(), 1);
    assert_eq!(replay.first.notifications.len(), 1);
    assert_eq!(
        replay.first.action.output_variables,
        replay.second.action.output_variables
    );
}

/// A token counts jobs. One with a higher number than any that was written is forged: it must not make the real ones
/// look outdated.
#[tokio::test(start_paused = true)]
async fn a_token_that_is_ahead_of_its_execution_is_rejected() {
    for number in [u32::MAX, 3, 2] {
        let harness = harness();
        deny_details(&harness);
        let replay = replay(&harness, |job| format!("1.{job}.{number}")).await;
        assert!(
            matches!(replay.second.action.status, Status::Failed { .. }),
            "{number}: the second ended with {}, the first with {}",
            replay.second.action.status,
            replay.first.action.status
        );
        let [before, after] = &replay.records;
        assert_eq!(before, after, "{number}");
        assert_eq!(replay.first.action.status, Status::Succeeded, "{number}");
        assert_eq!(replay.first.broken_invariants(), [""; 0], "{number}");
    }
}

/// The token of an execution that has no record, in an action of its own.
const UNRECORDED: &str = "1.99999999-abcd-9999-abcd-999999abcdef.1";

/// CodePipeline itself returns the token, so this function issued it. The execution begins under the id in the token: an
/// invalidation that was created before the record was lost has the same caller reference.
#[tokio::test(start_paused = true)]
async fn a_continuation_without_a_record_begins_its_execution() {
    let harness = harness();
    let configuration = json!({"FunctionName": "start", "UserParameters": PARAMETERS});
    let data = json!({"actionConfiguration": {"configuration": configuration}, "continuationToken": UNRECORDED});
    let event = json!({"CodePipeline.job": {"id": JOB, "data": data}});
    let action = harness.aws().codepipeline().start_action_with(event);
    let ending = harness.watch(&action).await;
    assert_eq!(ending.action.status, Status::Succeeded);
    let references = ending.invalidations.iter();
    let references: Vec<_> = references.map(|each| &each.caller_reference).collect();
    assert_eq!(
        references,
        ["codepipeline-99999999-abcd-9999-abcd-999999abcdef"]
    );
    assert_eq!(ending.notifications.len(), 1);
}

/// Nothing confirms the token. It may name the first job of another action, whose record is not written yet.
#[tokio::test(start_paused = true)]
async fn without_details_a_token_of_an_unknown_execution_is_rejected() {
    let harness = Harness::new(&[]).without_schedule();
    deny_details(&harness);
    let action = harness
        .aws()
        .codepipeline()
        .start_action_with(forged(UNRECORDED));
    let ending = harness.watch(&action).await;
    let Status::Failed { kind, message } = &ending.action.status else {
        panic!("{:?}", ending.action)
    };
    assert_eq!(*kind, FailureKind::JobFailed);
    assert!(
        message.contains("record of this execution no longer exists"),
        "{message}"
    );
    let mut services = ending.calls.iter().map(|call| call.service);
    assert!(services.all(|service| matches!(service, Service::CodePipeline | Service::DynamoDb)));
}

/// CodePipeline has the job, but returns no token with it: the token of the event is forged.
#[tokio::test(start_paused = true)]
async fn a_token_that_codepipeline_does_not_return_begins_nothing() {
    let harness = harness();
    let ending = harness
        .during(async {
            let action = harness.begin(PARAMETERS);
            tokio::time::sleep(Duration::from_millis(10)).await;
            let codepipeline = harness.aws().codepipeline();
            let job = codepipeline.action(&action).jobs[0].clone();
            let mut event = forged(UNRECORDED);
            event["CodePipeline.job"]["id"] = job.into();
            harness.hand("start", &event);
            codepipeline.ended(&action).await;
            tokio::time::sleep(Duration::from_secs(60)).await;
            harness.ending(&action)
        })
        .await;
    assert_eq!(ending.action.status, Status::Succeeded);
    assert_eq!(ending.broken_invariants(), [""; 0]);
    assert_eq!(ending.invalidations.len(), 1);
    assert_eq!(ending.notifications.len(), 1);
}

/// The role could report results for any job of the account, because IAM has no finer scope. Results and details are
/// requested only for jobs that CodePipeline sent to the function: on first jobs, on continuations, by the checker,
/// and for failed deliveries.
#[tokio::test(start_paused = true)]
async fn only_received_jobs_are_named() {
    let harness = harness();
    harness.aws().inject(Fault {
        caller: Some("start".into()),
        first: 9,
        count: 12,
        ..Fault::always(FaultKind::KillBefore)
    });
    let actions = harness
        .during(async {
            let mut actions: Vec<ActionId> = [PARAMETERS, "{}", PARAMETERS, "?"]
                .map(|parameters| harness.begin(parameters))
                .to_vec();
            let codepipeline = harness.aws().codepipeline();
            actions.push(codepipeline.start_action_with(forged(UNRECORDED)));
            for action in &actions {
                codepipeline.ended(action).await;
            }
            tokio::time::sleep(Duration::from_secs(600)).await;
            actions
        })
        .await;
    let codepipeline = harness.aws().codepipeline();
    let received = actions
        .iter()
        .flat_map(|action| codepipeline.action(action).jobs);
    let received: Vec<String> = received.collect();
    let calls = harness.aws().calls();
    let named = calls
        .iter()
        .filter(|call| call.service == Service::CodePipeline);
    let unknown: Vec<_> = named
        .clone()
        .filter(|call| !received.contains(&call.subject))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(named.count() > 2 * actions.len(), "{calls:?}");
    assert!(calls.iter().any(|call| call.caller == "checker"));
}
