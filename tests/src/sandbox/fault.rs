//! Troubles with a name: what `--fault` can do to a run.

use std::fmt::Write;
use std::str::FromStr;

use crate::aws::{Fault, FaultKind, Service};

/// A trouble that one run meets.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// Its name, as given on the command line.
    pub name: String,
    help: &'static str,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// For AWS to inject.
    Fault(Fault),
    /// Lambda delivers CodePipeline's first event twice at once.
    FirstEventTwice,
}

/// One line of the catalogue.
struct Known {
    name: &'static str,
    /// The number that it stands for when none is given; none if it takes no number.
    default: Option<u32>,
    help: &'static str,
    kind: fn(u32) -> Kind,
}

const FOR_EVER: u32 = u32::MAX;

const KNOWN: &[Known] = &[
    Known {
        name: "event-twice",
        default: None,
        help: "Lambda delivers the first event twice, at the same time",
        kind: |_| Kind::FirstEventTwice,
    },
    Known {
        name: "start-dead",
        default: None,
        help: "`start` dies before its first call, whenever it is invoked",
        kind: |_| dies("start", FaultKind::KillBefore, 1, FOR_EVER),
    },
    Known {
        name: "start-killed-after",
        default: Some(2),
        help: "`start` dies once, right after its N-th call took effect",
        kind: |call| dies("start", FaultKind::KillAfter, call, 1),
    },
    Known {
        name: "checker-dead",
        default: None,
        help: "`checker` dies before its first call, whenever it is woken",
        kind: |_| dies("checker", FaultKind::KillBefore, 1, FOR_EVER),
    },
    Known {
        name: "checker-killed-after",
        default: Some(2),
        help: "`checker` dies once, right after its N-th call took effect",
        kind: |call| dies("checker", FaultKind::KillAfter, call, 1),
    },
    Known {
        name: "cloudfront-throttled",
        default: Some(4),
        help: "the first N CreateInvalidation are refused with Throttling",
        kind: |calls| {
            let throttling = FaultKind::refuse(400, "Throttling", "Rate exceeded");
            refused(
                Service::CloudFront,
                Some("CreateInvalidation"),
                calls,
                throttling,
            )
        },
    },
    Known {
        name: "cloudfront-denied",
        default: None,
        help: "nobody may call CreateInvalidation",
        kind: |_| {
            let denied = FaultKind::refuse(
                403,
                "AccessDenied",
                "not authorized to perform: cloudfront:CreateInvalidation",
            );
            refused(
                Service::CloudFront,
                Some("CreateInvalidation"),
                FOR_EVER,
                denied,
            )
        },
    },
    Known {
        name: "cloudfront-forgets",
        default: None,
        help: "the first CreateInvalidation is done, but its reply is lost",
        kind: |_| {
            refused(
                Service::CloudFront,
                Some("CreateInvalidation"),
                1,
                FaultKind::LoseReply,
            )
        },
    },
    Known {
        name: "cloudfront-down",
        default: None,
        help: "every call to CloudFront is refused with 503",
        kind: |_| refused(Service::CloudFront, None, FOR_EVER, unavailable()),
    },
    Known {
        name: "dynamodb-down",
        default: Some(10),
        help: "the first N calls to DynamoDB are refused with 500",
        kind: |calls| {
            let broken = FaultKind::refuse(500, "InternalServerError", "Internal server error");
            refused(Service::DynamoDb, None, calls, broken)
        },
    },
    Known {
        name: "codepipeline-throttled",
        default: Some(4),
        help: "the first N calls to CodePipeline are refused",
        kind: |calls| {
            let throttling = FaultKind::refuse(400, "ThrottlingException", "Rate exceeded");
            refused(Service::CodePipeline, None, calls, throttling)
        },
    },
    Known {
        name: "sns-down",
        default: Some(3),
        help: "the first N publishes are refused with 503",
        kind: |calls| refused(Service::Sns, None, calls, unavailable()),
    },
    Known {
        name: "sns-dead",
        default: None,
        help: "nothing can be published, ever",
        kind: |_| {
            let denied = FaultKind::refuse(
                403,
                "AuthorizationError",
                "not authorized to perform: SNS:Publish",
            );
            refused(Service::Sns, None, FOR_EVER, denied)
        },
    },
];

impl Trouble {
    /// What AWS is to do, if it is AWS that makes the trouble.
    pub(super) fn fault(&self) -> Option<Fault> {
        match &self.kind {
            Kind::Fault(fault) => Some(fault.clone()),
            Kind::FirstEventTwice => None,
        }
    }

    /// What it does, in one line.
    pub fn help(&self) -> &'static str {
        self.help
    }

    pub(super) fn doubles_first_event(&self) -> bool {
        matches!(self.kind, Kind::FirstEventTwice)
    }

    /// All names with what they do, for `--help`.
    pub fn catalogue() -> String {
        KNOWN.iter().fold(String::new(), |mut text, known| {
            let name = known.default.map_or_else(
                || known.name.into(),
                |number| format!("{}={number}", known.name),
            );
            let _ = writeln!(text, "  {name:<26} {}", known.help);
            text
        })
    }
}

impl FromStr for Trouble {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, number) = text
            .split_once('=')
            .map_or((text, None), |(name, number)| (name, Some(number)));
        let known = KNOWN
            .iter()
            .find(|known| known.name == name)
            .ok_or_else(|| unknown(name))?;
        let number = match (known.default, number) {
            (None, Some(_)) => return Err(format!("`{name}` takes no number")),
            (default, None) => default.unwrap_or_default(),
            (Some(_), Some(number)) => number
                .parse()
                .ok()
                .filter(|number| *number > 0)
                .ok_or("the number must be a whole one above 0")?,
        };
        Ok(Self {
            name: text.to_owned(),
            help: known.help,
            kind: (known.kind)(number),
        })
    }
}

fn unknown(name: &str) -> String {
    let names: Vec<&str> = KNOWN.iter().map(|known| known.name).collect();
    format!("there is no fault `{name}`; there are {}", names.join(", "))
}

fn dies(function: &str, kind: FaultKind, first: u32, count: u32) -> Kind {
    Kind::Fault(Fault {
        caller: Some(function.into()),
        first,
        count,
        ..Fault::always(kind)
    })
}

fn refused(service: Service, operation: Option<&str>, count: u32, kind: FaultKind) -> Kind {
    let operation = operation.map(Into::into);
    Kind::Fault(Fault {
        service: Some(service),
        operation,
        count,
        ..Fault::always(kind)
    })
}

fn unavailable() -> FaultKind {
    FaultKind::refuse(503, "ServiceUnavailable", "Service is unavailable")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_the_catalogue_is_understood() {
        for line in Trouble::catalogue().lines() {
            line.split_whitespace()
                .next()
                .unwrap()
                .parse::<Trouble>()
                .unwrap();
        }
    }

    #[test]
    fn a_number_is_taken_where_it_means_something() {
        let killed: Trouble = "start-killed-after=5".parse().unwrap();
        assert_eq!(
            killed.fault().map(|fault| (fault.first, fault.count)),
            Some((5, 1))
        );
        assert_eq!(
            "sns-dead=1".parse::<Trouble>().unwrap_err(),
            "`sns-dead` takes no number"
        );
        assert!("sns-down=0".parse::<Trouble>().is_err());
        assert!(
            "sns"
                .parse::<Trouble>()
                .unwrap_err()
                .contains("sns-down, sns-dead")
        );
    }
}
