//! `main.rs → invalidation_aws → SDK`; `functions/lib.rs → ports → pure files`.

use super::{Source, sources};

/// The files that know only values: no I/O, no clock, no randomness, no environment.
const PURE: [&str; 23] = [
    "event",
    "execution",
    "function",
    "identifiers",
    "identity",
    "invalidation",
    "json_object",
    "message",
    "parameters",
    "paths",
    "record",
    "time_budget",
    "timestamp",
    "token",
    "queue",
    "variables",
    "invalidation/",
    "parameters/",
    "queue/",
    "record/",
    "execution/",
    "message/",
    "paths/",
];
/// What the path of a `use` begins with when it stays within `std` and the pure files.
const ROOTS: [&str; 17] = [
    "std",
    "crate",
    "super",
    "announce",
    "announcement",
    "document",
    "notice",
    "begin",
    "join",
    "late",
    "leaving",
    "pause",
    "search",
    "target",
    "batch",
    "note",
    "reader",
];
/// What a pure file may stand on beside `std` and its own kind.
const PURE_CRATES: [&str; 5] = ["serde", "serde_json", "strsim", "thiserror", "time"];
/// Words of `std` that reach out.
const REACHING: [&str; 8] = [
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
];
const SDK: [&str; 3] = ["aws_config", "aws_sdk_", "aws_smithy_"];

fn is_pure(source: &Source) -> bool {
    let name = source
        .path
        .trim_start_matches("shared/src/")
        .trim_end_matches(".rs");
    let is_part = |folder: &&str| folder.ends_with('/') && name.starts_with(folder);
    PURE.contains(&name) || PURE.iter().any(is_part)
}

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

/// What a line uses, if it is a `use` and not a sentence with that word in it.
fn used(line: &str) -> Option<&str> {
    let (before, used) = line.split_once("use ")?;
    (before.is_empty() || before.starts_with("pub")).then_some(used)
}

#[test]
fn pure_files_know_only_values() {
    let pure: Vec<Source> = sources("shared/src").into_iter().filter(is_pure).collect();
    assert!(
        pure.len() >= 12,
        "the list of pure files names files that are gone"
    );
    for source in &pure {
        forbid(source, &REACHING);
        forbid(source, &["async ", ".await", "tracing", "rand", "tokio"]);
        for line in code(source).filter_map(used) {
            let root = line.split([':', ';']).next().unwrap_or_default();
            let is_ours = ROOTS.contains(&root);
            assert!(
                is_ours || PURE_CRATES.contains(&root),
                "{} must not use {line}",
                source.path
            );
            if let Some(module) = line.strip_prefix("crate::") {
                let module = module.split([':', ';', '{']).next().unwrap_or_default();
                assert!(
                    PURE.contains(&module),
                    "{} must not use crate::{module}",
                    source.path
                );
            }
        }
    }
}

#[test]
fn only_the_adapters_know_the_sdk() {
    for source in sources("shared/src")
        .iter()
        .filter(|source| !source.path.starts_with("shared/aws/src/"))
    {
        forbid(source, &SDK);
    }
}

#[test]
fn an_adapter_decides_nothing() {
    for source in sources("shared/aws/src") {
        forbid(
            &source,
            &[
                "crate::invalidation",
                "crate::advance",
                "crate::visit",
                "invalidation::next",
            ],
        );
    }
}

#[test]
fn the_functions_speak_through_ports_and_only_main_wires() {
    for source in sources("functions")
        .iter()
        .filter(|source| !source.path.ends_with("/main.rs"))
    {
        forbid(source, &SDK);
        forbid(
            source,
            &[
                "invalidation_aws",
                "lambda_runtime",
                "std::env",
                "SystemClock",
                "Instant::now",
            ],
        );
    }
    for main in sources("functions")
        .iter()
        .filter(|source| source.path.ends_with("/main.rs"))
    {
        assert!(code(main).count() < 50, "{} should only wire", main.path);
    }
}

/// The artifact credentials stand beside what we read of an event; a type that has no `Debug` cannot be logged.
#[test]
fn an_event_cannot_be_printed() {
    let event = sources("shared/src")
        .into_iter()
        .find(|source| source.path == "shared/core/src/input/job_event.rs")
        .expect("it is there");
    let definition = event
        .text
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
    for source in sources("functions").iter().chain(&sources("shared/src")) {
        forbid(source, &["event:?", "payload:?", "codepipeline_job"]);
    }
}
