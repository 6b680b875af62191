//! What a day costs, by the prices that AWS published for US East (N. Virginia), without free tiers, as of 2026-11.

use super::play::Day;
use crate::aws::Call;

/// A line of the bill.
pub(super) struct Line {
    pub(super) what: &'static str,
    pub(super) amount: f64,
    pub(super) unit: &'static str,
    pub(super) price: f64,
    /// Where the price is published.
    pub(super) page: &'static str,
}

impl Line {
    pub(super) fn dollars(&self) -> f64 {
        self.amount * self.price
    }
}

/// The memory of both functions, in gigabytes, as the template has it.
const MEMORY: f64 = 0.125;
/// A record has at most two kilobytes, so that its write costs two units, and one in the index that changes two more: "the
/// first deletes the previous item, the second writes the new one".
const WRITE_UNITS: usize = 4;

const LAMBDA: &str = "https://aws.amazon.com/lambda/pricing/";
const DYNAMODB: &str = "https://aws.amazon.com/dynamodb/pricing/on-demand/";
const SNS: &str = "https://aws.amazon.com/sns/pricing/";
const CLOUDFRONT: &str = "https://aws.amazon.com/cloudfront/pricing/";

/// The bill of the day.
pub(super) fn of(day: &Day) -> Vec<Line> {
    let ran_ms: u64 = day.runs.iter().map(|run| run.took_ms).sum();
    let count = |is: &dyn Fn(&Call) -> bool| day.calls.iter().filter(|call| is(call)).count();
    let is_write = |call: &Call| matches!(call.operation.as_str(), "PutItem" | "UpdateItem");
    let of_records = count(&|call| is_write(call) && !call.subject.contains('/'));
    let of_queues = count(&|call| is_write(call) && call.subject.contains('/'));
    let reads = count(&|call| matches!(call.operation.as_str(), "GetItem" | "Query"));
    let publishes = count(&|call| call.operation == "Publish");
    let paths: usize = day.invalidations.iter().map(|one| one.paths.len()).sum();
    let line = |what, amount, unit, price, page| Line {
        what,
        amount,
        unit,
        price,
        page,
    };
    let units = (of_records * WRITE_UNITS + of_queues) as f64;
    let seconds = ran_ms as f64 / 1_000.0 * MEMORY;
    vec![
        line("Lambda, time", seconds, "GB-s", 0.000_013_333_4, LAMBDA),
        line(
            "Lambda, requests",
            day.runs.len() as f64,
            "runs",
            0.2e-6,
            LAMBDA,
        ),
        line("DynamoDB, writes", units, "units", 0.625e-6, DYNAMODB),
        line("DynamoDB, reads", reads as f64, "units", 0.125e-6, DYNAMODB),
        line("SNS, publishing", publishes as f64, "calls", 0.5e-6, SNS),
        line(
            "CloudFront, paths",
            paths as f64,
            "paths",
            0.005,
            CLOUDFRONT,
        ),
    ]
}
