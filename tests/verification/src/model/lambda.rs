//! Lambda's asynchronous delivery of the events of CodePipeline.

use super::configuration::Configuration;

/// The state of Lambda's delivery of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// The event waits for its next delivery to `start`.
    Queued {
        /// How many deliveries have failed.
        failures: u8,
    },
    /// `start` runs with it.
    Delivered {
        /// How many deliveries have failed before.
        failures: u8,
    },
    /// The event waits for the checker, because each delivery to `start` has failed.
    Undelivered {
        /// How many deliveries to the checker have failed.
        failures: u8,
    },
    /// The checker runs with it.
    Recovered {
        /// How many deliveries to the checker have failed before.
        failures: u8,
    },
    /// The event was processed.
    Taken,
    /// Every delivery failed.
    Lost,
}

impl Event {
    /// An event that CodePipeline has just sent.
    pub const NEW: Self = Self::Queued { failures: 0 };

    /// An event that `start` has failed to process.
    pub const GIVEN_UP: Self = Self::Undelivered { failures: 0 };

    /// The same event after the run with it has failed.
    #[must_use]
    pub const fn failed(self, configuration: &Configuration) -> Self {
        match self {
            Self::Delivered { failures } if failures + 1 < configuration.attempts => Self::Queued {
                failures: failures + 1,
            },
            Self::Delivered { .. } if configuration.has_failed_delivery => Self::GIVEN_UP,
            Self::Recovered { failures } if failures + 1 < configuration.attempts => {
                Self::Undelivered {
                    failures: failures + 1,
                }
            }
            _ => Self::Lost,
        }
    }
}
