//! The command line.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser};
use invalidation_runtime::settings::EVENT_BUS_NAME;

use crate::explain::command::Explain;
use crate::lint::Lint;
use crate::manual::{Completions, Man};
use crate::plan::Plan;
use crate::simulate::{Binaries, Functions, InjectedFault, Options, OwnedAlias, Script};
use crate::verify::Verify;
use local_aws::account::PARAMETERS;
use local_aws::s3;

/// The bus that each account has.
const BUS: &str = "default";

const EXAMPLES: &str = "\
Examples:
  cargo run                                           a deployment, shown at ten times its speed
  cargo run -- --fault sns-down                       the same, with SNS unavailable
  cargo run -- --fault start-dead --speed 60          start fails at every invocation; checker takes over
  cargo run -- --complete-after never --speed 60      CloudFront never completes
  cargo run -- --fault codepipeline-throttled=12      CodePipeline rejects twelve calls in a row
  cargo run -- events/FILE.json --logs                your own event, with the log of the functions
  cargo run -- --fault start-dead --html story.html   the timeline as a page with a diagram
  cargo run -- plan user-parameters.json              what would be sent to CloudFront
  cargo run -- lint user-parameters.json              whether the action accepts them
  cargo run -- explain start.log checker.log          the timeline of an execution
  cargo run -- verify start.log checker.log           which invariants hold in your logs
  cargo run -- --user-parameters '{\"DistributionId\":\"E2EXAMPLE1ABCD\",\"Paths\":[\"/index.html\",\"/images/*\"]}'

Exit code:
  0  the action succeeded, and its notification was published
  1  the action failed, an invariant was broken, or no notification was published within ten minutes of AWS time
  2  the input is not valid
  130  it was interrupted";

/// Simulates a deployment with the real functions on an in-memory AWS, and prints every call that they make. Needs no
/// AWS account and no network.
#[derive(Debug, Parser)]
#[command(
    name = "cfi",
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    /// A JSON file with another event: a CodePipeline job, a scheduled event, or Lambda's failure record
    #[arg(value_name = "EVENT", conflicts_with = "user_parameters")]
    event: Option<PathBuf>,

    /// The action's UserParameters
    #[arg(long, value_name = "JSON", default_value = PARAMETERS, hide_default_value = true)]
    user_parameters: String,

    /// AWS seconds that are shown in each real second; it changes no result
    #[arg(long, value_name = "N", default_value = "10", value_parser = above_zero)]
    speed: f64,

    /// Build the two executables as for a deployment, and run them as Lambda processes in real time
    #[arg(long, conflicts_with = "speed")]
    processes: bool,

    /// The distribution or tenant of a domain name; otherwise each domain name in the parameters belongs to a new
    /// distribution. May be given several times
    #[arg(long = "alias", value_name = "NAME=ID")]
    aliases: Vec<OwnedAlias>,

    /// The input artifact of the action: a folder, which becomes a zip archive, or an archive
    #[arg(long, value_name = "FOLDER|ZIP")]
    artifact: Option<PathBuf>,

    /// AWS seconds until CloudFront reports `Completed`, or `never`
    #[arg(long, value_name = "SECONDS", default_value = "45", value_parser = seconds_or_never)]
    complete_after: Seconds,

    /// AWS seconds that `start` waits for completion before it returns a continuation token
    #[arg(long, value_name = "SECONDS", default_value = "540", value_parser = seconds)]
    max_wait_seconds: Duration,

    /// AWS minutes until the action times out
    #[arg(long, value_name = "MINUTES", default_value = "15", value_parser = minutes)]
    timeout_minutes: Duration,

    /// A fault to inject; may be given several times
    #[arg(long = "fault", value_name = "NAME[=N]")]
    faults: Vec<InjectedFault>,

    /// Also put the outcome on an EventBridge bus
    #[arg(long)]
    events: bool,

    /// The seed of made-up ids and of the second in which the schedule fires
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Also show the log lines of the functions (their level is RUST_LOG)
    #[arg(long, conflicts_with = "json")]
    logs: bool,

    /// Write one JSON object per line: `delivered`, `call`, `invocation`, and finally `result`
    #[arg(long)]
    json: bool,

    /// Write the timeline of the run as a page with a diagram; it needs no network
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Cli {
    /// The command line of this process. An error ends the process with code 2 and a hint.
    pub fn of_process() -> Self {
        let matches = described().get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// Runs the command, if there is one.
    pub async fn run_command(&self) -> Option<ExitCode> {
        Some(self.command.as_ref()?.run().await)
    }

    /// The file for the timeline of the run, if any.
    pub fn html(&self) -> Option<PathBuf> {
        self.html.clone()
    }

    /// Whether to write JSON.
    pub fn json(&self) -> bool {
        self.json
    }

    /// Whether to show the log of the functions.
    pub fn logs(&self) -> bool {
        self.logs
    }

    /// The run that the options define. For a run of processes it builds the functions first, if this process runs
    /// under cargo.
    ///
    /// # Errors
    ///
    /// When the event cannot be read or is not JSON, a function is missing, or a setting is not valid.
    pub fn options(self) -> io::Result<Options> {
        let script = match &self.event {
            Some(path) => script_of(path)?,
            None => Script::Action {
                user_parameters: self.user_parameters,
            },
        };
        let log_filter = crate::simulate::variable("RUST_LOG").map(|filter| ("RUST_LOG", filter));
        let bus = self.events.then(|| (EVENT_BUS_NAME, BUS.to_owned()));
        let functions = if self.processes {
            Functions::Processes(Binaries::find()?)
        } else {
            Functions::InProcess
        };
        let options = Options {
            faults: self.faults,
            speed: if self.processes { 1.0 } else { self.speed },
            aliases: self.aliases,
            artifact: self.artifact.as_deref().map(artifact).transpose()?,
            complete_after: self.complete_after.0,
            max_wait: self.max_wait_seconds,
            timeout: self.timeout_minutes,
            seed: self.seed,
            settings: [log_filter, bus]
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            ..Options::new(functions, script)
        };
        options.check()?;
        Ok(options)
    }
}

/// The command line with its complete help.
fn described() -> clap::Command {
    let help = format!("Faults:\n{}\n{EXAMPLES}", InjectedFault::catalogue());
    Cli::command().after_help(help)
}

/// The commands.
#[derive(Debug, clap::Subcommand)]
enum Command {
    Plan(Plan),
    Lint(Lint),
    Explain(Explain),
    Verify(Verify),
    Completions(Completions),
    Man(Man),
}

impl Command {
    async fn run(&self) -> ExitCode {
        match self {
            Self::Plan(plan) => plan.run(),
            Self::Lint(lint) => lint.run(),
            Self::Explain(explain) => explain.run().await,
            Self::Verify(verify) => verify.run(),
            Self::Completions(completions) => completions.run(described()),
            Self::Man(man) => man.run(described()),
        }
    }
}

/// A span of AWS time; `None` means never.
#[derive(Clone, Copy, Debug)]
struct Seconds(Option<Duration>);

/// The bytes of the input artifact.
fn artifact(path: &Path) -> io::Result<Vec<u8>> {
    let read = if path.is_dir() {
        s3::folder(path)
    } else {
        std::fs::read(path)
    };
    read.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

fn script_of(path: &std::path::Path) -> io::Result<Script> {
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(named)?;
    let event = serde_json::from_str(&text).map_err(|error| named(error.into()))?;
    Ok(Script::of_event(event))
}

fn above_zero(text: &str) -> Result<f64, String> {
    let number = text
        .parse::<f64>()
        .ok()
        .filter(|number| *number > 0.0 && number.is_finite());
    number.ok_or_else(|| "must be a number above 0".into())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "must be a number of seconds, such as 45 or 0.5".into())
}

fn minutes(text: &str) -> Result<Duration, String> {
    Ok(seconds(text).map_err(|_| "must be a number of minutes, such as 15 or 0.5")? * 60)
}

fn seconds_or_never(text: &str) -> Result<Seconds, String> {
    if text == "never" {
        Ok(Seconds(None))
    } else {
        seconds(text).map(|time| Seconds(Some(time)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }
}
