//! Which calls were struck in which way while the record stood where.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

use super::kind::Kind;
use super::story::{Injection, Told};
use local_aws::{Arrived, Service};

/// Where an execution's record stands in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand {
    /// There is none yet.
    Absent,
    /// CloudFront is to be asked, and we know of no invalidation.
    Asked,
    /// The invalidation is known.
    Waiting,
    /// The outcome is written, and the job has not had its answer.
    Decided,
    /// The job has its answer, and people are to be told.
    Reported,
    /// Nobody is to be told any more, or nothing is left to do at all.
    Told,
}

impl Stand {
    fn of(item: Option<&Map<String, Value>>) -> Self {
        let Some(item) = item else {
            return Self::Absent;
        };
        let within = |path: &str| item.get(path).map(Value::to_string).unwrap_or_default();
        if !item.contains_key("outcome") {
            return if within("targets").contains("\"invalidation\"") {
                Self::Waiting
            } else {
                Self::Asked
            };
        }
        let is_pending = |name| within(name).contains("Pending");
        if !is_pending("notification_state") && !is_pending("event_state") {
            Self::Told
        } else if within("job").contains("\"result\"") {
            Self::Reported
        } else {
            Self::Decided
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Asked => "asked",
            Self::Waiting => "waiting",
            Self::Decided => "decided",
            Self::Reported => "answered",
            Self::Told => "told",
        }
    }
}

/// A call of a service while the record stood somewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The service.
    pub service: Service,
    /// Its operation.
    pub operation: String,
    /// Where the record stood when the call arrived.
    pub stand: Stand,
}

impl Point {
    /// Where each call met the one record whose writes these are.
    pub(super) fn all(arrivals: &[Arrived], history: &[Option<Map<String, Value>>]) -> Vec<Self> {
        let stands = std::iter::once(None).chain(history.iter().map(Option::as_ref));
        let stands: Vec<Stand> = stands.map(Stand::of).collect();
        let point = |arrived: &Arrived| Self {
            service: arrived.service,
            operation: arrived.operation.clone(),
            stand: stands[arrived.writes.min(stands.len() - 1)],
        };
        arrivals.iter().map(point).collect()
    }
}

impl fmt::Display for Point {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = format!("{} {}", self.operation, self.stand.word());
        out.pad(&place)
    }
}

/// Something that can be struck: a point, and a kind that suits it.
type Cell = (Point, Kind);

/// How often each kind of trouble struck at each point.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// What was reached, with a scenario and the strikes that lead there.
    reached: BTreeMap<Cell, (&'static str, Vec<Injection>)>,
    faulted: BTreeMap<Cell, u64>,
}

impl Matrix {
    /// A story came by its calls, so each kind that suits them must strike there in some story.
    pub(super) fn reach(&mut self, scenario: &'static str, faulted: &[Injection], told: &Told) {
        let next = faulted
            .last()
            .map_or(1, |last| last.nth + last.kind.calls());
        let numbered = (1..).zip(&told.points).zip(&told.arrivals);
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

    /// This kind struck there.
    pub(super) fn injection(&mut self, point: &Point, kind: Kind) {
        *self.faulted.entry((point.clone(), kind)).or_default() += 1;
    }

    /// For each cell that was reached and never struck, the story that strikes it.
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

    /// How many cells were reached.
    #[must_use]
    pub fn reached(&self) -> usize {
        self.reached.len()
    }

    /// What was reached and never struck.
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
    /// A line for each point and a column for each kind; `-` where the kind does not suit, 0 where it never struck.
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
