//! The sandbox with the least of functions: what it plays, shows and reports does not depend on ours.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop there"
)]

use std::time::Duration;

use serde_json::json;
use tests::aws::codepipeline::Status;
use tests::sandbox::view::{Moment, View};
use tests::sandbox::{Binaries, DEFAULT_USER_PARAMETERS, Options, Report, Script, run};

/// Remembers who was woken by whom, and what the functions wrote.
#[derive(Default)]
struct Notes {
    woken: Vec<String>,
    logs: Vec<String>,
}

impl View for Notes {
    fn show(&mut self, _at: Duration, moment: Moment<'_>) {
        match moment {
            Moment::Waking(waking) => self
                .woken
                .push(format!("{} {}", waking.function, waking.why)),
            Moment::Log(line) => self.logs.push(line.text.clone()),
            Moment::Call(_) | Moment::Attempt(_) | Moment::Progress(_) => {}
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "Lambda's own PATH need not lead to this machine's Python"
)]
fn options(speed: f64, trouble: Option<&str>) -> Options {
    let python =
        |name: &str| format!("{}/tests/sandbox/{name}.py", env!("CARGO_MANIFEST_DIR")).into();
    let binaries = Binaries {
        start: python("start"),
        checker: python("checker"),
    };
    let script = Script::Action {
        user_parameters: DEFAULT_USER_PARAMETERS.into(),
    };
    Options {
        speed,
        troubles: trouble
            .map(|trouble| trouble.parse().unwrap())
            .into_iter()
            .collect(),
        patience: Duration::from_secs(60),
        settings: [("PATH".into(), std::env::var("PATH").unwrap())].into(),
        ..Options::new(binaries, script)
    }
}

fn operations(report: &Report) -> Vec<&str> {
    report
        .calls
        .iter()
        .map(|call| call.operation.as_str())
        .collect()
}

#[tokio::test]
async fn a_deploy_is_played_to_its_notice() {
    let mut notes = Notes::default();
    let report = run(&options(40.0, None), &mut notes).await.unwrap();

    assert!(report.is_well(), "{:#?}", notes.logs);
    let action = report.action.as_ref().unwrap();
    assert_eq!(
        (action.visits, action.summary.as_deref()),
        (3, Some("waiting"))
    );
    assert!(report.notices[0].message.ends_with("Status: success\n"));
    assert_eq!(
        operations(&report),
        [
            "CreateInvalidation",
            "PutJobSuccessResult",
            "GetInvalidation",
            "PutJobSuccessResult",
            "GetInvalidation",
            "Publish",
            "PutJobSuccessResult",
        ]
    );
    assert_eq!(notes.woken[0], "start first visit");
    assert!(
        notes.woken.contains(&"checker every minute".into()),
        "{:?}",
        notes.woken
    );
    assert!(
        notes.logs.contains(&"Scheduled Event".into()),
        "{:?}",
        notes.logs
    );
}

#[tokio::test]
async fn a_function_killed_after_a_call_is_delivered_its_event_again() {
    let mut notes = Notes::default();
    let report = run(&options(60.0, Some("start-killed-after=1")), &mut notes)
        .await
        .unwrap();

    assert!(report.is_well(), "{:#?}", notes.logs);
    assert_eq!(
        operations(&report)[..3],
        [
            "CreateInvalidation",
            "CreateInvalidation",
            "PutJobSuccessResult"
        ]
    );
    let failed = report
        .attempts
        .iter()
        .find(|attempt| attempt.result.is_err())
        .unwrap();
    assert!(
        failed
            .result
            .as_ref()
            .unwrap_err()
            .message
            .ends_with("signal: killed"),
        "{failed:?}"
    );
}

#[tokio::test]
async fn a_function_that_always_dies_leaves_its_event_to_the_other() {
    let mut notes = Notes::default();
    let report = run(&options(600.0, Some("start-dead")), &mut notes)
        .await
        .unwrap();

    assert_eq!(report.action.as_ref().unwrap().status, Status::TimedOut);
    assert!(!report.is_well());
    assert_eq!(operations(&report), ["CreateInvalidation"; 3]);
    assert!(notes.woken.contains(&"checker start was given up".into()));
    assert!(
        notes.logs.contains(&"RetriesExhausted".into()),
        "{:?}",
        notes.logs
    );
}

#[tokio::test]
async fn an_event_of_the_schedule_is_played_alone() {
    let mut notes = Notes::default();
    let script = Script::of_event(json!({ "source": "aws.events", "detail-type": "Mine" }));
    let report = run(
        &Options {
            script,
            ..options(10.0, None)
        },
        &mut notes,
    )
    .await
    .unwrap();

    assert!(report.is_well() && report.action.is_none(), "{report:#?}");
    assert_eq!(
        (notes.woken, notes.logs),
        (vec!["checker with your event".into()], vec!["Mine".into()])
    );
}
