//! The classes of failure.

use std::time::Duration;

use harness::{DISTRIBUTION, Stage, TOPIC};
use local_aws::cloudfront::{Completion, Repetition};
use local_aws::{Fault, FaultKind, Service};

/// A class of failure: how it comes about.
pub(super) struct Class {
    /// What has gone wrong.
    pub(super) name: &'static str,
    /// The stage on which it goes wrong.
    pub(super) stage: fn() -> Stage,
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
    stage: || stage(&[]),
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
        stage: || {
            stage(&[
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
        stage: || {
            let stage = stage(&[]);
            stage.aws().cloudfront().deny("CreateInvalidation");
            stage
        },
        ..BASE
    },
    Class {
        name: "The role may not look at invalidations",
        stage: || {
            let stage = stage(&[]);
            stage.aws().cloudfront().deny("GetInvalidation");
            stage
        },
        ..BASE
    },
    Class {
        name: "SNS does not let us publish",
        stage: || {
            let stage = stage(&[]);
            stage.aws().sns().deny(TOPIC);
            stage
        },
        ..BASE
    },
    Class {
        name: "EventBridge refuses the event",
        stage: || {
            let stage = stage(&[("EVENT_BUS_NAME", "default")]);
            let refused = Some("NotAuthorizedForSourceException");
            stage.aws().eventbridge().refuse_entries(refused);
            stage
        },
        ..BASE
    },
    Class {
        name: "The event bus is gone",
        stage: || stage(&[("EVENT_BUS_NAME", "deploys")]),
        ..BASE
    },
    Class {
        name: "CloudFront throttles until the deadline",
        stage: || down(Service::CloudFront, FaultKind::Throttle),
        ..BASE
    },
    Class {
        name: "CloudFront is down until the deadline",
        stage: || down(Service::CloudFront, FaultKind::Unavailable),
        ..BASE
    },
    Class {
        name: "Too many invalidations are in progress",
        stage: || {
            let full = FaultKind::refuse(
                400,
                "TooManyInvalidationsInProgress",
                "Processing your request will cause you to exceed the maximum number of in-progress wildcard invalidations.",
            );
            struck(Some(Service::CloudFront), Some("CreateInvalidation"), full)
        },
        ..BASE
    },
    Class {
        name: "CloudFront never completes",
        stage: || completing(Completion::Never),
        ..BASE
    },
    Class {
        name: "CloudFront is late, and OnTimeout is succeed",
        stage: || completing(Completion::Never),
        parameters: LATE,
        ..BASE
    },
    Class {
        name: "CloudFront is late, and OnTimeout is release",
        stage: || completing(Completion::After(Duration::from_secs(40 * 60))),
        parameters: RELEASED,
        ..BASE
    },
    Class {
        name: "A reply is lost, and CloudFront refuses its repetition",
        stage: || {
            let stage = stage(&[]);
            stage
                .aws()
                .cloudfront()
                .set_repetition(Repetition::InvalidArgument);
            let lost = Fault::once(
                Service::CloudFront,
                "CreateInvalidation",
                FaultKind::LoseReply,
            );
            stage.aws().inject(lost);
            stage
        },
        ..BASE
    },
    Class {
        name: "The pipeline is stopped",
        stage: || completing(Completion::After(Duration::from_secs(120))),
        stopped_after: Some(Duration::from_secs(60)),
        ..BASE
    },
    Class {
        name: "CodePipeline cannot be reached any more",
        stage: || {
            let stage = completing(Completion::After(Duration::from_secs(60)));
            let from_ms = stage.aws().now_ms() + 55_000;
            let down = from_ms..from_ms + 3 * 3_600_000;
            let unreachable = FaultKind::LoseRequest;
            stage
                .aws()
                .inject(Fault::outage(Service::CodePipeline, down, unreachable));
            stage
        },
        lambdas_alarms: &["StartErrorsAlarm", "CheckerErrorsAlarm"],
        ..BASE
    },
    Class {
        name: "DynamoDB is down",
        stage: || down(Service::DynamoDb, FaultKind::Unavailable),
        lambdas_alarms: &["StartErrorsAlarm", "CheckerErrorsAlarm"],
        ..BASE
    },
    Class {
        name: "Our code panics at each try",
        stage: || {
            struck(
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
        stage: || stage(&[]).without_start(),
        lambdas_alarms: &["StartErrorsAlarm"],
        ..BASE
    },
    Class {
        name: "start is killed after CloudFront did its work",
        stage: || {
            let stage = stage(&[]);
            let dies = Fault::once(
                Service::CloudFront,
                "CreateInvalidation",
                FaultKind::KillAfter,
            );
            stage.aws().inject(dies);
            stage
        },
        lambdas_alarms: &["StartErrorsAlarm"],
        ..BASE
    },
    Class {
        name: "checker is dead",
        stage: || completing(Completion::After(Duration::from_secs(60))).without_checker(),
        lambdas_alarms: &["CheckerSilentAlarm"],
        ..BASE
    },
];

fn stage(settings: &[(&str, &str)]) -> Stage {
    let stage = Stage::new(settings);
    stage.aws().cloudfront().add_distribution(DISTRIBUTION);
    stage
}

fn completing(completion: Completion) -> Stage {
    let stage = stage(&[]);
    stage.aws().cloudfront().set_completion(completion);
    stage
}

fn down(service: Service, kind: FaultKind) -> Stage {
    struck(Some(service), None, kind)
}

fn struck(service: Option<Service>, operation: Option<&str>, kind: FaultKind) -> Stage {
    let stage = stage(&[]);
    stage.aws().inject(Fault {
        service,
        operation: operation.map(str::to_owned),
        ..Fault::always(kind)
    });
    stage
}
