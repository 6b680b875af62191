//! Which calls were faulted in which way, and in which state of the record.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

use super::kind::Kind;
use super::run::{FinishedRun, Injection};
use local_aws::{Arrived, Service};

/// The state of an execution's record in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordState {
    /// There is no record yet.
    Absent,
    /// CloudFront is to be called, and no invalidation is known.
    NotCreated,
    /// The invalidation is known.
    Waiting,
    /// The outcome is written, and the result of the job is pending.
    Decided,
    /// The result is reported, and a notification is pending.
    Reported,
    /// No notification is pending, or no work is left.
    Published,
}

impl RecordState {
    fn of(item: Option<&Map<String, Value>>) -> Self {
        let Some(item) = item else {
            return Self::Absent;
        };
        let within = |path: &str| item.get(path).map(Value::to_string).unwrap_or_default();
        if !item.contains_key("outcome") {
            return if within("targets").contains("\"invalidation\"") {
                Self::Waiting
            } else {
                Self::NotCreated
            };
        }
        let is_pending = |name| within(name).contains("Pending");
        if !is_pending("notification_state") && !is_pending("event_state") {
            Self::Published
        } else if within("job").contains("\"result\"") {
            Self::Reported
        } else {
            Self::Decided
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::NotCreated => "not created",
            Self::Waiting => "waiting",
            Self::Decided => "decided",
            Self::Reported => "reported",
            Self::Published => "published",
        }
    }
}

/// A call of a service, and the state of the record at that time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The service.
    pub service: Service,
    /// Its operation.
    pub operation: String,
    /// The state of the record when the call arrived.
    pub state: RecordState,
}

impl Point {
    /// The point of each call, for the one record with this write history.
    pub(super) fn all(arrivals: &[Arrived], history: &[Option<Map<String, Value>>]) -> Vec<Self> {
        let states = std::iter::once(None).chain(history.iter().map(Option::as_ref));
        let states: Vec<RecordState> = states.map(RecordState::of).collect();
        let point = |arrived: &Arrived| Self {
            service: arrived.service,
            operation: arrived.operation.clone(),
            state: states[arrived.writes.min(states.len() - 1)],
        };
        arrivals.iter().map(point).collect()
    }
}

impl fmt::Display for Point {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = format!("{} {}", self.operation, self.state.word());
        out.pad(&place)
    }
}

/// A cell of the matrix: a point, and a kind of fault that suits it.
type Cell = (Point, Kind);

/// How often each kind of fault was injected at each point.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// Each cell that was reached, with a scenario and the faults that lead there.
    reached: BTreeMap<Cell, (&'static str, Vec<Injection>)>,
    faulted: BTreeMap<Cell, u64>,
}

impl Matrix {
    /// Adds a run. A run that reaches a call reaches it for every kind of fault that suits the call.
    pub(super) fn reach(
        &mut self,
        scenario: &'static str,
        faulted: &[Injection],
        run: &FinishedRun,
    ) {
        let next = faulted
            .last()
            .map_or(1, |last| last.nth + last.kind.calls());
        let numbered = (1..).zip(&run.points).zip(&run.arrivals);
        for ((nth, point), arrived) in numbered.filter(|((nth, _), _)| *nth >= next) {
            for kind in Kind::ALL.into_iter().filter(|kind| kind.suits(arrived)) {
                let example = || {
                    let injection = Injection { nth, kind };
                    (scenario, [faulted, &[injection]].concat())
                };
                let cell = (point.clone(), kind);
                self.reached.entry(cell).or_insert_with(example);
            }
        }
    }

    /// Counts a fault of this kind at this point.
    pub(super) fn injection(&mut self, point: &Point, kind: Kind) {
        *self.faulted.entry((point.clone(), kind)).or_default() += 1;
    }

    /// For each cell that was reached and never faulted, the run that faults it.
    pub(super) fn examples_of_missing(&self) -> Vec<(&'static str, Vec<Injection>)> {
        self.not_faulted()
            .map(|(_, example)| example.clone())
            .collect()
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (cell, example) in other.reached {
            let known = self.reached.entry(cell).or_insert_with(|| example.clone());
            if example < *known {
                *known = example;
            }
        }
        for (cell, count) in other.faulted {
            *self.faulted.entry(cell).or_default() += count;
        }
    }

    /// The number of cells that were reached.
    #[must_use]
    pub fn reached(&self) -> usize {
        self.reached.len()
    }

    /// The cells that were reached and never faulted.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let cells = self.not_faulted().map(|(cell, _)| cell);
        cells
            .map(|(point, kind)| format!("{} {point}: {kind:?}", point.service))
            .collect()
    }

    fn not_faulted(&self) -> impl Iterator<Item = (&Cell, &(&'static str, Vec<Injection>))> {
        let is_faulted = |cell: &Cell| self.faulted.contains_key(cell);
        self.reached
            .iter()
            .filter(move |(cell, _)| !is_faulted(cell))
    }
}

impl fmt::Display for Matrix {
    /// A line for each point and a column for each kind; `-` where the kind does not suit, 0 where it was never
    /// injected.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:<30}", "")?;
        for kind in Kind::ALL {
            write!(out, " {:>11}", format!("{kind:?}"))?;
        }
        let points: BTreeSet<&Point> = self.reached.keys().map(|(point, _)| point).collect();
        for point in points {
            write!(out, "\n{point:<30}")?;
            for kind in Kind::ALL {
                let cell = (point.clone(), kind);
                if self.reached.contains_key(&cell) {
                    let count = self.faulted.get(&cell).copied().unwrap_or_default();
                    write!(out, " {count:>11}")?;
                } else {
                    write!(out, " {:>11}", "-")?;
                }
            }
        }
        Ok(())
    }
}
