//! The pages name what is there.

use std::path::PathBuf;

use super::{collect, read, root, sources};

/// Where the tests are that the pages name.
const FOLDERS_OF_TESTS: [&str; 3] = ["shared", "tests", "tools"];

/// Every file and folder that ARCHITECTURE.md's map names exists, and every file of the map's folders is named.
#[test]
fn the_code_map_is_complete() {
    let page = read("ARCHITECTURE.md");
    let named = |path: &str| page.contains(&format!("`{path}`"));
    for source in sources("shared").iter().chain(&sources("functions")) {
        let is_part = source.path.starts_with("shared/core/src/output/");
        assert!(
            is_part || named(&source.path),
            "ARCHITECTURE.md does not name {}",
            source.path
        );
    }
    let paths = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.ends_with(".rs") && word.contains('/'));
    let mut count = 0;
    for path in paths {
        assert!(
            root().join(path).exists(),
            "ARCHITECTURE.md names {path}, which is not there"
        );
        count += 1;
    }
    assert!(count >= 20, "the map has only {count} files");
}

/// The settings that the README explains are those that the code reads.
#[test]
fn the_readme_explains_each_setting() {
    let readme = read("README.md");
    let config = read("shared/runtime/src/settings.rs");
    let settings: Vec<&str> = config
        .lines()
        .filter_map(|line| line.strip_prefix("pub const "))
        .filter_map(|line| line.split_once(": &str = ").map(|(name, _)| name))
        .collect();
    assert!(settings.len() >= 7, "{settings:?}");
    for name in settings {
        assert!(
            readme.contains(&format!("| `{name}` |")),
            "README.md does not explain {name}"
        );
    }
}

/// What a deployment must set is what the stories and the sandbox are played with, and leaves our calls their time.
#[test]
fn the_time_outs_fit_into_each_other() {
    let page = read("infra/README.md");
    let aws = local_aws::account::open(local_aws::Settings::default());
    let (queue, _) = local_aws::lambda::event_queue(1);
    let rules = [
        ("start", local_aws::account::start(aws.clock(), queue)),
        ("checker", local_aws::account::checker(aws.clock())),
    ];
    for (name, rules) in rules {
        let line = page
            .lines()
            .find(|line| line.starts_with(&format!("| function `{name}`")));
        let line = line.unwrap_or_else(|| panic!("infra/README.md does not describe {name}"));
        let (timeout, age) = (rules.timeout.as_secs(), rules.maximum_age.as_secs());
        assert!(line.contains(&format!("time-out {timeout} s")), "{line}");
        assert!(
            line.contains(&format!("maximum event age {age} s")),
            "{line}"
        );
        assert!(invalidation_core::model::time_budget::SWEEP_RESERVE < rules.timeout);
    }
}

/// Each test that RELIABILITY.md names exists.
#[test]
fn each_promise_names_a_test_that_exists() {
    let is_test = |word: &&str| word.contains("::") && !word.contains(' ');
    let mut paths = Vec::new();
    for folder in FOLDERS_OF_TESTS {
        collect(&root().join(folder), &mut paths);
    }
    let text = |path: &PathBuf| std::fs::read_to_string(path).expect("a source can be read");
    let tests: String = paths.iter().map(text).collect();
    let page = read("RELIABILITY.md");
    let named: Vec<&str> = page.split('`').skip(1).step_by(2).filter(is_test).collect();
    assert!(named.len() >= 20, "{named:?}");
    for test in named {
        let name = test.rsplit("::").next().unwrap_or_default();
        assert!(
            tests.contains(&format!("fn {name}(")),
            "no test is called {test}, which RELIABILITY.md names"
        );
    }
}
