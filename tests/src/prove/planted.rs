//! Each bug of the [catalogue](crate::bugs) in a copy of the product, and what finds it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::bugs::{ALL, Bug};

/// The exit code of `prove hunt` when it has found something.
pub const FOUND: u8 = 3;
/// What `prove hunt` then prints before the name of the search.
pub const FOUND_BY: &str = "found by ";

/// What is copied: all that the searches are built from.
const SOURCES: [&str; 7] = [
    "Cargo.toml",
    "Cargo.lock",
    "clippy.toml",
    "events",
    "functions",
    "shared",
    "tests",
];

/// What came of hunting a bug.
#[derive(Debug)]
pub struct Hunted {
    /// The bug.
    pub bug: &'static Bug,
    /// Which search found it; none when none did.
    pub found: Option<String>,
}

/// Plants each bug in a copy of the workspace at `root`, builds it, and lets it be searched until something is found.
///
/// # Errors
/// When a copy cannot be made or built.
pub fn hunt_all(root: &Path, mut told: impl FnMut(&Hunted)) -> io::Result<Vec<Hunted>> {
    let copy = root.join("target/bugs");
    let mut hunted = Vec::new();
    for bug in ALL {
        let tree = fresh_copy(root, &copy)?;
        bug.plant(&tree)?;
        let found = search(root, &tree)?;
        let one = Hunted { bug, found };
        told(&one);
        hunted.push(one);
    }
    Ok(hunted)
}

fn fresh_copy(root: &Path, copy: &Path) -> io::Result<PathBuf> {
    if copy.exists() {
        std::fs::remove_dir_all(copy)?;
    }
    for source in SOURCES {
        copy_all(&root.join(source), &copy.join(source))?;
    }
    Ok(copy.to_owned())
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        std::fs::create_dir_all(to.parent().unwrap_or(to))?;
        return std::fs::copy(from, to).map(drop);
    }
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        copy_all(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Builds the copy, and lets it search itself. What is built with a bug has a folder of its own: it has the names of what
/// the workspace builds, and would be taken for it.
fn search(root: &Path, tree: &Path) -> io::Result<Option<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--locked", "--bin", "prove", "--", "hunt"])
        .current_dir(tree)
        .env("CARGO_TARGET_DIR", root.join("target/planted"))
        .output()?;
    let Output {
        status,
        stdout,
        stderr,
    } = output;
    match status.code() {
        Some(0) => Ok(None),
        Some(code) if code == i32::from(FOUND) => {
            let printed = String::from_utf8_lossy(&stdout);
            let search = printed.lines().find_map(|line| line.strip_prefix(FOUND_BY));
            Ok(Some(search.unwrap_or("a search without a name").to_owned()))
        }
        _ => Err(io::Error::other(format!(
            "the copy could not be searched: {status}\n{}",
            String::from_utf8_lossy(&stderr)
        ))),
    }
}
