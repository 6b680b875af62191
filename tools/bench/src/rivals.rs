//! This action and its alternatives under the same faults: the Python function, a Step Functions state machine, a Lambda
//! durable function, and the handler of the CDK's `BucketDeployment`.
//!
//! ```text
//!   both functions over the real SDK, in virtual time ─► runs ─┐
//!   the Python program `rivals`: the alternatives ─────► runs ─┴─► the record ─► docs/comparison.md
//! ```
//!
//! A run consists of what the services recorded. One set of rules, in the Python program, compares it with the guarantees.

use std::io::{self, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::{Ending, Harness, TOPIC, alone};
use local_aws::account::many_distributions;
use local_aws::cloudfront::{Completion, ResourceId};
use local_aws::codepipeline::Status;
use local_aws::{Fault, FaultKind, Service};
use serde_json::{Value, json};

/// The name of this action in the record.
pub const TOOL: &str = "this-action";
/// How long CloudFront throttles.
const THROTTLED_MS: u64 = 180_000;
/// How long an invalidation takes, in seconds, and a slow one.
const COMPLETES_AFTER: u64 = 10;
const SLOW: u64 = 25 * 60;
/// The targets of the scenario with many.
const MANY: usize = 40;
/// CloudFront's calls at once and in each second in that scenario: users were throttled after six or seven quick calls
/// (<https://github.com/aws/aws-sdk-js/issues/3983>).
const RATE: (u32, u32) = (6, 1);

/// The scenarios of the Python program, and two variants after a slash: another time-out, and a fault of both functions.
const SCENARIOS: [&str; 11] = [
    "none",
    "twice",
    "reply-lost",
    "dies-once",
    "dies-always",
    "dies-always/both",
    "throttled",
    "slow",
    "slow/60",
    "unreadable",
    "many",
];

/// Runs everything, writes the record and the page, and returns the page.
///
/// # Errors
/// When the Python program cannot be started, or fails; its standard error says why.
pub fn run() -> io::Result<String> {
    let mut program = Command::new("python3")
        .args(["-B", concat!(env!("CARGO_MANIFEST_DIR"), "/rivals")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = program.stdin.take() {
        for run in runs() {
            writeln!(input, "{run}")?;
        }
    }
    let output = program.wait_with_output()?;
    if !output.status.success() {
        return Err(io::Error::other("the comparison failed"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The run of this action in each scenario, as in the record.
pub fn runs() -> impl Iterator<Item = Value> {
    SCENARIOS.into_iter().map(|scenario| alone(play(scenario)))
}

async fn play(scenario: &str) -> Value {
    let targets = if scenario == "many" { MANY } else { 1 };
    let distributions: Vec<String> = many_distributions().take(targets).collect();
    let mut harness = Harness::new(&[("DEFAULT_TOPIC_ARN", TOPIC)]);
    if scenario == "twice" {
        harness = harness.delivering_twice();
    }
    let cloudfront = harness.aws().cloudfront();
    for id in &distributions {
        cloudfront.add_distribution(id);
    }
    let seconds = if scenario.starts_with("slow") {
        SLOW
    } else {
        COMPLETES_AFTER
    };
    cloudfront.set_completion(Completion::After(Duration::from_secs(seconds)));
    if scenario == "many" {
        let (burst, per_second) = RATE;
        cloudfront.set_rate(burst, per_second);
    }
    if let Some(fault) = fault(scenario, harness.aws().now_ms()) {
        harness.aws().inject(fault);
    }
    let parameters = match scenario {
        "unreadable" => r#"{"DistributionId":"#.to_owned(),
        "slow/60" => json!({ "DistributionId": distributions, "TimeoutMinutes": 60 }).to_string(),
        _ => json!({ "DistributionId": distributions }).to_string(),
    };
    let ending = harness.play(&parameters).await;
    recorded(scenario, &distributions, &ending)
}

fn fault(scenario: &str, now_ms: u64) -> Option<Fault> {
    let creating = |kind| Fault::once(Service::CloudFront, "CreateInvalidation", kind);
    match scenario {
        "reply-lost" => Some(creating(FaultKind::LoseReply)),
        "dies-once" => Some(creating(FaultKind::KillAfter)),
        "dies-always" => Some(Fault {
            caller: Some("start".into()),
            ..Fault::always(FaultKind::KillBefore)
        }),
        "dies-always/both" => Some(Fault::always(FaultKind::KillBefore)),
        "throttled" => {
            let during = now_ms..now_ms + THROTTLED_MS;
            Some(Fault::outage(
                Service::CloudFront,
                during,
                FaultKind::Throttle,
            ))
        }
        _ => None,
    }
}

/// A line of the record. Times are seconds since the action began.
fn recorded(scenario: &str, distributions: &[String], ending: &Ending) -> Value {
    let action = &ending.action;
    let since = |ms: u64| (ms.saturating_sub(action.started_ms) + 500) / 1_000;
    let of_targets: Vec<Vec<u64>> = distributions
        .iter()
        .map(|id| {
            let resource = ResourceId::Distribution(id.clone());
            let all = ending.invalidations.iter();
            all.filter(|view| view.resource_id == resource)
                .filter_map(|view| view.completes_ms)
                .collect()
        })
        .collect();
    let counts = || of_targets.iter().map(Vec::len);
    let completed = of_targets.iter().filter_map(|all| all.iter().min());
    let told = |message: &str| {
        let succeeded = message.contains("Status: success");
        if succeeded { "success" } else { "failed" }
    };
    let notifications: Vec<&str> = ending
        .notifications
        .iter()
        .map(|it| told(&it.message))
        .collect();
    let is_success = action.status == Status::Succeeded;
    json!({
        "tool": TOOL,
        "scenario": scenario,
        "status": if is_success { "Succeeded" } else { "Failed" },
        "by": if action.status == Status::TimedOut { "timer" } else { "tool" },
        "at_s": since(action.ended_ms.unwrap_or_default()),
        "most_per_target": counts().max(),
        "least_per_target": counts().min(),
        "completed_s": completed.max().copied().map_or(0, since),
        "notifications": notifications,
    })
}
