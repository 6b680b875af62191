//! What is explored: how much may go wrong, and which parts are there at all.

use std::time::Duration;

use invalidation_runtime::settings::{self, Settings};

use super::bug::Bug;
use super::story::Scenario;

/// What the faults of a configuration may cost at worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Nothing: from every state every job can be answered, and the record drained.
    Nothing,
    /// The notification, or the end of the record, but never the answer to a job.
    Notification,
    /// The answer to a job.
    JobResult,
}

/// In which order states are visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The nearest first: the way to a broken promise is a short one, but whole levels of states are kept.
    Breadth,
    /// The latest first: hardly a state is kept, but for its fingerprint.
    Depth,
}

/// How much may go wrong in one exploration, and which parts are there at all.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// What the table of results calls it.
    pub name: &'static str,
    /// What CloudFront and the pipeline's author do; each is explored from its own beginning.
    pub timelines: &'static [Scenario],
    /// How many calls may fail, be repeated or come late, and how many runs may die.
    pub faults: u8,
    /// How many further copies of an event Lambda may deliver.
    pub copies: u8,
    /// How many continuations may come that CodePipeline never sent.
    pub forgeries: u8,
    /// How many runs may have a clock that is behind.
    pub lagging: u8,
    /// How far such a clock is behind.
    pub lag: Duration,
    /// Whether CodePipeline may be told to stop the action.
    pub may_stop: bool,
    /// How many jobs come as soon as CodePipeline is told so. Each later one comes a phase after the one before, so that
    /// none but the last few see the same time.
    pub prompt_jobs: usize,
    /// How many runs there may be at a time.
    pub workers: usize,
    /// How long `start` holds a job.
    pub max_wait: Duration,
    /// Whether `start` runs at all. If not, each delivery fails.
    pub has_start: bool,
    /// How often Lambda tries to deliver an event to `start`, and then to the checker.
    pub attempts: u8,
    /// Whether the checker's schedule runs.
    pub has_sweeps: bool,
    /// Whether there is a bus for events.
    pub has_bus: bool,
    /// Whether the checker receives what `start` failed to take.
    pub has_failed_delivery: bool,
    /// What all that may cost at worst, and does somewhere.
    pub loss: Loss,
    /// In which order states are visited.
    pub order: Order,
    /// A fault that is built in, to see whether it is found.
    pub bug: Option<Bug>,
}

impl Configuration {
    /// Everything is there, two runs at a time, and nothing goes wrong.
    pub const SOUND: Self = Self {
        name: "nothing goes wrong",
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
