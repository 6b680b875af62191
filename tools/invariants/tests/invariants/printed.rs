//! The printed findings, as a table and as JSON.

use invariants::{Limits, as_json, as_table, check};

use super::{created, fact, normal_operation};

#[test]
fn the_table_names_each_invariant_and_each_violation() {
    let mut facts = normal_operation();
    facts.retain(|fact| fact.at_ms < 40_000);
    facts.push(fact(2, created("I3ANOTHERABCDE", "r1")));
    let findings = check(&facts, &Limits::default());
    insta::assert_snapshot!(as_table(&findings));
    let json = as_json(&findings);
    assert_eq!(json["ok"], false);
    assert_eq!(json["invariants"][0]["finding"], "violated");
    assert_eq!(
        json["invariants"][0]["violations"][0]["execution"],
        super::EXECUTION
    );
}
