//! The invariants of every state.

/// An invariant of every state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invariant {
    /// Every request to create an invalidation has the same reference, and there is at most one invalidation.
    OneInvalidation,
    /// CodePipeline receives a success only after CloudFront reported `Completed` for the execution's invalidation.
    TrueSuccess,
    /// Every final result is that of the stored outcome, and is reported for a job of the execution.
    TrueResult,
    /// Every notification is that of the stored outcome.
    TrueNotification,
    /// An outcome that is stored never changes.
    OneOutcome,
    /// A notification that is marked as sent was published.
    TrueMark,
    /// A notification of an outcome is published once, and at most once more for each fault.
    FewNotifications,
    /// No notification is published while CodePipeline may still start a continuation job.
    CodePipelineFirst,
}

impl Invariant {
    /// The name in the reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneInvalidation => "one reference, one invalidation",
            Self::TrueSuccess => "success only after Completed",
            Self::TrueResult => "each final result is the outcome",
            Self::TrueNotification => "each notification is the outcome",
            Self::OneOutcome => "the outcome never changes",
            Self::TrueMark => "marked as sent only when sent",
            Self::FewNotifications => "one notification, and one more a fault",
            Self::CodePipelineFirst => "CodePipeline is notified first",
        }
    }
}

/// The invariants that were violated on the path to a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Broken(u16);

impl Broken {
    /// Records a violation of `invariant` unless `holds`.
    pub fn unless(&mut self, holds: bool, invariant: Invariant) {
        if !holds {
            self.0 |= 1 << invariant as u16;
        }
    }

    /// Whether `invariant` was violated.
    #[must_use]
    pub const fn contains(self, invariant: Invariant) -> bool {
        self.0 & 1 << invariant as u16 != 0
    }
}
