//! AWS identifiers as types. A value of such a type was validated once, on input.
//!
//! Identifiers are used in requests, in the stored record and in messages. Invalid text is rejected on input, so it
//! reaches none of them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The id of a CodePipeline job: a UUID in lower-case hexadecimal, as CodePipeline requires
/// (`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`, API reference of `PutJobSuccessResult`).
///
/// Each continuation job has a new id. The id of the first job is the id of the execution.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobId(String);

/// The id of a CloudFront distribution, such as `E2EXAMPLE1ABCD`: an `E` and then capital letters and digits, 32
/// characters at most.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DistributionId(String);

/// The id of a CloudFront distribution tenant, such as `dt_2wjDZi3hD1ivOXf6rpZJOSNE1AB`: `dt_` and then letters and
/// digits, 64 characters at most.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DistributionTenantId(String);

/// An alternate domain name of a distribution or a distribution tenant, such as `www.example.com` or `*.example.com`,
/// in lower case: 253 characters at most.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Alias(String);

/// The id of an invalidation, such as `I2J0I21PCUYOIK`: capital letters and digits, 64 characters at most.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InvalidationId(String);

/// The ARN of an SNS topic, such as `arn:aws:sns:us-east-1:111111111111:deploys`, in any partition and region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TopicArn(String);

/// The name or the ARN of an EventBridge event bus, such as `default`: 1,600 characters at most.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventBusName(String);

/// An AWS account and its partition, used to build resource ARNs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Account {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    partition: String,
    /// The 12 digits of the account id, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

/// Implements a validated text type. `$rule` completes "the text must be …".
macro_rules! identifier {
    ($name:ident, $is_valid:path, $rule:literal) => {
        impl $name {
            /// Parses a text; none if it is invalid.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                $is_valid(text).then(|| Self(text.to_owned()))
            }

            /// The text as AWS writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text).ok_or(concat!("must be ", $rule))
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}

identifier!(JobId, is_job_id, "the id of a CodePipeline job");
identifier!(
    DistributionId,
    is_distribution_id,
    "a distribution id, such as E2EXAMPLE1ABCD (not its domain name or ARN)"
);
identifier!(
    DistributionTenantId,
    is_distribution_tenant_id,
    "a distribution tenant id, such as dt_2wjDZi3hD1ivOXf6rpZJOSNE1AB"
);
identifier!(
    Alias,
    is_alias,
    "a domain name in lower case, such as www.example.com (no scheme, no path)"
);
identifier!(
    InvalidationId,
    is_invalidation_id,
    "the id of an invalidation"
);
identifier!(
    TopicArn,
    is_topic_arn,
    "the ARN of an SNS topic, such as arn:aws:sns:us-east-1:111111111111:deploys"
);

identifier!(
    EventBusName,
    is_event_bus_name,
    "the name or the ARN of an EventBridge event bus, such as default"
);

impl TopicArn {
    /// The region of the topic. `Publish` must be called in this region.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.split(':').nth(3).unwrap_or_default()
    }

    /// Whether it is a FIFO topic, which requires a message group id and a deduplication id for each message.
    #[must_use]
    pub fn is_fifo(&self) -> bool {
        self.0.ends_with(".fifo")
    }
}

impl EventBusName {
    /// Whether it is a name, and so a bus in the account and region of the function. An ARN may name another account.
    #[must_use]
    pub fn is_name(&self) -> bool {
        !self.0.contains(':')
    }
}

impl Default for Account {
    fn default() -> Self {
        Self::in_region("")
    }
}

impl Account {
    /// An unknown account in the partition of a region.
    #[must_use]
    pub fn in_region(region: &str) -> Self {
        let partition = match region {
            _ if region.starts_with("cn-") => "aws-cn",
            _ if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        Self {
            partition: partition.to_owned(),
            id: None,
        }
    }

    /// The account of the first ARN in a text; none without an ARN. IAM access errors begin with "User:
    /// arn:aws:sts::111111111111:assumed-role/…".
    #[must_use]
    pub fn named_in(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(|word| {
            let parts: Vec<&str> = word.splitn(6, ':').collect();
            let ["arn", partition, _, _, id, _] = parts[..] else {
                return None;
            };
            let is_partition = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
            let is_known = partition.starts_with("aws")
                && partition.len() <= 32
                && partition.bytes().all(is_partition)
                && id.len() == 12
                && id.bytes().all(|byte| byte.is_ascii_digit());
            is_known.then(|| Self {
                partition: partition.to_owned(),
                id: Some(id.to_owned()),
            })
        })
    }

    /// The ARN of a CloudFront resource in this account, such as `distribution/E2EXAMPLE1ABCD`.
    #[must_use]
    pub fn cloudfront_arn(&self, resource: &str) -> String {
        let id = self.id.as_deref().unwrap_or("<account>");
        format!("arn:{}:cloudfront::{id}:{resource}", self.partition)
    }
}

/// Whether every character may occur in a pipeline's name: the pattern is `[A-Za-z0-9.@\-_]+`
/// (<https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineDeclaration.html>).
pub(crate) fn has_only_characters_of_a_pipeline_name(text: &str) -> bool {
    let is_listed = |byte: u8| byte.is_ascii_alphanumeric() || b".@-_".contains(&byte);
    text.bytes().all(is_listed)
}

fn is_job_id(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups
            .concat()
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_distribution_id(text: &str) -> bool {
    text.starts_with('E') && (2..=32).contains(&text.len()) && is_capital(text)
}

fn is_distribution_tenant_id(text: &str) -> bool {
    text.len() <= 64
        && text
            .strip_prefix("dt_")
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// "You can use the wildcard `*` … in place of a subdomain" (CloudFront's developer guide, alternate domain names).
fn is_alias(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte)
            })
    };
    let name = text.strip_prefix("*.").unwrap_or(text);
    text.len() <= 253 && name.contains('.') && name.split('.').all(is_label)
}

fn is_invalidation_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && is_capital(text)
}

fn is_capital(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_topic_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let ["arn", partition, "sns", region, account, topic] = parts[..] else {
        return false;
    };
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    // "Topic names must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens,
    // and must be between 1 and 256 characters long". The name of a FIFO topic ends with `.fifo`.
    let name = topic.strip_suffix(".fifo").unwrap_or(topic);
    let named = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    partition.starts_with("aws")
        && partition.bytes().all(lower)
        && !region.is_empty()
        && region.bytes().all(lower)
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !name.is_empty()
        && topic.len() <= 256
        && name.bytes().all(named)
}

/// `[/\.\-_A-Za-z0-9]+`, or an ARN that ends with `:event-bus/` and such a name, 1,600 characters at most (API
/// reference of `PutEvents`).
fn is_event_bus_name(text: &str) -> bool {
    let name = match text.strip_prefix("arn:") {
        None => Some(text),
        Some(arn) => match arn.split(':').collect::<Vec<_>>()[..] {
            [_, "events", _, _, bus] => bus.strip_prefix("event-bus/"),
            _ => None,
        },
    };
    let is_named = |name: &str| {
        let mut bytes = name.bytes();
        !name.is_empty()
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"/.-_".contains(&byte))
    };
    text.len() <= 1_600 && name.is_some_and(is_named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_from_a_rejection_or_its_partition_from_the_region() {
        let arn = |account: &Account| account.cloudfront_arn("distribution/E1");
        let rejection = "User: arn:aws-cn:sts::111111111111:assumed-role/start/start is not authorized to perform: \
                       cloudfront:CreateInvalidation on resource: arn:aws-cn:cloudfront::222222222222:distribution/E1";
        let named = Account::named_in(rejection).map(|account| arn(&account));
        assert_eq!(
            named.as_deref(),
            Some("arn:aws-cn:cloudfront::111111111111:distribution/E1")
        );
        for text in [
            "",
            "User is not authorized",
            "arn:aws:sts::1111:a",
            "arn:aws:sts::11111111111a:a",
            "arn:AWS!:sts::111111111111:a",
        ] {
            assert_eq!(Account::named_in(text), None, "{text}");
        }
        for (region, partition) in [
            ("eu-west-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("", "aws"),
        ] {
            let expected = format!("arn:{partition}:cloudfront::<account>:distribution/E1");
            assert_eq!(arn(&Account::in_region(region)), expected);
        }
    }

    #[test]
    fn job_ids_follow_codepipelines_pattern() {
        let id = "11111111-abcd-1111-abcd-111111abcdef";
        assert_eq!(JobId::parse(id).unwrap().as_str(), id);
        for text in [
            "",
            "1",
            "11111111-ABCD-1111-abcd-111111abcdef",
            "11111111abcd1111abcd111111abcdef",
            "11111111-abcd-1111-abcd-111111abcdef-",
            "11111111-abcd-1111-abcd-111111abcdeg",
            " 11111111-abcd-1111-abcd-111111abcdef",
        ] {
            assert_eq!(JobId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn cloudfronts_ids_are_capital_letters_and_digits() {
        assert!(DistributionId::parse("EDFDVBD632BHDS5").is_some());
        for text in [
            "",
            "E",
            "e2example",
            "www.example.com",
            "I2J0I21PCUYOIK",
            "E 1",
            "E2EXAMPLE\n",
        ] {
            assert_eq!(DistributionId::parse(text), None, "{text}");
        }
        assert!(InvalidationId::parse("I2J0I21PCUYOIK").is_some());
        for text in ["", "../E1", "i2j", &"I".repeat(65)] {
            assert_eq!(InvalidationId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_tenant_or_an_alias_differs_from_a_distribution() {
        assert!(DistributionTenantId::parse("dt_2wjDZi3hD1ivOXf6rpZJOSNE1AB").is_some());
        for text in [
            "",
            "dt_",
            "dt",
            "E2EXAMPLE1ABCD",
            "dt_a/b",
            &format!("dt_{}", "a".repeat(62)),
        ] {
            assert_eq!(DistributionTenantId::parse(text), None, "{text}");
        }
        let longest = [
            "a".repeat(63).as_str(),
            &"b".repeat(63),
            &"c".repeat(63),
            &"d".repeat(61),
        ]
        .join(".");
        for text in [
            "www.example.com",
            "*.example.com",
            "a_b.example.co.jp",
            longest.as_str(),
        ] {
            assert!(Alias::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "example",
            "www.Example.com",
            "https://www.example.com",
            "www.example.com/",
            "www..example.com",
            "a.*.example.com",
            "*.com.",
            &format!("{longest}d"),
            &format!("{}.com", "a".repeat(64)),
        ] {
            assert_eq!(Alias::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_topic_has_a_region_and_may_be_fifo() {
        let topic = |text| TopicArn::parse(text).unwrap();
        let (plain, fifo) = (
            topic("arn:aws:sns:ap-northeast-1:123456789012:deploys"),
            topic("arn:aws:sns:eu-west-1:123456789012:deploys.fifo"),
        );
        assert_eq!((plain.region(), plain.is_fifo()), ("ap-northeast-1", false));
        assert_eq!((fifo.region(), fifo.is_fifo()), ("eu-west-1", true));
    }

    #[test]
    fn topic_arns_of_every_partition_are_known_and_others_are_not() {
        for text in [
            "arn:aws:sns:ap-northeast-1:123456789012:deploys",
            "arn:aws-cn:sns:cn-north-1:111111111111:a_b-c",
            "arn:aws-us-gov:sns:us-gov-west-1:111111111111:x.fifo",
        ] {
            assert!(TopicArn::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "deploys",
            "arn:aws:sqs:us-east-1:111111111111:x",
            "arn:aws:sns:us-east-1:1:x",
            "arn:aws:sns::111111111111:x",
            "arn:aws:sns:us-east-1:111111111111:",
            "arn:aws:sns:us-east-1:111111111111:x:sub",
            "arn:aws:sns:us-east-1:111111111111:.fifo",
            "arn:aws:sns:us-east-1.evil.example/:111111111111:x",
        ] {
            assert_eq!(TopicArn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_bus_has_a_name_or_an_arn() {
        for text in [
            "default",
            "my.bus-1_x/y",
            "arn:aws:events:us-east-1:111111111111:event-bus/deploys",
        ] {
            assert!(EventBusName::parse(text).is_some(), "{text}");
        }
        for (text, is_name) in [
            ("deploys", true),
            (
                "arn:aws:events:us-east-1:111111111111:event-bus/deploys",
                false,
            ),
        ] {
            let bus = EventBusName::parse(text);
            assert_eq!(bus.map(|bus| bus.is_name()), Some(is_name), "{text}");
        }
        let (longest, too_long) = ("b".repeat(1_600), "b".repeat(1_601));
        assert!(EventBusName::parse(&longest).is_some());
        for text in [
            "",
            "my bus",
            "arn:aws:events:us-east-1:111111111111:event-bus/",
            "arn:aws:sns:us-east-1:111111111111:deploys",
            "arn:aws:events:us-east-1:111111111111:rule/deploys",
            &too_long,
        ] {
            assert_eq!(EventBusName::parse(text), None, "{text}");
        }
    }
}
