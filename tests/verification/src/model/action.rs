//! The actions of the model.

use super::run::Cause;
use super::services::Fault;

/// An action of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// A run begins.
    Begin {
        /// Why.
        cause: Cause,
        /// Whether its clock is behind.
        is_lagging: bool,
        /// The fault of its first call.
        fault: Option<Fault>,
    },
    /// The run at this index makes its next move.
    Step(usize, Option<Fault>),
    /// The run at this index crashes.
    Die(usize),
    /// The run at this index panics and continues with its work after a panic.
    Panic(usize),
    /// Time passes until the first run continues; all runs wait.
    ScheduledRun,
    /// As much time passes as an invocation may take, although one is in the middle of a call.
    Stall,
    /// The rest of the phase passes; no run is active.
    Phase,
    /// CloudFront completes the invalidation.
    Complete,
    /// CodePipeline receives a request to stop the action.
    Stop,
}

impl Action {
    /// Whether this happens without a fault. CloudFront need not complete.
    #[must_use]
    pub const fn is_sound(self) -> bool {
        match self {
            Self::Begin {
                cause,
                is_lagging,
                fault,
            } => {
                let is_natural = !matches!(cause, Cause::Copy(_) | Cause::Forged { .. });
                is_natural && !is_lagging && fault.is_none()
            }
            Self::Step(_, fault) => fault.is_none(),
            Self::ScheduledRun | Self::Phase => true,
            Self::Die(_) | Self::Panic(_) | Self::Stall | Self::Complete | Self::Stop => false,
        }
    }
}
