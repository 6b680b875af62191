//! `cargo run -- lint`: whether the action accepts these UserParameters, before a pipeline runs.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use invalidation_core::input::identifiers::TopicArn;
use invalidation_core::input::job_event::Text;
use invalidation_core::input::user_parameters::UserParameters;
use invalidation_core::model::execution_record::ExecutionRecord;
use invalidation_core::output::notification;

use crate::dry_check::Foreseen;
use crate::input_text::parameters;
use crate::plan::planned;

const EXAMPLES: &str = "\
Examples:
  cargo run -- lint user-parameters.json
  cargo run -- lint '{\"DistributionId\":\"E2EXAMPLE1ABCD\",\"Paths\":[\"/caf\u{e9}\"]}'
  jq -r '.pipeline.stages[2].actions[0].configuration.UserParameters' pipeline.json | cargo run -- lint -

Exit code:
  0  the known parameters are valid; there may be warnings
  1  they are not valid; each error is on a line of its own
  2  the file could not be read";

/// Validates an action's UserParameters by the rules of the action itself, without any call to AWS.
///
/// Errors are lines that begin with `error: `, notes lines that begin with `warning: `. A value with a variable of the
/// pipeline, `#{namespace.name}`, is validated if its known part allows it, and named by a line that begins with
/// `unknown: `.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Lint {
    /// The UserParameters as JSON or as a file; `-` is standard input
    #[arg(value_name = "JSON|FILE")]
    parameters: String,
}

impl Lint {
    /// Prints the errors and the notes.
    pub fn run(&self) -> ExitCode {
        let text = match parameters(&self.parameters) {
            Ok(text) => text,
            Err(error) => {
                // The reader may close the pipe, here and below.
                let _ = writeln!(anstream::stderr(), "error: {error}");
                return ExitCode::from(2);
            }
        };
        let (messages, is_fine) = linted(&text);
        let end = if is_fine {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
        let _ = write!(anstream::stdout(), "{messages}");
        end
    }
}

/// The messages about the parameters, and whether the action accepts their known values.
fn linted(text: &str) -> (String, bool) {
    let foreseen = Foreseen::of(text);
    let unknown = foreseen
        .unknown
        .iter()
        .map(|what| format!("{what} is known only when the pipeline runs"));
    let unknown = lines("unknown", unknown);
    match UserParameters::parse(&Text::Given(foreseen.text.clone())) {
        Ok(parameters) => (warnings(parameters) + &unknown, true),
        Err(rejected) => (lines("error", rejected.faults) + &unknown, false),
    }
}

/// The notes on the paths, in the words of the action's notification.
fn warnings(parameters: UserParameters) -> String {
    let topic = TopicArn::parse("arn:aws:sns:us-east-1:111111111111:lint");
    let record = ExecutionRecord {
        topic,
        ..planned(parameters)
    };
    let body = notification(&record, None).map(|notification| notification.body);
    let body = body.unwrap_or_default();
    let notes = body.lines().filter_map(|line| line.strip_prefix("Note: "));
    let warnings = lines("warning", notes.map(str::to_owned));
    if warnings.is_empty() {
        "The parameters are valid.\n".to_owned()
    } else {
        warnings
    }
}

fn lines(kind: &str, messages: impl IntoIterator<Item = String>) -> String {
    let messages = messages.into_iter();
    messages.map(|words| format!("{kind}: {words}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warned(text: &str) -> String {
        let (messages, is_fine) = linted(text);
        assert!(is_fine, "{messages}");
        messages
    }

    /// Variables of the pipeline are not errors, and hide none.
    #[test]
    fn a_value_with_a_variable_is_validated_as_far_as_known() {
        let messages = warned(
            r##"{"DistributionId":"#{Infra.DistributionId}","Paths":["/#{Source.BranchName}/*","#{variables.Prefix}//a"]}"##,
        );
        insta::assert_snapshot!(messages, @r#"
        warning: item 2 of Paths contains "//", which is a different path from "/" and usually a mistake.
        unknown: DistributionId is known only when the pipeline runs
        unknown: Paths item 1 is known only when the pipeline runs
        unknown: Paths item 2 is known only when the pipeline runs
        "#);
        let (messages, is_fine) = linted(
            r##"{"DistributionId":"#{Infra.DistributionId}","Paths":["#{$VERSION}/*"],"Wait":#{variables.Wait}}"##,
        );
        assert!(!is_fine);
        insta::assert_snapshot!(messages, @r##"
        error: Paths is invalid at item 1: it contains a shell variable, such as "${NAME}", that was not replaced; specify its value or a pipeline variable, such as "#{Source.BranchName}"
        unknown: DistributionId is known only when the pipeline runs
        unknown: Wait is known only when the pipeline runs
        "##);
    }

    #[test]
    fn a_file_may_be_named_by_a_variable() {
        for file in [
            r##""#{Build.file}""##,
            r##""Build::#{Build.folder}/paths.txt""##,
            "#{Build.file}",
        ] {
            let messages = warned(&format!(
                r#"{{"DistributionId":"E2EXAMPLE1ABCD","PathsFile":{file},"WhenEmpty":"all"}}"#
            ));
            assert!(
                messages.contains("unknown: PathsFile is known only"),
                "{messages}"
            );
        }
        let messages = warned(
            r##"{"Targets":[{"DistributionId":"E2EXAMPLE1ABCD","PathsFile":"#{Build.file}"}],"WhenEmpty":"#{Build.empty}"}"##,
        );
        insta::assert_snapshot!(messages, @r#"
        The parameters are valid.
        unknown: Targets item 1: PathsFile is known only when the pipeline runs
        unknown: WhenEmpty is known only when the pipeline runs
        "#);
        let (messages, is_fine) =
            linted(r##"{"DistributionId":"E1","Paths":["/a"],"PathsFile":"#{Build.file}"}"##);
        assert!(!is_fine, "{messages}");
    }

    #[test]
    fn a_note_is_a_warning() {
        let messages =
            warned(r#"{"DistributionId":"E2EXAMPLE1ABCD","Paths":["/a","/caf\u00e9","//b"]}"#);
        insta::assert_snapshot!(messages, @r#"
        warning: item 2 of Paths was URL-encoded, as CloudFront requires for non-ASCII and unsafe characters.
        warning: item 3 of Paths contains "//", which is a different path from "/" and usually a mistake.
        "#);
        assert_eq!(
            warned(r#"{"DistributionId":"E2EXAMPLE1ABCD"}"#),
            "The parameters are valid.\n"
        );
    }
}
