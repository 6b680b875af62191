//! The structure of the repository: dependencies, sizes and words, and whether the pages match the code.
//!
//! Crate boundaries enforce most of the dependencies of ARCHITECTURE.md; `arrows` enforces the rest.

mod arrows;
mod behaviour;
mod features;
mod logs;
mod pages;
mod size;
mod trust;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path from the project's root, and its text without the unit tests at its end.
struct Source {
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate lies in the project")
        .to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All Rust files under `folder`, without the files and modules that hold unit tests.
fn sources(folder: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&root().join(folder), &mut paths);
    let of = |path: PathBuf| {
        let relative = path.strip_prefix(root()).expect("it lies in the project");
        let path = relative.to_str().expect("file names are ASCII").to_owned();
        let text = read(&path);
        let text = text
            .split("#[cfg(test)]")
            .next()
            .unwrap_or_default()
            .to_owned();
        Source { path, text }
    };
    let sources: Vec<Source> = paths
        .into_iter()
        .map(of)
        .filter(|source| !source.path.ends_with("/tests.rs") && !source.path.contains("/tests/"))
        .collect();
    assert!(!sources.is_empty(), "{folder} has no source");
    sources
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    paths.sort();
}
