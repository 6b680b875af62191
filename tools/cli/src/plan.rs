//! `cargo run -- plan`: the requests of an action with these parameters, without any call to AWS.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use invalidation_core::decide::{InvocationBudget, Policy, begun, decided};
use invalidation_core::input::identifiers::JobId;
use invalidation_core::input::job_event::Text;
use invalidation_core::input::user_parameters::UserParameters;
use invalidation_core::model::execution_record::{ExecutionRecord, Goal, Verdict};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_core::output::{JobResult, job_result};

use crate::dry_check::Foreseen;
use crate::input_text::parameters;

const EXAMPLES: &str = "\
Examples:
  cargo run -- plan '{\"DistributionId\":\"E2EXAMPLE1ABCD\",\"Paths\":[\"/img/*\",\"/img/a.png\",\"/caf\u{e9}\"]}'
  cargo run -- plan user-parameters.json

To check that the targets exist and that the role may invalidate them, run the action with
\"DryRun\": true.

Exit code:
  0  the parameters are valid
  1  they are not valid; each error is printed
  2  the file could not be read";

/// Prints what an action with these UserParameters would send to CloudFront, its highest cost, and notes about its
/// paths; or the errors in the parameters. Variables of the pipeline, `#{namespace.name}`, stay as they are.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Plan {
    /// The UserParameters as JSON or as a file; `-` is standard input
    #[arg(value_name = "JSON|FILE")]
    parameters: String,
}

impl Plan {
    /// Prints the plan, or the errors.
    pub fn run(&self) -> ExitCode {
        let result = match parameters(&self.parameters) {
            Ok(text) => plan(&text),
            Err(error) => {
                // The reader may close the pipe, here and below.
                let _ = writeln!(anstream::stderr(), "error: {error}");
                return ExitCode::from(2);
            }
        };
        match result {
            Ok(plan) => {
                let _ = writeln!(anstream::stdout(), "{plan}");
                ExitCode::SUCCESS
            }
            Err(faults) => {
                let _ = writeln!(anstream::stderr(), "{faults}");
                ExitCode::FAILURE
            }
        }
    }
}

/// The plan in the action's own messages, each target with all paths, and the unknown values; or the errors, one per
/// line.
fn plan(text: &str) -> Result<String, String> {
    let foreseen = Foreseen::of(text);
    let parameters = UserParameters::parse(&Text::Given(foreseen.text.clone()))
        .map_err(|rejected| rejected.faults.join("\n"))?;
    let record = planned(parameters);
    let JobResult::Success { summary, .. } = job_result(&record, record.created_at) else {
        unreachable!("a plan is always a success");
    };
    let targets = record.targets.iter().map(|target| {
        let paths = target.paths.iter().map(|path| format!("\n  {path}"));
        format!("\n\n{}{}", target.resource, paths.collect::<String>())
    });
    let text = foreseen.restored(summary + &targets.collect::<String>());
    Ok(match foreseen.unknown.as_slice() {
        [] => text,
        unknown => format!(
            "{text}\n\nKnown only when the pipeline runs: {}.",
            unknown.join(", ")
        ),
    })
}

/// The record of a dry run that CloudFront accepted.
pub(super) fn planned(parameters: UserParameters) -> ExecutionRecord {
    let now = Timestamp::from_millis(0);
    let budget = InvocationBudget {
        from: now,
        wait_until: now,
        work_until: now,
        ends_at: now,
    };
    let policy = Policy {
        status_max_age: Duration::ZERO,
        timeout: Duration::ZERO,
        retention: Duration::ZERO,
        reserved_wildcards: 0,
        puts_events: false,
    };
    let job = JobId::parse("00000000-0000-0000-0000-000000000000").expect("a job's id");
    let parameters = UserParameters {
        goal: Goal::Planned,
        ..parameters
    };
    let mut record = begun(job, parameters, budget, &policy);
    for target in &mut record.targets {
        target.is_allowed = true;
    }
    decided(&record, Verdict::Succeeded, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<String, String> {
        plan(text)
    }

    #[test]
    fn a_plan_has_the_texts_of_the_action() {
        let plan = of(
            r#"{"Targets":[{"DistributionId":"E1","Paths":["/img/*","/img/a.png","/caf\u00e9"]},{"Alias":"www.example.com"}]}"#,
        );
        insta::assert_snapshot!(plan.unwrap(), @r"
        Dry run: no invalidation was created. The action would invalidate /img/*, /caf%C3%A9 in E1 (1 of the 15 wildcard paths allowed in progress); /* in www.example.com (1 of the 15 wildcard paths allowed in progress). This is 3 of the 1,000 free paths per account and month, or $0.015 beyond them. Note: E1: item 3 of Paths was URL-encoded, as CloudFront requires for non-ASCII and unsafe characters.

        E1
          /img/*
          /caf%C3%A9

        www.example.com
          /*
        ");
    }

    #[test]
    fn a_variable_is_shown_as_it_is_written() {
        let plan = of(
            r##"{"DistributionId":"#{Infra.DistributionId}","Paths":["#{variables.Prefix}/*","/a/#{variables.Prefix}"],"MaxPaths":1}"##,
        );
        insta::assert_snapshot!(plan.unwrap(), @r"
        Dry run: no invalidation was created. The action would invalidate #{variables.Prefix}/*, /a/#{variables.Prefix} in #{Infra.DistributionId} (1 of the 15 wildcard paths allowed in progress). This is 2 of the 1,000 free paths per account and month, or $0.010 beyond them.

        #{Infra.DistributionId}
          #{variables.Prefix}/*
          /a/#{variables.Prefix}

        Known only when the pipeline runs: DistributionId, Paths item 1, Paths item 2.
        ");
    }

    #[test]
    fn each_fault_is_reported_on_its_own_line() {
        let plan = of(r#"{"DistributionId":"e1","Wait":1}"#).unwrap_err();
        assert_eq!(plan.lines().count(), 2, "{plan}");
    }
}
