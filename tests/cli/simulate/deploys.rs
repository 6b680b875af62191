//! A whole deployment, without a fault and with a function that crashes.

use std::rc::Rc;
use std::time::Duration;

use cfi::simulate::run;
use tokio::sync::Notify;

use crate::simulate::{Notes, options};

#[tokio::test]
async fn a_deployment_is_simulated_up_to_its_notification() {
    let mut notes = Notes::default();
    let report = run(&options(40.0, &[]), &mut notes).await.unwrap();

    assert!(report.is_ok(), "{:#?}", notes.logs);
    let action = report.action.unwrap();
    assert!(action.job_count > 1, "{action:?}");
    assert_eq!(action.summary.as_deref(), Some("waiting"));
    assert_eq!(report.notifications.len(), 1);
    assert!(
        report.notifications[0]
            .message
            .ends_with("Status: success\n")
    );

    assert_eq!(report.calls.len(), notes.calls.len());
    let (began, ended) = (&notes.calls[..2], &notes.calls[notes.calls.len() - 3..]);
    assert_eq!(began, ["CreateInvalidation", "PutJobSuccessResult"]);
    assert_eq!(ended, ["GetInvalidation", "Publish", "PutJobSuccessResult"]);
    assert_eq!(notes.woken[0], "start first job");
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

    assert!(report.is_ok(), "{:#?}", notes.logs);
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
async fn an_event_whose_function_always_crashes_is_sent_to_the_checker() {
    let recovered = Rc::new(Notify::new());
    let mut notes = Notes {
        awaited: Some(("RetriesExhausted", recovered.clone())),
        ..Notes::default()
    };
    let mut options = options(60.0, &["start-dead"]);
    options.patience = Duration::from_secs(24 * 60 * 60);

    tokio::select! {
        report = run(&options, &mut notes) => panic!("{report:?}"),
        () = recovered.notified() => {}
    }

    assert_eq!(notes.calls, ["CreateInvalidation"; 3]);
    assert!(
        notes.woken.contains(&"checker start was given up".into()),
        "{:?}",
        notes.woken
    );
}
