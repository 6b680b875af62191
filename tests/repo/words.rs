//! The page about the log has every line that the functions write, and no other.

use std::collections::BTreeSet;

use super::{read, sources};

const MACROS: [&str; 4] = ["info!(", "warn!(", "error!(", "debug!("];

/// The texts among the arguments of a macro, which begin here and end with its parenthesis.
fn texts_in(arguments: &str) -> Vec<&str> {
    let (mut texts, mut depth) = (Vec::new(), 0);
    for (place, part) in arguments.split('"').enumerate() {
        if place % 2 == 1 {
            texts.push(part);
            continue;
        }
        for letter in part.chars() {
            depth += i32::from(letter == '(') - i32::from(letter == ')');
            if depth < 0 {
                return texts;
            }
        }
    }
    texts
}

/// The message of each line: the last text of a macro's arguments.
fn written() -> BTreeSet<String> {
    let mut messages = BTreeSet::new();
    for source in sources("shared").iter().chain(&sources("functions")) {
        for name in MACROS {
            for (at, _) in source.text.match_indices(name) {
                let texts = texts_in(&source.text[at + name.len()..]);
                messages.extend(texts.last().map(|text| (*text).to_owned()));
            }
        }
    }
    // What stands in a variable until it is known.
    if messages.remove("{message}") {
        for message in [
            "resolved the domain name",
            "CloudFront would take the invalidation",
        ] {
            assert!(
                read("shared/runtime/src/telemetry/target.rs").contains(&format!("\"{message}\""))
            );
            messages.insert(message.to_owned());
        }
    }
    messages
}

#[test]
fn the_page_of_the_log_has_every_line() {
    let page = read("docs/logs.md");
    let lines = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let told: BTreeSet<String> = lines
        .filter(|line| {
            ["INFO", "WARN", "ERROR", "DEBUG"]
                .iter()
                .any(|level| line.contains(&format!("| {level} |")))
        })
        .filter_map(|line| line.split_once("` |"))
        .map(|(message, _)| message.to_owned())
        .collect();
    let written = written();
    assert!(written.len() >= 40, "{written:?}");
    let missing: Vec<_> = written.difference(&told).collect();
    let stale: Vec<_> = told.difference(&written).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "docs/logs.md lacks {missing:?} and has {stale:?}"
    );
}
