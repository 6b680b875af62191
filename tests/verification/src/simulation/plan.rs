//! The plan of a day, which follows from its seed.

use std::time::Duration;

use fastrand::Rng;
use invalidation_core::input::user_parameters::CHARACTERS_AT_MOST;
use serde_json::{Value, json};

use super::faults::{self, Faults};
use super::forger::Forger;
use harness::Skew;
use local_aws::account::{ACCOUNT, MANY, REGION, many_distributions};
use local_aws::cloudfront::{Completion, Repetition};

/// The largest number of executions of one day.
const EXECUTIONS_AT_MOST: f64 = 200.0;
/// The distributions of the account.
pub(super) const DISTRIBUTIONS: [&str; 4] = [
    "E2EXAMPLE1ABCD",
    "E2EXAMPLE2ABCD",
    "E2EXAMPLE3ABCD",
    "E2EXAMPLE4ABCD",
];

/// The name of a deleted topic.
pub(super) const NO_TOPIC: &str = "deploys-of-old";

/// One day.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// The executions, in the order of their start.
    pub executions: Vec<Planned>,
    /// The settings of both functions, except the table's name.
    pub settings: Vec<(&'static str, String)>,
    /// The event bus, if there is one.
    pub bus: Option<&'static str>,
    /// The latency of each call.
    pub latency: Duration,
    /// How long CodePipeline waits before a continuation job.
    pub continues_after: Duration,
    /// The delay of DynamoDB's index.
    pub index_lag: Duration,
    /// CloudFront's reply to a known reference.
    pub repetition: Repetition,
    /// The errors of the clocks.
    pub skew: Skew,
    /// The delays of the additional copies of an event; a delay of zero is one immediate copy.
    pub copies: Vec<Duration>,
    /// The faults.
    pub faults: Faults,
    /// The forger of events.
    pub forger: Option<Forger>,
}

/// One execution.
#[derive(Clone, Debug)]
pub struct Planned {
    /// When it begins, from the start of the day.
    pub begins: Duration,
    /// Its user parameters.
    pub parameters: String,
    /// Its distribution, if its parameters are valid.
    pub distribution: Option<&'static str>,
    /// Its topic, if its parameters are valid and request a notification.
    pub topic: Option<String>,
    /// Its time-out.
    pub timeout: Duration,
    /// How long CloudFront takes to complete invalidations that are created from then on.
    pub completion: Completion,
    /// When the pipeline is stopped, from its start.
    pub abandoned: Option<Duration>,
}

impl Plan {
    /// The day of this seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed ^ 0x5eed_0f5e_ed0f_5eed);
        let rng = &mut rng;
        let day = Duration::from_secs_f64(60.0 * between(rng, 1.0, 180.0));
        let timeout = *pick(rng, &[15, 15, 15, 5, 30]);
        let profile = DayProfile::of(rng);
        let count = count(rng).max(profile.at_least);
        let mut executions: Vec<Planned> = (0..count)
            .map(|number| planned(rng, number, day, timeout, &profile))
            .collect();
        executions.sort_by_key(|execution| execution.begins);
        let max_wait = *pick(rng, &["540", "540", "540", "0", "25", "580"]);
        let status_max_age = *pick(rng, &["10", "10", "5", "30"]);
        let bus = *pick(rng, &[None, None, Some("default")]);
        let mut settings = vec![
            ("MAX_WAIT_SECONDS", max_wait.into()),
            ("STATUS_MAX_AGE_SECONDS", status_max_age.into()),
            ("TIMEOUT_MINUTES", timeout.to_string()),
            ("START_FUNCTION_ARN", "start".into()),
        ];
        settings.extend(bus.map(|bus| ("EVENT_BUS_NAME", bus.to_owned())));
        let mut plan = Self {
            seed,
            forger: None,
            executions,
            settings,
            bus,
            latency: Duration::from_millis(rng.u64(1..=200)),
            continues_after: Duration::from_secs(rng.u64(15..=60)),
            index_lag: Duration::from_millis(*pick(rng, &[0, 0, 100, 2_000, 20_000])),
            repetition: *pick(
                rng,
                &[
                    Repetition::Reported,
                    Repetition::Reported,
                    Repetition::AlreadyExists,
                    Repetition::InvalidArgument,
                ],
            ),
            skew: skew(rng, seed),
            copies: copies(rng),
            faults: faults::of(rng, day),
        };
        plan.forger = Forger::of(seed, &plan.executions, &plan.faults);
        plan
    }
}

/// The common properties of a day's executions.
struct DayProfile {
    /// The distributions in use.
    sites: &'static [&'static str],
    /// The probability of an invalidation of everything, by one wildcard.
    wildcards: f64,
    /// The period in which all executions begin, if they begin together.
    start_period: Option<Duration>,
    /// The smallest number of executions: enough to fill CloudFront's queue, on days that are meant to.
    at_least: usize,
}

impl DayProfile {
    fn of(rng: &mut Rng) -> Self {
        let is_one_site = rng.f64() < 0.3;
        let starts_together = rng.f64() < 0.3;
        let is_backlog = is_one_site && starts_together && rng.f64() < 0.4;
        Self {
            sites: if is_one_site {
                &DISTRIBUTIONS[..1]
            } else {
                &DISTRIBUTIONS
            },
            wildcards: if is_one_site { 0.9 } else { 0.3 },
            start_period: starts_together.then_some(Duration::from_secs(20)),
            at_least: if is_backlog { 25 } else { 0 },
        }
    }
}

/// Mostly few, sometimes many: the logarithm grows with the fifth power of a random number.
fn count(rng: &mut Rng) -> usize {
    (EXECUTIONS_AT_MOST.ln() * rng.f64().powi(5)).exp() as usize
}

/// User parameters that the action rejects.
const INVALID_PARAMETERS: [&str; 5] = [
    "",
    "{",
    "[]",
    r#"{"DistributonId":"E1"}"#,
    r#"{"DistributionId":"E2","Paths":["x"]}"#,
];

fn planned(
    rng: &mut Rng,
    number: usize,
    day: Duration,
    timeout: u64,
    profile: &DayProfile,
) -> Planned {
    let begins = profile.start_period.unwrap_or(day).mul_f64(rng.f64());
    let completion = completion(rng);
    let abandoned = (rng.f64() < 0.03).then(|| Duration::from_secs(rng.u64(1..=300)));
    if rng.f64() < 0.08 {
        let parameters = *pick(rng, &INVALID_PARAMETERS);
        return Planned {
            begins,
            parameters: parameters.to_owned(),
            distribution: None,
            topic: None,
            timeout: Duration::from_secs(60 * timeout),
            completion,
            abandoned,
        };
    }
    let distribution = *pick(rng, profile.sites);
    let topic = topic(rng, number);
    let own_timeout = (rng.f64() < 0.1).then(|| rng.u64(1..=30));
    let mut parameters = json!({ "DistributionId": targets(rng, distribution) });
    if let Some((key, value)) = optional_parameter(rng, completion) {
        parameters[key] = value;
    }
    if rng.f64() < 0.2 {
        parameters["NotificationFormat"] = json!(*pick(rng, &["text", "json", "chat", "mixed"]));
        parameters["NotifyOn"] = json!(*pick(rng, &["always", "failure", "change"]));
    }
    if rng.f64() >= profile.wildcards {
        parameters["Paths"] = json!([format!("/{number}.html")]);
    }
    if rng.bool() {
        parameters["PipelineName"] = json!("example-pipeline");
    }
    if let Some(topic) = &topic {
        parameters["SnsTopicArn"] = json!(topic);
    }
    if let Some(minutes) = own_timeout {
        parameters["TimeoutMinutes"] = json!(minutes);
    }
    fill(&mut parameters, distribution);
    Planned {
        begins,
        parameters: parameters.to_string(),
        distribution: Some(distribution),
        topic,
        timeout: Duration::from_secs(60 * own_timeout.unwrap_or(timeout)),
        completion,
        abandoned,
    }
}

/// Mostly one distribution, sometimes an array with another one; an empty array if the action is to have as many
/// targets as possible.
fn targets(rng: &mut Rng, distribution: &str) -> Value {
    let other = *pick(rng, &DISTRIBUTIONS);
    let throw = rng.f64();
    if throw > 0.985 {
        json!([])
    } else if throw < 0.1 && other != distribution {
        json!([distribution, other])
    } else {
        json!(distribution)
    }
}

/// For an empty array, names as many distributions as fit into the parameters beside the rest.
fn fill(parameters: &mut Value, distribution: &str) {
    if parameters["DistributionId"] != json!([]) {
        return;
    }
    let name = |parameters: &mut Value, count| {
        let others = many_distributions().take(count);
        let all: Vec<String> = [distribution.to_owned()]
            .into_iter()
            .chain(others)
            .collect();
        parameters["DistributionId"] = json!(all);
        parameters.to_string().len() <= CHARACTERS_AT_MOST
    };
    (0..MANY).rev().find(|count| name(parameters, *count));
}

/// An optional parameter with its key. A parameter that would have the execution watched for a day is not used here.
fn optional_parameter(rng: &mut Rng, completion: Completion) -> Option<(&'static str, Value)> {
    match rng.u8(0..20) {
        0 => Some(("Wait", json!(false))),
        1 | 2 => Some(("OnTimeout", json!("succeed"))),
        3 | 4 if completion != Completion::Never => Some(("OnTimeout", json!("release"))),
        _ => None,
    }
}

/// A topic of its own, one of a few shared topics, a deleted topic, or none.
fn topic(rng: &mut Rng, number: usize) -> Option<String> {
    let name = match rng.u8(0..10) {
        0 => return None,
        1..=6 => format!("deploys-{number}"),
        7 => NO_TOPIC.into(),
        shared => format!("deploys-of-team-{shared}"),
    };
    Some(format!("arn:aws:sns:{REGION}:{ACCOUNT}:{name}"))
}

/// "End-to-end completion … under 25 seconds at P95": a log-normal distribution with that quantile and a longer tail.
/// Some invalidations never complete.
fn completion(rng: &mut Rng) -> Completion {
    match rng.u8(0..100) {
        0..3 => Completion::Never,
        3..10 => Completion::After(Duration::from_secs(rng.u64(60..=1_500))),
        _ => {
            let seconds = (10.0_f64.ln() + 0.56 * normal(rng)).exp();
            Completion::After(Duration::from_secs_f64(seconds))
        }
    }
}

/// The sum of twelve uniform numbers is close enough to a normal distribution.
fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.f64()).sum::<f64>() - 6.0
}

fn skew(rng: &mut Rng, seed: u64) -> Skew {
    if rng.f64() < 0.7 {
        return Skew::None;
    }
    let most_ms = *pick(rng, &[500, 5_000, 30_000]);
    Skew::Random { seed, most_ms }
}

fn copies(rng: &mut Rng) -> Vec<Duration> {
    let second = match rng.u8(0..10) {
        0 => Some(Duration::ZERO),
        1 => Some(Duration::from_secs(rng.u64(1..=600))),
        _ => None,
    };
    [Duration::ZERO].into_iter().chain(second).collect()
}

pub(super) fn pick<'t, T>(rng: &mut Rng, choices: &'t [T]) -> &'t T {
    &choices[rng.usize(..choices.len())]
}

/// A number between two bounds, uniform on a logarithmic scale.
pub(super) fn between(rng: &mut Rng, least: f64, most: f64) -> f64 {
    (least.ln() + (most.ln() - least.ln()) * rng.f64()).exp()
}
