//! What can happen next.

use super::run::Errand;
use super::services::Fault;

/// What can happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// A run begins.
    Begin {
        /// Why.
        errand: Errand,
        /// Whether its clock is behind.
        is_lagging: bool,
        /// What goes wrong with its first call.
        fault: Option<Fault>,
    },
    /// The run in this place does the next thing.
    Step(usize, Option<Fault>),
    /// The run in this place dies.
    Die(usize),
    /// The run in this place panics, and goes on with what is left to do then.
    Panic(usize),
    /// Seconds pass, until the first of the runs wakes; all of them wait.
    ScheduledRun,
    /// As much time passes as a run may take, although one is in the middle of a call.
    Stall,
    /// The rest of the phase passes; nobody runs.
    Phase,
    /// CloudFront completes the invalidation.
    Complete,
    /// CodePipeline is told to stop the action.
    Stop,
}

impl Action {
    /// Whether this is something that a sound world does by itself sooner or later. CloudFront need not complete.
    #[must_use]
    pub const fn is_sound(self) -> bool {
        match self {
            Self::Begin {
                errand,
                is_lagging,
                fault,
            } => {
                let is_natural = !matches!(errand, Errand::Copy(_) | Errand::Forged { .. });
                is_natural && !is_lagging && fault.is_none()
            }
            Self::Step(_, fault) => fault.is_none(),
            Self::ScheduledRun | Self::Phase => true,
            Self::Die(_) | Self::Panic(_) | Self::Stall | Self::Complete | Self::Stop => false,
        }
    }
}
