//! Seeded faults, one for each property, which show that the property can fail. A model that does not find them has
//! no evidential value.
//!
//! No seeded fault touches the code of the product. The world changes what is written or replied, as a product with
//! that fault would do, or a run receives a false observation.

use super::invariant::Invariant;

/// A seeded fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// The reference of the invalidation follows from the clock.
    TimedReference,
    /// A new invalidation counts as completed.
    PresumedCompletion,
    /// Writes have no condition.
    UnconditionalWrite,
    /// The outcome is reported to CodePipeline before it is written.
    ResultBeforeDecision,
    /// The result counts as delivered without a reply, and subscribers are notified first.
    NotificationBeforeResult,
    /// The outcome is written without its pending notification.
    NoOutbox,
    /// The notification is marked as sent before it is published.
    MarkBeforePublish,
    /// A notification is published without a claim.
    NoClaim,
}

impl Bug {
    /// The invariant that the fault violates; none when the fault only prevents progress.
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
