//! The searches of the tests, with larger bounds than a test run allows.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program prints its results"
)]

use std::ops::Range;
use std::process::ExitCode;
use std::slice;

use clap::{Parser, ValueEnum};
use tokio::time::Instant;
use verification::explore::{SearchResult, at_random, exhaustively, in_the_model};
use verification::model::report::table;

/// Search for a violated invariant: a fault at every call, alone and combined; simulated days from seeds; every state
/// of a model.
#[derive(Parser)]
struct Options {
    /// The searches to run; all of them when none is named.
    #[arg(value_enum)]
    searches: Vec<Search>,
    /// One in this many positions is used for the second and the third fault of a triple.
    #[arg(long, default_value_t = 60)]
    every: u64,
    /// The number of seeds to simulate.
    #[arg(long, default_value_t = 100_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    first: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Search {
    /// Every kind of fault at every call of every scenario, and at each pair of calls.
    Injections,
    /// Faults at three calls of a run.
    Triples,
    /// Simulated days from seeds.
    Seeds,
    /// Every state of the model.
    Model,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let chosen = if options.searches.is_empty() {
        vec![
            Search::Injections,
            Search::Triples,
            Search::Seeds,
            Search::Model,
        ]
    } else {
        options.searches.clone()
    };
    let mut is_ok = true;
    for search in chosen {
        let began = Instant::now();
        let result = match search {
            Search::Injections => exhaustively(2, 1),
            Search::Triples => exhaustively(3, options.every),
            Search::Seeds => seeds(options.first..options.first + options.seeds),
            Search::Model => model(),
        };
        is_ok &= result.is_ok;
        println!("{}\n{:.0} s\n", result.text, began.elapsed().as_secs_f64());
    }
    if is_ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Prints the results so far after each batch of seeds, so that an interrupted run loses little.
fn seeds(range: Range<u64>) -> SearchResult {
    at_random(range.clone(), |next, totals| {
        eprintln!("seeds {} to {next}:\n{totals}\n", range.start);
    })
}

/// Prints the result of each configuration when it is finished, for the same reason.
fn model() -> SearchResult {
    in_the_model(|report| {
        eprintln!("{}", table(slice::from_ref(report)));
    })
}
