//! How long a thing may be.

use super::sources;

/// "Never past a screen": the most lines of a function, from its signature to its closing brace.
const FUNCTION_LINES: usize = 60;
/// The most lines of a file, unit tests left out.
const FILE_LINES: usize = 450;
/// The most characters of a line.
const LINE_CHARACTERS: usize = 140;

const FOLDERS: [&str; 4] = ["functions", "shared", "tools", "tests/verification/src"];

#[test]
fn files_and_lines_fit_a_readers_eye() {
    for source in FOLDERS.into_iter().flat_map(sources) {
        let lines = source.text.lines().count();
        assert!(lines <= FILE_LINES, "{} has {lines} lines", source.path);
        for (line, number) in source
            .text
            .lines()
            .zip(1..)
            .filter(|(line, _)| !line.contains('"'))
        {
            assert!(
                line.chars().count() <= LINE_CHARACTERS,
                "{}:{number}",
                source.path
            );
        }
    }
}

#[test]
fn functions_fit_a_screen() {
    let mut functions = 0;
    for source in FOLDERS.into_iter().flat_map(sources) {
        let lines: Vec<&str> = source.text.lines().collect();
        for (first, line) in lines
            .iter()
            .enumerate()
            .filter(|(_, line)| is_function(line))
        {
            let indent = line.len() - line.trim_start().len();
            let end = format!("{}}}", " ".repeat(indent));
            let length = lines[first..]
                .iter()
                .position(|line| *line == end)
                .map_or(1, |last| last + 1);
            assert!(
                length <= FUNCTION_LINES,
                "{}:{} is a function of {length} lines",
                source.path,
                first + 1
            );
            functions += 1;
        }
    }
    assert!(
        functions > 400,
        "only {functions} functions were found: does this test still see them?"
    );
}

fn is_function(line: &str) -> bool {
    let line = line.trim_start();
    !line.starts_with("//")
        && !line.ends_with(';')
        && (line.starts_with("fn ") || line.contains(" fn "))
        && line.contains('(')
}

#[test]
fn nothing_is_left_for_later() {
    for source in FOLDERS.into_iter().flat_map(sources) {
        for word in ["TODO", "FIXME", "XXX", "HACK", "todo!", "unimplemented!"] {
            assert!(!source.text.contains(word), "{} says {word}", source.path);
        }
    }
}
