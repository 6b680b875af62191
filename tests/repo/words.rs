//! Words that the project does not use, because AWS and Rust have other terms for them.

use std::fs;
use std::path::Path;

use super::root;

/// The words, as they appear once identifiers are split and all letters are small.
const WORDS: [&str; 34] = [
    "visit",
    "visits",
    "visited",
    "visitor",
    "visitors",
    "rescue",
    "rescues",
    "rescued",
    "rescuer",
    "rescuing",
    "owe",
    "owes",
    "owed",
    "trouble",
    "troubles",
    "excuse",
    "excuses",
    "excused",
    "hear",
    "hears",
    "heard",
    "overhear",
    "overheard",
    "ticket",
    "tickets",
    "condemn",
    "condemns",
    "condemned",
    "put off",
    "puts off",
    "put us off",
    "put it off",
    "put them off",
    "hold off",
];

/// The noun for a wait, in the forms that the verb does not have.
const HOLDS: [&str; 7] = [
    "hold seconds",
    "the hold",
    "a hold",
    "without a hold",
    "its hold",
    "longest hold",
    "shortest hold",
];

/// The extensions of source text, pages and templates.
const EXTENSIONS: [&str; 15] = [
    "rs", "md", "ts", "mjs", "js", "py", "yaml", "yml", "toml", "json", "jsonl", "sh", "html",
    "svg", "snap",
];
/// Folders without source text of the project, by name.
const SKIPPED_FOLDERS: [&str; 9] = [
    ".build",
    "target",
    "node_modules",
    ".tools",
    ".git",
    "__pycache__",
    "cdk.out",
    "dist",
    "corpus",
];
/// Files that list the words, or the changes of the past.
const SKIPPED_FILES: [&str; 5] = [
    "CHANGELOG.md",
    "package-lock.json",
    "tests/repo/words.rs",
    "infra/checks/words.py",
    "infra/checks/words.txt",
];

/// Parts of lines that keep a word, because another crate chose it. Each must still occur.
const EXCEPTIONS: [&str; 7] = [
    "Visitor}",
    "Visitor<'de> for",
    "fn visit_map<",
    "Field, Visit}",
    "impl Visit for",
    "\"visit\"",
    "\"visit-mut\"",
];

/// The text in small letters, with a blank between the words of identifiers and for every other sign.
fn normalized(line: &str) -> String {
    let mut text = String::from(" ");
    let mut was_small = false;
    for letter in line.chars() {
        if was_small && letter.is_uppercase() {
            text.push(' ');
        }
        was_small = letter.is_lowercase() || letter.is_numeric();
        if letter.is_alphanumeric() {
            text.extend(letter.to_lowercase());
        } else if !text.ends_with(' ') {
            text.push(' ');
        }
    }
    text.push(' ');
    text
}

/// The words of the list in this line.
fn found(line: &str) -> Vec<&'static str> {
    let text = normalized(line);
    let listed = WORDS.into_iter().chain(HOLDS);
    listed
        .filter(|word| text.contains(&format!(" {word} ")))
        .collect()
}

/// Calls `check` for each file with one of the extensions, with its path from the root.
fn walk(folder: &Path, check: &mut dyn FnMut(&str, &Path)) {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            if !SKIPPED_FOLDERS.contains(&name.as_str()) {
                walk(&path, check);
            }
            continue;
        }
        let relative = path
            .strip_prefix(root())
            .expect("it lies in the project")
            .to_string_lossy()
            .replace('\\', "/");
        let is_source = path
            .extension()
            .is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known));
        let is_skipped = SKIPPED_FILES
            .iter()
            .any(|file| relative == *file || name == *file);
        if is_source && !is_skipped {
            check(&relative, &path);
        }
    }
}

#[test]
fn no_file_uses_a_word_of_the_list() {
    let mut all = Vec::new();
    let mut kept = [false; EXCEPTIONS.len()];
    walk(&root(), &mut |relative, path| {
        let in_name = found(relative);
        if !in_name.is_empty() {
            all.push(format!("{relative}: {in_name:?} in its name"));
        }
        let text = fs::read_to_string(path).unwrap_or_default();
        for (line, number) in text.lines().zip(1..) {
            if found(line).is_empty() {
                continue;
            }
            let mut rest = line.to_owned();
            for (exception, is_kept) in EXCEPTIONS.iter().zip(&mut kept) {
                *is_kept |= rest.contains(exception);
                rest = rest.replace(exception, "");
            }
            let words = found(&rest);
            if !words.is_empty() {
                all.push(format!("{relative}:{number}: {words:?}"));
            }
        }
    });
    assert!(all.is_empty(), "{} lines:\n{}", all.len(), all.join("\n"));
    for (exception, is_kept) in EXCEPTIONS.iter().zip(kept) {
        assert!(is_kept, "no line has {exception} any more");
    }
}

#[test]
fn words_are_found_in_identifiers_and_not_inside_others() {
    for line in [
        "firstVisit",
        "first_visit",
        "FIRST_VISIT",
        "Visits, of",
        "let visit2 = visit;",
    ] {
        assert!(!found(line).is_empty(), "{line}");
    }
    for line in [
        "a revisited page",
        "#threshold",
        "hold the job",
        "shear",
        "power",
        "allowed",
    ] {
        assert_eq!(found(line), [""; 0], "{line}");
    }
    assert_eq!(found("HOLD_SECONDS"), ["hold seconds"]);
    assert_eq!(found("it puts off a retry"), ["puts off"]);
}
