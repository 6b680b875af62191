//! What the product costs where there is much of everything.

#![expect(clippy::print_stdout, reason = "this is a program for people")]

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use tests::bench::{day, scale};

/// Measure the checker with many records, and a day of a large company.
#[derive(Parser)]
struct Options {
    /// What to measure; everything when nothing is named.
    #[arg(value_enum)]
    measurements: Vec<Measurement>,
    /// How many finished records lie in the table, where there are any.
    #[arg(long, default_value_t = 1_000_000)]
    finished: usize,
    /// How many deploys the day has.
    #[arg(long, default_value_t = 50_000)]
    deploys: usize,
    /// How many calls in a second CloudFront takes from the account.
    #[arg(long, default_value_t = day::CALLS_PER_SECOND)]
    rate: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measurement {
    /// Passes of the checker over 1 to 10,000 records.
    Pass,
    /// A day of a large company.
    Day,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let mut holds = true;
    for measurement in [Measurement::Pass, Measurement::Day] {
        if !options.measurements.is_empty() && !options.measurements.contains(&measurement) {
            continue;
        }
        let outcome = match measurement {
            Measurement::Pass => scale::run(options.finished),
            Measurement::Day => day::run(options.deploys, options.rate),
        };
        holds &= outcome.holds;
        println!("{}", outcome.text);
    }
    if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
