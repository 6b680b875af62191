//! The catalogue of faults.

use super::Kind;
use local_aws::{Fault, FaultKind, Service};

/// One line of the catalogue.
pub(super) struct Known {
    pub(super) name: &'static str,
    /// The number if none is given; `None` if the fault has no number.
    pub(super) default: Option<u32>,
    pub(super) help: &'static str,
    pub(super) kind: fn(u32) -> Kind,
}

const FOR_EVER: u32 = u32::MAX;

/// In the order of `--help`.
pub(super) const KNOWN: &[Known] = &[
    Known {
        name: "event-twice",
        default: None,
        help: "Lambda delivers each event of CodePipeline twice, at the same time",
        kind: |_| Kind::EventsTwice,
    },
    Known {
        name: "start-dead",
        default: None,
        help: "`start` is killed before its first call, at every invocation",
        kind: |_| dies("start", FaultKind::KillBefore, 1, FOR_EVER),
    },
    Known {
        name: "start-killed-after",
        default: Some(2),
        help: "`start` is killed once, right after its N-th call took effect",
        kind: |call| dies("start", FaultKind::KillAfter, call, 1),
    },
    Known {
        name: "checker-dead",
        default: None,
        help: "`checker` is killed before its first call, at every invocation",
        kind: |_| dies("checker", FaultKind::KillBefore, 1, FOR_EVER),
    },
    Known {
        name: "checker-killed-after",
        default: Some(2),
        help: "`checker` is killed once, right after its N-th call took effect",
        kind: |call| dies("checker", FaultKind::KillAfter, call, 1),
    },
    Known {
        name: "cloudfront-throttled",
        default: Some(4),
        help: "the first N CreateInvalidation are rejected with Throttling",
        kind: |calls| {
            let throttling = FaultKind::reject(400, "Throttling", "Rate exceeded");
            creations(calls, &throttling)
        },
    },
    Known {
        name: "cloudfront-full",
        default: Some(4),
        help: "the first N CreateInvalidation get TooManyInvalidationsInProgress",
        kind: |calls| {
            let what = "Processing your request will cause you to exceed the maximum number of in-progress wildcard invalidations.";
            let full = FaultKind::reject(400, "TooManyInvalidationsInProgress", what);
            creations(calls, &full)
        },
    },
    Known {
        name: "cloudfront-refuses",
        default: None,
        help: "every CreateInvalidation is rejected with InvalidArgument",
        kind: |_| {
            let what = "Your request contains one or more invalid invalidation paths.";
            creations(FOR_EVER, &FaultKind::reject(400, "InvalidArgument", what))
        },
    },
    Known {
        name: "cloudfront-unknown",
        default: None,
        help: "no target of the parameters exists in CloudFront",
        kind: |_| Kind::NoTargets,
    },
    Known {
        name: "cloudfront-denied",
        default: None,
        help: "the role may not call CreateInvalidation",
        kind: |_| Kind::Denied(&CREATE),
    },
    Known {
        name: "cloudfront-blind",
        default: None,
        help: "the role may not call GetInvalidation",
        kind: |_| Kind::Denied(&["GetInvalidation", "GetInvalidationForDistributionTenant"]),
    },
    Known {
        name: "cloudfront-forgets",
        default: None,
        help: "the first CreateInvalidation takes effect, but its reply is lost",
        kind: |_| creations(1, &FaultKind::LoseReply),
    },
    Known {
        name: "cloudfront-down",
        default: None,
        help: "every call to CloudFront is rejected with 503",
        kind: |_| every_call(Service::CloudFront, FOR_EVER, unavailable()),
    },
    Known {
        name: "dynamodb-down",
        default: Some(10),
        help: "the first N calls to DynamoDB are rejected with 500",
        kind: |calls| {
            let broken = FaultKind::reject(500, "InternalServerError", "Internal server error");
            every_call(Service::DynamoDb, calls, broken)
        },
    },
    Known {
        name: "codepipeline-throttled",
        default: Some(4),
        help: "the first N calls to CodePipeline are throttled",
        kind: |calls| {
            let throttling = FaultKind::reject(400, "ThrottlingException", "Rate exceeded");
            every_call(Service::CodePipeline, calls, throttling)
        },
    },
    Known {
        name: "sns-down",
        default: Some(3),
        help: "the first N Publish calls are rejected with 503",
        kind: |calls| every_call(Service::Sns, calls, unavailable()),
    },
    Known {
        name: "sns-dead",
        default: None,
        help: "every Publish is rejected with AuthorizationError",
        kind: |_| {
            let denied = FaultKind::reject(
                403,
                "AuthorizationError",
                "not authorized to perform: SNS:Publish",
            );
            every_call(Service::Sns, FOR_EVER, denied)
        },
    },
    Known {
        name: "bus-gone",
        default: None,
        help: "with --events: the bus does not exist, so events are dropped",
        kind: |_| Kind::NoBus,
    },
];

fn dies(function: &str, kind: FaultKind, first: u32, count: u32) -> Kind {
    Kind::Faults(vec![Fault {
        caller: Some(function.into()),
        first,
        count,
        ..Fault::always(kind)
    }])
}

/// A fault in each of the first `count` calls to a service.
fn every_call(service: Service, count: u32, kind: FaultKind) -> Kind {
    Kind::Faults(vec![Fault {
        service: Some(service),
        count,
        ..Fault::always(kind)
    }])
}

/// The operations that create an invalidation, of a distribution and of a distribution tenant.
const CREATE: [&str; 2] = [
    "CreateInvalidation",
    "CreateInvalidationForDistributionTenant",
];

/// A fault in each of the first `count` CreateInvalidation calls, and in as many of the operation for tenants.
fn creations(count: u32, kind: &FaultKind) -> Kind {
    let create = |operation| Fault {
        count,
        ..Fault::once(Service::CloudFront, operation, kind.clone())
    };
    Kind::Faults(CREATE.map(create).to_vec())
}

fn unavailable() -> FaultKind {
    FaultKind::reject(503, "ServiceUnavailable", "Service is unavailable")
}
