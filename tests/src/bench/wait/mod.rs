//! How long a pipeline waits for CloudFront, and what that costs: the same deploys, in virtual time, through each design.
//!
//! ```text
//!   seed ─► deploys ─┬─► the old function ──────────────┐
//!                    ├─► plain: stored status only ─────┼─► waits, calls, Lambda time, dollars ─► tables, plot
//!                    ├─► ours, without and with a hold ─┤
//!                    └─► ours, by hold and by look ─────┘
//! ```
//!
//! Every design runs on the AWS that fits in memory, over the real SDK; ours are the functions that are deployed. Each call takes
//! the same time, and the functions' own work takes none: it is measured elsewhere, and is small against the wait.

mod design;
mod log;
mod old;
mod plain;
mod plan;
mod play;
mod plot;
mod price;
mod table;
mod tally;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

pub use design::Design;
pub use price::Cost;
pub use tally::Tally;

use plan::Batch;

/// The holds that are tried, in seconds.
const HOLDS: [f64; 7] = [0.0, 5.0, 10.0, 15.0, 25.0, 40.0, 60.0];
/// The greatest ages of a status that are tried, in seconds.
const AGES: [f64; 5] = [3.0, 5.0, 10.0, 15.0, 20.0];

/// What each design came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// How many deploys each design was given.
    pub deploys: usize,
    /// The four designs: the old function, the plain one, ours without a hold, ours.
    pub designs: Vec<(Design, Tally)>,
    /// Ours by its hold.
    pub holds: Vec<(Design, Tally)>,
    /// Ours by the greatest age of a status, which sets the looks.
    pub ages: Vec<(Design, Tally)>,
}

/// Plays so many deploys through every design, on so many threads. The outcome does not depend on the threads.
#[must_use]
pub fn run(deploys: usize, threads: usize) -> Outcome {
    let four = [
        Design::old(),
        Design::plain(),
        Design::without_hold(),
        Design::default_settings(),
    ];
    let holds = HOLDS.map(Design::holding);
    let ages = AGES.map(Design::looking);
    let designs: Vec<Design> = four.into_iter().chain(holds).chain(ages).collect();
    let mut tallies = play_all(&designs, &plan::batches(deploys), threads);
    let ages = tallies.split_off(tallies.len() - AGES.len());
    let holds = tallies.split_off(tallies.len() - HOLDS.len());
    Outcome {
        deploys,
        designs: tallies,
        holds,
        ages,
    }
}

/// Plays each batch through each design, each alone on its thread.
fn play_all(designs: &[Design], batches: &[Batch], threads: usize) -> Vec<(Design, Tally)> {
    let tallies: Vec<Mutex<Tally>> = designs.iter().map(|_| Mutex::default()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let (batch, design) = (number / designs.len(), number % designs.len());
            let Some(batch) = batches.get(batch) else {
                return;
            };
            let tally = play_one(batch, &designs[design]);
            let mut sum = tallies[design].lock().expect("adding up does not panic");
            sum.join(tally);
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(work);
        }
    });
    let tallies = tallies
        .into_iter()
        .map(|tally| tally.into_inner().expect("adding up does not panic"));
    let tallies = tallies.map(|mut tally| {
        tally.sort();
        tally
    });
    designs.iter().cloned().zip(tallies).collect()
}

fn play_one(batch: &Batch, design: &Design) -> Tally {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing from the system");
    runtime.block_on(play::play(batch, design))
}
