//! The scenarios in which every call is faulted: each path to an end, and each way in which it can fail.

use std::time::Duration;

use serde_json::json;

use harness::{DISTRIBUTION, Harness, PARAMETERS, Skew, TABLE, TOPIC};
use local_aws::account::many_distributions;
use local_aws::cloudfront::{BY_HAND, Completion, Repetition, ResourceId};
use local_aws::codepipeline::{FailureKind, Status};
use local_aws::{Fault, FaultKind, Settings, s3};

/// A scenario and its allowed ends.
#[derive(Clone, Copy)]
pub struct Scenario {
    /// The name.
    pub name: &'static str,
    /// The harness that runs it.
    pub harness: fn() -> Harness,
    /// The user parameters of each action that begins.
    pub actions: &'static [&'static str],
    /// When the pipeline is stopped, if it is.
    pub stopped_after: Option<Duration>,
    /// How each action ends without a fault.
    pub without_fault: End,
    /// How else an action may end with a fault.
    pub faulted: &'static [End],
    /// Whether the function that would continue after a crash cannot run. After a fault, a notification may then be
    /// missing and a record may stay unfinished. Where each delivery of an event was faulted, its job may also have
    /// no result.
    pub may_be_left: bool,
    /// Whether the table holds more than the records of the actions.
    pub is_crowded: bool,
    /// One in this many positions is used for a fault, including the first: 1 for all of them, and more where a
    /// scenario has too many calls for a full search. The choice follows from the scenario and its faults alone.
    pub one_in: u64,
}

/// How an action ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With success.
    Succeeded,
    /// With a failure of this class.
    Failed(FailureKind),
    /// With the failure that is reported when the table is unreachable for both functions.
    Unrecorded,
    /// By a stop of the pipeline.
    Abandoned,
}

impl End {
    /// Whether CodePipeline shows this end.
    #[must_use]
    pub fn is(self, status: &Status) -> bool {
        match (self, status) {
            (Self::Succeeded, Status::Succeeded) | (Self::Abandoned, Status::Abandoned) => true,
            (Self::Unrecorded, Status::Failed { message, .. }) => message.contains("DynamoDB"),
            (Self::Failed(expected), Status::Failed { kind, .. }) => expected == *kind,
            _ => false,
        }
    }
}

/// An action with the most common settings.
const COMMON: &[&str] = &[PARAMETERS];
const TWO: &[&str] = &[PARAMETERS, PARAMETERS];
const THREE: &[&str] = &[PARAMETERS, PARAMETERS, PARAMETERS];
const REJECTED: &[&str] = &[
    r#"{"DistributonId":"E2EXAMPLE1ABCD","SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys"}"#,
];

const SEVERAL: &[&str] = &[
    r#"{"Targets":[{"DistributionId":"E2EXAMPLE1ABCD"},{"Alias":"www.example.com","Paths":["/a"]},{"DistributionTenantId":"dt_1example"}],"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys"}"#,
];
const FROM_A_FILE: &[&str] = &[
    r#"{"DistributionId":"E2EXAMPLE1ABCD","PathsFile":"paths.txt","SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys"}"#,
];
/// The distributions that [`many_distributions`] names; a test compares the two.
const MANY: &[&str] = &[include_str!("many_targets.json")];
const RELEASED: &[&str] = &[
    r#"{"DistributionId":"E2EXAMPLE1ABCD","OnTimeout":"release","TimeoutMinutes":1,"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys"}"#,
];
const NOT_WAITED_FOR: &[&str] = &[
    r#"{"DistributionId":"E2EXAMPLE1ABCD","Wait":false,"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys"}"#,
];
const CHANGES: &[&str] = &[
    r#"{"DistributionId":"E9EXAMPLE9ABCD","NotifyOn":"change","NotificationFormat":"mixed","SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys"}"#,
];
const DRY_RUN: &[&str] =
    &[r#"{"Targets":[{"Alias":"www.example.com"},{"Alias":"tenant.example.com"}],"DryRun":true}"#];

const MAX_WAIT: (&str, &str) = ("MAX_WAIT_SECONDS", "540");
const NO_WAIT: (&str, &str) = ("MAX_WAIT_SECONDS", "0");
const DEFAULT_TOPIC: (&str, &str) = ("DEFAULT_TOPIC_ARN", TOPIC);

const BASE: Scenario = Scenario {
    name: "",
    harness: || harness(&[MAX_WAIT], 5),
    actions: COMMON,
    stopped_after: None,
    without_fault: End::Succeeded,
    faulted: &[],
    may_be_left: false,
    is_crowded: false,
    one_in: 1,
};

/// All scenarios.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "wait on",
        ..BASE
    },
    Scenario {
        name: "wait off",
        harness: || harness(&[NO_WAIT], 10),
        ..BASE
    },
    Scenario {
        name: "two continuations",
        harness: || harness(&[NO_WAIT], 45),
        ..BASE
    },
    Scenario {
        name: "deadline",
        harness: || never(&[NO_WAIT, ("TIMEOUT_MINUTES", "0.75")]),
        without_fault: End::Failed(FailureKind::JobFailed),
        faulted: &[End::Failed(FailureKind::SystemUnavailable)],
        ..BASE
    },
    Scenario {
        name: "rejected parameters",
        actions: REJECTED,
        without_fault: End::Failed(FailureKind::ConfigurationError),
        ..BASE
    },
    Scenario {
        name: "paths from a file",
        harness: || {
            let harness = harness(&[NO_WAIT], 10);
            let files = [("paths.txt", &b"/index.html\n/images/*\n"[..])];
            harness.aws().s3().put_each_artifact(s3::zip(files));
            harness
        },
        actions: FROM_A_FILE,
        ..BASE
    },
    Scenario {
        name: "checker is disabled",
        harness: || harness(&[NO_WAIT], 10).without_checker(),
        may_be_left: true,
        ..BASE
    },
    Scenario {
        name: "start is disabled",
        harness: || harness(&[], 10).without_start(),
        faulted: &[End::Unrecorded, End::Failed(FailureKind::JobFailed)],
        ..BASE
    },
    Scenario {
        name: "abandoned in the wait",
        harness: || harness(&[MAX_WAIT], 10),
        stopped_after: Some(Duration::from_secs(6)),
        without_fault: End::Abandoned,
        ..BASE
    },
    Scenario {
        name: "abandoned between jobs",
        harness: || harness(&[NO_WAIT], 10),
        stopped_after: Some(Duration::from_secs(6)),
        without_fault: End::Abandoned,
        ..BASE
    },
    Scenario {
        name: "several targets",
        harness: || several(&[NO_WAIT]),
        actions: SEVERAL,
        ..BASE
    },
    // Some 400 calls, most of which differ in the target alone.
    Scenario {
        name: "many targets",
        harness: || many(&[MAX_WAIT, DEFAULT_TOPIC]),
        actions: MANY,
        one_in: 60,
        ..BASE
    },
    // More calls than one job has time for.
    Scenario {
        name: "many slow targets",
        harness: many_slow,
        actions: MANY,
        one_in: 150,
        ..BASE
    },
    Scenario {
        name: "released",
        harness: || harness(&[NO_WAIT], 150),
        actions: RELEASED,
        faulted: &[End::Failed(FailureKind::SystemUnavailable)],
        ..BASE
    },
    Scenario {
        name: "an event bus",
        harness: || harness(&[NO_WAIT, ("EVENT_BUS_NAME", "default")], 10),
        ..BASE
    },
    Scenario {
        name: "changes alone",
        harness: || harness(&[MAX_WAIT, ("EVENT_BUS_NAME", "default")], 5),
        actions: CHANGES,
        without_fault: End::Failed(FailureKind::ConfigurationError),
        ..BASE
    },
    Scenario {
        name: "not waited for",
        harness: || harness(&[NO_WAIT], 150),
        actions: NOT_WAITED_FOR,
        ..BASE
    },
    Scenario {
        name: "dry run",
        harness: || several(&[MAX_WAIT]),
        actions: DRY_RUN,
        ..BASE
    },
    Scenario {
        name: "two executions",
        actions: TWO,
        ..BASE
    },
    Scenario {
        name: "capacity for one",
        harness: || harness(&[MAX_WAIT, ("RESERVED_WILDCARDS", "14")], 5),
        actions: THREE,
        ..BASE
    },
    Scenario {
        name: "malformed record beside a valid one",
        harness: with_malformed_record,
        is_crowded: true,
        ..BASE
    },
    Scenario {
        name: "delivered twice",
        harness: || harness(&[MAX_WAIT], 5).delivering_twice(),
        ..BASE
    },
    Scenario {
        name: "delivered again at once",
        harness: || harness(&[MAX_WAIT], 5).delivering_again_after(Duration::from_secs(1)),
        ..BASE
    },
    Scenario {
        name: "delivered again late",
        harness: || harness(&[NO_WAIT], 10).delivering_again_after(Duration::from_secs(100)),
        ..BASE
    },
    Scenario {
        name: "start is fast",
        harness: || harness(&[NO_WAIT], 10).with_clocks(skew(30_000, -30_000)),
        ..BASE
    },
    Scenario {
        name: "start is slow",
        harness: || harness(&[NO_WAIT], 10).with_clocks(skew(-30_000, 30_000)),
        ..BASE
    },
    Scenario {
        name: "stale index",
        harness: stale,
        ..BASE
    },
    Scenario {
        name: "reference is rejected",
        harness: rejecting,
        ..BASE
    },
    Scenario {
        name: "reference is rejected in a backlog",
        harness: rejecting_in_a_backlog,
        ..BASE
    },
    // The checker looks up domain names only if no delivery of the event reaches a lookup in start.
    Scenario {
        name: "domain names while start is disabled",
        harness: || several(&[]).without_start(),
        actions: DRY_RUN,
        faulted: &[End::Unrecorded, End::Failed(FailureKind::JobFailed)],
        ..BASE
    },
];

/// A harness with these settings, in which CloudFront completes after this many seconds.
fn harness(settings: &[(&str, &str)], seconds: u64) -> Harness {
    on(settings, Completion::After(Duration::from_secs(seconds)))
}

fn never(settings: &[(&str, &str)]) -> Harness {
    on(settings, Completion::Never)
}

fn on(settings: &[(&str, &str)], completion: Completion) -> Harness {
    let aws = Settings {
        latency: Duration::from_millis(20),
        ..Settings::default()
    };
    let harness = Harness::of(aws, settings);
    harness.aws().cloudfront().set_completion(completion);
    harness
}

/// A second distribution that has a domain name, and a distribution tenant.
fn several(settings: &[(&str, &str)]) -> Harness {
    let harness = harness(settings, 10);
    let cloudfront = harness.aws().cloudfront();
    cloudfront.set_aliases("E3EXAMPLE2ABCD", &["www.example.com"]);
    cloudfront.set_domains("dt_1example", &["tenant.example.com"]);
    harness
}

/// The same, but CloudFront first rejects requests because thirty other invalidations are in progress. Once the
/// execution's invalidation is created, the search for it has to find it among those thirty.
fn rejecting_in_a_backlog() -> Harness {
    let harness = rejecting();
    let cloudfront = harness.aws().cloudfront();
    let resource_id = ResourceId::Distribution(DISTRIBUTION.into());
    cloudfront.set_completion(Completion::After(Duration::from_secs(10)));
    for number in 0..30 {
        let _ = cloudfront.add_invalidation(&resource_id, &format!("{BY_HAND} {number}"));
    }
    cloudfront.set_completion(Completion::After(Duration::from_secs(5)));
    harness
}

const fn skew(start_ms: i64, checker_ms: i64) -> Skew {
    Skew::Of {
        start_ms,
        checker_ms,
    }
}

/// Two unreadable records are due long before the valid record.
fn with_malformed_record() -> Harness {
    let harness = harness(&[NO_WAIT], 10);
    for more in [json!({"N": "9"}), json!({"S": "1"})] {
        let item = json!({
            "id": {"S": format!("00000000-0000-0000-0000-00000000000{}", more["N"].is_null())},
            "due_shard": {"S": "0"},
            "due_at": {"N": "1"},
            "v": more,
        });
        let item = item.as_object().cloned().unwrap_or_default();
        harness.aws().dynamodb().put_raw(TABLE, item);
    }
    harness
}

/// The index shows a write a minute and a half later.
fn stale() -> Harness {
    let harness = harness(&[NO_WAIT], 10);
    harness
        .aws()
        .dynamodb()
        .set_index_lag(Duration::from_secs(90));
    harness
}

/// The largest number of distributions that an action can name.
fn many(settings: &[(&str, &str)]) -> Harness {
    let harness = harness(settings, 5);
    let cloudfront = harness.aws().cloudfront();
    many_distributions().for_each(|id| cloudfront.add_distribution(&id));
    harness
}

/// The same, with a second for each of CloudFront's creations.
fn many_slow() -> Harness {
    let harness = many(&[MAX_WAIT, DEFAULT_TOPIC]);
    let slow = FaultKind::Slow(Duration::from_secs(1));
    harness.aws().inject(Fault {
        operation: Some("CreateInvalidation".into()),
        ..Fault::always(slow)
    });
    harness
}

/// CloudFront rejects a repeated reference even for the same batch, as users have reported.
fn rejecting() -> Harness {
    let harness = harness(&[MAX_WAIT], 5);
    harness
        .aws()
        .cloudfront()
        .set_repetition(Repetition::InvalidArgument);
    harness
}
