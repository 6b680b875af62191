//! The settings of both functions. They are read once from the environment, and all errors are reported together.
//!
//! | name | unit | default | range | purpose |
//! | --- | --- | --- | --- | --- |
//! | `TABLE_NAME` | | required | | the DynamoDB table of execution records |
//! | `DEFAULT_TOPIC_ARN` | | none: no notification | an SNS topic's ARN | the topic for actions that set none |
//! | `ALLOWED_TOPIC_ARNS` | | any topic that IAM allows | ARNs, separated by commas, or `none` | the topics that an action may set |
//! | `ALLOWED_PIPELINES` | | every pipeline, every target | a JSON object: see [`AllowedPipelines`] | which pipelines may invalidate what |
//! | `MAX_TARGETS_PER_ACTION` | | 100 | 1–200 | maximum number of targets of an action |
//! | `MAX_PATHS_PER_ACTION` | | 3000 | 1–3000 | maximum number of paths and cache tags of an action, of all its targets together |
//! | `MAX_WAIT_SECONDS` | seconds | 540 | 0–600 | maximum wait before a continuation token is returned; 0 disables waiting |
//! | `STATUS_MAX_AGE_SECONDS` | seconds | 10 | 0.1–300 | maximum age of a stored status; an older one is polled again |
//! | `TIMEOUT_MINUTES` | minutes | 15 | 0.05–1380 | maximum duration of an execution before it times out |
//! | `RETENTION_DAYS` | days | 30 | 2–365 | how long a finished record is retained |
//! | `RESERVED_WILDCARDS` | | 2 | 0–14 | wildcard paths, of a distribution's 15, that are reserved for manual invalidations |
//! | `EVENT_BUS_NAME` | | none: no events | an EventBridge bus's name or ARN | the bus that receives an event for each outcome |
//! | `START_FUNCTION_ARN` | | none: any | a Lambda function's name or ARN | the function whose failure records the checker accepts |
//! | `METRICS` | | `full` | `none`, `basic`, `full` | which metrics are written: see [`Selection`] |
//! | `AWS_REGION` | | set by Lambda | | for links to the console |
//!
//! Numbers may have a fraction. The time-out of the Lambda function also limits the durations.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use invalidation_core::decide::{Boundaries, InvocationBudget, Policy};
use invalidation_core::input::allowed_pipelines::AllowedPipelines;
use invalidation_core::input::function_arn::FunctionRef;
use invalidation_core::input::identifiers::{EventBusName, TopicArn};
use invalidation_core::model::queue::WILDCARDS_IN_PROGRESS;
use invalidation_core::model::time_budget::RESERVE;
use invalidation_core::model::timestamp::Timestamp;

use crate::telemetry::Selection;

/// The name of the table of execution records.
pub const TABLE_NAME: &str = "TABLE_NAME";
/// The topic for actions that set none.
pub const DEFAULT_TOPIC_ARN: &str = "DEFAULT_TOPIC_ARN";
/// The topics that an action may set.
pub const ALLOWED_TOPIC_ARNS: &str = "ALLOWED_TOPIC_ARNS";
/// Which pipelines may invalidate which targets.
pub const ALLOWED_PIPELINES: &str = "ALLOWED_PIPELINES";
/// The maximum number of targets of an action.
pub const MAX_TARGETS_PER_ACTION: &str = "MAX_TARGETS_PER_ACTION";
/// The maximum number of paths and cache tags of an action, of all its targets together.
pub const MAX_PATHS_PER_ACTION: &str = "MAX_PATHS_PER_ACTION";
/// The maximum wait of an invocation with its job open, in seconds.
pub const MAX_WAIT_SECONDS: &str = "MAX_WAIT_SECONDS";
/// The maximum age of a stored status that is used without polling, in seconds.
pub const STATUS_MAX_AGE_SECONDS: &str = "STATUS_MAX_AGE_SECONDS";
/// The maximum duration of an execution, in minutes.
pub const TIMEOUT_MINUTES: &str = "TIMEOUT_MINUTES";
/// How long a finished record is retained, in days.
pub const RETENTION_DAYS: &str = "RETENTION_DAYS";
/// How many of a distribution's wildcard paths in progress are reserved for manual invalidations.
pub const RESERVED_WILDCARDS: &str = "RESERVED_WILDCARDS";
/// The EventBridge bus that receives an event for each outcome.
pub const EVENT_BUS_NAME: &str = "EVENT_BUS_NAME";
/// The function whose failure records the checker accepts.
pub const START_FUNCTION_ARN: &str = "START_FUNCTION_ARN";
/// Which metrics are written.
pub const METRICS: &str = "METRICS";
/// The region of the function; set by Lambda.
pub const AWS_REGION: &str = "AWS_REGION";

/// The value of [`ALLOWED_TOPIC_ARNS`] for a deployment without topics. An empty value counts as missing.
const NO_TOPICS: &str = "none";
const MINUTE: f64 = 60.0;
const DAY: f64 = 86_400.0;

/// The settings of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// [`TABLE_NAME`].
    pub table_name: String,
    /// [`DEFAULT_TOPIC_ARN`].
    pub default_topic: Option<TopicArn>,
    /// [`ALLOWED_TOPIC_ARNS`]; `None` if it is not set, and empty if an action may set no topic.
    pub allowed_topics: Option<Vec<TopicArn>>,
    /// [`ALLOWED_PIPELINES`], [`MAX_TARGETS_PER_ACTION`] and [`MAX_PATHS_PER_ACTION`].
    pub boundaries: Boundaries,
    /// [`MAX_WAIT_SECONDS`].
    pub max_wait: Duration,
    /// [`STATUS_MAX_AGE_SECONDS`], [`TIMEOUT_MINUTES`], [`RETENTION_DAYS`] and [`RESERVED_WILDCARDS`].
    pub policy: Policy,
    /// [`EVENT_BUS_NAME`].
    pub event_bus: Option<EventBusName>,
    /// [`START_FUNCTION_ARN`].
    pub start_function: Option<FunctionRef>,
    /// [`AWS_REGION`].
    pub region: Option<String>,
}

/// All errors in the settings, one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadSettings(Vec<String>);

impl Settings {
    /// Reads the settings through `lookup`, which returns the value of a name. An empty value counts as missing.
    ///
    /// # Errors
    /// All errors together, each with the name of the setting and the values that it accepts.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, BadSettings> {
        let mut reader = Reader {
            lookup,
            faults: Vec::new(),
        };
        let table_name = reader.text(TABLE_NAME);
        if table_name.is_none() {
            reader.faults.push(format!(
                "{TABLE_NAME} is missing: set it to the name of the DynamoDB table of records"
            ));
        }
        let default_topic = reader.topic(DEFAULT_TOPIC_ARN);
        let allowed_topics = reader.topics(ALLOWED_TOPIC_ARNS);
        let boundaries = Boundaries {
            allowed_pipelines: reader.allowed_pipelines(ALLOWED_PIPELINES),
            // User parameters of 1,000 characters have room for 61 distributions with ids of 13 characters, and for fewer
            // than 3,000 paths of all targets together, so the defaults limit no action.
            targets_at_most: reader.count(MAX_TARGETS_PER_ACTION, 100, 1..=200),
            paths_at_most: reader.count(MAX_PATHS_PER_ACTION, 3_000, 1..=3_000),
        };
        let max_wait = reader.duration(MAX_WAIT_SECONDS, 1.0, 540.0, 0.0..=600.0);
        let status_max_age = reader.duration(STATUS_MAX_AGE_SECONDS, 1.0, 10.0, 0.1..=300.0);
        let timeout = reader.duration(TIMEOUT_MINUTES, MINUTE, 15.0, 0.05..=1_380.0);
        let retention = reader.duration(RETENTION_DAYS, DAY, 30.0, 2.0..=365.0);
        let reserved_wildcards = reader.count(RESERVED_WILDCARDS, 2, 0..=WILDCARDS_IN_PROGRESS - 1);
        let event_bus = reader.event_bus(EVENT_BUS_NAME);
        let start_function = reader.function(START_FUNCTION_ARN);
        // The telemetry reads it before the settings.
        reader.metrics(METRICS);
        let region = reader.text(AWS_REGION);
        match table_name {
            Some(table_name) if reader.faults.is_empty() => {
                let policy = Policy {
                    status_max_age,
                    timeout,
                    retention,
                    reserved_wildcards,
                    puts_events: event_bus.is_some(),
                };
                Ok(Self {
                    table_name,
                    default_topic,
                    allowed_topics,
                    boundaries,
                    max_wait,
                    policy,
                    event_bus,
                    start_function,
                    region,
                })
            }
            _ => Err(BadSettings(reader.faults)),
        }
    }

    /// Whether an action may set this topic. The default topic is always allowed.
    #[must_use]
    pub fn allows(&self, topic: &TopicArn) -> bool {
        let is_listed = |list: &Vec<TopicArn>| list.contains(topic);
        self.default_topic.as_ref() == Some(topic)
            || self.allowed_topics.as_ref().is_none_or(is_listed)
    }

    /// The time budget of an invocation that began at `now` and that Lambda ends at `ends_at`.
    #[must_use]
    pub fn budget(&self, now: Timestamp, ends_at: Timestamp) -> InvocationBudget {
        let work_until = now + ends_at.since(now).saturating_sub(RESERVE);
        let wait_until = (now + self.max_wait).min(work_until);
        InvocationBudget {
            from: now,
            wait_until,
            work_until,
            ends_at,
        }
    }

    /// The time budget of the checker when it reports a result in place of `start`. It does not wait.
    #[must_use]
    pub fn budget_without_wait(&self, now: Timestamp, ends_at: Timestamp) -> InvocationBudget {
        let budget = self.budget(now, ends_at);
        InvocationBudget {
            wait_until: now,
            ..budget
        }
    }
}

/// The value of an environment variable; `None` if it is missing or not Unicode.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the settings are read through this lookup only"
)]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

struct Reader<L> {
    lookup: L,
    faults: Vec<String>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    fn topic(&mut self, name: &str) -> Option<TopicArn> {
        let read = TopicArn::try_from(self.text(name)?);
        read.map_err(|fault| self.faults.push(format!("{name} {fault}")))
            .ok()
    }

    fn event_bus(&mut self, name: &str) -> Option<EventBusName> {
        let read = EventBusName::try_from(self.text(name)?);
        read.map_err(|fault| self.faults.push(format!("{name} {fault}")))
            .ok()
    }

    fn function(&mut self, name: &str) -> Option<FunctionRef> {
        let text = self.text(name)?;
        let function = FunctionRef::parse(&text);
        if function.is_none() {
            self.faults.push(format!(
                "{name} must be the name or the ARN of a Lambda function"
            ));
        }
        function
    }

    fn metrics(&mut self, name: &str) {
        if let Some(text) = self.text(name)
            && Selection::parse(&text).is_none()
        {
            self.faults
                .push(format!("{name} must be none, basic or full"));
        }
    }

    fn allowed_pipelines(&mut self, name: &str) -> Option<AllowedPipelines> {
        let read = AllowedPipelines::parse(&self.text(name)?);
        read.map_err(|faults| {
            let faults = faults.iter().map(|fault| format!("{name} {fault}"));
            self.faults.extend(faults);
        })
        .ok()
    }

    fn topics(&mut self, name: &str) -> Option<Vec<TopicArn>> {
        let text = self.text(name)?;
        if text == NO_TOPICS {
            return Some(Vec::new());
        }
        let read: Result<Vec<TopicArn>, _> = text
            .split(',')
            .map(str::trim)
            // A template that joins two lists leaves a comma if one of them is empty.
            .filter(|arn| !arn.is_empty())
            .map(|arn| TopicArn::try_from(arn.to_owned()))
            .collect();
        read.map_err(|_| {
            self.faults.push(format!(
                "{name} must be ARNs of SNS topics, separated by commas, or {NO_TOPICS}"
            ));
        })
        .ok()
    }

    fn count<N: FromStr + PartialOrd + fmt::Display>(
        &mut self,
        name: &str,
        default: N,
        range: RangeInclusive<N>,
    ) -> N {
        match self.text(name).map(|text| text.parse::<N>()) {
            None => default,
            Some(Ok(value)) if range.contains(&value) => value,
            Some(_) => {
                let (least, most) = (range.start(), range.end());
                self.faults.push(format!(
                    "{name} must be a whole number from {least} to {most}"
                ));
                default
            }
        }
    }

    fn duration(
        &mut self,
        name: &str,
        unit: f64,
        default: f64,
        range: RangeInclusive<f64>,
    ) -> Duration {
        let value = match self.text(name).map(|text| text.parse::<f64>()) {
            None => default,
            Some(Ok(value)) if range.contains(&value) => value,
            Some(_) => {
                self.faults.push(format!(
                    "{name} must be a number from {} to {}",
                    range.start(),
                    range.end()
                ));
                default
            }
        };
        Duration::from_secs_f64(value * unit)
    }
}

impl fmt::Display for BadSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "the settings of this function are wrong: {}",
            self.0.join("; ")
        )
    }
}

impl std::error::Error for BadSettings {}

#[cfg(test)]
mod tests {
    use super::*;
    use invalidation_core::model::time_budget::MAX_WAIT;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, BadSettings> {
        Settings::from_lookup(|name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn only_the_table_must_be_named() {
        let settings = read(&[(TABLE_NAME, "t"), (DEFAULT_TOPIC_ARN, "")]).unwrap();
        assert_eq!(settings.max_wait, MAX_WAIT);
        assert_eq!(settings.policy.status_max_age, Duration::from_secs(10));
        assert_eq!(settings.policy.timeout, Duration::from_secs(15 * 60));
        assert_eq!(settings.policy.retention, Duration::from_secs(30 * 86_400));
        assert_eq!(settings.policy.reserved_wildcards, 2);
        assert_eq!((settings.default_topic, settings.region), (None, None));
        let boundaries = settings.boundaries;
        assert_eq!(boundaries.allowed_pipelines, None);
        assert_eq!(
            (boundaries.targets_at_most, boundaries.paths_at_most),
            (100, 3_000)
        );
    }

    #[test]
    fn a_number_may_have_a_fraction() {
        let settings = read(&[
            (TABLE_NAME, "t"),
            (MAX_WAIT_SECONDS, "2.5"),
            (TIMEOUT_MINUTES, "0.5"),
        ])
        .unwrap();
        assert_eq!(settings.max_wait, Duration::from_millis(2_500));
        assert_eq!(settings.policy.timeout, Duration::from_secs(30));
    }

    #[test]
    fn a_count_is_accepted_up_to_its_limits() {
        for (text, count) in [("0", 0), ("14", 14)] {
            let settings = read(&[(TABLE_NAME, "t"), (RESERVED_WILDCARDS, text)]).unwrap();
            assert_eq!(settings.policy.reserved_wildcards, count);
        }
    }

    #[test]
    fn all_faults_are_reported_together() {
        let faults = read(&[
            (DEFAULT_TOPIC_ARN, "deploys"),
            (
                ALLOWED_TOPIC_ARNS,
                "arn:aws:sns:us-east-1:111111111111:deploys,*",
            ),
            (ALLOWED_PIPELINES, r#"{"a b": "*", "site": "E1"}"#),
            (MAX_TARGETS_PER_ACTION, "0"),
            (MAX_PATHS_PER_ACTION, "3001"),
            (MAX_WAIT_SECONDS, "-1"),
            (STATUS_MAX_AGE_SECONDS, "0"),
            (TIMEOUT_MINUTES, "soon"),
            (RETENTION_DAYS, "NaN"),
            (RESERVED_WILDCARDS, "15"),
            (EVENT_BUS_NAME, "my bus"),
            (START_FUNCTION_ARN, "my function"),
            (METRICS, "all"),
        ]);
        insta::assert_snapshot!(faults.unwrap_err().to_string().replace("; ", ";\n"), @r#"
        the settings of this function are wrong: TABLE_NAME is missing: set it to the name of the DynamoDB table of records;
        DEFAULT_TOPIC_ARN must be the ARN of an SNS topic, such as arn:aws:sns:us-east-1:111111111111:deploys;
        ALLOWED_TOPIC_ARNS must be ARNs of SNS topics, separated by commas, or none;
        ALLOWED_PIPELINES is invalid in entry 1: its name must be a pipeline's name, at most 100 characters of A-Z, a-z, 0-9, ".", "@", "-" and "_", with a "*" only at the end;
        ALLOWED_PIPELINES is invalid in entry 2: its value must be "*", or an array of distribution ids and distribution tenant ids, such as ["E2EXAMPLE1ABCD"];
        MAX_TARGETS_PER_ACTION must be a whole number from 1 to 200;
        MAX_PATHS_PER_ACTION must be a whole number from 1 to 3000;
        MAX_WAIT_SECONDS must be a number from 0 to 600;
        STATUS_MAX_AGE_SECONDS must be a number from 0.1 to 300;
        TIMEOUT_MINUTES must be a number from 0.05 to 1380;
        RETENTION_DAYS must be a number from 2 to 365;
        RESERVED_WILDCARDS must be a whole number from 0 to 14;
        EVENT_BUS_NAME must be the name or the ARN of an EventBridge event bus, such as default;
        START_FUNCTION_ARN must be the name or the ARN of a Lambda function;
        METRICS must be none, basic or full
        "#);
    }

    #[test]
    fn one_fault_is_enough() {
        assert!(read(&[(TABLE_NAME, "t"), (MAX_WAIT_SECONDS, "-1")]).is_err());
    }

    #[test]
    fn a_topic_is_allowed_by_the_list_or_as_the_default() {
        let topic = |name: &str| {
            TopicArn::parse(&format!("arn:aws:sns:us-east-1:111111111111:{name}")).unwrap()
        };
        let (default, listed, other) = (topic("default"), topic("listed"), topic("other"));
        let allowed = |settings: &[(&str, &str)]| {
            let settings = read(&[&[(TABLE_NAME, "t")], settings].concat()).unwrap();
            [&default, &listed, &other].map(|topic| settings.allows(topic))
        };
        let default_topic = (DEFAULT_TOPIC_ARN, default.as_str());
        let list = (ALLOWED_TOPIC_ARNS, listed.as_str());
        assert_eq!(allowed(&[]), [true, true, true]);
        assert_eq!(allowed(&[default_topic]), [true, true, true]);
        assert_eq!(allowed(&[list]), [false, true, false]);
        assert_eq!(allowed(&[default_topic, list]), [true, true, false]);
        assert_eq!(
            allowed(&[(ALLOWED_TOPIC_ARNS, " ,")]),
            [false, false, false]
        );
        assert_eq!(
            allowed(&[(ALLOWED_TOPIC_ARNS, "none"), default_topic]),
            [true, false, false]
        );
        let gaps = format!(",{listed}, ,");
        assert_eq!(
            allowed(&[(ALLOWED_TOPIC_ARNS, &gaps)]),
            [false, true, false]
        );
    }

    #[test]
    fn the_checker_does_not_wait() {
        let settings = read(&[(TABLE_NAME, "t")]).unwrap();
        let now = Timestamp::from_millis(1_000);
        let budget = settings.budget_without_wait(now, now + Duration::from_secs(55));
        assert_eq!((budget.from, budget.wait_until), (now, now));
        assert_eq!(budget.work_until, now + Duration::from_secs(35));
    }

    #[test]
    fn a_variable_is_read_from_the_environment() {
        let name = "CARGO_MANIFEST_DIR";
        assert_eq!(
            environment(name).as_deref(),
            Some(env!("CARGO_MANIFEST_DIR"))
        );
        assert_eq!(environment("NO_SUCH_VARIABLE_IS_SET"), None);
    }

    #[test]
    fn a_wait_leaves_time_to_report() {
        let settings = read(&[(TABLE_NAME, "t")]).unwrap();
        let now = Timestamp::from_millis(1_000);
        let waited = |time_left: u64| {
            settings
                .budget(now, now + Duration::from_secs(time_left))
                .wait_until
                .since(now)
        };
        assert_eq!(waited(600), MAX_WAIT);
        assert_eq!(waited(30), Duration::from_secs(10));
        assert_eq!(waited(3), Duration::ZERO);
    }
}
