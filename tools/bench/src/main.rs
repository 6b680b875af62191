//! `cargo run --release --bin bench`; the results are in docs/performance.md.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is a command-line program"
)]

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use bench::goal::{Goal, table};
use bench::{Outcome, day, process, rivals, scale, wait};
use cfi::simulate::{Binaries, build_programs};
use clap::{Parser, ValueEnum};

/// Measures the cost of the product: its processes, a pipeline's wait, sweeps over many records, a large day.
#[derive(Parser)]
struct Arguments {
    /// The measurements; all except `rivals` if none is named.
    #[arg(value_enum)]
    questions: Vec<Question>,
    /// The folder of the Python function: `handler.py`, for a Python 3 that has boto3.
    #[arg(long)]
    peer: Option<PathBuf>,
    /// A folder with a built `start` and `checker`, instead of those of this workspace.
    #[arg(long)]
    functions: Option<PathBuf>,
    /// How often each process is started.
    #[arg(long, default_value_t = 20)]
    rounds: u32,
    /// How many deploys are simulated for the wait.
    #[arg(long, default_value_t = 2_000)]
    deploys: usize,
    /// Where to write the plot of the waits, an SVG file.
    #[arg(long)]
    plot: Option<PathBuf>,
    /// The number of finished records in the table, in the cases that have any.
    #[arg(long, default_value_t = 100_000)]
    finished: usize,
    /// The number of deployments of the large day.
    #[arg(long, default_value_t = 20_000)]
    day: usize,
    /// The number of CloudFront calls per second that the account may make on that day.
    #[arg(long, default_value_t = day::CALLS_PER_SECOND)]
    rate: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Question {
    /// Cold starts, jobs, memory and packages, compared with a function that does nothing.
    Process,
    /// How long a pipeline waits, by design and by maximum wait.
    Wait,
    /// Sweeps of the checker over 1 to 10,000 records.
    Sweep,
    /// A day of a large company.
    Day,
    /// The alternatives to this action under the same faults; installs packages, and writes docs/comparison.md.
    Rivals,
}

/// The number of deployments that each process serves.
const DEPLOYS: u32 = 5;

/// The result of one measurement.
struct JobResult {
    text: String,
    goals: Vec<Goal>,
    /// Whether all checks passed; a missed goal does not count.
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
        Question::Rivals,
    ];
    let asked = |question: &Question| {
        let is_named = arguments.questions.contains(question);
        is_named || (arguments.questions.is_empty() && *question != Question::Rivals)
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
            let asked = "a sweep: ends in its Lambda time or hands over, at most one poll for each record, and \
                         finished records cost nothing";
            let outcome = apart(|| scale::run(arguments.finished))?;
            Ok(identified(
                outcome,
                asked,
                "each of the sweeps above".into(),
            ))
        }
        Question::Day => {
            let outcome = apart(|| day::run(arguments.day, arguments.rate))?;
            let asked = "a large day: every job has a result, no invariant violated";
            Ok(identified(
                outcome,
                asked,
                format!("{} deploys", arguments.day),
            ))
        }
        Question::Rivals => {
            let text = apart(rivals::run)??;
            Ok(JobResult {
                text,
                goals: Vec::new(),
                holds: true,
            })
        }
    }
}

/// A result whose only goal is that every invariant holds.
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

/// On a separate thread, because a simulation has its own runtime with virtual time.
fn apart<T: Send>(simulate: impl FnOnce() -> T + Send) -> io::Result<T> {
    let done = thread::scope(|scope| scope.spawn(simulate).join());
    done.map_err(|_| io::Error::other("the simulation panicked; what it said is above"))
}
