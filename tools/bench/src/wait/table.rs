//! The result as Markdown tables, in the form of docs/performance.md.

use std::fmt;

use super::cost::Cost;
use super::schedule::TITLES;
use super::tally::Tally;
use super::{Design, Outcome};
use crate::goal::Goal;
use crate::price::gb_seconds;
use crate::statistics::{mean, nearest_rank};
use local_aws::Service;

/// The number of deployments for which costs are shown.
const DEPLOYS: f64 = 1_000.0;

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{} deploys through each design. From the beginning of the action to its success, in seconds:\n",
            self.deploys
        )?;
        table(
            out,
            "design",
            &["mean", "median", "P95", "P99", "longest", "not successful"],
            &self.designs,
            waits,
        )?;
        writeln!(out, "\nFor each deploy:\n")?;
        table(out, "design", &CALLS, &self.designs, calls)?;
        writeln!(out, "\nDollars for 1,000 deploys, beyond the schedule's:\n")?;
        table(out, "design", &COSTS, &self.designs, |tally| {
            costs(&Cost::of_deploys(tally, DEPLOYS))
        })?;
        writeln!(
            out,
            "\nDollars for a month of the schedule, whatever is deployed:\n"
        )?;
        table(out, "design", &COSTS, &self.designs, |tally| {
            costs(&Cost::of_month(tally))
        })?;
        writeln!(
            out,
            "\nHow late the result is, by the schedule of polls and the wait, computed:\n"
        )?;
        writeln!(out, "{TITLES}")?;
        for figures in &self.schedules {
            writeln!(out, "{figures}")?;
        }
        writeln!(out, "\nBy `MAX_WAIT_SECONDS`:\n")?;
        table(out, "hold", &CHOICE, &self.holds, choice)?;
        writeln!(out, "\nBy `STATUS_MAX_AGE_SECONDS`:\n")?;
        table(out, "age", &CHOICE, &self.ages, choice)
    }
}

const CALLS: [&str; 11] = [
    "jobs",
    "CreateInvalidation",
    "GetInvalidation",
    "ListInvalidations",
    "to CodePipeline",
    "DynamoDB writes",
    "write units",
    "DynamoDB reads",
    "to SNS",
    "Lambda s",
    "of it the checker's",
];

const COSTS: [&str; 9] = [
    "Lambda arm64",
    "Lambda x86",
    "requests",
    "DynamoDB",
    "SNS",
    "logs",
    "Scheduler",
    "all on arm64",
    "all on x86",
];

const CHOICE: [&str; 8] = [
    "mean",
    "median",
    "P95",
    "P99",
    "jobs",
    "calls to CloudFront",
    "GB-seconds",
    "dollars for 1,000 on arm64",
];

fn waits(tally: &Tally) -> Vec<String> {
    let waits = [
        tally.mean_wait(),
        tally.wait(0.5),
        tally.wait(0.95),
        tally.wait(0.99),
        tally.wait(1.0),
    ];
    let waits = waits.iter().map(|seconds| format!("{seconds:.1}"));
    waits.chain([tally.unsuccessful.to_string()]).collect()
}

fn calls(tally: &Tally) -> Vec<String> {
    let made =
        |service, wanted: &[&str]| tally.made(service, |operation| wanted.contains(&operation));
    let units = tally.write_units.table + tally.write_units.indexes;
    let counts = [
        tally.job_count,
        made(Service::CloudFront, &["CreateInvalidation"]),
        made(Service::CloudFront, &["GetInvalidation"]),
        made(Service::CloudFront, &["ListInvalidations"]),
        tally.made(Service::CodePipeline, |_| true),
        made(Service::DynamoDb, &["PutItem", "UpdateItem"]),
        units,
        made(Service::DynamoDb, &["GetItem"]),
        tally.made(Service::Sns, |_| true),
    ];
    let counts = counts.map(|count| format!("{:.2}", tally.for_each_deploy(count)));
    let seconds = [tally.jobs_ms + tally.sweeps_ms, tally.sweeps_ms];
    let seconds = seconds.map(|ms| format!("{:.3}", tally.for_each_deploy(ms) / 1_000.0));
    counts.into_iter().chain(seconds).collect()
}

fn costs(cost: &Cost) -> Vec<String> {
    let parts = [
        cost.compute_arm,
        cost.compute_x86,
        cost.requests,
        cost.dynamodb,
        cost.sns,
        cost.logs,
        cost.schedule,
    ];
    let sums = [cost.on_arm(), cost.on_x86()];
    parts
        .iter()
        .chain(&sums)
        .map(|dollars| format!("{dollars:.4}"))
        .collect()
}

fn choice(tally: &Tally) -> Vec<String> {
    let waits = waits(tally).into_iter().take(4);
    let rest = [
        format!("{:.2}", tally.for_each_deploy(tally.job_count)),
        format!(
            "{:.2}",
            tally.for_each_deploy(tally.made(Service::CloudFront, |_| true))
        ),
        format!(
            "{:.2}",
            gb_seconds(tally.jobs_ms + tally.sweeps_ms) / tally.waits_ms.len().max(1) as f64
        ),
        format!("{:.4}", Cost::of_deploys(tally, DEPLOYS).on_arm()),
    ];
    waits.chain(rest).collect()
}

fn table(
    out: &mut fmt::Formatter<'_>,
    first: &str,
    columns: &[&str],
    rows: &[(Design, Tally)],
    cells: impl Fn(&Tally) -> Vec<String>,
) -> fmt::Result {
    writeln!(out, "| {first} | {} |", columns.join(" | "))?;
    writeln!(out, "| --- |{}", " ---: |".repeat(columns.len()))?;
    for (design, tally) in rows {
        writeln!(out, "| {} | {} |", design.name, cells(tally).join(" | "))?;
    }
    Ok(())
}

impl Outcome {
    /// The goals, and whether they are met.
    #[must_use]
    pub fn goals(&self) -> Vec<Goal> {
        let [(_, old), .., (_, ours)] = self.designs.as_slice() else {
            return Vec::new();
        };
        let (median, median_of_old) = (ours.wait(0.5), old.wait(0.5));
        let (late, late_of_old) = (ours.wait(0.99), old.wait(0.99));
        let calls = ours.for_each_deploy(ours.made(Service::CloudFront, |_| true));
        let (polls, median_polls) = polls(ours);
        vec![
            Goal {
                asked: "median wait: at most half of the Python function's".into(),
                measured: format!("{median:.1} s against {median_of_old:.1} s"),
                is_met: median <= median_of_old / 2.0,
            },
            Goal {
                asked: "P99 of the wait: no worse than the Python function's".into(),
                measured: format!("{late:.1} s against {late_of_old:.1} s"),
                is_met: late <= late_of_old,
            },
            Goal {
                asked: "calls to CloudFront: fewer than polling each second".into(),
                measured: format!(
                    "{calls:.1} for each deploy against {polls:.1}, and {median_polls} in the median deploy"
                ),
                is_met: calls < polls,
            },
        ]
    }
}

/// The calls to CloudFront of a client that creates, and then polls each second: per deployment, and in the median one.
fn polls(tally: &Tally) -> (f64, u64) {
    let asked = |ms: &u64| 1 + ms.div_ceil(1_000);
    let polls: Vec<u64> = tally.completions_ms.iter().map(asked).collect();
    (mean(&polls), nearest_rank(&polls, 0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polling_each_second_is_one_call_a_second_and_the_first() {
        let tally = Tally {
            completions_ms: vec![900, 1_000, 1_001, 9_500],
            ..Tally::default()
        };
        assert_eq!(polls(&tally), ((2 + 2 + 3 + 11) as f64 / 4.0, 2));
    }
}
