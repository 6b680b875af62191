//! Each fuzz target with its corpus, and with thousands of inputs from a seeded mutator: the same inputs each time.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests may panic; clippy.toml allows them in the test functions alone"
)]

mod mutate;

use std::fs;
use std::path::{Path, PathBuf};

use mutate::Mutator;
use verification::fuzz::TARGETS;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The files of a folder, by name.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// The stored inputs of a target. Events also have samples.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let mut corpus = files(&root().join("fuzz/corpus").join(name));
    if name == "event" {
        corpus.extend(files(&root().join("../../events")));
    }
    corpus
}

/// Runs the target on its corpus, and on this many mutations of it.
fn play(name: &str, mutations: usize) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let corpus = corpus(name);
    assert!(corpus.len() >= 5, "{name} has hardly a corpus");
    let mut mutator = Mutator::new(&corpus, 1);
    let made = (0..mutations).map(|_| mutator.next());
    for input in corpus.iter().cloned().chain(made) {
        let last = Last { name, input };
        target(&last.input);
    }
    println!(
        "{name}: {} stored inputs, {mutations} mutations",
        corpus.len()
    );
}

/// The current input, printed if the target panics.
struct Last<'a> {
    name: &'a str,
    input: Vec<u8>,
}

impl Drop for Last<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let text = String::from_utf8_lossy(&self.input);
            println!("{} fails with: {text:?}", self.name);
        }
    }
}

#[test]
fn any_event() {
    play("event", 3_000);
}

#[test]
fn any_parameters() {
    play("parameters", 100_000);
}

#[test]
fn any_token() {
    play("token", 100_000);
}

#[test]
fn any_item() {
    play("item", 20_000);
}

#[test]
fn any_reply() {
    play("reply", 30_000);
}

/// A new target needs a corpus, a run here, and a libFuzzer target.
#[test]
fn each_target_runs_here_and_in_libfuzzer() {
    let here = fs::read_to_string(root().join("tests/fuzz_replay/mod.rs")).unwrap();
    let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
    for (name, _) in TARGETS {
        assert!(here.contains(&format!("play(\"{name}\"")), "{name}");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        let entry = root().join(format!("fuzz/fuzz_targets/{name}.rs"));
        let entry = fs::read_to_string(&entry).unwrap();
        assert!(entry.contains(&format!("verification::fuzz::{name}::{name}(data)")));
    }
}
