//! The searches of the tests, further than a run of the tests can wait for.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is a program for people"
)]

use std::ops::Range;
use std::process::ExitCode;
use std::slice;

use clap::{Parser, ValueEnum};
use tokio::time::Instant;
use verification::explore::{Told, at_random, exhaustively, in_the_model};
use verification::model::report::table;

/// Search for a broken promise: every call struck, alone and with others; days made up from seeds; every state of a model.
#[derive(Parser)]
struct Options {
    /// What to do; everything when nothing is named.
    #[arg(value_enum)]
    searches: Vec<Search>,
    /// Of the places for the second and for the third strike of a triple, one in so many is taken.
    #[arg(long, default_value_t = 60)]
    every: u64,
    /// How many seeds are played.
    #[arg(long, default_value_t = 100_000)]
    seeds: u64,
    /// The first of them, where another run has played those before it.
    #[arg(long, default_value_t = 0)]
    first: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Search {
    /// Every call of every scenario, struck in every way, and each two calls of a story.
    Injections,
    /// Three calls of a story.
    Triples,
    /// Days made up from seeds.
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
    let mut holds = true;
    for search in chosen {
        let began = Instant::now();
        let told = match search {
            Search::Injections => exhaustively(2, 1),
            Search::Triples => exhaustively(3, options.every),
            Search::Seeds => seeds(options.first..options.first + options.seeds),
            Search::Model => model(),
        };
        holds &= told.holds;
        println!("{}\n{:.0} s\n", told.text, began.elapsed().as_secs_f64());
    }
    if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Hours must not be lost because nobody waited for the last minute: what the seeds have shown so far is told as they go.
fn seeds(range: Range<u64>) -> Told {
    at_random(range.clone(), |next, totals| {
        eprintln!("seeds {} to {next}:\n{totals}\n", range.start);
    })
}

/// Each configuration is told as soon as it is explored, for the same reason.
fn model() -> Told {
    in_the_model(|report| {
        eprintln!("{}", table(slice::from_ref(report)));
    })
}
