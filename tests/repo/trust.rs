//! What the product never does: unsafe code, other programs, a second TLS stack.

use super::{read, root, sources};

/// The folders with a manifest: each is a member of the workspace, because its `members` name these parents.
pub(super) fn members() -> Vec<String> {
    let below = |parent: &str| -> Vec<String> {
        std::fs::read_dir(root().join(parent))
            .expect("it can be read")
            .map(|entry| entry.expect("it can be read").file_name())
            .map(|name| format!("{parent}/{}", name.display()))
            .collect()
    };
    ["functions", "shared", "tools", "tests"]
        .into_iter()
        .flat_map(below)
        .chain(["tests".to_owned()])
        .filter(|folder| root().join(folder).join("Cargo.toml").is_file())
        .collect()
}

#[test]
fn unsafe_code_is_forbidden_in_each_crate() {
    let workspace = read("Cargo.toml");
    assert!(workspace.contains("\nunsafe_code = \"forbid\"\n"));
    let members = members();
    assert_eq!(members.len(), 13, "{members:?}");
    for member in members {
        let manifest = read(&format!("{member}/Cargo.toml"));
        assert!(
            manifest.contains("[lints]\nworkspace = true\n"),
            "{member} has lints of its own"
        );
    }
}

/// cargo-lambda, which makes the deployed build, sets each of these where the manifest does not, and its panics
/// abort: one record that makes the code panic would then end the whole function.
#[test]
fn the_release_profile_leaves_nothing_to_the_build_tool() {
    let workspace = read("Cargo.toml");
    let (_, behind) = workspace
        .split_once("\n[profile.release]\n")
        .expect("there is a release profile");
    let profile = behind.split("\n[").next().unwrap_or_default();
    let settings = |key: &str| {
        let start = format!("{key} = ");
        profile
            .lines()
            .filter(|line| line.starts_with(&start))
            .count()
    };
    for key in ["panic", "strip", "codegen-units", "lto", "opt-level"] {
        assert_eq!(settings(key), 1, "{key}");
    }
    assert!(profile.contains("\npanic = \"unwind\""));
}

/// The one file with its own socket: X-Ray's daemon listens on UDP, on the machine of the function.
const TRACES: &str = "shared/runtime/src/telemetry/traces.rs";

#[test]
fn the_product_runs_no_other_program() {
    for source in sources("shared").iter().chain(&sources("functions")) {
        for word in ["process::", "Command", "libc", "std::fs", "std::net"] {
            let is_for_the_daemon = source.path == TRACES && word == "std::net";
            let is_named = source.text.contains(word) && !is_for_the_daemon;
            assert!(!is_named, "{} names {word}", source.path);
        }
    }
}

/// The names in the lock file, once for each version.
fn locked() -> Vec<String> {
    let lock = read("Cargo.lock");
    let names = lock
        .lines()
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    names.map(str::to_owned).collect()
}

#[test]
fn there_is_one_tls_stack() {
    let locked = locked();
    let versions = |name: &str| locked.iter().filter(|known| *known == name).count();
    assert_eq!(versions("rustls"), 1);
    let denied = read("deny.toml");
    for other in ["openssl", "openssl-sys", "native-tls"] {
        assert_eq!(versions(other), 0, "{other}");
        assert!(denied.contains(&format!("name = \"{other}\"")), "{other}");
    }
}
