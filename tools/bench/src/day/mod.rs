//! A day at a large company: 50,000 deployments on 2,000 distributions of one account.
//!
//! ```text
//!   plan: deployments and times ─► play: both functions over the real SDK, on one clock ─► findings ─► tables
//! ```
//!
//! One local AWS, one account and one thread simulate the whole day, so that CloudFront's rate limit applies to the
//! whole account. The queue limits are CloudFront's own; the rate limit is not published, so it is an argument.

mod bill;
mod findings;
mod plan;
mod play;
mod report;

use std::time::Duration;

use crate::Outcome;
use harness::alone;

/// The default number of CloudFront calls per second of the account. AWS publishes none.
pub const CALLS_PER_SECOND: u32 = 10;
/// The number of calls at once: "first 6-7 requests" were accepted (<https://github.com/aws/aws-sdk-js/issues/3983>).
const CALLS_AT_ONCE: u32 = 10;
/// The distributions of the company.
const DISTRIBUTIONS: usize = 2_000;
/// The latency of each call.
const LATENCY: Duration = Duration::from_millis(50);

/// Simulates a day with this many deployments at this rate.
///
/// # Panics
/// When the runtime cannot be created.
#[must_use]
pub fn run(deploys: usize, calls_per_second: u32) -> Outcome {
    let plan = plan::of(deploys);
    let day = alone(play::play(&plan, calls_per_second));
    let violations = findings::violations(&plan, &day);
    Outcome {
        text: report::text(&plan, &day, &violations, calls_per_second),
        holds: violations.is_empty() && day.reported() == plan.len(),
    }
}
