//! The pages name what exists.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{collect, read, root};

/// The folders whose modules ARCHITECTURE.md names.
const MODULES: [&str; 4] = ["functions/", "shared/", "tools/", "tests/"];

/// The folders of the tests that the pages name.
const FOLDERS_OF_TESTS: [&str; 3] = ["shared", "tests", "tools"];

/// Every module that ARCHITECTURE.md's table names exists, and every module is named.
#[test]
fn the_table_of_modules_is_complete() {
    let page = read("ARCHITECTURE.md");
    let (_, table) = page.split_once("## Modules").expect("a chapter");
    let (table, _) = table.split_once("\n## ").expect("the next chapter");
    let is_module = |word: &&str| MODULES.iter().any(|folder| word.starts_with(folder));
    let named: BTreeSet<&str> = table
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(is_module)
        .collect();
    for path in &named {
        assert!(
            root().join(path).exists(),
            "ARCHITECTURE.md names {path}, which is not there"
        );
    }
    for folder in MODULES {
        let entries = std::fs::read_dir(root().join(folder)).expect("a folder of modules");
        for entry in entries {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("an ASCII name");
            let path = format!("{folder}{name}");
            let is_named = named.iter().any(|module| module.starts_with(&path));
            assert!(
                is_named || !entry.path().is_dir(),
                "ARCHITECTURE.md does not name {path}"
            );
        }
    }
}

/// The page of deployment explains exactly the settings that the code reads.
#[test]
fn the_page_of_deployment_explains_each_setting() {
    let page = read("docs/deploy.md");
    let config = read("shared/runtime/src/settings.rs");
    let settings: Vec<&str> = config
        .lines()
        .filter_map(|line| line.strip_prefix("pub const "))
        .filter_map(|line| line.split_once(": &str = ").map(|(name, _)| name))
        .collect();
    assert!(settings.len() >= 7, "{settings:?}");
    for name in settings {
        assert!(
            page.contains(&format!("| `{name}` |")),
            "docs/deploy.md does not explain {name}"
        );
    }
}

/// The required settings of a deployment are those of the scenarios and `simulate`, and leave the calls enough time.
#[test]
fn the_time_outs_fit_into_each_other() {
    let page = read("docs/deploy.md");
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
        let line = line.unwrap_or_else(|| panic!("docs/deploy.md does not describe {name}"));
        let (timeout, age) = (rules.timeout.as_secs(), rules.maximum_age.as_secs());
        assert!(line.contains(&format!("time-out {timeout} s")), "{line}");
        assert!(
            line.contains(&format!("maximum event age {age} s")),
            "{line}"
        );
        assert!(invalidation_core::model::time_budget::SWEEP_RESERVE < rules.timeout);
    }
}

/// Each test that the pages of guarantees and of security name exists.
#[test]
fn each_guarantee_names_a_test_that_exists() {
    let is_test = |word: &&str| word.contains("::") && !word.contains(' ');
    let mut paths = Vec::new();
    let folders = FOLDERS_OF_TESTS.map(|folder| root().join(folder));
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        collect(folder, &mut paths);
    }
    let text = |path: &PathBuf| std::fs::read_to_string(path).expect("a source can be read");
    let tests: String = paths.iter().map(text).collect();
    for page in ["RELIABILITY.md", "docs/security.md"] {
        let text = read(page);
        let named: Vec<&str> = text.split('`').skip(1).step_by(2).filter(is_test).collect();
        assert!(named.len() >= 20, "{page}: {named:?}");
        for test in named {
            let name = test.rsplit("::").next().unwrap_or_default();
            assert!(
                tests.contains(&format!("fn {name}(")),
                "no test is called {test}, which {page} names"
            );
        }
    }
}
