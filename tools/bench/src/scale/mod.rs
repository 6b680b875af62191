//! The checker at scale: sweeps over 1, 100 and 10,000 unfinished records.
//!
//! ```text
//!   backlog: records that are due ─► sweeps of the real checker, one a minute, over the real SDK ─► counts ─► table
//! ```
//!
//! The records are copies of one that `start` has written, and are stored regardless of conditions; the invalidations
//! are created regardless of CloudFront's limits. The measured values are virtual time at [`LATENCY`] for each call,
//! and calls as the services recorded them. Only two columns depend on this machine: real time and memory.

mod backlog;
mod report;
mod sweeps;

use std::time::Duration;

use crate::Outcome;
use harness::alone;

pub use backlog::{Backlog, Shape};
pub use sweeps::{Sweep, Sweeps};

/// The latency of each call.
pub const LATENCY: Duration = Duration::from_millis(20);
/// The Lambda time-out of a sweep, from the template.
pub const LAMBDA_TIME: Duration = Duration::from_secs(55);

/// Measures sweeps over each of the backlogs, with this many finished records beside them, if there are any.
#[must_use]
pub fn run(finished: usize) -> Outcome {
    let played: Vec<Sweeps> = backlogs(finished).into_iter().map(play).collect();
    Outcome {
        text: report::text(&played),
        holds: report::holds(&played),
    }
}

/// Runs sweeps over this backlog until each of its records has been polled, or for an hour.
///
/// # Panics
/// When the runtime or the backlog cannot be created.
#[must_use]
pub fn play(backlog: Backlog) -> Sweeps {
    alone(async { sweeps::play(backlog, &backlog::arrange(backlog).await).await })
}

fn backlogs(finished: usize) -> Vec<Backlog> {
    let mut backlogs = Vec::new();
    for (unfinished, distributions) in [(1, 1), (100, 1), (100, 100), (10_000, 1), (10_000, 100)] {
        let backlog = Backlog {
            unfinished,
            distributions,
            ..Backlog::default()
        };
        backlogs.extend([
            backlog,
            Backlog {
                finished,
                ..backlog
            },
        ]);
    }
    let many = Backlog {
        unfinished: 10_000,
        distributions: 100,
        ..Backlog::default()
    };
    backlogs.push(Backlog {
        is_completed: true,
        ..many
    });
    for shape in [Shape::BacklogFirst, Shape::BacklogAmong] {
        backlogs.push(Backlog { shape, ..many });
    }
    backlogs
}
