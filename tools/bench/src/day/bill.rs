//! The cost of a day, at the prices of `bench::price`.

use super::play::Day;
use crate::price::{
    CLOUDFRONT, DYNAMODB, GB_SECOND_ARM, LAMBDA, LAMBDA_REQUEST, PATH, PUBLISH, READ_UNIT, SNS,
    WRITE_UNIT, gb_seconds,
};
use local_aws::Call;

/// A line of the bill.
pub(super) struct Line {
    pub(super) what: &'static str,
    pub(super) amount: f64,
    pub(super) unit: &'static str,
    pub(super) price: f64,
    /// The source of the price.
    pub(super) page: &'static str,
}

impl Line {
    pub(super) fn dollars(&self) -> f64 {
        self.amount * self.price
    }
}

/// A record has at most two kilobytes, so that its write costs two units, and one in the index that changes two more: "the
/// first deletes the previous item, the second writes the new one".
const WRITE_UNITS: usize = 4;

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
    let units = (of_records * WRITE_UNITS + of_queues) as f64;
    let (reads, publishes, paths) = (reads as f64, publishes as f64, paths as f64);
    let (seconds, runs) = (gb_seconds(ran_ms), day.runs.len() as f64);
    let lines = [
        ("Lambda, time", seconds, "GB-s", GB_SECOND_ARM, LAMBDA),
        ("Lambda, requests", runs, "runs", LAMBDA_REQUEST, LAMBDA),
        ("DynamoDB, writes", units, "units", WRITE_UNIT, DYNAMODB),
        ("DynamoDB, reads", reads, "units", READ_UNIT, DYNAMODB),
        ("SNS, publishing", publishes, "calls", PUBLISH, SNS),
        ("CloudFront, paths", paths, "paths", PATH, CLOUDFRONT),
    ];
    let line = |(what, amount, unit, price, page)| Line {
        what,
        amount,
        unit,
        price,
        page,
    };
    lines.map(line).into()
}
