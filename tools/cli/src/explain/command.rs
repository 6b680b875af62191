//! `cargo run -- explain`: the timeline of an execution, from its logs, its record, or both.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use invalidation_aws::{DynamoDb, sdk_config};
use invalidation_core::input::identifiers::JobId;
use invalidation_core::model::execution_record::ExecutionRecord;
use invalidation_runtime::clock::SystemClock;
use invalidation_runtime::ports::Clock as _;
use serde_json::json;

use crate::explain::{
    Run, Timeline, list, load, of_log, of_record, of_run, page, read_record, text, with_record,
};
use crate::input_text::text_of;
use crate::simulate::Report;
use invariants::read_entries;

const EXAMPLES: &str = "\
Examples:
  aws logs filter-log-events --log-group-name /aws/lambda/start > start.json
  aws logs filter-log-events --log-group-name /aws/lambda/checker > checker.json
  cargo run -- explain start.json checker.json
  cargo run -- explain start.json checker.json --execution 11111111 --html story.html
  cargo run -- explain --table invalidations 11111111-abcd-1111-abcd-111111abcdef

Exit code:
  0  the timeline, or the list of executions, was printed, whatever the outcome of the execution
  2  a file or the table could not be read, or it contains no execution";

/// Prints the timeline of an execution: what happened and when, the result, pending work with the time of the next
/// attempt, and what to check. It makes no call to AWS, except with `--table`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Explain {
    /// The logs of both functions, in any order and in the formats that `verify` reads; `-` is standard input
    #[arg(value_name = "LOG", required_unless_present_any = ["record", "table"])]
    logs: Vec<PathBuf>,

    /// The execution, by the id of its first job or the beginning of it
    #[arg(long, value_name = "ID")]
    execution: Option<String>,

    /// The execution's record, as `aws dynamodb get-item` prints it; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "table")]
    record: Option<PathBuf>,

    /// Read the record from this table, with the region and the credentials of the environment
    #[arg(long, num_args = 2, value_names = ["NAME", "ID"])]
    table: Option<Vec<String>>,

    /// Also write the timeline as a page with a diagram; it needs no network
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Explain {
    /// Prints the timeline, or the list of executions.
    pub async fn run(&self) -> ExitCode {
        match self.told().await {
            Ok(text) => {
                // The reader may close the pipe, here and below.
                let _ = write!(anstream::stdout(), "{text}");
                ExitCode::SUCCESS
            }
            Err(error) => {
                let _ = writeln!(anstream::stderr(), "error: {error}");
                ExitCode::from(2)
            }
        }
    }

    async fn told(&self) -> io::Result<String> {
        let record = self.record().await?;
        let timelines = self.timelines()?;
        let wanted = self.execution.clone();
        let wanted = wanted.or_else(|| Some(record.as_ref()?.id.to_string()));
        let now_ms = SystemClock.now().as_millis();
        let found: Vec<Timeline> = match &wanted {
            Some(id) => timelines
                .into_iter()
                .filter(|timeline| is(timeline, id))
                .collect(),
            None => timelines,
        };
        let timeline = match (&found[..], &record) {
            ([], None) => return Err(self.none_found(wanted.as_deref())),
            ([], Some(record)) => of_record(record, now_ms),
            ([timeline], None) => timeline.clone(),
            ([timeline], Some(record)) => with_record(timeline.clone(), record, now_ms),
            (several, _) => return self.list(several),
        };
        if let Some(file) = &self.html {
            write_page(file, &timeline)?;
        }
        Ok(text(&timeline))
    }

    fn timelines(&self) -> io::Result<Vec<Timeline>> {
        let texts: io::Result<Vec<String>> = self.logs.iter().map(|file| text_of(file)).collect();
        Ok(of_log(&read_entries(&texts?)))
    }

    async fn record(&self) -> io::Result<Option<ExecutionRecord>> {
        if let Some(file) = &self.record {
            let read = read_record(&text_of(file)?).await;
            let named = |error| io::Error::other(format!("{}: {error}", file.display()));
            return read.map(Some).map_err(named);
        }
        let Some([name, id]) = self.table.as_deref() else {
            return Ok(None);
        };
        let id = JobId::parse(id).ok_or_else(|| {
            io::Error::other(format!(
                "{id} is not the id of an execution, which is that of its first job"
            ))
        })?;
        let client = aws_sdk_dynamodb::Client::new(&sdk_config().await);
        let read = load(&DynamoDb::new(client, name), &id).await;
        read.map(Some)
            .map_err(|error| io::Error::other(format!("{name}: {error}")))
    }

    fn none_found(&self, wanted: Option<&str>) -> io::Error {
        io::Error::other(match wanted {
            Some(id) => format!("no log line belongs to the execution {id}; without --execution, all executions are listed"),
            None => "no line belongs to an execution: is the log from start or checker, in JSON, and at level INFO?".to_owned(),
        })
    }

    fn list(&self, timelines: &[Timeline]) -> io::Result<String> {
        if self.html.is_some() {
            return Err(io::Error::other(format!(
                "a page shows one execution, but the input has {}; add --execution",
                timelines.len()
            )));
        }
        Ok(list(timelines)
            + "\nFor the timeline of one of them, add --execution and the beginning of its id.\n")
    }
}

fn is(timeline: &Timeline, id: &str) -> bool {
    let execution = timeline.execution.as_deref();
    execution.is_some_and(|execution| execution.starts_with(id))
}

/// Writes the page of a simulated run.
///
/// # Errors
/// When the file cannot be written.
pub async fn write_timeline(file: &Path, report: &Report) -> io::Result<()> {
    write_page(file, &timeline_of(report).await)
}

/// The timeline of a run, with the record at its end.
pub async fn timeline_of(report: &Report) -> Timeline {
    let timeline = of_run(&Run {
        action: report.action.as_ref(),
        calls: &report.calls,
        wakings: &report.wakings,
        attempts: &report.attempts,
        notifications: &report.notifications,
    });
    let is_its = |id: &str| timeline.execution.as_deref() == Some(id);
    let mut items = report.items.iter();
    let item = items.find(|item| item["id"]["S"].as_str().is_some_and(is_its));
    let Some(item) = item else { return timeline };
    match read_record(&json!({ "Item": item }).to_string()).await {
        Ok(record) => with_record(timeline, &record, report.ended_ms),
        Err(error) => Timeline {
            stored: vec![("unreadable", error)],
            ..timeline
        },
    }
}

fn write_page(file: &Path, timeline: &Timeline) -> io::Result<()> {
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.display()));
    std::fs::write(file, page(timeline)).map_err(named)
}
