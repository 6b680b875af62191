//! All searches one after another, each as far as one is ready to wait: what the tests run with every change, further.

use std::num::NonZero;
use std::ops::Range;
use std::thread::available_parallelism;

use crate::fault_search::{Plan, SCENARIOS, Scenario, search};
use crate::model::report::{Report, broken, explore_all, table};
use crate::model::{self, Configuration};
use crate::simulation::{self, Totals};

/// After how many seeds a long search says how far it is: some minutes.
pub const SEEDS_AT_A_TIME: u64 = 5_000;

/// What one search printed, and whether everything held.
#[derive(Debug)]
pub struct Told {
    /// The table, or the first findings.
    pub text: String,
    /// Whether nothing was found.
    pub holds: bool,
}

/// Strikes calls in every scenario, up to `depth` of them in one story; with the second strike and those after it only at
/// one in `every` place.
#[must_use]
pub fn exhaustively(depth: usize, every: u64) -> Told {
    let scenarios: Vec<&Scenario> = SCENARIOS.iter().collect();
    let report = search(&Plan {
        scenarios: &scenarios,
        depth,
        every,
        threads: threads(),
    });
    let faults = report.faults();
    Told {
        holds: faults.is_empty(),
        text: format!("{report}\n{faults}"),
    }
}

/// Plays these seeds, and calls `after` with what they have shown whenever [`SEEDS_AT_A_TIME`] more are done.
#[must_use]
pub fn at_random(seeds: Range<u64>, after: impl Fn(u64, &Totals)) -> Told {
    let mut totals = Totals::default();
    let mut first = seeds.start;
    while first < seeds.end {
        let next = seeds.end.min(first + SEEDS_AT_A_TIME);
        totals.join(simulation::run_many(first..next, threads()));
        after(next, &totals);
        first = next;
    }
    Told {
        holds: totals.violations.is_empty(),
        text: totals.to_string(),
    }
}

/// Explores the model much further than the tests do, and calls `after` with what each configuration has shown.
#[must_use]
pub fn in_the_model(after: impl Fn(&Report) + Sync) -> Told {
    let suite = model::suite::large();
    let reports = explore_all(&suite, after);
    let is_as_expected = |(configuration, report): (&Configuration, &Report)| {
        report.violations.is_empty() && report.loss() == Some(configuration.loss)
    };
    Told {
        holds: suite.iter().zip(&reports).all(is_as_expected),
        text: format!("{}\n{}", table(&reports), broken(&reports)),
    }
}

fn threads() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}
