//! The cost of the functions, compared with a function that does nothing and with the Python function.
//!
//! ```text
//!   subjects ─▶ round ─▶ session ─▶ lambda::Environment ─▶ the real process ─▶ aws, on loopback
//!                 │         └─ usage: what the kernel counted
//!                 ▼
//!             Samples ─▶ statistics ─▶ table
//! ```
//!
//! All subjects alternate in each round, so that a busy machine affects all of them, and the ratios compare neighbours.
//! A job that does not do its work is an error, not a fast result.

mod certificates;
mod goals;
mod measure;
mod python;
mod round;
mod session;
mod subjects;
mod table;
mod usage;
mod work_folder;

use std::io;
use std::path::PathBuf;

use cfi::simulate::Binaries;

pub use goals::goals;
pub use measure::{Measure, Samples, Subject, Transport};
pub use table::table;

use subjects::Subjects;

/// The subjects, and the number of repetitions.
#[derive(Clone, Debug)]
pub struct Options {
    /// The functions of the product.
    pub binaries: Binaries,
    /// The function that does nothing.
    pub nothing: PathBuf,
    /// The function without the product.
    pub prototype: PathBuf,
    /// The folder of the Python function's `handler.py`.
    pub peer: Option<PathBuf>,
    /// How often each process is started. One more round comes first and is discarded.
    pub rounds: u32,
    /// The number of deployments that each process then serves.
    pub deploys: u32,
}

/// Measures everything, and calls `after_round` with each round's number.
///
/// # Errors
/// When a program is missing or fails, and when a function does not do the work that it is measured at.
pub async fn run(options: &Options, mut after_round: impl FnMut(u32)) -> io::Result<Samples> {
    let subjects = Subjects::new(options)?;
    let mut samples = Samples::default();
    let mut admission = subjects.all();
    for round in 0..=options.rounds {
        // The order changes, so that no subject always follows the same neighbour's cache state.
        admission.rotate_left(1);
        for (subject, transport) in admission.iter().copied() {
            let numbers = round::play(&subjects, subject, transport, options.deploys).await?;
            // The first round reads the programs from the disk.
            for (measure, number) in numbers.into_iter().filter(|_| round > 0) {
                samples.add(transport, measure, subject, number);
            }
        }
        after_round(round);
    }
    for (subject, transport) in admission {
        if transport == Transport::Plain
            && let Some(size) = subjects.package(subject)?
        {
            (0..options.rounds)
                .for_each(|_| samples.add(transport, Measure::Package, subject, size));
        }
    }
    Ok(samples)
}
