//! Jobs that CodePipeline does not have.

use std::time::Duration;

use harness::{Ending, Harness, PARAMETERS, TABLE};
use local_aws::codepipeline::Status;
use local_aws::{Fault, FaultKind, Service};
use serde_json::{Value, json};

use super::{Details, UNKNOWN, effects, event, failure_record};

const SETTINGS: [(&str, &str); 3] = [
    ("MAX_WAIT_SECONDS", "25"),
    ("EVENT_BUS_NAME", "default"),
    ("DEFAULT_TOPIC_ARN", harness::TOPIC),
];

/// The sample event of AWS that the Test button of Lambda's console offers under the name `codepipeline`.
fn console_sample() -> Value {
    json!({"CodePipeline.job": {
        "id": "11111111-abcd-1111-abcd-111111abcdef",
        "accountId": "111111111111",
        "data": {
            "actionConfiguration": {"configuration": {
                "FunctionName": "MyLambdaFunctionForAWSCodePipeline",
                "UserParameters": "some-input-such-as-a-URL",
            }},
            "inputArtifacts": [],
            "outputArtifacts": [],
            "artifactCredentials": {"secretAccessKey": "", "sessionToken": "", "accessKeyId": ""},
            "continuationToken": "A continuation token if continuing job",
        },
    }})
}

/// Sends both functions these events in an idle account, and returns the harness and the ending.
async fn send(details: Details, events: &[Value]) -> (Harness, Ending) {
    let harness = Harness::new(&SETTINGS).without_schedule();
    details.arrange(&harness);
    let ending = harness
        .during(async {
            for event in events {
                harness.hand("start", event);
                harness.hand("checker", &failure_record("start", event));
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
            tokio::time::sleep(Duration::from_secs(600)).await;
            let nothing = harness.begin("{}");
            harness.ending(&nothing)
        })
        .await;
    (harness, ending)
}

/// Every kind of forged event.
fn made_up() -> Vec<Value> {
    let [one, other, third] = UNKNOWN;
    let token = format!("1.{other}.1");
    let old = r#"{"InvalidationId":"I2J0I21PCUYOIK"}"#;
    vec![
        event(one, PARAMETERS, None),
        event(one, "{}", None),
        event(one, PARAMETERS, Some(&token)),
        event(other, PARAMETERS, Some(old)),
        event(third, PARAMETERS, Some("nonsense")),
        console_sample(),
    ]
}

/// Nothing is invalidated, published or stored, whether GetJobDetails is available or not.
#[tokio::test(start_paused = true)]
async fn a_job_unknown_to_codepipeline_is_neither_processed_nor_published() {
    for details in [Details::Available, Details::NotFound] {
        for event in made_up() {
            let (harness, ending) = send(details, std::slice::from_ref(&event)).await;
            assert_eq!(effects(&ending), [""; 0], "{details:?} {event}");
            assert_eq!(
                harness.aws().dynamodb().items(TABLE).len(),
                0,
                "{details:?}"
            );
        }
    }
}

/// Where GetJobDetails is denied, the event is the only source. It may be processed; CodePipeline's reply to the
/// first result precedes any notification, in each order of the events, and later.
#[tokio::test(start_paused = true)]
async fn without_the_permission_nothing_is_published_about_it() {
    let [one, other, _] = UNKNOWN;
    let its_token = event(other, PARAMETERS, Some(&format!("1.{one}.1")));
    let first = event(one, PARAMETERS, None);
    let mut orders: Vec<Vec<Value>> = made_up().into_iter().map(|event| vec![event]).collect();
    orders.push(vec![first.clone(), its_token.clone()]);
    orders.push(vec![its_token.clone(), first.clone(), its_token]);
    orders.push(vec![first.clone(), first]);
    for events in orders {
        for has_schedule in [false, true] {
            let harness = Harness::new(&SETTINGS);
            let harness = if has_schedule {
                harness
            } else {
                harness.without_schedule()
            };
            Details::Denied.arrange(&harness);
            let (notifications, events) = harness
                .during(async {
                    for event in &events {
                        harness.hand("start", event);
                        tokio::time::sleep(Duration::from_millis(700)).await;
                    }
                    tokio::time::sleep(Duration::from_secs(3 * 60 * 60)).await;
                    let (sns, bus) = (harness.aws().sns(), harness.aws().eventbridge());
                    (sns.messages().len(), bus.events().len())
                })
                .await;
            assert_eq!((notifications, events), (0, 0), "{has_schedule}");
            let items = harness.aws().dynamodb().items(TABLE);
            let due = items.iter().filter(|item| item.contains_key("due_at"));
            assert!(
                !has_schedule || due.count() == 0,
                "each record is finalized"
            );
        }
    }
}

/// "Used for custom actions only": in an account where this applies, actions end as everywhere else. Only the first
/// job in each new process gets its result before any wait.
#[tokio::test(start_paused = true)]
async fn an_account_without_job_details_works() {
    for (parameters, is_success) in [(PARAMETERS, true), ("{}", false)] {
        for max_wait in ["0", "25"] {
            let settings = [SETTINGS[1], SETTINGS[2], ("MAX_WAIT_SECONDS", max_wait)];
            let harness = Harness::new(&settings);
            Details::NotFound.arrange(&harness);
            let first = harness.play(parameters).await;
            let second = harness.play(parameters).await;
            for ending in [&first, &second] {
                assert_eq!(
                    ending.broken_invariants(),
                    [""; 0],
                    "{parameters} {max_wait}"
                );
                let is_right = (ending.action.status == Status::Succeeded) == is_success;
                assert!(is_right, "{:?}", ending.action);
            }
            assert_eq!(
                (second.notifications.len(), second.events.len()),
                (2, 2),
                "{parameters}"
            );
            assert!(second.is_finalized());
            if max_wait == "25" {
                assert_eq!(
                    second.action.job_count, 1,
                    "the second action waits within its first job"
                );
            }
        }
    }
}

/// A copy of an event is delivered while, or after, its job is verified by its first result.
#[tokio::test(start_paused = true)]
async fn an_account_without_details_may_deliver_an_event_twice() {
    for backoff in [0, 1, 20, 70, 300] {
        let harness = Harness::new(&SETTINGS).delivering_again_after(Duration::from_secs(backoff));
        Details::NotFound.arrange(&harness);
        let ending = harness.play(PARAMETERS).await;
        assert_eq!(ending.broken_invariants(), [""; 0], "{backoff}");
        assert_eq!(ending.action.status, Status::Succeeded, "{backoff}");
        assert_eq!(ending.notifications.len(), 1, "{backoff}");
    }
}

/// The first result of a job that must be verified precedes the record. If its reply is lost, the continuation job finds no
/// record. If CodePipeline has its details by now, they confirm its token, and it begins the execution. The first event is
/// delivered again later.
#[tokio::test(start_paused = true)]
async fn a_lost_reply_to_the_first_result_loses_nothing() {
    for kind in [FaultKind::KillAfter, FaultKind::Hang] {
        for backoff in [70, 300] {
            let harness =
                Harness::new(&SETTINGS).delivering_again_after(Duration::from_secs(backoff));
            harness.aws().inject(Fault {
                operation: Some("GetJobDetails".into()),
                count: 1,
                ..Fault::always(FaultKind::reject(400, "JobNotFoundException", ""))
            });
            let fault = Fault::once(Service::CodePipeline, "PutJobSuccessResult", kind.clone());
            harness.aws().inject(fault);
            let ending = harness.play(PARAMETERS).await;
            assert_eq!(ending.broken_invariants(), [""; 0], "{kind:?} {backoff}");
            assert_eq!(
                ending.action.status,
                Status::Succeeded,
                "{kind:?} {backoff}"
            );
            assert_eq!(ending.invalidations.len(), 1, "{kind:?} {backoff}");
            assert_eq!(ending.notifications.len(), 1, "{kind:?} {backoff}");
        }
    }
}
