//! An exploration, and the table of its results.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{available_parallelism, scope};
use std::time::Duration;

use stateright::{Checker, Expectation, HasDiscoveries, Model as _};
use tokio::time::Instant;

use super::Model;
use super::bug::Bug;
use super::configuration::{Configuration, Loss, Order};
use super::liveness::{self, Liveness};
use super::narration::narrate;

/// The result of one configuration.
#[derive(Debug, Clone)]
pub struct Report {
    /// The configuration's name.
    pub name: &'static str,
    /// The number of different states.
    pub states: usize,
    /// How long it took.
    pub took: Duration,
    /// Each violated invariant, with a path to the violation.
    pub violations: Vec<(&'static str, String)>,
    /// The states that had to be reached and were.
    pub seen: Vec<&'static str>,
    /// What is still reachable; none when an invariant was violated.
    pub liveness: Option<Liveness>,
}

/// Explores these configurations on all cores, and calls `after` with each report as soon as it is complete. The
/// reports are in the order of the configurations.
#[must_use]
pub fn explore_all(
    configurations: &[Configuration],
    after: impl Fn(&Report) + Sync,
) -> Vec<Report> {
    let (next, reports) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(configuration) = configurations.get(place) else {
                return;
            };
            let report = explore(configuration);
            after(&report);
            let mut reports = reports.lock().expect("no thread panics");
            reports.insert(place, report);
        }
    };
    scope(|scope| {
        for _ in 0..available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(work);
        }
    });
    let reports = reports.into_inner().expect("no thread panics");
    reports.into_values().collect()
}

/// Explores a configuration on one thread: the invariants, then liveness. It stops at the first violation, or at the
/// invariant that the seeded fault must violate.
#[must_use]
pub fn explore(configuration: &Configuration) -> Report {
    let begun = Instant::now();
    let model = Model::new(configuration.clone());
    let sought = configuration.bug.and_then(Bug::breaks);
    let end = sought.map_or(HasDiscoveries::AnyFailures, |invariant| {
        HasDiscoveries::AllOf(BTreeSet::from([invariant.name()]))
    });
    let builder = model.clone().checker().finish_when(end);
    let mut report = match configuration.order {
        Order::Breadth => found(configuration.name, &builder.spawn_bfs().join()),
        Order::Depth => found(configuration.name, &builder.spawn_dfs().join()),
    };
    if report.violations.is_empty() {
        report.liveness = Some(liveness::analyse(&model));
    }
    report.took = begun.elapsed();
    report
}

/// The results of a checker.
fn found(name: &'static str, checker: &impl Checker<Model>) -> Report {
    let mut report = Report {
        name,
        states: checker.unique_state_count(),
        took: Duration::ZERO,
        violations: Vec::new(),
        seen: Vec::new(),
        liveness: None,
    };
    for property in checker.model().properties() {
        let way = checker.discovery(property.name);
        match (way, property.expectation) {
            (Some(_), Expectation::Sometimes) => report.seen.push(property.name),
            (Some(way), _) => report
                .violations
                .push((property.name, narrate(&way.into_vec()))),
            (None, _) => {}
        }
    }
    report
}

/// Each violated invariant, with the path to the violation; empty when all of them hold.
#[must_use]
pub fn broken(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        for (invariant, way) in &report.violations {
            let _ = writeln!(text, "{}: {invariant} does not hold:\n{way}", report.name);
        }
    }
    text
}

impl Report {
    /// The largest loss that occurred; none when an invariant was violated.
    #[must_use]
    pub fn loss(&self) -> Option<Loss> {
        Some(match self.liveness? {
            Liveness {
                invalid_event: 0,
                undrainable: 0,
                ..
            } => Loss::Nothing,
            Liveness {
                invalid_event: 0, ..
            } => Loss::Notification,
            Liveness { .. } => Loss::JobResult,
        })
    }
}

/// The reports, one line each.
#[must_use]
pub fn table(reports: &[Report]) -> String {
    let mut table = format!(
        "{:<45} {:>12} {:>9} {:>10} {:>13} {:>12}\n",
        "configuration", "states", "seconds", "violations", "no result", "not final"
    );
    for report in reports {
        let count = |count: fn(Liveness) -> usize| {
            let count = report.liveness.map(count);
            count.map_or_else(|| "-".to_owned(), |count| count.to_string())
        };
        let (invalid_event, undrainable) =
            (count(|one| one.invalid_event), count(|one| one.undrainable));
        let (name, states, violations) = (report.name, report.states, report.violations.len());
        let seconds = report.took.as_secs_f64();
        let _ = writeln!(
            table,
            "{name:<45} {states:>12} {seconds:>9.1} {violations:>10} {invalid_event:>13} {undrainable:>12}"
        );
    }
    table
}
