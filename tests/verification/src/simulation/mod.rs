//! Simulated days of an account, each generated from a seed: many executions, with many kinds of faults.
//!
//! ```text
//!   seed ─► plan ─► play: both functions over the real SDK, in virtual time ─► invariant checker ─► report
//! ```
//!
//! A seed decides everything: the number and the times of the executions, their parameters, how long CloudFront
//! takes, which kinds of faults occur and how often. At some time the faults end, and the account then runs without
//! faults for as long as any remaining work may need. The same seed gives the same day down to the last call, so a
//! seed that violates an invariant is a reproducible test.
//!
//! A seed enables only some kinds of faults: a day with every kind at once rarely gets far enough to show how two of
//! them interact.

mod faults;
mod forger;
mod plan;
mod play;
mod report;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use harness::alone;

pub use plan::Plan;
pub use report::{Report, Situation, Totals};

/// Simulates the day of this seed.
///
/// # Panics
///
/// Panics if no runtime can be created, or if the plan is invalid: both are defects of the simulation itself.
#[must_use]
pub fn run(seed: u64) -> Report {
    alone(play::play(&Plan::of(seed)))
}

/// Simulates these seeds on this many threads, one seed at a time on each, and adds up the reports.
#[must_use]
pub fn run_many(seeds: Range<u64>, threads: usize) -> Totals {
    let next = AtomicU64::new(seeds.start);
    let work = || {
        let mut totals = Totals::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return totals;
            }
            totals.add(&run(seed));
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        let mut totals = Totals::default();
        for worker in workers {
            // A panic in a day is a finding; it must not be lost among the others.
            match worker.join() {
                Ok(part) => totals.join(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        totals
    })
}
