//! An event from a file.

use cfi::simulate::{Options, Script, run};
use serde_json::json;

use crate::simulate::{Notes, options};

#[tokio::test]
async fn a_failure_record_is_delivered_as_if_start_had_never_run() {
    let mut notes = Notes::default();
    let job = json!({ "id": "11111111-abcd-1111-abcd-111111abcdef", "data": {} });
    let script = Script::of_event(json!({
        "requestContext": { "condition": "RetriesExhausted" },
        "requestPayload": { "CodePipeline.job": job },
    }));
    let report = run(
        &Options {
            script,
            ..options(1_200.0, &[])
        },
        &mut notes,
    )
    .await
    .unwrap();

    assert_eq!(
        report.action.unwrap().jobs,
        ["11111111-abcd-1111-abcd-111111abcdef"]
    );
    assert_eq!(notes.woken[0], "checker every delivery to start failed");
    assert!(
        notes.woken.iter().all(|woken| woken.starts_with("checker")),
        "{:?}",
        notes.woken
    );
}

#[tokio::test]
async fn an_event_of_the_schedule_is_delivered_alone() {
    let mut notes = Notes::default();
    let script = Script::of_event(json!({ "source": "aws.events", "detail-type": "Mine" }));
    let report = run(
        &Options {
            script,
            ..options(10.0, &[])
        },
        &mut notes,
    )
    .await
    .unwrap();

    assert!(report.is_ok() && report.action.is_none(), "{report:#?}");
    assert_eq!(
        (notes.woken, notes.logs),
        (vec!["checker with your event".into()], vec!["Mine".into()])
    );
}
