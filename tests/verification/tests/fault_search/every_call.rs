//! The search at the size that each change is tested with: all singles, all pairs of two scenarios, and one in eighty of
//! the others' pairs.

use std::collections::{BTreeMap, BTreeSet};

use verification::fault_search::{End, Plan, Report, SCENARIOS, Scenario, search};

/// The scenarios whose pairs are all told: the common road, and the shortest.
const WHOLE: [&str; 2] = ["hold on", "rejected parameters"];

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
fn every_scenario_ends_well_under_every_fault() {
    let mut report = searched(true, 1);
    report.merge(searched(false, 80));
    println!("{report}");
    assert_eq!(report.violations, 0, "{}", report.faults());
    assert_eq!(report.faults(), "");
    assert_eq!(report.scenarios, SCENARIOS.len());
    assert!(
        report.timelines() > 25_000,
        "{} stories",
        report.timelines()
    );
    assert_eq!(report.operations, permitted());
}

/// What `infra/permissions.json` lists, by which the policies of both templates are checked: no action that is never
/// called, and none missing that is.
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
fn the_same_search_comes_to_the_same() {
    let scenario = scenario("rejected parameters");
    let (alone, together) = (singles(&scenario, 1), singles(&scenario, 2));
    assert_eq!(alone.timelines, together.timelines);
    assert_eq!(alone.virtual_time, together.virtual_time);
    assert_eq!(alone.matrix.to_string(), together.matrix.to_string());
}

/// The parameters of the largest scenario stand in a file of their own, because a scenario is a constant.
#[test]
fn the_largest_scenario_names_all_that_an_action_can_name() {
    let Scenario { actions, .. } = scenario("many targets");
    assert_eq!(actions, [local_aws::account::many_parameters()]);
}

/// Also where more places are left out in a row than a story has.
#[test]
fn a_search_of_few_places_comes_to_triples() {
    let report = search(&Plan {
        scenarios: &[&scenario("rejected parameters")],
        depth: 3,
        every: 300,
        threads: 2,
    });
    assert!(report.timelines[3] > 0, "{:?}", report.timelines);
}

/// A search that is told to expect what does not happen says so, with the strikes and the calls.
#[test]
fn an_unexpected_end_is_reported() {
    let mistaken = Scenario {
        calm: End::Abandoned,
        ..scenario("rejected parameters")
    };
    let report = singles(&mistaken, 2);
    assert!(report.violations > 50, "{}", report.violations);
    let told = report.faults();
    assert!(told.contains("rejected parameters: nothing was struck"));
    assert!(told.contains("the action ended as Failed"));
    assert!(told.contains("PutJobFailureResult"));
}
