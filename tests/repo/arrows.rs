//! Dependency rules that crate boundaries cannot express.

use super::{Source, read, sources};

/// Modules of `std` that reach outside the process, or read the clock. `invalidation-core` has no dependency that
/// could. The traits of `std::io` also read values in memory.
const REACHING: [&str; 10] = [
    "std::env",
    "std::fs",
    "std::io::std",
    "std::io::{",
    "use std::io;",
    "std::net",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
];
/// The dependencies of the core: none has a runtime, a network, a clock or a log.
const CORE_DEPENDENCIES: [&str; 8] = [
    "miniz_oxide",
    "rawzip",
    "serde",
    "serde_json",
    "strsim",
    "thiserror",
    "time",
    "workspace-hack",
];
const SDK: [&str; 3] = ["aws_config", "aws_sdk_", "aws_smithy_"];

/// Lines of code, comments left out.
fn code(source: &Source) -> impl Iterator<Item = &str> {
    source
        .text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
}

fn forbid(source: &Source, words: &[&str]) {
    for word in words {
        let found = code(source).find(|line| line.contains(word));
        assert_eq!(found, None, "{} must not name {word}", source.path);
    }
}

/// The names in one section of a manifest.
fn dependencies(manifest: &str, section: &str) -> Vec<String> {
    let text = read(manifest);
    let behind = text.split(&format!("\n[{section}]\n")).nth(1);
    behind
        .unwrap_or_default()
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_core_uses_only_values() {
    let named = dependencies("shared/core/Cargo.toml", "dependencies");
    assert_eq!(named, CORE_DEPENDENCIES);
    for source in sources("shared/core") {
        forbid(&source, &REACHING);
        forbid(&source, &["async ", ".await"]);
    }
}

/// `functions → aws → runtime → core`; the tools depend on the product, and no part of the product depends on them.
#[test]
fn the_arrows_between_the_crates_run_one_way() {
    let members = |manifest: &str| -> Vec<String> {
        let all = dependencies(manifest, "dependencies");
        all.into_iter()
            .filter(|name| read("Cargo.toml").contains(&format!("\n{name} = {{ path")))
            .filter(|name| name != "workspace-hack")
            .collect()
    };
    assert!(members("shared/core/Cargo.toml").is_empty());
    assert_eq!(members("shared/runtime/Cargo.toml"), ["invalidation-core"]);
    assert_eq!(
        members("shared/aws/Cargo.toml"),
        ["invalidation-core", "invalidation-runtime"]
    );
    for function in ["start", "checker"] {
        assert_eq!(
            members(&format!("functions/{function}/Cargo.toml")),
            [
                "invalidation-aws",
                "invalidation-core",
                "invalidation-runtime"
            ]
        );
    }
    assert_eq!(members("tools/local-aws/Cargo.toml"), ["invalidation-core"]);
}

#[test]
fn an_adapter_makes_no_decisions() {
    for source in sources("shared/aws") {
        forbid(
            &source,
            &[
                "invalidation_runtime::advance",
                "invalidation_runtime::job",
                "decide::next",
            ],
        );
    }
}

#[test]
fn the_functions_use_ports_and_only_main_wires() {
    for source in sources("functions") {
        forbid(&source, &SDK);
        if source.path.ends_with("/main.rs") {
            assert!(
                code(&source).count() < 50,
                "{} should only wire",
                source.path
            );
        } else {
            forbid(
                &source,
                &[
                    "invalidation_aws",
                    "std::env",
                    "SystemClock",
                    "Instant::now",
                ],
            );
        }
    }
    for source in sources("shared/runtime") {
        forbid(&source, &SDK);
    }
}

/// One loop serves both functions, so that both read events and report errors in the same way.
#[test]
fn only_serve_uses_the_runtime() {
    let product = sources("shared").into_iter().chain(sources("functions"));
    for source in product.filter(|source| source.path != "shared/runtime/src/serve.rs") {
        forbid(&source, &["lambda_runtime"]);
    }
}

/// The artifact credentials are next to the fields that are read; a type without `Debug` cannot be logged.
#[test]
fn an_event_cannot_be_printed() {
    let event = read("shared/core/src/input/job_event.rs");
    let definition = event
        .split("pub struct JobEvent")
        .next()
        .expect("it is defined");
    let derive = definition
        .rsplit("#[derive(")
        .next()
        .expect("it derives something");
    assert!(
        !derive.contains("Debug") && !derive.contains("Serialize"),
        "{derive}"
    );
    for source in sources("functions").iter().chain(&sources("shared")) {
        forbid(source, &["event:?", "payload:?", "codepipeline_job"]);
    }
}
