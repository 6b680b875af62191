//! Hundreds of simulated days, each checked against the invariants.
//!
//! `SEED=7 cargo test --workspace --test searches -- one_seed --nocapture` repeats a seed that violates an
//! invariant.

use std::sync::OnceLock;
use std::thread::available_parallelism;

use verification::simulation::{Plan, Situation, Totals, run, run_many};

/// The kinds of faults that must have been injected at least once.
const KINDS: [&str; 13] = [
    "hung",
    "killed after",
    "killed before",
    "late",
    "malformed",
    "overtaken",
    "panicked after",
    "panicked before",
    "reply lost",
    "request lost",
    "slow",
    "throttled",
    "unavailable",
];
const SEEDS: std::ops::Range<u64> = 0..300;

/// The days are simulated once, for both tests that read them.
fn totals() -> &'static Totals {
    static TOTALS: OnceLock<Totals> = OnceLock::new();
    TOTALS.get_or_init(|| {
        let threads = available_parallelism().map_or(1, usize::from);
        run_many(SEEDS, threads)
    })
}

#[test]
fn no_simulated_day_violates_an_invariant() {
    let totals = totals();
    let again = "SEED=… cargo test --workspace --test searches -- one_seed --nocapture";
    assert!(
        totals.violations.is_empty(),
        "repeat a seed: {again}\n{totals}"
    );
}

#[test]
fn every_situation_occurs_on_some_day() {
    let totals = totals();
    println!("{totals}");
    assert_eq!(totals.seeds, SEEDS.end - SEEDS.start);
    for kind in KINDS {
        assert!(
            totals.faulted.contains_key(kind),
            "{kind} was never injected"
        );
    }
    for situation in Situation::ALL {
        assert!(
            totals.situations.contains_key(&situation),
            "{situation:?} did not occur on any day"
        );
    }
}

#[test]
fn the_same_seed_is_the_same_day() {
    for seed in 0..16 {
        let (first, second) = (run(seed), run(seed));
        assert_eq!(first.trace, second.trace, "seed {seed}");
        assert_eq!(first.violations, second.violations, "seed {seed}");
    }
    assert_ne!(run(1).trace, run(2).trace);
}

/// The seed in the environment, or the first one, with its whole report.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the environment selects the seed to repeat"
)]
fn one_seed() {
    let seed = std::env::var("SEED").map_or(0, |seed| seed.parse().expect("SEED is a number"));
    let report = run(seed);
    println!("{:#?}", Plan::of(seed));
    for call in &report.journal {
        println!("{call:?}");
    }
    println!("{:?}\n{:?}", report.faulted, report.situations);
    assert!(report.violations.is_empty(), "{:#?}", report.violations);
}
