//! Faults that are built into a model on purpose, one for each property that they show can fail: a model that finds none of them
//! proves nothing.
//!
//! None of them touches the code of the product. The world changes what is written or replied, as a product with that
//! fault would have it, or a run is told what did not happen.

use super::promise::Invariant;

/// A fault that is built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// The reference of the invalidation follows from the clock.
    TimedReference,
    /// A new invalidation is taken for a completed one.
    PresumedCompletion,
    /// Writes have no condition.
    UnconditionalWrite,
    /// The outcome is not written before CodePipeline hears it.
    ResultBeforeDecision,
    /// CodePipeline's answer is taken for granted, and people hear first.
    NotificationBeforeResult,
    /// The outcome is written without the notification that it owes.
    NoOutbox,
    /// The notification is marked as sent before it is published.
    MarkBeforePublish,
    /// A notification is published without a claim.
    NoClaim,
}

impl Bug {
    /// The promise that it breaks; none when it breaks none, and something is only never done.
    #[must_use]
    pub const fn breaks(self) -> Option<Invariant> {
        Some(match self {
            Self::TimedReference => Invariant::OneInvalidation,
            Self::PresumedCompletion => Invariant::TrueSuccess,
            Self::UnconditionalWrite => Invariant::OneOutcome,
            Self::ResultBeforeDecision => Invariant::TrueResult,
            Self::NotificationBeforeResult => Invariant::CodePipelineFirst,
            Self::MarkBeforePublish => Invariant::TrueMark,
            Self::NoClaim => Invariant::FewNotifications,
            Self::NoOutbox => return None,
        })
    }
}
