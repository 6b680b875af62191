//! The table at the end, in Markdown.

use super::measure::{Measure, Samples, Subject, Transport};
use crate::statistics::{Summary, paired_ratio};

const HEAD: [&str; 7] = [
    "measure",
    "of",
    "median",
    "quartiles",
    "to nothing",
    "to the prototype",
    "to the Python function",
];

/// One line for each measure of each subject, columns aligned.
#[must_use]
pub fn table(samples: &Samples) -> String {
    let keys = samples.0.keys();
    let rows: Vec<_> = keys
        .filter_map(|(transport, measure, subject)| row(samples, *transport, *measure, *subject))
        .collect();
    let widths: Vec<usize> = (0..HEAD.len())
        .map(|column| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.chain([HEAD[column].len()]).max().unwrap_or_default()
        })
        .collect();
    let rule = [
        format!("| {} ", "-".repeat(widths[0])),
        format!("| {} ", "-".repeat(widths[1])),
    ]
    .into_iter()
    .chain(
        widths[2..]
            .iter()
            .map(|width| format!("| {}: ", "-".repeat(width - 1))),
    );
    let rule = rule.collect::<String>() + "|\n";
    let rows = rows.iter().map(|row| line(row, &widths));
    line(&HEAD.map(str::to_owned), &widths) + &rule + &rows.collect::<String>()
}

fn row(
    samples: &Samples,
    transport: Transport,
    measure: Measure,
    subject: Subject,
) -> Option<[String; 7]> {
    let numbers = samples.of(transport, measure, subject);
    let summary = Summary::of(numbers)?;
    let digits = measure.digits();
    let shown = |number: f64| format!("{number:.digits$}");
    let to = |other: Subject| {
        let ratio = paired_ratio(numbers, samples.of(transport, measure, other));
        ratio
            .filter(|_| measure.compares(subject, other))
            .map_or_else(String::new, shown_ratio)
    };
    let over = match transport {
        Transport::Plain => "",
        Transport::Tls => "TLS: ",
    };
    Some([
        format!("{over}{}", measure.name_for(subject)),
        subject.name().into(),
        shown(summary.median),
        spread(summary, shown),
        to(Subject::Nothing),
        to(Subject::Prototype),
        to(Subject::Old),
    ])
}

/// A number that never varied has no spread.
fn spread(summary: Summary, shown: impl Fn(f64) -> String) -> String {
    let (lower, upper) = (summary.lower_quartile, summary.upper_quartile);
    if lower < upper {
        format!("{} – {}", shown(lower), shown(upper))
    } else {
        String::new()
    }
}

/// A fraction is easier to read: 1/16 rather than 0.06.
pub(super) fn shown_ratio(ratio: f64) -> String {
    if ratio < 1.0 {
        format!("1/{:.1}", 1.0 / ratio)
    } else {
        format!("{ratio:.1}")
    }
}

/// Text to the left, numbers to the right.
fn line(cells: &[String; 7], widths: &[usize]) -> String {
    let cells = cells.iter().zip(widths).enumerate();
    let aligned = cells.map(|(column, (cell, &width))| {
        if column < 2 {
            format!("| {cell:<width$} ")
        } else {
            format!("| {cell:>width$} ")
        }
    });
    aligned.collect::<String>() + "|\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_line_for_each_number() {
        let mut samples = Samples::default();
        let mut add = |measure, subject, number| {
            samples.add(Transport::Plain, measure, subject, number);
        };
        for round in [0.0, 1.0, 2.0] {
            add(Measure::ColdWall, Subject::Nothing, 4.0);
            add(Measure::ColdWall, Subject::Prototype, 16.0);
            add(Measure::ColdWall, Subject::Checker, 18.0 + round);
            add(Measure::ColdWall, Subject::Start, 19.0 + round);
            add(Measure::ColdWall, Subject::Old, 320.0);
            add(Measure::FirstCpu, Subject::Checker, 0.25);
            add(Measure::FirstCpu, Subject::Old, 2.5);
            add(Measure::FirstCalls, Subject::Nothing, 0.0);
            add(Measure::FirstCalls, Subject::Start, 5.0);
            add(Measure::FirstCalls, Subject::Old, 2.0);
        }
        samples.add(Transport::Tls, Measure::ColdCpu, Subject::Start, 12.0);
        insta::assert_snapshot!(table(&samples), @r"
        | measure                   | of              | median |   quartiles | to nothing | to the prototype | to the Python function |
        | ------------------------- | --------------- | -----: | ----------: | ---------: | ---------------: | ---------------------: |
        | cold start, wall (ms)     | nothing         |    4.0 |             |            |                  |                        |
        | cold start, wall (ms)     | prototype       |   16.0 |             |        4.0 |                  |                 1/20.0 |
        | cold start, wall (ms)     | `start`         |   20.0 | 19.5 – 20.5 |        5.0 |              1.2 |                 1/16.0 |
        | cold start, wall (ms)     | `checker`       |   19.0 | 18.5 – 19.5 |        4.8 |              1.2 |                 1/16.8 |
        | cold start, wall (ms)     | Python function |  320.0 |             |       80.0 |             20.0 |                        |
        | warm idle sweep, CPU (ms) | `checker`       |   0.25 |             |            |                  |                        |
        | warm first job, CPU (ms)  | Python function |   2.50 |             |            |                  |                        |
        | warm first job, calls     | nothing         |      0 |             |            |                  |                        |
        | warm first job, calls     | `start`         |      5 |             |            |                  |                    2.5 |
        | warm first job, calls     | Python function |      2 |             |            |                  |                        |
        | TLS: cold start, CPU (ms) | `start`         |   12.0 |             |            |                  |                        |
        ");
    }
}
