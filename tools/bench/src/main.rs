//! `cargo run --release --bin bench`: docs/performance.md has the results.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is a program for people"
)]

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use bench::goal::{Goal, table};
use bench::{Outcome, day, process, scale, wait};
use cfi::simulate::{Binaries, build_programs};
use clap::{Parser, ValueEnum};

/// Measure what the product costs: its processes, a pipeline's wait, passes over many records, a large day.
#[derive(Parser)]
struct Arguments {
    /// What to measure; everything when nothing is named.
    #[arg(value_enum)]
    questions: Vec<Question>,
    /// The folder of the Python function: `handler.py`, for a Python 3 that has boto3.
    #[arg(long)]
    peer: Option<PathBuf>,
    /// A folder with a `start` and a `checker` that are built already, instead of those of this workspace.
    #[arg(long)]
    functions: Option<PathBuf>,
    /// How often each process is made.
    #[arg(long, default_value_t = 20)]
    rounds: u32,
    /// How many deploys are simulated for the wait.
    #[arg(long, default_value_t = 2_000)]
    deploys: usize,
    /// Where to write the plot of the waits, an SVG file.
    #[arg(long)]
    plot: Option<PathBuf>,
    /// How many finished records lie in the table, where there are any.
    #[arg(long, default_value_t = 100_000)]
    finished: usize,
    /// How many deploys the large day has.
    #[arg(long, default_value_t = 20_000)]
    day: usize,
    /// How many calls in a second CloudFront takes from the account on that day.
    #[arg(long, default_value_t = day::CALLS_PER_SECOND)]
    rate: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Question {
    /// Cold starts, visits, memory and packages, beside a function that does nothing.
    Process,
    /// How long a pipeline waits, by design and by hold.
    Wait,
    /// Passes of the checker over 1 to 10,000 records.
    Sweep,
    /// A day of a large company.
    Day,
}

/// How many deploys each process serves.
const DEPLOYS: u32 = 5;

/// What one question came to.
struct JobResult {
    text: String,
    goals: Vec<Goal>,
    /// Whether nothing was seen that must not be; a goal that is missed is none of that.
    holds: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let all = [
        Question::Process,
        Question::Wait,
        Question::Sweep,
        Question::Day,
    ];
    let asked = |question: &Question| {
        arguments.questions.is_empty() || arguments.questions.contains(question)
    };
    let (mut goals, mut holds) = (Vec::new(), true);
    for question in all.into_iter().filter(asked) {
        match job_result(question, &arguments).await {
            Ok(job_result) => {
                println!("{}\n", job_result.text);
                goals.extend(job_result.goals);
                holds &= job_result.holds;
            }
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{}", table(&goals));
    if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

async fn job_result(question: Question, arguments: &Arguments) -> io::Result<JobResult> {
    match question {
        Question::Process => processes(arguments).await,
        Question::Wait => waits(arguments.deploys, arguments.plot.as_deref()),
        Question::Sweep => {
            let asked = "a sweep: ends in its Lambda time or hands over, at most one look for each record, and \
                         finished records cost nothing";
            let outcome = apart(|| scale::run(arguments.finished))?;
            Ok(identified(
                outcome,
                asked,
                "each of the passes above".into(),
            ))
        }
        Question::Day => {
            let outcome = apart(|| day::run(arguments.day, arguments.rate))?;
            let asked = "a large day: every job answered, no invariant broken";
            Ok(identified(
                outcome,
                asked,
                format!("{} deploys", arguments.day),
            ))
        }
    }
}

/// An answer whose one goal is that everything holds.
fn identified(outcome: Outcome, asked: &str, measured: String) -> JobResult {
    let goal = Goal {
        asked: asked.into(),
        measured,
        is_met: outcome.holds,
    };
    JobResult {
        text: outcome.text,
        goals: vec![goal],
        holds: outcome.holds,
    }
}

async fn processes(arguments: &Arguments) -> io::Result<JobResult> {
    let options = options(arguments)?;
    let samples = process::run(&options, |round| {
        eprint!("\rround {round} of {}", options.rounds);
    })
    .await?;
    eprintln!();
    Ok(JobResult {
        text: format!(
            "{} rounds of {DEPLOYS} deploys for each process\n\n{}",
            options.rounds,
            process::table(&samples)
        ),
        goals: process::goals(&samples),
        holds: true,
    })
}

fn options(arguments: &Arguments) -> io::Result<process::Options> {
    if cfg!(debug_assertions) {
        return Err(io::Error::other(
            "only an optimised build is worth measuring: cargo run --release --bin bench",
        ));
    }
    let [nothing, prototype] = build_programs(["nothing", "prototype"])?;
    let binaries = match &arguments.functions {
        Some(folder) => Binaries::within(folder)?,
        None => Binaries::release()?,
    };
    Ok(process::Options {
        binaries,
        nothing,
        prototype,
        peer: arguments.peer.clone(),
        rounds: arguments.rounds.max(1),
        deploys: DEPLOYS,
    })
}

fn waits(deploys: usize, plot: Option<&Path>) -> io::Result<JobResult> {
    let threads = thread::available_parallelism()?.get();
    let outcome = apart(|| wait::run(deploys, threads))?;
    if let Some(file) = plot {
        std::fs::write(file, outcome.plot())?;
    }
    Ok(JobResult {
        text: outcome.to_string(),
        goals: outcome.goals(),
        holds: true,
    })
}

/// On a thread of its own, because a simulation brings its own runtime, whose time is virtual.
fn apart<T: Send>(simulate: impl FnOnce() -> T + Send) -> io::Result<T> {
    let done = thread::scope(|scope| scope.spawn(simulate).join());
    done.map_err(|_| io::Error::other("the simulation panicked; what it said is above"))
}
