//! `cargo run -- lint`: whether the action would take these UserParameters, before any pipeline runs.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use shared::event::Text;
use shared::identifiers::TopicArn;
use shared::message::notice;
use shared::parameters::UserParameters;
use shared::record::Record;

use super::given::parameters;
use super::plan::planned;

const EXAMPLES: &str = "\
Examples:
  cargo run -- lint user-parameters.json
  cargo run -- lint '{\"DistributionId\":\"E2EXAMPLE1ABCD\",\"Paths\":[\"/caf\u{e9}\"]}'
  jq -r '.pipeline.stages[2].actions[0].configuration.UserParameters' pipeline.json | cargo run -- lint -

Exit code:
  0  the parameters are fine; a warning may be told
  1  they are not, and each fault is told on a line
  2  the file could not be read";

/// Checks an action's UserParameters by the same rules as the action itself, and asks nobody.
///
/// Each fault is a line that begins with `error: `, each note on what is sent one that begins with `warning: `.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Lint {
    /// The UserParameters, or a file that holds them; `-` is standard input
    #[arg(value_name = "JSON|FILE")]
    parameters: String,
}

impl Lint {
    /// Prints what is wrong, and what should be known.
    pub fn run(&self) -> ExitCode {
        let text = match parameters(&self.parameters) {
            Ok(text) => text,
            Err(error) => {
                // Whoever closed the pipe has seen enough, here and below.
                let _ = writeln!(anstream::stderr(), "error: {error}");
                return ExitCode::from(2);
            }
        };
        let (told, end) = match UserParameters::parse(&Text::Given(text)) {
            Ok(parameters) => (warnings(parameters), ExitCode::SUCCESS),
            Err(rejected) => (lines("error", rejected.faults), ExitCode::FAILURE),
        };
        let _ = write!(anstream::stdout(), "{told}");
        end
    }
}

/// The notes of the paths, in the words of the notice that the action would publish.
fn warnings(parameters: UserParameters) -> String {
    let topic = TopicArn::parse("arn:aws:sns:us-east-1:111111111111:lint");
    let record = Record {
        topic,
        ..planned(parameters)
    };
    let body = notice(&record, None).map(|notice| notice.body);
    let body = body.unwrap_or_default();
    let notes = body.lines().filter_map(|line| line.strip_prefix("Note: "));
    let warnings = lines("warning", notes.map(str::to_owned));
    if warnings.is_empty() {
        "The parameters are fine.\n".to_owned()
    } else {
        warnings
    }
}

fn lines(kind: &str, told: impl IntoIterator<Item = String>) -> String {
    let told = told.into_iter();
    told.map(|words| format!("{kind}: {words}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warned(text: &str) -> String {
        warnings(UserParameters::parse(&Text::Given(text.to_owned())).unwrap())
    }

    #[test]
    fn a_note_is_a_warning() {
        let told =
            warned(r#"{"DistributionId":"E2EXAMPLE1ABCD","Paths":["/a","/caf\u00e9","//b"]}"#);
        insta::assert_snapshot!(told, @r#"
        warning: item 2 of Paths was URL-encoded, as CloudFront wants non-ASCII and unsafe characters to be.
        warning: item 3 of Paths has "//", which is another path than with "/", and seldom meant.
        "#);
        assert_eq!(
            warned(r#"{"DistributionId":"E2EXAMPLE1ABCD"}"#),
            "The parameters are fine.\n"
        );
    }
}
