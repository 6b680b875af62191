//! A day at a large company: 50,000 deploys on 2,000 distributions of one account.
//!
//! ```text
//!   plan: who deploys what, and when ─► play: both functions over the real SDK, on one clock ─► judge ─► tables
//! ```
//!
//! One AWS, one account and one thread play the whole day, so that CloudFront's rate is the account's, and nothing is divided.
//! Its queue limits are CloudFront's own; its rate is not published, so that it is an argument.

mod bill;
mod judge;
mod plan;
mod play;
mod report;

use std::time::Duration;

use crate::Outcome;
use harness::alone;

/// How many calls in a second CloudFront takes from the account, unless somebody says another number. AWS publishes none.
pub const CALLS_PER_SECOND: u32 = 10;
/// How many it takes at once: "first 6-7 requests" were taken (<https://github.com/aws/aws-sdk-js/issues/3983>).
const CALLS_AT_ONCE: u32 = 10;
/// The distributions of the company.
const DISTRIBUTIONS: usize = 2_000;
/// How long each call takes.
const LATENCY: Duration = Duration::from_millis(50);

/// Plays a day of so many deploys at this rate.
///
/// # Panics
/// When no runtime can be had: a mistake of the measurement itself.
#[must_use]
pub fn run(deploys: usize, calls_per_second: u32) -> Outcome {
    let plan = plan::of(deploys);
    let day = alone(play::play(&plan, calls_per_second));
    let violations = judge::violations(&plan, &day);
    Outcome {
        text: report::text(&plan, &day, &violations, calls_per_second),
        holds: violations.is_empty() && day.reported() == plan.len(),
    }
}
