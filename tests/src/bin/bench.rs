//! `cargo run --release --bin bench`: docs/benchmarks.md says how each number comes about.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is a program for people"
)]

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tests::bench::process::{Options, run, table};
use tests::sandbox::{Binaries, build_programs};
use tokio::time::Instant;

/// Measure both functions beside one that does nothing and, if it is at hand, the old function that they replace.
#[derive(Parser)]
struct Arguments {
    /// The folder of the old function: `handler.py`, for a Python 3 that has boto3.
    #[arg(long)]
    peer: Option<PathBuf>,
    /// A folder with a `start` and a `checker` that are built already, instead of those of this workspace.
    #[arg(long)]
    functions: Option<PathBuf>,
    /// How often each process is made.
    #[arg(long, default_value_t = 40)]
    rounds: u32,
    /// How many deploys each process serves.
    #[arg(long, default_value_t = 5)]
    deploys: u32,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match measure(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(arguments: Arguments) -> io::Result<()> {
    let options = options(arguments)?;
    let began = Instant::now();
    let samples = run(&options, |round| {
        eprint!("\rround {round} of {}", options.rounds);
    })
    .await?;
    eprintln!();
    let cores = std::thread::available_parallelism()?;
    println!(
        "{} rounds of {} deploys, {:.0} s on {cores} processors\n\n{}",
        options.rounds,
        options.deploys,
        began.elapsed().as_secs_f64(),
        table(&samples)
    );
    Ok(())
}

fn options(arguments: Arguments) -> io::Result<Options> {
    if cfg!(debug_assertions) {
        return Err(io::Error::other(
            "only an optimised build is worth measuring: cargo run --release --bin bench",
        ));
    }
    let [nothing, prototype] = build_programs(["nothing", "prototype"])?;
    let binaries = match arguments.functions {
        Some(folder) => Binaries::within(&folder)?,
        None => Binaries::release()?,
    };
    Ok(Options {
        binaries,
        nothing,
        prototype,
        peer: arguments.peer,
        rounds: arguments.rounds.max(1),
        deploys: arguments.deploys.max(1),
    })
}
