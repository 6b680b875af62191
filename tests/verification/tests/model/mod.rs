//! Every path of one execution within a budget of faults. `cargo test --workspace --test searches -- model --nocapture` prints the tables.

mod mirror;

use std::collections::BTreeSet;

use verification::model::bug::Bug;
use verification::model::report::{broken, explore_all, table};
use verification::model::{properties, suite};

/// The number of states of the first sketch of this protocol, as a lower bound.
const STATES_AT_LEAST: usize = 142_227;

#[test]
fn every_invariant_holds_in_every_state() {
    let reports = explore_all(suite::SMALL, |_| ());
    println!("{}", table(&reports));
    assert_eq!(broken(&reports), "");
    for (configuration, report) in suite::SMALL.iter().zip(&reports) {
        assert_eq!(report.loss(), Some(configuration.loss), "{}", report.name);
    }
    let seen: BTreeSet<&str> = reports
        .iter()
        .flat_map(|report| &report.seen)
        .copied()
        .collect();
    let situations: BTreeSet<&str> = properties::REQUIRED_STATES.into_iter().collect();
    assert_eq!(seen, situations, "not every required state was reached");
    let states: usize = reports.iter().map(|report| report.states).sum();
    assert!(states > STATES_AT_LEAST, "only {states} states");
}

/// A model must find each seeded fault; otherwise its other results have no value.
#[test]
fn every_seeded_bug_is_caught() {
    let configurations = suite::seeded();
    let reports = explore_all(&configurations, |_| ());
    println!("{}", table(&reports));
    for (configuration, report) in configurations.iter().zip(&reports) {
        let broken: Vec<&str> = report
            .violations
            .iter()
            .map(|(invariant, _)| *invariant)
            .collect();
        match configuration.bug.and_then(Bug::breaks) {
            Some(invariant) => assert!(
                broken.contains(&invariant.name()),
                "{} was not found: {broken:?}",
                report.name
            ),
            None => assert_eq!(report.loss(), Some(configuration.loss), "{}", report.name),
        }
    }
}
