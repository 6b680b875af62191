//! The schedule of polls and the wait before a continuation, by their curve: how late the result is, and its price.
//!
//! Unlike the designs, a schedule is computed and not played, so that many can be compared over all deployments. It has the
//! same calls, latency and continuations; the design with the defaults shows how near the computation is.

use std::fmt;
use std::time::Duration;

use invalidation_core::decide::poll_interval;
use invalidation_core::model::time_budget::MAX_WAIT;

use super::play::{CONTINUES_AFTER, LATENCY};
use crate::price::{GB_SECOND_ARM, LAMBDA_REQUEST, gb_seconds};
use crate::statistics::{mean, nearest_rank};

/// The calls of a job before CloudFront has created the invalidation, and after it has completed.
const CALLS_BEFORE: u32 = 6;
const CALLS_AFTER: u32 = 2;
/// The default of `STATUS_MAX_AGE_SECONDS`.
const STATUS_MAX_AGE: Duration = Duration::from_secs(10);

/// The pause between two polls, by the age of the invalidation.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Pauses {
    /// The product's.
    Product,
    /// A share of the age, within two bounds, after a first pause.
    Share {
        first: Duration,
        part: u32,
        shortest: Duration,
    },
}

/// A schedule of polls, with a maximum wait.
#[derive(Clone, Debug, PartialEq)]
struct Schedule {
    name: String,
    pauses: Pauses,
    max_wait: Duration,
}

/// What became of one deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Run {
    late: Duration,
    polls: u64,
    continuations: u64,
    lambda: Duration,
}

impl Schedule {
    fn share(first_ms: u64, part: u32, shortest_ms: u64, max_wait_s: u64) -> Self {
        let (first, shortest) = (
            Duration::from_millis(first_ms),
            Duration::from_millis(shortest_ms),
        );
        Self {
            name: format!(
                "first after {:.1} s, then 1/{part} of the age from {:.1} s, wait of {max_wait_s} s",
                first.as_secs_f64(),
                shortest.as_secs_f64()
            ),
            pauses: Pauses::Share {
                first,
                part,
                shortest,
            },
            max_wait: Duration::from_secs(max_wait_s),
        }
    }

    /// The schedule before polls had the age of the invalidation as their measure.
    fn earlier() -> Self {
        Self {
            name: "before: a third of the age from 3.3 s, wait of 35 s".into(),
            ..Self::share(3_333, 3, 3_333, 35)
        }
    }

    fn product() -> Self {
        Self {
            name: format!("**the product**, wait of {} s", MAX_WAIT.as_secs()),
            pauses: Pauses::Product,
            max_wait: MAX_WAIT,
        }
    }

    fn pause(&self, age: Duration) -> Duration {
        match self.pauses {
            Pauses::Product => poll_interval(age, STATUS_MAX_AGE),
            Pauses::Share {
                first,
                part,
                shortest,
            } => (age / part)
                .max(first.saturating_sub(age))
                .clamp(shortest, STATUS_MAX_AGE),
        }
    }

    /// One deployment whose invalidation completes after this time. All moments count from its creation.
    fn run(&self, completes_after: Duration) -> Run {
        let before = LATENCY * CALLS_BEFORE;
        let mut run = Run::default();
        let mut now = LATENCY;
        let mut ends = self.max_wait.saturating_sub(before);
        let mut worked = before;
        let mut opened = Duration::ZERO;
        loop {
            let next = now + self.pause(now);
            if next >= ends {
                run.continuations += 1;
                worked += ends.saturating_sub(opened) + LATENCY * CALLS_AFTER;
                opened = ends + LATENCY * CALLS_AFTER + CONTINUES_AFTER;
                ends = opened + self.max_wait;
                now = next.max(opened + LATENCY * CALLS_AFTER);
            } else {
                now = next;
            }
            run.polls += 1;
            let is_completed = now >= completes_after;
            now += LATENCY;
            if is_completed {
                let reported = now + LATENCY * CALLS_AFTER;
                run.late = reported - completes_after;
                run.lambda = worked + (reported - opened);
                return run;
            }
        }
    }
}

/// The figures of a schedule over all deployments.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    name: String,
    late_ms: Vec<u64>,
    polls: f64,
    continuations: f64,
    dollars: f64,
}

/// The curve over invalidations that complete after these times: of the schedule before, of the product's, and of their
/// neighbours.
pub(super) fn curve(completions: &[Duration]) -> Vec<Figures> {
    let waits = [0, 35, 120, 300, 420, 540, 580];
    let shares = [
        (5_000, 5, 1_500),
        (5_000, 6, 1_500),
        (5_000, 10, 1_500),
        (5_000, 8, 1_000),
        (5_000, 8, 2_000),
        (3_000, 8, 1_500),
        (4_000, 8, 1_500),
        (6_000, 8, 1_500),
    ];
    let of_waits = waits.map(|wait| Schedule::share(5_000, 8, 1_500, wait));
    let of_shares =
        shares.map(|(first, part, shortest)| Schedule::share(first, part, shortest, 540));
    let schedules = [Schedule::earlier(), Schedule::product()];
    let all = schedules.iter().chain(&of_waits).chain(&of_shares);
    all.map(|schedule| figures(schedule, completions)).collect()
}

fn figures(schedule: &Schedule, completions: &[Duration]) -> Figures {
    let runs: Vec<Run> = completions
        .iter()
        .map(|after| schedule.run(*after))
        .collect();
    let ms = |time: Duration| time.as_millis() as u64;
    let mut late_ms: Vec<u64> = runs.iter().map(|run| ms(run.late)).collect();
    late_ms.sort_unstable();
    let of_all = |count: fn(&Run) -> u64| mean(&runs.iter().map(count).collect::<Vec<_>>());
    let lambda_ms = runs.iter().map(|run| ms(run.lambda)).sum::<u64>();
    let continuations = of_all(|run| run.continuations);
    let each = gb_seconds(lambda_ms) / runs.len().max(1) as f64 * GB_SECOND_ARM
        + (1.0 + continuations) * LAMBDA_REQUEST;
    Figures {
        name: schedule.name.clone(),
        late_ms,
        polls: of_all(|run| run.polls),
        continuations,
        dollars: each * 1_000.0,
    }
}

impl Figures {
    /// How much later than CloudFront the action ends, in seconds, for this share of the deployments.
    fn late(&self, share: f64) -> f64 {
        nearest_rank(&self.late_ms, share) as f64 / 1_000.0
    }
}

/// The titles of the columns of [`Figures`].
pub(super) const TITLES: &str = "| schedule | late: mean | P95 | P99 | polls | continuations | Lambda, $ for 1,000 |\n\
     | --- | ---: | ---: | ---: | ---: | ---: | ---: |";

impl fmt::Display for Figures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "| {} | {:.2} s | {:.2} s | {:.2} s | {:.2} | {:.4} | {:.4} |",
            self.name,
            mean(&self.late_ms) / 1_000.0,
            self.late(0.95),
            self.late(0.99),
            self.polls,
            self.continuations,
            self.dollars
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_of_the_product_meets_the_goals_against_the_one_before() {
        let completions: Vec<Duration> = super::super::plan::batches(5_000)
            .iter()
            .flat_map(|batch| batch.deploys.iter().map(|deploy| deploy.completes_after))
            .collect();
        let [before, product, ..] = &curve(&completions)[..] else {
            panic!("the curve begins with them")
        };
        assert!(mean(&product.late_ms) <= mean(&before.late_ms) / 2.0);
        assert!(product.late(0.95) <= before.late(0.95) / 2.0);
        assert!(product.late(0.99) <= before.late(0.99) / 4.0);
        assert!(product.polls <= 7.0 && product.continuations < 0.01);
        assert!(product.dollars <= before.dollars * 1.3);
    }

    #[test]
    fn a_wait_that_ends_costs_the_time_to_the_next_job() {
        let quick = Schedule::product().run(Duration::from_secs(8));
        assert_eq!((quick.polls, quick.continuations), (3, 0));
        let without_wait = Schedule::share(5_000, 8, 1_500, 0).run(Duration::from_secs(8));
        assert_eq!((without_wait.polls, without_wait.continuations), (1, 1));
        assert!(without_wait.late > Duration::from_secs(22));
    }
}
