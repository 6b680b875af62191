//! The content of a `PathsFile`: a list of paths and cache tags, or targets.
//!
//! | first character | form |
//! | --- | --- |
//! | `[` | a JSON array of strings, as in `Paths` |
//! | `{` | a JSON object with the key `Targets`, as in the parameters |
//! | any other | one path or cache tag a line |
//!
//! Among lines, a blank line and a comment are skipped. A comment begins with `#` and a space or a tab; any other line that begins
//! with `#` is a cache tag.

use serde_json::value::RawValue;

use super::FileFaults;
use crate::input::paths::{Batch, BatchFault, ListKind, PathFault};
use crate::input::user_parameters::{AskedTarget, ListRules, targets_of_file};

/// The maximum number of paths in a file, before any are removed or merged.
pub const PATHS_AT_MOST: usize = 10_000;

/// What a file contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// The paths; none if the list is empty and this is a success.
    List(Batch),
    /// At least one target.
    Targets(Vec<AskedTarget>),
}

impl Content {
    /// Reads the bytes of the file that messages call `label`.
    pub(crate) fn read(bytes: &[u8], label: &str, rules: ListRules) -> Result<Self, FileFaults> {
        let text = text(bytes).map_err(|fault| format!("{label} {fault}"))?;
        match text.trim_start().chars().next() {
            Some('{') => targets_of_file(text, rules)
                .map(Self::Targets)
                .map_err(|faults| labelled(faults, label)),
            Some('[') => array(text, label, rules).map(Self::List),
            Some(_) | None => list(&lines(text), ListKind::Lines, label, rules).map(Self::List),
        }
    }
}

fn labelled(faults: Vec<String>, label: &str) -> FileFaults {
    let faults = faults.into_iter().map(|fault| format!("{label}: {fault}"));
    FileFaults::of(faults.collect())
}

/// The text without a byte order mark. The error completes "PathsFile …".
fn text(bytes: &[u8]) -> Result<&str, String> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err("is UTF-16; write it as UTF-8 (in PowerShell with -Encoding utf8)".to_owned());
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("line {line} is not UTF-8; write the file as UTF-8, or URL-encode the character")
    })
}

/// The items, each with the number of its line.
fn lines(text: &str) -> Vec<(usize, &str)> {
    let lines = text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line));
    let is_item = |line: &str| !line.trim().is_empty() && !is_comment(line);
    (1..).zip(lines).filter(|(_, line)| is_item(line)).collect()
}

fn is_comment(line: &str) -> bool {
    line.strip_prefix('#')
        .is_some_and(|rest| rest.starts_with([' ', '\t']))
}

fn array(text: &str, label: &str, rules: ListRules) -> Result<Batch, FileFaults> {
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("{label} is not a JSON array (line {line}, column {column}); check this position for a missing quote or comma")
    })?;
    let (mut texts, mut faults) = (Vec::new(), Vec::new());
    for (place, item) in (1..).zip(items) {
        match serde_json::from_str::<String>(item.get()) {
            Ok(text) => texts.push((place, text)),
            Err(_) => faults.push(format!("{label} item {place} must be a string")),
        }
    }
    if !faults.is_empty() {
        return Err(FileFaults::of(faults));
    }
    let items: Vec<(usize, &str)> = texts
        .iter()
        .map(|(place, text)| (*place, text.as_str()))
        .collect();
    list(&items, ListKind::Array, label, rules)
}

fn list(
    items: &[(usize, &str)],
    kind: ListKind,
    label: &str,
    rules: ListRules,
) -> Result<Batch, FileFaults> {
    let count = items.len();
    if count == 0 {
        let empty = rules.of_empty_file();
        let fault = || format!("{label} contains no path, and WhenEmpty is \"fail\"").into();
        return empty.ok_or_else(fault);
    }
    if count > PATHS_AT_MOST {
        let fault = format!(
            "{label} contains {count} paths; at most {PATHS_AT_MOST} are allowed, so write wildcards, such as \"/images/*\""
        );
        return Err(fault.into());
    }
    let unit = match kind {
        ListKind::Lines => "line",
        ListKind::Array | ListKind::Paths => "item",
    };
    Batch::of_list(items, kind, rules.max_paths).map_err(|fault| match fault {
        BatchFault::Items(faults) => FileFaults::of(
            faults
                .into_iter()
                .map(|(place, fault)| format!("{label} {unit} {place} {}", words(fault, kind)))
                .collect(),
        ),
        fault => format!("{label} {fault}").into(),
    })
}

/// The fault of an item. Its text in other lists advises an array.
fn words(fault: PathFault, kind: ListKind) -> String {
    if kind == ListKind::Lines && fault == PathFault::Several {
        return "looks like several paths; write each on its own line; if it is one path, write a space as \"%20\" and a comma as \
                \"%2C\", or cover it with a wildcard"
            .to_owned();
    }
    fault.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<String>, FileFaults> {
        match Content::read(bytes, "PathsFile", ListRules::default())? {
            Content::List(batch) => Ok(batch.paths.into_iter().map(String::from).collect()),
            Content::Targets(targets) => Ok(targets
                .into_iter()
                .map(|target| format!("{} {}", target.resource, target.paths[0]))
                .collect()),
        }
    }

    #[test]
    fn each_form_is_read() {
        for text in [
            "/a\n/b c\n#tag\n",
            "/a\r\n\r\n# a comment\r\n#\tanother\r\n/b c\r\n#tag",
            "\u{FEFF}\n/a\n/b c\n \n#tag\n/a",
            " [\"/a\", \"/b c\",\n\"#tag\"]\n",
        ] {
            assert_eq!(
                read(text.as_bytes()).unwrap(),
                ["/a", "/b%20c", "#tag"],
                "{text}"
            );
        }
        let targets =
            r##"{"Targets":[{"DistributionId":"E1","Paths":["/a"]},{"Alias":"a.example"}]}"##;
        assert_eq!(read(targets.as_bytes()).unwrap(), ["E1 /a", "a.example /*"]);
        let empty = Content::read(
            br#"{"Targets":[{"DistributionId":"E1","Paths":[]}]}"#,
            "PathsFile",
            ListRules::default(),
        );
        assert!(matches!(empty, Ok(Content::Targets(targets)) if targets[0].paths.is_empty()));
    }

    #[test]
    fn an_empty_list_is_what_the_rules_say() {
        let everything: &[&str] = &["/*"];
        for (when_empty, expected) in [
            (None, Some(&[][..])),
            (Some("succeed"), Some(&[][..])),
            (Some("all"), Some(everything)),
            (Some("fail"), None),
        ] {
            let rules = ListRules::new(None, when_empty);
            for text in ["", "\n# nothing\n", "[]"] {
                let read = Content::read(text.as_bytes(), "PathsFile", rules);
                let paths = read.ok().map(|content| match content {
                    Content::List(batch) => batch.paths.into_iter().map(String::from).collect(),
                    Content::Targets(_) => vec!["targets".to_owned()],
                });
                let expected =
                    expected.map(|paths| paths.iter().map(|path| (*path).to_owned()).collect());
                assert_eq!(paths, expected, "{when_empty:?} {text:?}");
            }
        }
    }

    /// No value of the file is quoted, and each message says where.
    #[test]
    fn each_fault_names_its_line() {
        let long = format!("/a\n/{}", "SECRET".repeat(1_000));
        let many: String = (0..12).map(|n| format!("SECRET{n}\n")).collect();
        let wildcards: String = (0..16).map(|n| format!("/{n}/*\n")).collect();
        let files: String = (0..3_001).map(|n| format!("/{n}\n")).collect();
        let too_many = "/a\n".repeat(PATHS_AT_MOST + 1);
        let given: [&[u8]; 14] = [
            b"/a\nSECRET/b\n# fine\n  /c\n#\n#a,b\n",
            b"/a /b\r\nhttps://a.example/SECRET\r\n",
            b"/a\n/\xFF\n",
            b"\xFF\xFE/\0a\0",
            long.as_bytes(),
            many.as_bytes(),
            wildcards.as_bytes(),
            files.as_bytes(),
            too_many.as_bytes(),
            b"[\"/a\", 7, \"SECRET\"]",
            b"[\"/a\"\n \"SECRET\"]",
            b"{\"Targets\":[]}",
            b"{\"Paths\":[\"/a\"],\"SECRET KEY\":1}",
            br#"{"Targets":[{"DistributionId":"E1","Paths":["SECRET"]},{"PathsFile":"a"},{"DistributionId":"E1","Paths":[7]}]}"#,
        ];
        let messages = given.map(|bytes| {
            let FileFaults { shown, more } = read(bytes).unwrap_err();
            assert!(!shown.concat().contains("SECRET"), "{shown:?}");
            format!("{}\n    and {more} more\n", shown.join("\n"))
        });
        insta::assert_snapshot!(messages.join("\n"));
    }
}
