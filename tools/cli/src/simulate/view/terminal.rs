//! A timeline with a progress bar below it; plain lines without a terminal.

use std::io::Write;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};

use super::line::{Line, Tone, clock};
use super::summary;
use super::{Moment, View};
use crate::simulate::{Options, Report, Script};
use local_aws::codepipeline::ActionState;
use local_aws::lambda::LogLine;

/// Shows a run on standard output, with the bar on standard error.
#[derive(Debug)]
pub struct Terminal {
    bar: ProgressBar,
    logs: bool,
}

impl Terminal {
    /// Also shows the log lines of the functions if `logs` is set.
    pub fn new(logs: bool) -> Self {
        let style = ProgressStyle::with_template(
            "  {bar:28.green/dim} {percent:>3} %  {prefix}  {wide_msg}",
        );
        let bar = ProgressBar::new(100);
        bar.set_style(
            style
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("━╸━"),
        );
        Self { bar, logs }
    }

    /// Prints the script and the options.
    pub fn open(&self, options: &Options) {
        let dim = Style::new().dimmed();
        let what = match &options.script {
            Script::Action { user_parameters } => {
                format!("CodePipeline runs an action with {user_parameters}")
            }
            Script::Event(_) => "CodePipeline runs an action with your event".into(),
            Script::FailedDelivery(_) => {
                "CodePipeline runs an action whose deliveries to start all failed".into()
            }
            Script::Trigger(_) => "checker is invoked with your event".into(),
            Script::Stray(_) => "start is invoked with an event that belongs to no job".into(),
        };
        let completes = options.complete_after.map_or("never".into(), |time| {
            format!("after {} s", time.as_secs_f64())
        });
        self.print(&format!(
            "\n  {what}\n  {dim}CloudFront completes {completes}{dim:#}"
        ));
        if options.speed != 1.0 {
            let speed = options.speed;
            self.print(&format!("  {dim}shown at {speed} times its speed{dim:#}"));
        }
        for fault in &options.faults {
            let red = AnsiColor::Red.on_default();
            self.print(&format!(
                "  {red}fault{red:#} {}: {}",
                fault.name,
                fault.help()
            ));
        }
        self.print("");
    }

    /// Prints the result.
    pub fn close(&self, report: &Report) {
        self.bar.finish_and_clear();
        self.print("");
        for (label, text, tone) in summary::of(report) {
            let (bold, style) = (Style::new().bold(), colour(tone));
            self.print(&format!(
                "  {bold}{label:<10}{bold:#} {style}{text}{style:#}"
            ));
        }
        self.print("");
    }

    fn draw(&self, line: &Line) {
        let Line {
            at,
            who,
            what,
            subject,
            outcome,
            tone,
        } = line;
        let (dim, bold) = (Style::new().dimmed(), Style::new().bold());
        let (actor, end) = (actor(who), colour(*tone));
        self.print(
            format!(
                "{dim}{at:>12}{dim:#}  {actor}{who:<12}{actor:#}  {bold}{what:<21}{bold:#}  {subject:<16}  {end}{outcome}{end:#}"
            )
            .trim_end(),
        );
    }

    fn quote(&self, line: &LogLine) {
        let dim = Style::new().dimmed();
        self.print(&format!(
            "{:14}{dim}{} │ {}{dim:#}",
            "", line.function, line.text
        ));
    }

    fn progress(&self, at: Duration, action: &ActionState) {
        let percent = action.percent_complete.unwrap_or_default();
        self.bar
            .set_position(u64::try_from(percent).unwrap_or_default());
        self.bar.set_prefix(clock(at));
        self.bar.set_message(
            action
                .summary
                .clone()
                .unwrap_or_else(|| "waiting for the first result".into()),
        );
    }

    fn print(&self, line: &str) {
        self.bar.suspend(|| {
            // The reader may close the pipe.
            let _ = writeln!(anstream::stdout(), "{line}");
        });
    }
}

impl View for Terminal {
    fn show(&mut self, at: Duration, moment: Moment<'_>) {
        match moment {
            Moment::Progress(action) => self.progress(at, action),
            Moment::Log(line) if self.logs => self.quote(line),
            _ => drop(Line::of(at, moment).map(|line| self.draw(&line))),
        }
    }
}

fn actor(who: &str) -> Style {
    match who {
        "start" => AnsiColor::Cyan.on_default(),
        "checker" => AnsiColor::Magenta.on_default(),
        _ => AnsiColor::Blue.on_default(),
    }
}

fn colour(tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Bad => AnsiColor::Red.on_default(),
    }
}
