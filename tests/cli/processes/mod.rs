//! The real binaries, run as Lambda runs them, on the local AWS behind loopback ports.
//!
//! There are few of these tests: virtual time covers the same handlers far more widely. They cover what only real
//! processes show: the wiring, the environment, standard output, and a crash during a call.

mod killed;
mod misconfigured;
mod secrets;
mod traces;
mod tries;

use std::sync::LazyLock;
use std::time::Duration;

use cfi::simulate::view::{Moment, Unseen, View};
use cfi::simulate::{Binaries, Options, Report, Script, run};
use futures_util::future::join_all;
use local_aws::account::PARAMETERS;
use local_aws::codepipeline::Status;
use serde_json::Value;

/// How much faster than real time AWS's clock runs here.
const SPEED: f64 = 20.0;

/// What the functions wrote.
#[derive(Default)]
struct Logs(Vec<String>);

impl View for Logs {
    fn show(&mut self, _at: Duration, moment: Moment<'_>) {
        if let Moment::Log(line) = moment {
            self.0.push(line.text.clone());
        }
    }
}

fn binaries() -> &'static Binaries {
    static BINARIES: LazyLock<Binaries> =
        LazyLock::new(|| Binaries::find().expect("the functions are built"));
    &BINARIES
}

fn options(script: Script, faults: &[String]) -> Options {
    let faults = faults
        .iter()
        .map(|fault| fault.parse().expect("a known fault"));
    Options {
        faults: faults.collect(),
        speed: SPEED,
        ..Options::new(binaries().clone(), script)
    }
}

fn deploy() -> Script {
    Script::Action {
        user_parameters: PARAMETERS.to_owned(),
    }
}

async fn play(script: Script, faults: &[String]) -> Report {
    run(&options(script, faults), &mut Unseen)
        .await
        .expect("a port on loopback is free")
}

fn status(report: &Report) -> &Status {
    &report.action.as_ref().expect("an action was played").status
}

#[tokio::test]
async fn a_deployment_succeeds_with_the_real_functions() {
    let report = play(deploy(), &[]).await;
    let action = report.action.clone().unwrap();
    assert_eq!(
        (&action.status, action.job_count),
        (&Status::Succeeded, 1),
        "{report:#?}"
    );
    assert_eq!(action.output_variables["Status"], "Completed");
    let old = format!(
        "PipelineName: example-pipeline\nJobId: {}\nStatus: success\n",
        action.jobs[0]
    );
    assert!(
        report.notifications[0].message.starts_with(&old),
        "{}",
        report.notifications[0].message
    );
    assert_eq!((report.notifications.len(), report.finalized), (1, true));
    assert!(
        report.calls.iter().any(|call| call.caller == "checker"),
        "the schedule invoked the checker"
    );
}

/// Invalid parameters cost one run and a few calls; the scenarios check the duration in virtual time.
#[tokio::test]
async fn broken_parameters_cost_one_run() {
    let user_parameters = r#"{"DistributonId":"E1"}"#.to_owned();
    let report = play(Script::Action { user_parameters }, &[]).await;
    let Status::Failed { message, .. } = status(&report) else {
        panic!("{report:#?}")
    };
    assert!(message.contains("did you mean DistributionId"), "{message}");
    let by_start = |call: &&local_aws::Call| call.caller == "start";
    let calls = report.calls.iter().filter(by_start).count();
    assert!(calls <= 7, "{:#?}", report.calls);
    assert_eq!(
        report.notifications.len(),
        1,
        "the default topic gets the notification"
    );
}

/// An event without a job id is logged without its content, counted, and not delivered again.
#[tokio::test]
async fn an_event_without_a_job_is_counted_and_dropped() {
    let mut logs = Logs::default();
    let stray = serde_json::json!({"CodePipeline.job": {"id": "CANARY"}, "CANARY": "CANARY"});
    let report = run(&options(Script::Stray(stray), &[]), &mut logs)
        .await
        .unwrap();
    assert!(report.is_ok() && report.attempts.len() == 1, "{report:#?}");
    assert!(!logs.0.concat().contains("CANARY"), "{:?}", logs.0);
    let parsed = || {
        logs.0
            .iter()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
    };
    assert!(
        parsed().any(|line| line["level"] == "ERROR" && line["timestamp"].is_string()),
        "{:?}",
        logs.0
    );
    assert!(
        parsed().any(|line| line["InvalidEvents"] == 1),
        "{:?}",
        logs.0
    );
}

/// Each fault from which the action can recover; all of them at the same time, each in a separate local AWS.
#[tokio::test]
async fn every_action_succeeds_after_a_recoverable_fault() {
    let faults = [
        "checker-dead",
        "cloudfront-throttled",
        "sns-down",
        "event-twice",
        "start-dead",
    ];
    let ends = join_all(
        faults.map(|fault| async move { (fault, play(deploy(), &[fault.to_owned()]).await) }),
    )
    .await;
    for (fault, report) in ends {
        assert!(report.is_ok(), "{fault}: {report:#?}");
        assert_eq!(report.notifications.len(), 1, "{fault}");
        assert!(report.finalized || fault == "checker-dead", "{fault}");
    }
}
