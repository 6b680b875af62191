//! The checker at scale: passes over 1, 100 and 10,000 unfinished records.
//!
//! ```text
//!   backlog: records that are due ─► passes of the real checker, one a minute, over the real SDK ─► counts ─► table
//! ```
//!
//! The records are made from one that `start` itself has written, and put into the table past its conditions; the
//! invalidations are put into CloudFront past its limits. What is measured is virtual time at [`LATENCY`] for each call,
//! and calls as the services saw them. Only two columns are of this machine: real time and memory.

mod backlog;
mod passes;
mod report;

use std::time::Duration;

use crate::Outcome;
use harness::alone;

pub use backlog::{Backlog, Shape};
pub use passes::{Sweep, Sweeps};

/// How long each call takes.
pub const LATENCY: Duration = Duration::from_millis(20);
/// The Lambda time of a sweep, as the template has it.
pub const LAMBDA_TIME: Duration = Duration::from_secs(55);

/// Measures passes over each of the backlogs, with so many finished records beside them where there are any.
#[must_use]
pub fn run(finished: usize) -> Outcome {
    let played: Vec<Sweeps> = backlogs(finished).into_iter().map(play).collect();
    Outcome {
        text: report::text(&played),
        holds: report::holds(&played),
    }
}

/// Plays passes over this backlog, until each of its records has been looked at, or for an hour.
///
/// # Panics
/// When no runtime can be had, or the backlog cannot be arranged: both are mistakes of the measurement itself.
#[must_use]
pub fn play(backlog: Backlog) -> Sweeps {
    alone(async { passes::play(backlog, &backlog::arrange(backlog).await).await })
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
