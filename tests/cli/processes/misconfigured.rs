//! A function with invalid settings still reports results, and names the errors.

use cfi::simulate::view::Unseen;
use cfi::simulate::{Options, Script, run};
use local_aws::codepipeline::{FailureKind, Status};
use serde_json::{Value, json};

use super::{Logs, deploy, options};

fn misconfigured(script: Script) -> Options {
    let settings = [("MAX_WAIT_SECONDS".to_owned(), "soon".to_owned())];
    Options {
        settings: settings.into(),
        ..options(script, &[])
    }
}

#[tokio::test]
async fn invalid_settings_fail_the_job_with_the_errors() {
    let options = misconfigured(deploy());
    let report = run(&options, &mut Unseen).await.expect("a port is free");
    let action = report.action.as_ref().expect("an action was played");
    let Status::Failed { kind, message } = &action.status else {
        panic!("{report:#?}")
    };
    assert_eq!(*kind, FailureKind::ConfigurationError);
    assert!(
        message.contains("MAX_WAIT_SECONDS must be a number from 0 to 600"),
        "{message}"
    );
    assert_eq!(action.job_count, 1, "the function reports no continuation");
}

/// It does not fail in its init phase, where only Lambda's own report would show an error.
#[tokio::test]
async fn a_checker_with_invalid_settings_logs_them_in_each_run() {
    let mut logs = Logs::default();
    let options = misconfigured(Script::Trigger(json!({})));
    let report = run(&options, &mut logs).await.expect("a port is free");
    assert!(!report.attempts.is_empty(), "{report:#?}");
    for attempt in &report.attempts {
        let error = attempt.result.as_ref().expect_err("nothing can be done");
        assert_eq!(error.error_type, "WrongSettings", "{error:?}");
        assert!(
            error.message.contains("MAX_WAIT_SECONDS must be a number"),
            "{error:?}"
        );
    }
    assert!(report.calls.is_empty(), "{:#?}", report.calls);
    let parsed = || {
        let values = logs
            .0
            .iter()
            .map(|line| serde_json::from_str::<Value>(line));
        values.filter_map(Result::ok)
    };
    let counted = parsed().filter(|line| line["WrongSettings"] == 1).count();
    let is_named = |line: &Value| {
        let error = line["error"].as_str().unwrap_or_default();
        line["level"] == "ERROR" && error.contains("MAX_WAIT_SECONDS must be a number")
    };
    let named = parsed().filter(is_named).count();
    let runs = report.attempts.len();
    assert_eq!((counted, named), (runs, runs), "{:?}", logs.0);
}
