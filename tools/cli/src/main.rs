//! `cargo run`: see `cargo run -- --help`.

use std::io::{self, Write};
use std::process::ExitCode;

use cfi::command_line::Cli;
use cfi::explain::command::write_timeline;
use cfi::simulate::view::{JsonLines, Terminal};
use cfi::simulate::{Options, Report, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::of_process();
    if let Some(end) = cli.run_command().await {
        return end;
    }
    tokio::select! {
        biased;
        // Dropping the run ends every process.
        _ = tokio::signal::ctrl_c() => ExitCode::from(130),
        outcome = play(cli) => match outcome {
            Ok(report) if report.is_ok() && report.broken_invariants().next().is_none() => ExitCode::SUCCESS,
            Ok(_) => ExitCode::FAILURE,
            Err(error) => complain(&error),
        },
    }
}

async fn play(cli: Cli) -> io::Result<Report> {
    let (json, logs, html) = (cli.json(), cli.logs(), cli.html());
    let options = cli.options()?;
    let report = if json {
        for_scripts(&options).await?
    } else {
        for_people(&options, logs).await?
    };
    if let Some(file) = html {
        write_timeline(&file, &report).await?;
    }
    Ok(report)
}

async fn for_people(options: &Options, logs: bool) -> io::Result<Report> {
    let mut terminal = Terminal::new(logs);
    terminal.open(options);
    let report = run(options, &mut terminal).await?;
    terminal.close(&report);
    Ok(report)
}

async fn for_scripts(options: &Options) -> io::Result<Report> {
    let report = run(options, &mut JsonLines).await?;
    JsonLines.close(&report);
    Ok(report)
}

fn complain(error: &io::Error) -> ExitCode {
    let _ = writeln!(anstream::stderr(), "error: {error}");
    ExitCode::from(2)
}
