//! How long a pipeline waits for CloudFront, and what that costs.

#![expect(clippy::print_stdout, reason = "this is a program for people")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use clap::Parser;
use tests::bench::wait;

/// Play the same deploys in virtual time through the old function, a plain design and ours, and compare waits, calls and costs.
#[derive(Parser)]
struct Options {
    /// How many deploys each design is given.
    #[arg(long, default_value_t = 10_000)]
    deploys: usize,
    /// Where to write the plot, an SVG file; nowhere when no file is named.
    #[arg(long)]
    plot: Option<PathBuf>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let outcome = wait::run(options.deploys, threads);
    println!("{outcome}");
    let written = options
        .plot
        .map_or(Ok(()), |file| std::fs::write(file, outcome.plot()));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("the plot could not be written: {error}");
            ExitCode::FAILURE
        }
    }
}
