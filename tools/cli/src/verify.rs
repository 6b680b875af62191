//! `cargo run -- verify`: checks the invariants against the logs of deployed functions.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::input_text::text_of;
use invariants::{Findings, Limits, Log, as_json, as_table, check, read_log};

const EXAMPLE: &str = "\
Example:
  aws logs filter-log-events --log-group-name /aws/lambda/start > start.json
  aws logs filter-log-events --log-group-name /aws/lambda/checker > checker.json
  cargo run -- verify start.json checker.json

Exit code:
  0  no invariant was broken
  1  an invariant was broken
  2  a file could not be read, or it has no line of the functions";

/// Checks the invariants against the log lines of `start` and `checker`: JSON lines as the functions write them, or as
/// `aws logs` and CloudWatch export them. Other lines are skipped.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Verify {
    /// The logs, of both functions and in any order; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

impl Verify {
    /// Reads the logs and prints the findings; the exit code is the result.
    pub fn run(&self) -> ExitCode {
        match self.read() {
            Ok(log) => self.assess(&log),
            Err(error) => {
                // The reader may close the pipe, here and below.
                let _ = writeln!(anstream::stderr(), "error: {error}");
                ExitCode::from(2)
            }
        }
    }

    fn read(&self) -> io::Result<Log> {
        let texts: io::Result<Vec<String>> = self.files.iter().map(|file| text_of(file)).collect();
        let log = read_log(&texts?);
        if log.function_lines == 0 {
            let lines = log.lines;
            return Err(io::Error::other(format!(
                "none of {lines} lines is a JSON line of start or checker; is AWS_LAMBDA_LOG_FORMAT Text, or the level above INFO?"
            )));
        }
        Ok(log)
    }

    fn assess(&self, log: &Log) -> ExitCode {
        let findings = check(&log.facts, &Limits::default());
        let text = if self.json {
            json(&findings, log)
        } else {
            table(&findings, log)
        };
        let _ = write!(anstream::stdout(), "{text}");
        if findings.are_ok() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

fn json(findings: &Findings, log: &Log) -> String {
    let mut object = as_json(findings);
    object["lines"] = log.lines.into();
    object["function_lines"] = log.function_lines.into();
    format!("{object}\n")
}

/// The table of the findings, and the number of log lines behind them.
#[must_use]
pub fn table(findings: &Findings, log: &Log) -> String {
    let (lines, function_lines) = (log.lines, log.function_lines);
    format!(
        "\n{}  {function_lines} of {lines} lines were written by the functions\n\n",
        as_table(findings)
    )
}
