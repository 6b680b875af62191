//! The search with the bounds of every test run: all single faults, all pairs of two scenarios, and one in eighty of
//! the pairs of the others.

use std::collections::{BTreeMap, BTreeSet};

use verification::fault_search::{End, Plan, Report, SCENARIOS, Scenario, search};

/// The scenarios whose pairs are all run: the common path, and the shortest.
const WHOLE: [&str; 2] = ["wait on", "rejected parameters"];

fn searched(is_whole: bool, every: u64) -> Report {
    let of_it = |one: &&Scenario| WHOLE.contains(&one.name) == is_whole;
    let scenarios: Vec<&Scenario> = SCENARIOS.iter().filter(of_it).collect();
    search(&Plan {
        scenarios: &scenarios,
        depth: 2,
        every,
        threads: 2,
    })
}

fn singles(scenario: &Scenario, threads: usize) -> Report {
    search(&Plan {
        scenarios: &[scenario],
        depth: 1,
        every: 1,
        threads,
    })
}

fn scenario(name: &str) -> Scenario {
    let found = SCENARIOS.iter().find(|one| one.name == name);
    *found.expect("a scenario of this name")
}

#[test]
fn no_fault_violates_an_invariant_in_any_scenario() {
    let mut report = searched(true, 1);
    report.merge(searched(false, 80));
    println!("{report}");
    assert_eq!(report.violations, 0, "{}", report.faults());
    assert_eq!(report.faults(), "");
    assert_eq!(report.scenarios, SCENARIOS.len());
    assert!(report.timelines() > 25_000, "{} runs", report.timelines());
    assert_eq!(report.operations, permitted());
}

/// Compares the calls with `infra/permissions.json`, against which the policies of both templates are checked: every
/// listed action is called, and every called action is listed.
fn permitted() -> BTreeSet<String> {
    let text = include_str!("../../../../infra/permissions.json");
    let listed: BTreeMap<String, Vec<String>> =
        serde_json::from_str(text).expect("a list of actions for each function");
    let named = |(function, actions): (String, Vec<String>)| {
        let actions = actions.into_iter();
        actions.map(move |action| format!("{function} {action}"))
    };
    listed.into_iter().flat_map(named).collect()
}

#[test]
fn the_same_search_gives_the_same_report() {
    let scenario = scenario("rejected parameters");
    let (alone, together) = (singles(&scenario, 1), singles(&scenario, 2));
    assert_eq!(alone.timelines, together.timelines);
    assert_eq!(alone.virtual_time, together.virtual_time);
    assert_eq!(alone.matrix.to_string(), together.matrix.to_string());
}

/// The parameters of the largest scenario are in a separate file, because a scenario is a constant.
#[test]
fn the_largest_scenario_names_all_that_an_action_can_name() {
    let Scenario { actions, .. } = scenario("many targets");
    assert_eq!(actions, [local_aws::account::many_parameters()]);
}

/// Even if more positions in a row are skipped than a run has.
#[test]
fn a_search_of_few_positions_reaches_triples() {
    let report = search(&Plan {
        scenarios: &[&scenario("rejected parameters")],
        depth: 3,
        every: 300,
        threads: 2,
    });
    assert!(report.timelines[3] > 0, "{:?}", report.timelines);
}

/// A search with a wrong expectation reports it, with the faults and the calls.
#[test]
fn an_unexpected_end_is_reported() {
    let mistaken = Scenario {
        without_fault: End::Abandoned,
        ..scenario("rejected parameters")
    };
    let report = singles(&mistaken, 2);
    assert!(report.violations > 50, "{}", report.violations);
    let observed = report.faults();
    assert!(observed.contains("rejected parameters: no fault was injected"));
    assert!(observed.contains("the action ended as Failed"));
    assert!(observed.contains("PutJobFailureResult"));
}
