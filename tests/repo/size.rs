//! The sizes of files, functions and lines.

use super::sources;

/// The most lines of a function, from its signature to its closing brace: one screen.
const FUNCTION_LINES: usize = 60;
/// The most lines of a file, without unit tests.
const FILE_LINES: usize = 450;
/// The most characters of a line.
const LINE_CHARACTERS: usize = 140;

const FOLDERS: [&str; 4] = ["functions", "shared", "tools", "tests/verification/src"];

#[test]
fn files_and_lines_have_a_limited_size() {
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
        "only {functions} functions were found: does this test still find them?"
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
fn no_comment_marks_unfinished_work() {
    for source in FOLDERS.into_iter().flat_map(sources) {
        for word in ["TODO", "FIXME", "XXX", "HACK", "todo!", "unimplemented!"] {
            assert!(
                !source.text.contains(word),
                "{} contains {word}",
                source.path
            );
        }
    }
}
