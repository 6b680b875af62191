//! The classes of failure.

use std::time::Duration;

use harness::{DISTRIBUTION, Harness, TOPIC};
use local_aws::cloudfront::{Completion, Repetition};
use local_aws::{Fault, FaultKind, Service};

/// A class of failure: how it comes about.
pub(super) struct Class {
    /// What has gone wrong.
    pub(super) name: &'static str,
    /// The stage on which it goes wrong.
    pub(super) harness: fn() -> Harness,
    /// The action's user parameters.
    pub(super) parameters: &'static str,
    /// When somebody stops the pipeline, if somebody does.
    pub(super) stopped_after: Option<Duration>,
    /// The alarms that Lambda's own metrics raise.
    pub(super) lambdas_alarms: &'static [&'static str],
}

const SITE: &str = r#"{"DistributionId":"E2EXAMPLE1ABCD","SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"#;
const LATE: &str = r#"{"DistributionId":"E2EXAMPLE1ABCD","OnTimeout":"succeed","SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"#;
const RELEASED: &str = r#"{"DistributionId":"E2EXAMPLE1ABCD","OnTimeout":"release","SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"#;
const TAGS: &str = r##"{"DistributionId":"E2EXAMPLE1ABCD","Paths":["#product:1"],"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"##;

const BASE: Class = Class {
    name: "",
    harness: || harness(&[]),
    parameters: SITE,
    stopped_after: None,
    lambdas_alarms: &[],
};

/// All classes: first those that the pipeline's author can mend, then permissions, then services, then ourselves.
pub(super) const CLASSES: &[Class] = &[
    Class {
        name: "A parameter is misspelt",
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
        name: "There is no such distribution",
        parameters: r#"{"DistributionId":"E9EXAMPLE9ABCD","SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"#,
        ..BASE
    },
    Class {
        name: "There is no such distribution tenant",
        parameters: r#"{"Targets":[{"DistributionTenantId":"dt_9example"}],"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"#,
        ..BASE
    },
    Class {
        name: "Nobody has the domain name",
        parameters: r#"{"Targets":[{"Alias":"www.example.com"}],"SnsTopicArn":"arn:aws:sns:us-east-1:111111111111:deploys","NotificationFormat":"mixed"}"#,
        ..BASE
    },
    Class {
        name: "The distribution has no cache tags",
        parameters: TAGS,
        ..BASE
    },
    Class {
        name: "One of two targets is refused",
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
        name: "The role may not look at invalidations",
        harness: || {
            let harness = harness(&[]);
            harness.aws().cloudfront().deny("GetInvalidation");
            harness
        },
        ..BASE
    },
    Class {
        name: "SNS does not let us publish",
        harness: || {
            let harness = harness(&[]);
            harness.aws().sns().deny(TOPIC);
            harness
        },
        ..BASE
    },
    Class {
        name: "EventBridge refuses the event",
        harness: || {
            let harness = harness(&[("EVENT_BUS_NAME", "default")]);
            let rejected = Some("NotAuthorizedForSourceException");
            harness.aws().eventbridge().reject_entries(rejected);
            harness
        },
        ..BASE
    },
    Class {
        name: "The event bus is gone",
        harness: || harness(&[("EVENT_BUS_NAME", "deploys")]),
        ..BASE
    },
    Class {
        name: "CloudFront throttles until the deadline",
        harness: || down(Service::CloudFront, FaultKind::Throttle),
        ..BASE
    },
    Class {
        name: "CloudFront is down until the deadline",
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
        name: "A reply is lost, and CloudFront refuses its repetition",
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
        name: "CodePipeline cannot be reached any more",
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
        name: "DynamoDB is down",
        harness: || down(Service::DynamoDb, FaultKind::Unavailable),
        lambdas_alarms: &["StartErrorsAlarm", "CheckerErrorsAlarm"],
        ..BASE
    },
    Class {
        name: "Our code panics at each try",
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
        name: "start is dead",
        harness: || harness(&[]).without_start(),
        lambdas_alarms: &["StartErrorsAlarm"],
        ..BASE
    },
    Class {
        name: "start is killed after CloudFront did its work",
        harness: || {
            let harness = harness(&[]);
            let dies = Fault::once(
                Service::CloudFront,
                "CreateInvalidation",
                FaultKind::KillAfter,
            );
            harness.aws().inject(dies);
            harness
        },
        lambdas_alarms: &["StartErrorsAlarm"],
        ..BASE
    },
    Class {
        name: "checker is dead",
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
