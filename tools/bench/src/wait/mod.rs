//! How long a pipeline waits for CloudFront, and the cost: the same deployments, in virtual time, with each design.
//!
//! ```text
//!   seed ─► deploys ─┬─► the Python function ──────────────┐
//!                    ├─► plain: stored status only ─────┼─► waits, calls, Lambda time, dollars ─► tables, plot
//!                    ├─► the product, without and with a wait ┤
//!                    └─► the product, by its settings ──────┘
//! ```
//!
//! Every design runs on the local AWS, over the real SDK; the product's functions are those that are deployed. Each
//! call takes the same time, and the functions' own work takes none: it is measured separately, and is small compared
//! with the wait.

mod cost;
mod design;
mod log;
mod old;
mod plain;
mod plan;
mod play;
mod plot;
mod schedule;
mod table;
mod tally;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use harness::alone;

pub use cost::Cost;
pub use design::Design;
pub use schedule::Figures;
pub use tally::Tally;

use plan::Batch;

/// The measured maximum waits, in seconds.
const HOLDS: [f64; 9] = [0.0, 5.0, 15.0, 35.0, 60.0, 120.0, 300.0, 540.0, 580.0];
/// The measured maximum ages of a status, in seconds.
const AGES: [f64; 4] = [3.0, 5.0, 10.0, 20.0];

/// The result of each design.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The number of deployments of each design.
    pub deploys: usize,
    /// The product's schedule of polls, the one before it, and others.
    pub schedules: Vec<Figures>,
    /// The four designs: the Python function, the plain one, the product without a wait, the product.
    pub designs: Vec<(Design, Tally)>,
    /// The product by its maximum wait.
    pub holds: Vec<(Design, Tally)>,
    /// The product by the maximum age of a status, which determines the polls.
    pub ages: Vec<(Design, Tally)>,
}

/// Runs this many deployments with every design, on this many threads. The result does not depend on the threads.
#[must_use]
pub fn run(deploys: usize, threads: usize) -> Outcome {
    let four = four_designs();
    let (holds, ages) = (HOLDS.map(Design::holding), AGES.map(Design::looking));
    let mut designs: Vec<Design> = Vec::new();
    for design in four.iter().chain(&holds).chain(&ages) {
        if !designs.iter().any(|other| other.plays_like(design)) {
            designs.push(design.clone());
        }
    }
    let batches = plan::batches(deploys);
    let of_batches = batches.iter().flat_map(|batch| &batch.deploys);
    let completions: Vec<_> = of_batches.map(|deploy| deploy.completes_after).collect();
    let played = play_all(&designs, &batches, threads);
    let tallied = |design: &Design| {
        let like = played.iter().find(|(other, _)| other.plays_like(design));
        like.map(|(_, tally)| (design.clone(), tally.clone()))
    };
    Outcome {
        deploys,
        schedules: schedule::curve(&completions),
        designs: four.iter().filter_map(tallied).collect(),
        holds: holds.iter().filter_map(tallied).collect(),
        ages: ages.iter().filter_map(tallied).collect(),
    }
}

fn four_designs() -> [Design; 4] {
    [
        Design::old(),
        Design::plain(),
        Design::without_wait(),
        Design::default_settings(),
    ]
}

/// Runs each batch with each design, each alone on its thread.
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
    alone(play::play(batch, design))
}

#[cfg(test)]
mod tests {
    use super::*;
    use local_aws::Service;

    fn played(deploys: usize, threads: usize) -> Vec<(Design, Tally)> {
        play_all(&four_designs(), &plan::batches(deploys), threads)
    }

    #[test]
    fn every_design_succeeds_and_ours_waits_least() {
        let played = played(50, 2);
        for (design, tally) in &played {
            let creations = tally.made(Service::CloudFront, |operation| {
                operation == "CreateInvalidation"
            });
            let publications = tally.made(Service::Sns, |_| true);
            assert_eq!(
                (tally.waits_ms.len(), tally.unsuccessful),
                (50, 0),
                "{}",
                design.name
            );
            assert_eq!((creations, publications), (50, 50), "{}", design.name);
            // No design is done before CloudFront, and all have the same deployments.
            assert!(
                tally
                    .waits_ms
                    .iter()
                    .zip(&tally.completions_ms)
                    .all(|(wait, completion)| wait > completion)
            );
            assert_eq!(tally.completions_ms, played[0].1.completions_ms);
        }
        let [old, plain, without_wait, ours] = [0, 1, 2, 3].map(|place| &played[place].1);
        assert!(ours.wait(0.5) <= old.wait(0.5) && old.wait(0.5) <= plain.wait(0.5));
        assert!(without_wait.wait(0.5) <= plain.wait(0.5));
        assert_eq!((old.sweeps, old.write_units), (0, Default::default()));
        assert!(ours.sweeps > 0 && ours.log_bytes > 0 && ours.empty_sweep_log_bytes > 0);
        assert!(ours.jobs_ms > without_wait.jobs_ms && ours.job_count < without_wait.job_count);
    }

    #[test]
    fn the_outcome_does_not_depend_on_the_threads() {
        assert_eq!(played(20, 1), played(20, 3));
    }
}
