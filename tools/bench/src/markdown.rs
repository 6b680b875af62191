//! Tables in Markdown.

use std::fmt::Write as _;

/// The header of a Markdown table.
pub(super) fn head<T: AsRef<str>>(titles: &[T]) -> String {
    let mut table = String::new();
    row(&mut table, titles);
    let _ = writeln!(table, "|{}", " --- |".repeat(titles.len()));
    table
}

/// A row of a Markdown table.
pub(super) fn row<T: AsRef<str>>(table: &mut String, cells: &[T]) {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    let _ = writeln!(table, "| {} |", cells.join(" | "));
}
