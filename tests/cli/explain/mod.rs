//! `explain` matches the facts: runs with a known end, from each source, in each form.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop there"
)]

mod command_line;
mod logs;
mod pages;
mod records;
mod runs;
mod simulated;

use cfi::explain::{Timeline, text};

/// A timeline as it is written to a file: without colours.
fn plain(timeline: &Timeline) -> String {
    anstream::adapter::strip_str(&text(timeline)).to_string()
}

/// Whether this sentence is among the summary.
fn came_to(timeline: &Timeline, words: &str) -> bool {
    timeline
        .came_to
        .iter()
        .any(|sentence| sentence.words == words)
}
