//! Runs all searches one after another, with bounds that the caller chooses. The tests run the same searches with
//! smaller bounds.

use std::num::NonZero;
use std::ops::Range;
use std::thread::available_parallelism;

use crate::fault_search::{Plan, SCENARIOS, Scenario, search};
use crate::model::report::{Report, broken, explore_all, table};
use crate::model::{self, Configuration};
use crate::simulation::{self, Totals};

/// The number of seeds between two progress reports of a long search; they take some minutes.
pub const SEEDS_AT_A_TIME: u64 = 5_000;

/// The output of one search, and whether it found no violation.
#[derive(Debug)]
pub struct SearchResult {
    /// The table, or the first findings.
    pub text: String,
    /// Whether the search found no violation.
    pub is_ok: bool,
}

/// Injects faults at the calls of every scenario, at most `depth` of them in one run. The second fault and those
/// after it are injected at one in `every` positions.
#[must_use]
pub fn exhaustively(depth: usize, every: u64) -> SearchResult {
    let scenarios: Vec<&Scenario> = SCENARIOS.iter().collect();
    let report = search(&Plan {
        scenarios: &scenarios,
        depth,
        every,
        threads: threads(),
    });
    let faults = report.faults();
    SearchResult {
        is_ok: faults.is_empty(),
        text: format!("{report}\n{faults}"),
    }
}

/// Simulates these seeds, and calls `after` with the totals after every [`SEEDS_AT_A_TIME`] seeds.
#[must_use]
pub fn at_random(seeds: Range<u64>, after: impl Fn(u64, &Totals)) -> SearchResult {
    let mut totals = Totals::default();
    let mut first = seeds.start;
    while first < seeds.end {
        let next = seeds.end.min(first + SEEDS_AT_A_TIME);
        totals.join(simulation::run_many(first..next, threads()));
        after(next, &totals);
        first = next;
    }
    SearchResult {
        is_ok: totals.violations.is_empty(),
        text: totals.to_string(),
    }
}

/// Explores the model with larger bounds than the tests, and calls `after` with the report of each configuration.
#[must_use]
pub fn in_the_model(after: impl Fn(&Report) + Sync) -> SearchResult {
    let suite = model::suite::large();
    let reports = explore_all(&suite, after);
    let is_as_expected = |(configuration, report): (&Configuration, &Report)| {
        report.violations.is_empty() && report.loss() == Some(configuration.loss)
    };
    SearchResult {
        is_ok: suite.iter().zip(&reports).all(is_as_expected),
        text: format!("{}\n{}", table(&reports), broken(&reports)),
    }
}

fn threads() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}
