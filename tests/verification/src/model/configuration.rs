//! What is explored: the budget of faults, and the deployed parts.

use std::time::Duration;

use invalidation_runtime::settings::{self, Settings};

use super::bug::Bug;
use super::scenario::Scenario;

/// The largest loss that the faults of a configuration may cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// None: from every state the result of every job can be reported, and the record finalized.
    Nothing,
    /// The notification, or the end of the record, but never the result of a job.
    Notification,
    /// The result of a job.
    JobResult,
}

/// The order in which states are explored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Breadth first: the path to a violation is short, but whole levels of states are stored.
    Breadth,
    /// Depth first: almost no state is stored except for its fingerprint.
    Depth,
}

/// The budget of faults in one exploration, and the deployed parts.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// The name in the table of results.
    pub name: &'static str,
    /// The behaviours of CloudFront and of the parameters; each is explored from its own initial state.
    pub timelines: &'static [Scenario],
    /// How many calls may fail, be repeated or be delayed, and how many runs may crash.
    pub faults: u8,
    /// How many additional copies of an event Lambda may deliver.
    pub copies: u8,
    /// How many forged continuation jobs may arrive.
    pub forgeries: u8,
    /// How many runs may have a clock that is behind.
    pub lagging: u8,
    /// How far such a clock is behind.
    pub lag: Duration,
    /// Whether CodePipeline may receive a request to stop the action.
    pub may_stop: bool,
    /// How many jobs CodePipeline starts immediately after a continuation. Each later job starts one phase after the
    /// previous one, so that only the last few can occur at the same time.
    pub prompt_jobs: usize,
    /// The largest number of simultaneous runs.
    pub workers: usize,
    /// The maximum wait of `start` before a continuation.
    pub max_wait: Duration,
    /// Whether `start` runs at all. If not, each delivery fails.
    pub has_start: bool,
    /// The number of delivery attempts for an event to `start`, and then to the checker.
    pub attempts: u8,
    /// Whether the checker's schedule runs.
    pub has_sweeps: bool,
    /// Whether there is an event bus.
    pub has_bus: bool,
    /// Whether the checker receives the failed deliveries of `start`.
    pub has_failed_delivery: bool,
    /// The largest loss that is allowed, and that must occur in some state.
    pub loss: Loss,
    /// The order in which states are explored.
    pub order: Order,
    /// A seeded fault that the exploration must find.
    pub bug: Option<Bug>,
}

impl Configuration {
    /// Everything is deployed, two runs at a time, without a fault.
    pub const SOUND: Self = Self {
        name: "no fault",
        timelines: Scenario::ALL,
        faults: 0,
        copies: 0,
        forgeries: 0,
        lagging: 0,
        lag: Duration::from_secs(30),
        may_stop: false,
        prompt_jobs: 1,
        workers: 2,
        max_wait: Duration::ZERO,
        has_start: true,
        attempts: 3,
        has_sweeps: true,
        has_failed_delivery: true,
        has_bus: false,
        loss: Loss::Nothing,
        order: Order::Breadth,
        bug: None,
    };

    /// The settings of both functions.
    pub(super) fn settings(&self) -> Settings {
        Settings::from_lookup(|name| match name {
            settings::TABLE_NAME => Some("invalidations".to_owned()),
            settings::DEFAULT_TOPIC_ARN => {
                Some("arn:aws:sns:us-east-1:111111111111:deploys".to_owned())
            }
            settings::MAX_WAIT_SECONDS => Some(self.max_wait.as_secs().to_string()),
            settings::STATUS_MAX_AGE_SECONDS => Some("60".to_owned()),
            settings::EVENT_BUS_NAME => self.has_bus.then(|| "default".to_owned()),
            _ => None,
        })
        .expect("these settings are valid")
    }
}
