//! A model of the services around the product, and every path of one execution through it.
//!
//! [`Run`](run::Run) drives the product's own code: its decisions and effects, the moves of its loop, its intake and
//! its messages. The model covers the world: the [services](world), [Lambda's deliveries](lambda), [`time`] and the
//! [actions](action), with a budget of [faults](configuration). `stateright` explores every reachable state and
//! checks the [invariants](properties). [`liveness`] then checks for each state that the result of every job can
//! still be reported, and the record finalized, if no further fault occurs and CloudFront never completes.

pub mod action;
pub mod bug;
pub mod configuration;
pub mod frozen;
pub mod invariant;
pub mod lambda;
pub mod liveness;
pub mod narration;
pub mod properties;
pub mod report;
pub mod run;
pub mod scenario;
pub mod services;
pub mod state;
pub mod suite;
pub mod time;
pub mod transition;
pub mod world;

use invalidation_runtime::settings::Settings;

pub use configuration::Configuration;

/// A configuration, ready for exploration.
#[derive(Debug, Clone)]
pub struct Model {
    /// What is explored.
    pub configuration: Configuration,
    /// The settings of both functions.
    pub settings: Settings,
}

impl Model {
    /// The model of `configuration`.
    #[must_use]
    pub fn new(configuration: Configuration) -> Self {
        let settings = configuration.settings();
        Self {
            configuration,
            settings,
        }
    }
}
