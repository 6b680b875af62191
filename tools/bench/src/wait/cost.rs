//! The cost of the deployments, at the prices of `bench::price`.
//!
//! CodePipeline and CloudFront do not charge for their calls (<https://aws.amazon.com/codepipeline/pricing/>,
//! <https://aws.amazon.com/cloudfront/pricing/>). CloudFront's price for paths beyond the first thousand of a month is
//! the same for every design, so it is omitted, as is the price of SNS deliveries.

use super::tally::Tally;
use crate::price::{
    GB_SECOND_ARM, GB_SECOND_X86, LAMBDA_REQUEST, LOG_GB, PUBLISH, READ_UNIT, SCHEDULED_RUN,
    WRITE_UNIT, gb_seconds,
};
use local_aws::Service;

const GB: f64 = 1_073_741_824.0;
/// The scheduled runs in a month of 30 days.
const SCHEDULED_RUNS: f64 = 30.0 * 24.0 * 60.0;
/// "One half … for an eventually consistent read" of an item, or a page of a query, of up to 4 KB
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>).
const QUERY_UNITS: f64 = 0.5;

/// "If a ConditionExpression evaluates to false during a conditional write, DynamoDB still consumes write capacity … based on
/// the size of the item", on the same page; a record has less than 2 KB.
const REJECTED_WRITE_UNITS: u64 = 2;

/// The cost in dollars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// The time of both functions on arm64.
    pub compute_arm: f64,
    /// The same on x86.
    pub compute_x86: f64,
    /// Requests to both.
    pub requests: f64,
    /// The table.
    pub dynamodb: f64,
    /// Messages to the topic.
    pub sns: f64,
    /// Log lines.
    pub logs: f64,
    /// Invocations by the schedule.
    pub schedule: f64,
}

impl Cost {
    /// The total, with the functions on arm64.
    #[must_use]
    pub fn on_arm(&self) -> f64 {
        self.compute_arm + self.requests + self.dynamodb + self.sns + self.logs + self.schedule
    }

    /// The total, with the functions on x86.
    #[must_use]
    pub fn on_x86(&self) -> f64 {
        self.on_arm() - self.compute_arm + self.compute_x86
    }

    /// The cost of the deployments, in addition to the fixed cost of the schedule.
    #[must_use]
    pub fn of_deploys(tally: &Tally, deploys: f64) -> Self {
        let share = deploys / tally.waits_ms.len().max(1) as f64;
        let gb_seconds = gb_seconds(tally.jobs_ms + tally.sweeps_ms) * share;
        // Each of them reads a record of less than 4 KB consistently: one unit.
        let reads = tally.made(Service::DynamoDb, |operation| operation == "GetItem");
        let rejected = tally.rejected_writes * REJECTED_WRITE_UNITS;
        let writes = tally.write_units.table + tally.write_units.indexes + rejected;
        let messages = tally.made(Service::Sns, |_| true);
        Self {
            compute_arm: gb_seconds * GB_SECOND_ARM,
            compute_x86: gb_seconds * GB_SECOND_X86,
            requests: tally.job_count as f64 * share * LAMBDA_REQUEST,
            dynamodb: (reads as f64 * READ_UNIT + writes as f64 * WRITE_UNIT) * share,
            sns: messages as f64 * share * PUBLISH,
            logs: tally.log_bytes as f64 / GB * share * LOG_GB,
            schedule: 0.0,
        }
    }

    /// The cost of a month of idle sweeps; zero without a checker.
    #[must_use]
    pub fn of_month(tally: &Tally) -> Self {
        let scheduled_runs = if tally.sweeps == 0 {
            0.0
        } else {
            SCHEDULED_RUNS
        };
        let gb_seconds = gb_seconds(tally.empty_sweep_ms) * scheduled_runs;
        Self {
            compute_arm: gb_seconds * GB_SECOND_ARM,
            compute_x86: gb_seconds * GB_SECOND_X86,
            requests: scheduled_runs * LAMBDA_REQUEST,
            dynamodb: scheduled_runs * QUERY_UNITS * READ_UNIT,
            sns: 0.0,
            logs: tally.empty_sweep_log_bytes as f64 / GB * scheduled_runs * LOG_GB,
            schedule: scheduled_runs * SCHEDULED_RUN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use local_aws::dynamodb::WriteUnits;

    fn assert_near(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-9, "{left} is not {right}");
    }

    /// Two deployments, each with a second of Lambda, two jobs, four write units, a read, a message and half a GB.
    fn tally() -> Tally {
        let calls = [
            ((Service::DynamoDb, "GetItem".into()), 2),
            ((Service::Sns, "Publish".into()), 2),
            ((Service::CloudFront, "GetInvalidation".into()), 9),
        ];
        Tally {
            waits_ms: vec![1, 2],
            job_count: 4,
            jobs_ms: 1_500,
            sweeps: 3,
            sweeps_ms: 500,
            empty_sweep_ms: 100,
            empty_sweep_log_bytes: 1_000,
            calls: calls.into(),
            write_units: WriteUnits {
                table: 5,
                indexes: 3,
            },
            log_bytes: 1 << 30,
            ..Tally::default()
        }
    }

    #[test]
    fn a_thousand_deploys_are_priced_by_the_page() {
        let cost = Cost::of_deploys(&tally(), 1_000.0);
        // 1,000 s with an eighth of a GB.
        assert_near(cost.compute_arm, 125.0 * 0.000_013_333_4);
        assert_near(cost.compute_x86, 125.0 * 0.000_016_666_7);
        assert_near(cost.requests, 2_000.0 * 0.000_000_2);
        assert_near(
            cost.dynamodb,
            4_000.0 * 0.000_000_625 + 1_000.0 * 0.000_000_125,
        );
        assert_near(cost.sns, 1_000.0 * 0.000_000_5);
        assert_near(cost.logs, 250.0);
        assert_near(
            cost.on_x86() - cost.on_arm(),
            cost.compute_x86 - cost.compute_arm,
        );
        assert_near(
            cost.on_arm(),
            250.0 + 0.001_666_675 + 0.000_4 + 0.002_625 + 0.000_5,
        );
    }

    #[test]
    fn a_month_of_scheduled_runs_is_priced_by_the_page() {
        let cost = Cost::of_month(&tally());
        assert_near(cost.schedule, 0.0432);
        assert_near(cost.requests, 0.00864);
        assert_near(cost.dynamodb, 0.0027);
        assert_near(cost.compute_arm, 540.0 * 0.000_013_333_4);
        assert_near(Cost::of_month(&Tally::default()).on_arm(), 0.0);
    }
}
