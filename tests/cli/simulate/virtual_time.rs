//! The functions in the process of `simulate`: the output does not depend on its speed.

use std::time::Duration;

use cfi::simulate::view::Unseen;
use cfi::simulate::{Functions, InjectedFault, Options, Report, Script, run};
use local_aws::account::PARAMETERS;
use local_aws::codepipeline::Status;

use crate::simulate::Notes;

fn options(user_parameters: &str, faults: &[&str]) -> Options {
    let script = Script::Action {
        user_parameters: user_parameters.into(),
    };
    let faults = faults.iter().map(|fault| fault.parse().unwrap());
    Options {
        faults: faults.collect(),
        settings: [("EVENT_BUS_NAME".into(), "default".into())].into(),
        ..Options::new(Functions::InProcess, script)
    }
}

async fn play(user_parameters: &str, faults: &[&str]) -> Report {
    let options = options(user_parameters, faults);
    run(&options, &mut Unseen).await.unwrap()
}

/// How the action ended: `Succeeded`, or the kind and the message of its failure.
fn end(report: &Report) -> String {
    match &report.action.as_ref().unwrap().status {
        Status::Failed { kind, message } => format!("{kind:?}: {message}"),
        other => other.to_string(),
    }
}

/// Each call and each attempt, with its time from the start of the run.
fn happened(report: &Report) -> Vec<String> {
    let began_ms = report.action.as_ref().unwrap().started_ms;
    let calls = report.calls.iter().map(|call| {
        let at_ms = call.at_ms - began_ms;
        let (caller, operation) = (&call.caller, &call.operation);
        format!("{at_ms} {caller} {operation} {:?}", call.outcome)
    });
    let attempts = report.attempts.iter().map(|attempt| {
        let (from_ms, to_ms) = (attempt.started_ms - began_ms, attempt.ended_ms - began_ms);
        format!(
            "{from_ms} {to_ms} {} {:?}",
            attempt.function_arn, attempt.result
        )
    });
    calls.chain(attempts).collect()
}

/// No speed violates an invariant or changes the run, under any named fault.
#[tokio::test(start_paused = true)]
async fn each_fault_is_the_same_at_every_speed() {
    let catalogue = InjectedFault::catalogue();
    let names = catalogue
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let mut runs = 0;
    for name in names.chain(["codepipeline-throttled=12", "cloudfront-full=100"]) {
        let mut seen = Vec::new();
        for speed in [0.5, 60.0, 5_000.0] {
            let options = Options {
                speed,
                ..options(PARAMETERS, &[name])
            };
            let report = run(&options, &mut Unseen).await.unwrap();
            let broken: Vec<_> = report.broken_invariants().collect();
            assert!(broken.is_empty(), "{name} at {speed}: {broken:?}");
            seen.push((end(&report), happened(&report)));
            runs += 1;
        }
        assert!(seen.iter().all(|one| *one == seen[0]), "{name}: {seen:#?}");
    }
    assert!(runs > 50, "{runs}");
}

/// The duration in a notification is the one that CodePipeline shows.
#[tokio::test(start_paused = true)]
async fn a_notification_has_the_time_that_was_shown() {
    let options = Options {
        speed: 60.0,
        complete_after: None,
        ..options(PARAMETERS, &[])
    };
    let report = run(&options, &mut Unseen).await.unwrap();
    let action = report.action.clone().unwrap();
    let took = Duration::from_millis(action.ended_ms.unwrap() - action.started_ms);
    assert!(took > Duration::from_secs(15 * 60), "{took:?}");
    let notification = &report.notifications[0].message;
    assert!(notification.contains("within 15 min"), "{notification}");
    let seconds = report.events[0].detail["durationSeconds"].as_u64().unwrap();
    assert!(
        seconds.abs_diff(took.as_secs()) <= 1,
        "{seconds} s, {took:?}"
    );
}

/// A run is shown in its own time, at the requested speed.
#[tokio::test(start_paused = true)]
async fn a_run_is_shown_at_its_speed() {
    let mut notes = Notes::default();
    let began = tokio::time::Instant::now();
    let options = Options {
        speed: 10.0,
        ..options(PARAMETERS, &[])
    };
    let report = run(&options, &mut notes).await.unwrap();
    assert!(report.is_ok(), "{:#?}", notes.logs);
    let took = began.elapsed().mul_f64(10.0);
    assert!(
        took.abs_diff(report.took) < Duration::from_secs(1),
        "{took:?} {report:#?}"
    );
    assert_eq!(notes.woken[0], "start first job");
    assert_eq!(notes.calls.len(), report.calls.len());
    let decided = notes
        .logs
        .iter()
        .filter(|line| line.contains(r#""event":"outcome.decided""#));
    assert_eq!(decided.count(), 1, "{:#?}", notes.logs);
}

#[tokio::test(start_paused = true)]
async fn an_alias_of_the_parameters_resolves() {
    let by_alias = r#"{"Targets":[{"Alias":"www.example.com"},{"Alias":"docs.example.com"}]}"#;
    let report = play(by_alias, &[]).await;
    assert_eq!(end(&report), "Succeeded");
    let targets = &report.events[0].detail["targets"];
    assert_eq!(targets[0]["domainName"], "www.example.com");
    assert_ne!(targets[0]["resource"], targets[1]["resource"]);

    for (id, kind) in [
        ("E2EXAMPLE1ABCD", "distribution"),
        ("dt_1example", "distributionTenant"),
    ] {
        let options = Options {
            aliases: vec![format!("www.example.com={id}").parse().unwrap()],
            ..options(by_alias, &[])
        };
        let report = run(&options, &mut Unseen).await.unwrap();
        assert_eq!(end(&report), "Succeeded", "{id}");
        let target = &report.events[0].detail["targets"][0];
        assert_eq!(
            (&target["resource"], &target["kind"]),
            (&id.into(), &kind.into())
        );
    }
    let report = play(by_alias, &["cloudfront-unknown"]).await;
    assert!(end(&report).contains("www.example.com"), "{}", end(&report));
}

/// The errors of CloudFront, for distributions and for tenants.
#[tokio::test(start_paused = true)]
async fn a_rejection_by_cloudfront_fails_the_action_with_its_message() {
    let tenant = r#"{"Targets":[{"DistributionTenantId":"dt_1example"}]}"#;
    for (fault, distributions_end, tenants_end) in [
        (
            "cloudfront-unknown",
            "ConfigurationError: Distribution E2EXAMPLE1ABCD was not found",
            "ConfigurationError: Distribution tenant dt_1example was not found",
        ),
        (
            "cloudfront-refuses",
            "ConfigurationError: CloudFront rejected",
            "ConfigurationError: CloudFront rejected",
        ),
        (
            "cloudfront-denied",
            "PermissionError: The role of this function is not allowed to call cloudfront:CreateInvalidation on",
            "PermissionError: The role of this function is not allowed to call cloudfront:CreateInvalidationForDistributionTenant on",
        ),
        (
            "cloudfront-blind",
            "PermissionError: The role of this function is not allowed to call cloudfront:GetInvalidation on",
            "PermissionError: The role of this function is not allowed to call cloudfront:GetInvalidationForDistributionTenant on",
        ),
        ("cloudfront-full", "Succeeded", "Succeeded"),
        (
            "cloudfront-full=100",
            "SystemUnavailable: CloudFront did not accept",
            "SystemUnavailable: CloudFront did not accept",
        ),
    ] {
        for (parameters, expected) in [(PARAMETERS, distributions_end), (tenant, tenants_end)] {
            let report = play(parameters, &[fault]).await;
            let end = end(&report);
            assert!(end.starts_with(expected), "{fault}: {end}");
        }
    }
}

/// The action succeeds and the notification is published; only the event is missing.
#[tokio::test(start_paused = true)]
async fn a_deleted_bus_only_loses_the_event() {
    let report = play(PARAMETERS, &["bus-gone"]).await;
    assert!(report.is_ok(), "{report:#?}");
    assert!(report.events.is_empty() && !report.finalized);
    let put = |call: &&local_aws::Call| call.operation == "PutEvents";
    assert!(report.calls.iter().filter(put).count() > 1);
}
