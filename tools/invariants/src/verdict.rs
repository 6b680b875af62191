//! What is promised, and how it was kept.

use std::fmt;

/// A promise. The names are those of RELIABILITY's tables; the texts are what a reader of a log wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// I1.
    OneInvalidation,
    /// I2.
    TrueSuccess,
    /// I3.
    OneResult,
    /// I4.
    OneOutcome,
    /// I5.
    DecidedOnce,
    /// I6.
    ClaimedIsSent,
    /// I7.
    FewNotifications,
    /// I8.
    NoSecret,
    /// I9.
    OnlyOurs,
    /// I10.
    BoundedCalls,
    /// I12.
    PipelineFirst,
    /// L1.
    Reported,
    /// L2.
    Told,
    /// L4.
    Finalized,
}

impl Invariant {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 14] = [
        Self::OneInvalidation,
        Self::TrueSuccess,
        Self::OneResult,
        Self::OneOutcome,
        Self::DecidedOnce,
        Self::ClaimedIsSent,
        Self::FewNotifications,
        Self::NoSecret,
        Self::OnlyOurs,
        Self::BoundedCalls,
        Self::PipelineFirst,
        Self::Reported,
        Self::Told,
        Self::Finalized,
    ];

    /// Its short name: `I` for what must never happen, `L` for what must happen eventually.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::OneInvalidation => "I1",
            Self::TrueSuccess => "I2",
            Self::OneResult => "I3",
            Self::OneOutcome => "I4",
            Self::DecidedOnce => "I5",
            Self::ClaimedIsSent => "I6",
            Self::FewNotifications => "I7",
            Self::NoSecret => "I8",
            Self::OnlyOurs => "I9",
            Self::BoundedCalls => "I10",
            Self::PipelineFirst => "I12",
            Self::Reported => "L1",
            Self::Told => "L2",
            Self::Finalized => "L4",
        }
    }

    /// What is promised.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::OneInvalidation => "an execution makes one invalidation, under one reference",
            Self::TrueSuccess => "success is reported after CloudFront said Completed",
            Self::OneResult => "CodePipeline takes one result for an execution",
            Self::OneOutcome => "results and notifications of an execution agree",
            Self::DecidedOnce => "an outcome, once told, never changes",
            Self::ClaimedIsSent => "a notification is called sent after SNS took it",
            Self::FewNotifications => "one notification for an execution, more only after trouble",
            Self::NoSecret => "no credentials turn up anywhere",
            Self::OnlyOurs => "only jobs, distributions and topics that were given",
            Self::BoundedCalls => "the calls of an execution are bounded",
            Self::PipelineFirst => "people hear it after CodePipeline",
            Self::Reported => "every job is answered in time",
            Self::Told => "every outcome is told, or given up with an error",
            Self::Finalized => "nothing is left to do in the table",
        }
    }
}

/// One way in which a invariant was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The execution, by the id of its first job; none where it belongs to none.
    pub execution: Option<String>,
    /// A sentence that names ids and times.
    pub sentence: String,
}

/// How one promise was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The promise.
    pub invariant: Invariant,
    /// How many cases could be judged; none means that the facts do not show whether it was kept.
    pub cases: usize,
    /// Each way in which it was broken.
    pub breaches: Vec<Breach>,
}

/// A promise is held, broken, or cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// There was something to judge, and nothing wrong.
    Held,
    /// Something was wrong.
    Broken,
    /// The facts do not show it.
    NotObservable,
}

impl Verdict {
    pub(super) const fn new(invariant: Invariant) -> Self {
        Self {
            invariant,
            cases: 0,
            breaches: Vec::new(),
        }
    }

    /// Held, broken, or not to be seen.
    #[must_use]
    pub fn finding(&self) -> Finding {
        match (self.breaches.is_empty(), self.cases) {
            (false, _) => Finding::Broken,
            (true, 0) => Finding::NotObservable,
            (true, _) => Finding::Held,
        }
    }

    pub(super) fn assess(&mut self, execution: &str, breach: Option<String>) {
        self.cases += 1;
        if let Some(sentence) = breach {
            self.breaches.push(Breach {
                execution: Some(execution.to_owned()),
                sentence,
            });
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Held => "held",
            Self::Broken => "BROKEN",
            Self::NotObservable => "not observable",
        })
    }
}
