//! The page about the log has every line that the functions write, and no other.

use std::collections::BTreeSet;

use super::{read, sources};

const MACROS: [&str; 4] = ["info!(", "warn!(", "error!(", "debug!("];

/// The message of each line: the last text of a macro's arguments.
fn written() -> BTreeSet<String> {
    let mut messages = BTreeSet::new();
    for source in sources("shared/src").iter().chain(&sources("functions")) {
        for name in MACROS {
            for (at, _) in source.text.match_indices(name) {
                let arguments = &source.text[at..];
                let ends = [");\n", "),\n"].map(|end| arguments.find(end));
                let end = ends.into_iter().flatten().min().unwrap_or(arguments.len());
                let texts: Vec<&str> = arguments[..end].split('"').collect();
                // Between the last two quotation marks.
                if let [.., text, _] = texts[..] {
                    messages.insert(text.to_owned());
                }
            }
        }
    }
    // What stands in a variable until it is known.
    if messages.remove("{message}") {
        for message in [
            "resolved the domain name",
            "CloudFront would take the invalidation",
        ] {
            assert!(read("shared/src/telemetry/target.rs").contains(&format!("\"{message}\"")));
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
