//! What is measured, and of whom.

use std::collections::BTreeMap;

/// Whose numbers they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A function that does nothing: the floor.
    Nothing,
    /// The same clients of the SDK and the plainest protocol, with no product around them: the floor of this design.
    Prototype,
    /// What CodePipeline invokes.
    Start,
    /// What the schedule wakes.
    Checker,
    /// The function that ours replaces.
    Old,
}

impl Subject {
    /// What the table calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Prototype => "prototype",
            Self::Start => "`start`",
            Self::Checker => "`checker`",
            Self::Old => "old function",
        }
    }
}

/// How a process talks to AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// HTTP/1.1, as the emulators of AWS do.
    Plain,
    /// The same in TLS, as AWS does: with the certificates of the authorities to read, and handshakes to make.
    Tls,
}

/// One of the numbers of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Milliseconds from the making of the process to its first answer.
    ColdWall,
    /// Milliseconds of processor time from the making of the process until it waits for its second event.
    ColdCpu,
    /// Milliseconds of a warm first job.
    FirstWall,
    /// The processor's part of them.
    FirstCpu,
    /// Calls to AWS in it.
    FirstCalls,
    /// Milliseconds of a warm continuation job.
    ReturnWall,
    /// The processor's part of them.
    ReturnCpu,
    /// Calls to AWS in it.
    ReturnCalls,
    /// The most memory that the process ever had resident, in megabytes.
    Memory,
    /// Megabytes of the package, zipped.
    Package,
}

impl Measure {
    /// What the table calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ColdWall => "cold start, wall (ms)",
            Self::ColdCpu => "cold start, CPU (ms)",
            Self::FirstWall => "warm first job, wall (ms)",
            Self::FirstCpu => "warm first job, CPU (ms)",
            Self::FirstCalls => "warm first job, calls",
            Self::ReturnWall => "warm continuation job, wall (ms)",
            Self::ReturnCpu => "warm continuation job, CPU (ms)",
            Self::ReturnCalls => "warm continuation job, calls",
            Self::Memory => "peak memory (MB)",
            Self::Package => "package, zipped (MB)",
        }
    }

    /// The same, of a subject: what a job is for the others is for the checker a sweep that finds nothing due, and then one
    /// that finds a record.
    pub(super) fn name_for(self, subject: Subject) -> String {
        let name = self.name();
        match subject {
            Subject::Checker => name
                .replace("first job", "idle pass")
                .replace("continuation job", "pass of one record"),
            _ => name.to_owned(),
        }
    }

    /// How many digits behind the point mean something.
    pub(super) const fn digits(self) -> usize {
        match self {
            Self::FirstCalls | Self::ReturnCalls => 0,
            Self::FirstCpu | Self::ReturnCpu | Self::Package => 2,
            _ => 1,
        }
    }

    /// Whether the numbers of `subject` and of `other` are about the same work. A sweep of the checker is no job, and
    /// one who does nothing makes no calls.
    pub(super) fn compares(self, subject: Subject, other: Subject) -> bool {
        let is_of_calls = matches!(self, Self::FirstCalls | Self::ReturnCalls);
        match (subject, other) {
            (Subject::Nothing, _) => false,
            (_, Subject::Nothing) => !is_of_calls,
            (Subject::Checker, _) => !self.is_of_a_job(),
            _ => subject != other,
        }
    }

    const fn is_of_a_job(self) -> bool {
        !matches!(
            self,
            Self::ColdWall | Self::ColdCpu | Self::Memory | Self::Package
        )
    }
}

/// What was measured: one number for each round, in the order of the rounds.
#[derive(Clone, Debug, Default)]
pub struct Samples(pub(super) BTreeMap<(Transport, Measure, Subject), Vec<f64>>);

impl Samples {
    /// Adds the number of the next round.
    pub fn add(&mut self, transport: Transport, measure: Measure, subject: Subject, number: f64) {
        let key = (transport, measure, subject);
        self.0.entry(key).or_default().push(number);
    }

    pub(super) fn of(&self, transport: Transport, measure: Measure, subject: Subject) -> &[f64] {
        let numbers = self.0.get(&(transport, measure, subject));
        numbers.map_or(&[], Vec::as_slice)
    }
}
