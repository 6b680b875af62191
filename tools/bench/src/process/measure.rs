//! The subjects and the measures.

use std::collections::BTreeMap;

/// A subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A function that does nothing: the lower bound.
    Nothing,
    /// The same SDK clients and the simplest protocol, without the product: the lower bound of this design.
    Prototype,
    /// The function that CodePipeline invokes.
    Start,
    /// The function that the schedule invokes.
    Checker,
    /// The Python function.
    Old,
}

impl Subject {
    /// The name in the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Prototype => "prototype",
            Self::Start => "`start`",
            Self::Checker => "`checker`",
            Self::Old => "Python function",
        }
    }
}

/// The transport between a process and AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// HTTP/1.1, as with emulators of AWS.
    Plain,
    /// HTTP/1.1 over TLS, as with AWS: with the certificates of the authorities to read, and handshakes.
    Tls,
}

/// One of the numbers of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Milliseconds from the start of the process to its first response.
    ColdWall,
    /// Milliseconds of processor time from the start of the process until it waits for its second event.
    ColdCpu,
    /// Milliseconds of a warm first job.
    FirstWall,
    /// The processor time of it.
    FirstCpu,
    /// The calls to AWS in it.
    FirstCalls,
    /// Milliseconds of a warm continuation job.
    ReturnWall,
    /// The processor time of it.
    ReturnCpu,
    /// The calls to AWS in it.
    ReturnCalls,
    /// The peak resident memory of the process, in megabytes.
    Memory,
    /// Megabytes of the package, zipped.
    Package,
}

impl Measure {
    /// The name in the table.
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

    /// The same, for a subject: the checker has sweeps instead of jobs, one that finds nothing due, and then one that
    /// finds a record.
    pub(super) fn name_for(self, subject: Subject) -> String {
        let name = self.name();
        match subject {
            Subject::Checker => name
                .replace("first job", "idle sweep")
                .replace("continuation job", "sweep of one record"),
            _ => name.to_owned(),
        }
    }

    /// The number of significant digits after the decimal point.
    pub(super) const fn digits(self) -> usize {
        match self {
            Self::FirstCalls | Self::ReturnCalls => 0,
            Self::FirstCpu | Self::ReturnCpu | Self::Package => 2,
            _ => 1,
        }
    }

    /// Whether the numbers of `subject` and of `other` describe the same work. A sweep of the checker is not a job, and
    /// the empty function makes no calls.
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

/// The samples: one number for each round, in order.
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
