//! Lambda's asynchronous delivery of the events of CodePipeline.

use super::configuration::Configuration;

/// How far Lambda has come with one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// It waits for its next delivery to `start`.
    Queued {
        /// How many deliveries have failed.
        failures: u8,
    },
    /// `start` runs with it.
    Delivered {
        /// How many deliveries have failed before.
        failures: u8,
    },
    /// It waits for the checker, because each delivery to `start` has failed.
    Undelivered {
        /// How many deliveries to the checker have failed.
        failures: u8,
    },
    /// The checker runs with it.
    Recovered {
        /// How many deliveries to the checker have failed before.
        failures: u8,
    },
    /// It was taken.
    Taken,
    /// Nobody took it.
    Lost,
}

impl Event {
    /// An event that CodePipeline has just sent.
    pub const NEW: Self = Self::Queued { failures: 0 };

    /// An event that `start` has failed to take.
    pub const GIVEN_UP: Self = Self::Undelivered { failures: 0 };

    /// The same event once the run that has it has failed.
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
