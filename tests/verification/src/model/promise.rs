//! What must be true in every state.

/// What must be true in every state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// Every request to create an invalidation has the same reference, and there is at most one invalidation.
    OneInvalidation,
    /// CodePipeline hears of success only after CloudFront said `Completed` for our invalidation.
    TrueSuccess,
    /// Every last answer is that of the stored outcome, and goes to a job of the execution.
    TrueAnswer,
    /// Every notice is that of the stored outcome.
    TrueNotice,
    /// An outcome that is stored never changes.
    OneOutcome,
    /// A notice that is marked as sent was published.
    TrueMark,
    /// People hear of an outcome once, and at most once more for each fault.
    FewNotices,
    /// People hear nothing while CodePipeline may still come back.
    CodePipelineFirst,
}

impl Promise {
    /// What the reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneInvalidation => "one reference, one invalidation",
            Self::TrueSuccess => "success only after Completed",
            Self::TrueAnswer => "each last answer is the outcome",
            Self::TrueNotice => "each notice is the outcome",
            Self::OneOutcome => "the outcome never changes",
            Self::TrueMark => "marked as sent only when sent",
            Self::FewNotices => "one notice, and one more a fault",
            Self::CodePipelineFirst => "CodePipeline hears it first",
        }
    }
}

/// Those promises that were broken on the way to a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Broken(u16);

impl Broken {
    /// Notes that `promise` holds only if `holds`.
    pub fn unless(&mut self, holds: bool, promise: Promise) {
        if !holds {
            self.0 |= 1 << promise as u16;
        }
    }

    /// Whether `promise` was broken.
    #[must_use]
    pub const fn contains(self, promise: Promise) -> bool {
        self.0 & 1 << promise as u16 != 0
    }
}
