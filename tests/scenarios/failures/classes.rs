//! The classes of failure.

use std::time::Duration;

use harness::{DISTRIBUTION, Harness, TOPIC};
use local_aws::cloudfront::{Completion, Repetition};
use local_aws::s3::zip;
use local_aws::{Fault, FaultKind, Service};

/// A class of failure: how it is caused.
pub(super) struct Class {
    /// The name of the class.
    pub(super) name: &'static str,
    /// The harness in which it fails.
    pub(super) harness: fn() -> Harness,
    /// The action's user parameters.
    pub(super) parameters: &'static str,
    /// When the pipeline is stopped, if it is.
    pub(super) stopped_after: Option<Duration>,
    /// The alarms that Lambda's own metrics raise.
    pub(super) lambdas_alarms: &'static [&'static str],
}

const SITE: &str = r#"{"DistributionId":"E2EXAMPLE1ABCD","SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"#;
const LATE: &str = r#"{"DistributionId":"E2EXAMPLE1ABCD","OnTimeout":"succeed","SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"#;
const RELEASED: &str = r#"{"DistributionId":"E2EXAMPLE1ABCD","OnTimeout":"release","SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"#;
const TAGS: &str = r##"{"DistributionId":"E2EXAMPLE1ABCD","Paths":["#product:1"],"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"##;

const FILE: &str = r#"{"DistributionId":"E2EXAMPLE1ABCD","PathsFile":"invalidation.txt","SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"#;

const BASE: Class = Class {
    name: "",
    harness: || harness(&[]),
    parameters: SITE,
    stopped_after: None,
    lambdas_alarms: &[],
};

/// All classes: first the author's errors, then permissions, then services, then internal errors.
pub(super) const CLASSES: &[Class] = &[
    Class {
        name: "A parameter name is misspelled",
        parameters: r#"{"DistributonId":"E2EXAMPLE1ABCD","Paths":["index.html"],"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"#,
        ..BASE
    },
    Class {
        name: "The topic is not on the function's list",
        harness: || {
            harness(&[
                ("DEFAULT_TOPIC_ARN", TOPIC),
                (
                    "ALLOWED_TOPIC_ARNS",
                    "arn:aws:sns:us-east-1:111111111111:alerts",
                ),
            ])
        },
        parameters: r#"{"DistributionId":"E2EXAMPLE1ABCD","SnsTopicArn":"arn:aws:sns:us-east-1:999999999999:theirs","NotificationFormat":"mixed"}"#,
        ..BASE
    },
    Class {
        name: "The pipeline may not invalidate the distribution",
        harness: || harness(&[("ALLOWED_PIPELINES", r#"{"another-pipeline":"*"}"#)]),
        ..BASE
    },
    Class {
        name: "CodePipeline does not return the pipeline, which the settings need",
        harness: || {
            let harness = harness(&[("ALLOWED_PIPELINES", r#"{"example-pipeline":"*"}"#)]);
            let denied = FaultKind::reject(400, "AccessDeniedException", "not authorized");
            harness.aws().inject(Fault {
                service: Some(Service::CodePipeline),
                operation: Some("GetJobDetails".into()),
                ..Fault::always(denied)
            });
            harness
        },
        ..BASE
    },
    Class {
        name: "The action has more targets and paths than the settings allow",
        harness: || {
            harness(&[
                ("MAX_TARGETS_PER_ACTION", "1"),
                ("MAX_PATHS_PER_ACTION", "3"),
            ])
        },
        parameters: r#"{"DistributionId":["E2EXAMPLE1ABCD","E3EXAMPLE2BCDE"],"Paths":["/a","/b"],"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"#,
        ..BASE
    },
    Class {
        name: "The file of PathsFile is not in the artifact",
        harness: || artifact(zip([("index.html", &b"<html>"[..])])),
        parameters: FILE,
        ..BASE
    },
    Class {
        name: "The artifact of PathsFile no longer exists",
        parameters: FILE,
        ..BASE
    },
    Class {
        name: "The artifact of PathsFile is a tar.gz archive",
        harness: || artifact([vec![0x1F, 0x8B, 8, 0], vec![0; 1_000]].concat()),
        parameters: FILE,
        ..BASE
    },
    Class {
        name: "The file of PathsFile is too large",
        harness: || listing(&"/assets/a\n".repeat(500_000)),
        parameters: FILE,
        ..BASE
    },
    Class {
        name: "The file of PathsFile has thousands of wrong lines",
        harness: || listing(&"index.html\n".repeat(4_000)),
        parameters: FILE,
        ..BASE
    },
    Class {
        name: "The distribution does not exist",
        parameters: r#"{"DistributionId":"E9EXAMPLE9ABCD","SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"#,
        ..BASE
    },
    Class {
        name: "The distribution tenant does not exist",
        parameters: r#"{"Targets":[{"DistributionTenantId":"dt_9example"}],"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"#,
        ..BASE
    },
    Class {
        name: "No distribution has the domain name",
        parameters: r#"{"Targets":[{"Alias":"www.example.com"}],"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"#,
        ..BASE
    },
    Class {
        name: "The distribution has no cache tags",
        parameters: TAGS,
        ..BASE
    },
    Class {
        name: "One of two targets is rejected",
        parameters: r#"{"DistributionId":["E2EXAMPLE1ABCD","E9EXAMPLE9ABCD"],"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"#,
        ..BASE
    },
    Class {
        name: "The role may not create invalidations",
        harness: || {
            let harness = harness(&[]);
            harness.aws().cloudfront().deny("CreateInvalidation");
            harness
        },
        ..BASE
    },
    Class {
        name: "The role may not read invalidations",
        harness: || {
            let harness = harness(&[]);
            harness.aws().cloudfront().deny("GetInvalidation");
            harness
        },
        ..BASE
    },
    Class {
        name: "The pipeline's role may not decrypt the artifact of PathsFile",
        harness: || {
            let harness = listing("/a\n");
            harness.aws().s3().deny_key();
            harness
        },
        parameters: FILE,
        ..BASE
    },
    Class {
        name: "SNS denies the publication",
        harness: || {
            let harness = harness(&[]);
            harness.aws().sns().deny(TOPIC);
            harness
        },
        ..BASE
    },
    Class {
        name: "EventBridge rejects the event",
        harness: || {
            let harness = harness(&[("EVENT_BUS_NAME", "default")]);
            let rejected = Some("NotAuthorizedForSourceException");
            harness.aws().eventbridge().reject_entries(rejected);
            harness
        },
        ..BASE
    },
    Class {
        name: "The event bus does not exist",
        harness: || harness(&[("EVENT_BUS_NAME", "deploys")]),
        ..BASE
    },
    Class {
        name: "S3 does not return the artifact of PathsFile",
        harness: || down(Service::S3, FaultKind::Unavailable),
        parameters: FILE,
        lambdas_alarms: &["FailedDeliveriesAlarm", "StartErrorsAlarm"],
        ..BASE
    },
    Class {
        name: "CloudFront throttles until the deadline",
        harness: || down(Service::CloudFront, FaultKind::Throttle),
        ..BASE
    },
    Class {
        name: "CloudFront is unavailable until the deadline",
        harness: || down(Service::CloudFront, FaultKind::Unavailable),
        ..BASE
    },
    Class {
        name: "Too many invalidations are in progress",
        harness: || {
            let full = FaultKind::reject(
                400,
                "TooManyInvalidationsInProgress",
                "Processing your request will cause you to exceed the maximum number of in-progress wildcard invalidations.",
            );
            faulted(Some(Service::CloudFront), Some("CreateInvalidation"), full)
        },
        ..BASE
    },
    Class {
        name: "CloudFront never completes",
        harness: || completing(Completion::Never),
        ..BASE
    },
    Class {
        name: "CloudFront is late, and OnTimeout is succeed",
        harness: || completing(Completion::Never),
        parameters: LATE,
        ..BASE
    },
    Class {
        name: "CloudFront is late, and OnTimeout is release",
        harness: || completing(Completion::After(Duration::from_secs(40 * 60))),
        parameters: RELEASED,
        ..BASE
    },
    Class {
        name: "A reply is lost, and CloudFront rejects the repetition",
        harness: || {
            let harness = harness(&[]);
            harness
                .aws()
                .cloudfront()
                .set_repetition(Repetition::InvalidArgument);
            let lost = Fault::once(
                Service::CloudFront,
                "CreateInvalidation",
                FaultKind::LoseReply,
            );
            harness.aws().inject(lost);
            harness
        },
        ..BASE
    },
    Class {
        name: "The pipeline is stopped",
        harness: || completing(Completion::After(Duration::from_secs(120))),
        stopped_after: Some(Duration::from_secs(60)),
        ..BASE
    },
    Class {
        name: "CodePipeline is unreachable",
        harness: || {
            let harness = completing(Completion::After(Duration::from_secs(60)));
            let from_ms = harness.aws().now_ms() + 55_000;
            let down = from_ms..from_ms + 3 * 3_600_000;
            let unreachable = FaultKind::LoseRequest;
            harness
                .aws()
                .inject(Fault::outage(Service::CodePipeline, down, unreachable));
            harness
        },
        lambdas_alarms: &["StartErrorsAlarm", "CheckerErrorsAlarm"],
        ..BASE
    },
    Class {
        name: "DynamoDB is unavailable",
        harness: || down(Service::DynamoDb, FaultKind::Unavailable),
        lambdas_alarms: &["StartErrorsAlarm", "CheckerErrorsAlarm"],
        ..BASE
    },
    Class {
        name: "The function panics in every attempt",
        harness: || {
            faulted(
                Some(Service::CloudFront),
                Some("CreateInvalidation"),
                FaultKind::PanicAfter,
            )
        },
        lambdas_alarms: &["StartErrorsAlarm"],
        ..BASE
    },
    Class {
        name: "start cannot run",
        harness: || harness(&[]).without_start(),
        lambdas_alarms: &["StartErrorsAlarm"],
        ..BASE
    },
    Class {
        name: "start is killed after it created the invalidation",
        harness: || {
            let harness = harness(&[]);
            let kill = Fault::once(
                Service::CloudFront,
                "CreateInvalidation",
                FaultKind::KillAfter,
            );
            harness.aws().inject(kill);
            harness
        },
        lambdas_alarms: &["StartErrorsAlarm"],
        ..BASE
    },
    Class {
        name: "checker cannot run",
        harness: || completing(Completion::After(Duration::from_secs(60))).without_checker(),
        lambdas_alarms: &["CheckerSilentAlarm"],
        ..BASE
    },
];

fn harness(settings: &[(&str, &str)]) -> Harness {
    let harness = Harness::new(settings);
    harness.aws().cloudfront().add_distribution(DISTRIBUTION);
    harness
}

/// The artifact of each action.
fn artifact(archive: Vec<u8>) -> Harness {
    let harness = harness(&[]);
    harness.aws().s3().put_each_artifact(archive);
    harness
}

/// An artifact whose file has this content.
fn listing(content: &str) -> Harness {
    artifact(zip([("invalidation.txt", content.as_bytes())]))
}

fn completing(completion: Completion) -> Harness {
    let harness = harness(&[]);
    harness.aws().cloudfront().set_completion(completion);
    harness
}

fn down(service: Service, kind: FaultKind) -> Harness {
    faulted(Some(service), None, kind)
}

fn faulted(service: Option<Service>, operation: Option<&str>, kind: FaultKind) -> Harness {
    let harness = harness(&[]);
    harness.aws().inject(Fault {
        service,
        operation: operation.map(str::to_owned),
        ..Fault::always(kind)
    });
    harness
}
