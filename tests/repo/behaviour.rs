//! `docs/aws-behaviour.md`: each behaviour of AWS has a source, and a test or check.

use super::{read, root};

const PAGE: &str = "docs/aws-behaviour.md";

/// The cells of each row of the page's tables.
fn rows(page: &str) -> impl Iterator<Item = Vec<&str>> {
    page.lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| --- "))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .filter(|cells: &Vec<&str>| cells.first() != Some(&"What happens"))
}

/// Whether this test, part of `infra/check` or script exists.
fn exists(what: &str) -> bool {
    if let Some(part) = what.strip_prefix("infra/check ") {
        return read("infra/check").contains(&format!("check_{part}() {{"));
    }
    if what.starts_with("findings/") {
        return root().join(what).is_file();
    }
    let mut modules: Vec<&str> = what.split("::").collect();
    let test = modules.pop().unwrap_or_default();
    let path = match modules.as_slice() {
        ["core", rest @ ..] => format!("shared/core/src/{}", rest.join("/")),
        ["runtime", rest @ ..] => format!("shared/runtime/src/{}", rest.join("/")),
        ["invariants", rest @ ..] => {
            format!("tools/invariants/tests/invariants/{}", rest.join("/"))
        }
        ["checker", rest @ ..] => format!("functions/checker/src/{}", rest.join("/")),
        ["fault_search" | "fuzz_replay" | "model" | "simulation", ..] => {
            format!("tests/verification/tests/{}", modules.join("/"))
        }
        ["explain" | "processes" | "simulate", ..] => format!("tests/cli/{}", modules.join("/")),
        _ => format!("tests/{}", modules.join("/")),
    };
    let in_file = path.strip_suffix("/tests").unwrap_or(&path);
    let files = [
        format!("{path}.rs"),
        format!("{path}/mod.rs"),
        format!("{path}/main.rs"),
        format!("{in_file}.rs"),
    ];
    files
        .iter()
        .filter_map(|file| std::fs::read_to_string(root().join(file)).ok())
        .any(|text| text.contains(&format!("fn {test}(")))
}

#[test]
fn each_behaviour_has_a_source_and_a_test() {
    let page = read(PAGE);
    let mut count = 0;
    for cells in rows(&page) {
        let [behaviour, source, product, held_by] = cells.as_slice() else {
            panic!("{PAGE}: a row without four cells: {cells:?}");
        };
        assert!(
            [behaviour, source, product]
                .iter()
                .all(|cell| !cell.is_empty()),
            "{PAGE}: an empty cell: {cells:?}"
        );
        let named: Vec<&str> = held_by.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{PAGE}: nothing checks {behaviour}");
        for what in named {
            assert!(exists(what), "{PAGE} names {what}, which is not there");
        }
        count += 1;
    }
    assert!(count >= 30, "{PAGE} has only {count} rows");
}

#[test]
fn a_missing_test_is_found() {
    assert!(exists("repo::behaviour::a_missing_test_is_found"));
    assert!(exists("infra/check models"));
    for missing in [
        "repo::behaviour::what_was_never_written",
        "repo::nowhere::a_missing_test_is_found",
        "infra/check nothing",
        "findings/nothing.sh",
    ] {
        assert!(!exists(missing), "{missing}");
    }
}
