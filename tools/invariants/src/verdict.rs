//! The invariants, and the finding for each.

use std::fmt;

/// An invariant. The names are those of the tables in RELIABILITY.md; the texts are for readers of a log.
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
    OnlyConfigured,
    /// I10.
    BoundedCalls,
    /// I12.
    PipelineFirst,
    /// L1.
    Reported,
    /// L2.
    Notified,
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
        Self::OnlyConfigured,
        Self::BoundedCalls,
        Self::PipelineFirst,
        Self::Reported,
        Self::Notified,
        Self::Finalized,
    ];

    /// Its short name: `I` for safety (must never happen), `L` for liveness (must happen eventually).
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
            Self::OnlyConfigured => "I9",
            Self::BoundedCalls => "I10",
            Self::PipelineFirst => "I12",
            Self::Reported => "L1",
            Self::Notified => "L2",
            Self::Finalized => "L4",
        }
    }

    /// The invariant in words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::OneInvalidation => "an execution makes one invalidation, under one reference",
            Self::TrueSuccess => "success is reported after CloudFront reports Completed",
            Self::OneResult => "CodePipeline accepts one result for an execution",
            Self::OneOutcome => "results and notifications of an execution agree",
            Self::DecidedOnce => "a reported outcome never changes",
            Self::ClaimedIsSent => "a notification is marked sent after SNS accepted it",
            Self::FewNotifications => "one notification for an execution, more only after a fault",
            Self::NoSecret => "no credentials appear in any output",
            Self::OnlyConfigured => "only configured jobs, distributions and topics are used",
            Self::BoundedCalls => "the calls of an execution are bounded",
            Self::PipelineFirst => "notifications are sent after CodePipeline has the result",
            Self::Reported => "every job gets a result in time",
            Self::Notified => "every outcome is published, or an error is logged",
            Self::Finalized => "no work is left in the table",
        }
    }
}

/// One violation of an invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The execution, by the id of its first job; `None` if it belongs to none.
    pub execution: Option<String>,
    /// A sentence that names ids and times.
    pub sentence: String,
}

/// The finding for one invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The invariant.
    pub invariant: Invariant,
    /// The number of cases that were checked; zero means that the facts do not show whether the invariant holds.
    pub cases: usize,
    /// Each violation.
    pub breaches: Vec<Breach>,
}

/// An invariant holds, is violated, or is not observable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// At least one case was checked, and none is a violation.
    Upheld,
    /// There is a violation.
    Violated,
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

    /// Upheld, broken or not observable.
    #[must_use]
    pub fn finding(&self) -> Finding {
        match (self.breaches.is_empty(), self.cases) {
            (false, _) => Finding::Violated,
            (true, 0) => Finding::NotObservable,
            (true, _) => Finding::Upheld,
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
            Self::Upheld => "upheld",
            Self::Violated => "VIOLATED",
            Self::NotObservable => "not observable",
        })
    }
}
