//! What must be true in every state.

/// What must be true in every state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invariant {
    /// Every request to create an invalidation has the same reference, and there is at most one invalidation.
    OneInvalidation,
    /// CodePipeline hears of success only after CloudFront said `Completed` for our invalidation.
    TrueSuccess,
    /// Every last answer is that of the stored outcome, and goes to a job of the execution.
    TrueResult,
    /// Every notification is that of the stored outcome.
    TrueNotification,
    /// An outcome that is stored never changes.
    OneOutcome,
    /// A notification that is marked as sent was published.
    TrueMark,
    /// People hear of an outcome once, and at most once more for each fault.
    FewNotifications,
    /// People hear nothing while CodePipeline may still come back.
    CodePipelineFirst,
}

impl Invariant {
    /// What the reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneInvalidation => "one reference, one invalidation",
            Self::TrueSuccess => "success only after Completed",
            Self::TrueResult => "each last answer is the outcome",
            Self::TrueNotification => "each notification is the outcome",
            Self::OneOutcome => "the outcome never changes",
            Self::TrueMark => "marked as sent only when sent",
            Self::FewNotifications => "one notification, and one more a fault",
            Self::CodePipelineFirst => "CodePipeline hears it first",
        }
    }
}

/// Those promises that were broken on the way to a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Broken(u16);

impl Broken {
    /// Notes that `invariant` holds only if `holds`.
    pub fn unless(&mut self, holds: bool, invariant: Invariant) {
        if !holds {
            self.0 |= 1 << invariant as u16;
        }
    }

    /// Whether `invariant` was broken.
    #[must_use]
    pub const fn contains(self, invariant: Invariant) -> bool {
        self.0 & 1 << invariant as u16 != 0
    }
}
