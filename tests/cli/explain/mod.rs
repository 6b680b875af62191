//! What `explain` tells is what happened: stories whose end is known, from each source, in each form.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop there"
)]

mod command_line;
mod logs;
mod pages;
mod played;
mod records;
mod runs;

use cfi::explain::{Timeline, text};

/// A story as it stands in a file: without colours.
fn plain(timeline: &Timeline) -> String {
    anstream::adapter::strip_str(&text(timeline)).to_string()
}

/// Whether one of the sentences of what it came to is this one.
fn came_to(timeline: &Timeline, words: &str) -> bool {
    timeline
        .came_to
        .iter()
        .any(|sentence| sentence.words == words)
}
