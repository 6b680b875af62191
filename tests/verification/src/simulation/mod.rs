//! Days in the life of an account, each made up from a seed: many executions, and whatever can go wrong with them.
//!
//! ```text
//!   seed ─► plan ─► play: both functions over the real SDK, in virtual time ─► checker of promises ─► report
//! ```
//!
//! A seed decides everything: how many executions begin and when, what they are asked, how long CloudFront takes, which
//! kinds of trouble there are at all and how often they strike. Trouble ends at some moment, and then the account is calm
//! for as long as everything may still need. The same seed is the same day to the last call, so a seed that breaks a
//! promise is a test that can be played again.
//!
//! Only some kinds of trouble are on in one seed: a day with every kind at once rarely gets far enough to show what two
//! of them do together.

mod forger;
mod plan;
mod play;
mod report;
mod trouble;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use harness::alone;

pub use plan::Plan;
pub use report::{Report, Sight, Totals};

/// Plays the day of this seed.
///
/// # Panics
/// When no runtime can be had, or a plan asks for what does not exist: both are mistakes of the simulation itself.
#[must_use]
pub fn run(seed: u64) -> Report {
    alone(play::play(&Plan::of(seed)))
}

/// Plays these seeds on so many threads, each seed alone on its thread, and adds up what they show.
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
            // A panic in a day is a finding of its own; it must not be lost among the others.
            match worker.join() {
                Ok(part) => totals.join(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        totals
    })
}
