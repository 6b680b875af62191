//! Each dependency has one feature set in every build: after `cargo test --workspace`, `cargo build -p start`
//! compiles only members.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::trust::members;
use super::{read, root};

/// The feature sets of each package that cargo would build for this selection, without members.
fn features(selection: &[&str], edges: &str) -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["tree", "--locked", "--offline", "--prefix", "none"])
        .args(["--format", "{p}|{f}", "--edges", edges])
        .args(selection)
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut sets: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Some((package, features)) = line.trim_end_matches(" (*)").split_once('|') else {
            continue;
        };
        if !package.contains('/') {
            let set = sets.entry(package.to_owned()).or_default();
            set.insert(features.to_owned());
        }
    }
    sets
}

fn name(member: &str) -> String {
    let manifest = read(&format!("{member}/Cargo.toml"));
    let line = manifest
        .lines()
        .find_map(|line| line.strip_prefix("name = \""))
        .expect("a package has a name");
    line.trim_end_matches('"').to_owned()
}

#[test]
fn no_selection_of_members_builds_a_dependency_again() {
    let all = features(&["--workspace"], "normal,build,dev");
    assert!(all.len() > 200, "only {} packages", all.len());
    let mut missing = Vec::new();
    let others = members().into_iter().map(|member| name(&member));
    for name in others.filter(|name| name != "workspace-hack") {
        for edges in ["normal,build", "normal,build,dev"] {
            for (package, sets) in features(&["--package", &name], edges) {
                let known = all.get(&package);
                if !known.is_some_and(|known| sets.is_subset(known)) {
                    missing.push(format!(
                        "-p {name}: {package} has {sets:?}, and {known:?} with all members"
                    ));
                }
            }
        }
    }
    assert!(
        missing.is_empty(),
        "tools/workspace-hack/Cargo.toml lacks features:\n{}",
        missing.join("\n")
    );
}
