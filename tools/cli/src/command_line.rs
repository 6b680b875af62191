//! The sandbox's command line.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser};
use invalidation_runtime::settings::EVENT_BUS_NAME;

use crate::explain::command::Explain;
use crate::lint::Lint;
use crate::manual::{Completions, Man};
use crate::plan::Plan;
use crate::simulate::{Binaries, Functions, Options, OwnedAlias, Script, ServiceError};
use crate::verify::Verify;
use local_aws::account::PARAMETERS;

/// The bus that each account has.
const BUS: &str = "default";

const EXAMPLES: &str = "\
Examples:
  cargo run                                           a deploy, ten times as fast as a real one
  cargo run -- --fault sns-down                       the same, with SNS in trouble
  cargo run -- --fault start-dead --speed 60          CodePipeline's function is dead: who answers?
  cargo run -- --complete-after never --speed 60      CloudFront never completes
  cargo run -- --fault codepipeline-throttled=12      CodePipeline refuses twelve calls in a row
  cargo run -- events/FILE.json --logs                your own event, and what the functions log
  cargo run -- --fault start-dead --html story.html   the same, told as a page with a picture
  cargo run -- plan user-parameters.json              what would be sent to CloudFront
  cargo run -- lint user-parameters.json              whether the action would take them
  cargo run -- explain start.log checker.log          what happened, and what is still pending
  cargo run -- verify start.log checker.log           which promises did your own functions keep?
  cargo run -- --user-parameters '{\"DistributionId\":\"E2EXAMPLE1ABCD\",\"Paths\":[\"/index.html\",\"/images/*\"]}'

Exit code:
  0  the action succeeded, and its notification arrived
  1  the action failed, a invariant was broken, or no notification arrived within ten minutes of AWS's clock
  2  nothing could be played as asked
  130  it was interrupted";

/// Plays a deploy on an AWS that fits in memory, with the real functions, and shows every call they make. Needs no AWS
/// account and no network.
#[derive(Debug, Parser)]
#[command(
    name = "sandbox",
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    /// A JSON file with the event to play instead: a CodePipeline job, a schedule's tick, or Lambda's failure record
    #[arg(value_name = "EVENT", conflicts_with = "user_parameters")]
    event: Option<PathBuf>,

    /// The action's UserParameters
    #[arg(long, value_name = "JSON", default_value = PARAMETERS, hide_default_value = true)]
    user_parameters: String,

    /// AWS seconds that are shown in each real second; it changes nothing of what happens
    #[arg(long, value_name = "N", default_value = "10", value_parser = above_zero)]
    speed: f64,

    /// Build the two executables as they are deployed, and run them as Lambda processes, in real time
    #[arg(long, conflicts_with = "speed")]
    processes: bool,

    /// Which distribution or tenant has a domain name; without it, each domain name of the parameters belongs to a
    /// distribution of its own. May be given several times
    #[arg(long = "alias", value_name = "NAME=ID")]
    aliases: Vec<OwnedAlias>,

    /// AWS seconds until CloudFront reports `Completed`, or `never`
    #[arg(long, value_name = "SECONDS", default_value = "45", value_parser = seconds_or_never)]
    complete_after: Seconds,

    /// AWS seconds that `start` holds a job before it asks CodePipeline to come again
    #[arg(long, value_name = "SECONDS", default_value = "35", value_parser = seconds)]
    max_wait_seconds: Duration,

    /// AWS minutes after which the action gives up by itself
    #[arg(long, value_name = "MINUTES", default_value = "15", value_parser = minutes)]
    timeout_minutes: Duration,

    /// A trouble on the way; may be given several times
    #[arg(long = "fault", value_name = "NAME[=N]")]
    faults: Vec<ServiceError>,

    /// Put the outcome on an EventBridge bus, too
    #[arg(long)]
    events: bool,

    /// Where made-up ids and the second of the schedule come from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Show the functions' own log lines as well (their level is RUST_LOG)
    #[arg(long, conflicts_with = "json")]
    logs: bool,

    /// Write one JSON object a line: `delivered`, `call`, `invocation`, and at last `result`
    #[arg(long)]
    json: bool,

    /// Write the story of the run as a page, with a picture; it needs no network
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Cli {
    /// The command line of this process. A mistake ends the process with code 2 and says how to do better.
    pub fn of_process() -> Self {
        let matches = described().get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// Does what is asked for instead of a run, if anything is.
    pub async fn run_command(&self) -> Option<ExitCode> {
        Some(self.command.as_ref()?.run().await)
    }

    /// Where the story of the run is to be written, if anywhere.
    pub fn html(&self) -> Option<PathBuf> {
        self.html.clone()
    }

    /// Whether to write for scripts.
    pub fn json(&self) -> bool {
        self.json
    }

    /// Whether to show what the functions log.
    pub fn logs(&self) -> bool {
        self.logs
    }

    /// The run that is asked for. For a run of processes it builds the functions first, if cargo runs us.
    ///
    /// # Errors
    ///
    /// When the event cannot be read or is no JSON, a function is missing, or one would not take its settings.
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
            errors: self.faults,
            speed: if self.processes { 1.0 } else { self.speed },
            aliases: self.aliases,
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

/// The command line with all that its help says.
fn described() -> clap::Command {
    let help = format!("Faults:\n{}\n{EXAMPLES}", ServiceError::catalogue());
    Cli::command().after_help(help)
}

/// What to do instead of playing.
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

/// A span of AWS's time; none means never.
#[derive(Clone, Copy, Debug)]
struct Seconds(Option<Duration>);

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
