//! The sandbox with the least of functions: what it plays, shows and reports does not depend on ours.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop there"
)]

use std::rc::Rc;
use std::time::Duration;

use serde_json::json;
use tests::sandbox::view::{Moment, View};
use tests::sandbox::{Binaries, DEFAULT_USER_PARAMETERS, Options, Script, run};
use tokio::sync::Notify;

/// Remembers what it sees, and tells when a function writes a certain line.
#[derive(Default)]
struct Notes {
    woken: Vec<String>,
    calls: Vec<String>,
    logs: Vec<String>,
    awaited: Option<(&'static str, Rc<Notify>)>,
}

impl View for Notes {
    fn show(&mut self, _at: Duration, moment: Moment<'_>) {
        match moment {
            Moment::Waking(waking) => self
                .woken
                .push(format!("{} {}", waking.function, waking.why)),
            Moment::Call(call) => self.calls.push(call.operation.clone()),
            Moment::Log(line) => self.log(&line.text),
            Moment::Attempt(_) | Moment::Progress(_) => {}
        }
    }
}

impl Notes {
    fn log(&mut self, line: &str) {
        self.logs.push(line.into());
        if let Some((_, found)) = self
            .awaited
            .as_ref()
            .filter(|(awaited, _)| *awaited == line)
        {
            found.notify_one();
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "Lambda's own PATH need not lead to this machine's Python"
)]
fn options(speed: f64, troubles: &[&str]) -> Options {
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
        troubles: troubles
            .iter()
            .map(|trouble| trouble.parse().unwrap())
            .collect(),
        patience: Duration::from_secs(60),
        settings: [("PATH".into(), std::env::var("PATH").unwrap())].into(),
        ..Options::new(binaries, script)
    }
}

#[tokio::test]
async fn a_deploy_is_played_to_its_notice() {
    let mut notes = Notes::default();
    let report = run(&options(40.0, &[]), &mut notes).await.unwrap();

    assert!(report.is_well(), "{:#?}", notes.logs);
    let action = report.action.unwrap();
    assert!(action.visits > 1, "{action:?}");
    assert_eq!(action.summary.as_deref(), Some("waiting"));
    assert_eq!(report.notices.len(), 1);
    assert!(report.notices[0].message.ends_with("Status: success\n"));

    assert_eq!(report.calls.len(), notes.calls.len());
    let (began, ended) = (&notes.calls[..2], &notes.calls[notes.calls.len() - 3..]);
    assert_eq!(began, ["CreateInvalidation", "PutJobSuccessResult"]);
    assert_eq!(ended, ["GetInvalidation", "Publish", "PutJobSuccessResult"]);
    assert_eq!(notes.woken[0], "start first visit");
    assert!(
        notes.woken.contains(&"checker every minute".into()),
        "{:?}",
        notes.woken
    );
}

#[tokio::test]
async fn a_function_killed_after_a_call_is_delivered_its_event_again() {
    let mut notes = Notes::default();
    let report = run(&options(60.0, &["start-killed-after=1"]), &mut notes)
        .await
        .unwrap();

    assert!(report.is_well(), "{:#?}", notes.logs);
    let calls = [
        "CreateInvalidation",
        "CreateInvalidation",
        "PutJobSuccessResult",
    ];
    assert_eq!(notes.calls[..3], calls);
    let mut failed = report
        .attempts
        .iter()
        .filter_map(|attempt| attempt.result.as_ref().err());
    assert!(failed.next().unwrap().message.ends_with("signal: killed"));
}

#[tokio::test]
async fn an_event_whose_function_always_dies_comes_to_the_other() {
    let rescued = Rc::new(Notify::new());
    let mut notes = Notes {
        awaited: Some(("RetriesExhausted", rescued.clone())),
        ..Notes::default()
    };
    let mut options = options(600.0, &["start-dead"]);
    options.patience = Duration::from_secs(24 * 60 * 60);

    tokio::select! {
        report = run(&options, &mut notes) => panic!("{report:?}"),
        () = rescued.notified() => {}
    }

    assert_eq!(notes.calls, ["CreateInvalidation"; 3]);
    assert!(
        notes.woken.contains(&"checker start was given up".into()),
        "{:?}",
        notes.woken
    );
}

#[tokio::test]
async fn a_failure_record_is_played_as_if_start_had_never_run() {
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
async fn an_event_of_the_schedule_is_played_alone() {
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

    assert!(report.is_well() && report.action.is_none(), "{report:#?}");
    assert_eq!(
        (notes.woken, notes.logs),
        (vec!["checker with your event".into()], vec!["Mine".into()])
    );
}
