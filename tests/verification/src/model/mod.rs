//! A model of the world around the product, and every way in which one execution can go in it.
//!
//! [`Run`](run::Run) drives the product itself: its machine of writes and effects, its loop's moves, its door, its messages. What
//! is modelled is the world: the [services](world), [Lambda's deliveries](lambda), [`time`] and [what can
//! happen](action), with a budget of [faults](configuration). `stateright` visits every state that can be reached and checks what
//! must [always hold](properties); [`liveness`] then asks of each of them whether every job can still be answered, and
//! the record be drained, if nothing goes wrong any more and CloudFront never completes.

pub mod action;
pub mod bug;
pub mod configuration;
pub mod frozen;
pub mod lambda;
pub mod liveness;
pub mod narration;
pub mod promise;
pub mod properties;
pub mod report;
pub mod run;
pub mod services;
pub mod state;
pub mod story;
pub mod suite;
pub mod time;
pub mod transition;
pub mod world;

use invalidation_runtime::settings::Settings;

pub use configuration::Configuration;

/// A configuration, ready to be explored.
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
