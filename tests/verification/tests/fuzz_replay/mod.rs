//! Each fuzz target over its corpus, and over thousands of inputs that a seeded mutator makes of it: the same ones each time.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "in a test both are well; clippy.toml allows them in the test functions alone"
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

/// The inputs that are kept for a target. Events have samples beside.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let mut corpus = files(&root().join("fuzz/corpus").join(name));
    if name == "event" {
        corpus.extend(files(&root().join("../../events")));
    }
    corpus
}

/// Plays the corpus of the target, and so many inputs made of it.
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
    println!("{name}: {} inputs kept, {mutations} made", corpus.len());
}

/// The input that is played, shown if it is the last.
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

/// Whoever adds a target adds its corpus, its run here, and its way into libFuzzer.
#[test]
fn each_target_is_played_here_and_by_libfuzzer() {
    let here = fs::read_to_string(root().join("fuzz_replay/main.rs")).unwrap();
    let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
    for (name, _) in TARGETS {
        assert!(here.contains(&format!("play(\"{name}\"")), "{name}");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        let entry = root().join(format!("fuzz/fuzz_targets/{name}.rs"));
        let entry = fs::read_to_string(&entry).unwrap();
        assert!(entry.contains(&format!("verification::fuzz::{name}::{name}(data)")));
    }
}
