//! The results of the sweeps as tables.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Backlog, LAMBDA_TIME, Shape, Sweep, Sweeps};
use crate::markdown::{head, row};
use local_aws::Service;

/// Whether the checks of every backlog passed.
pub(super) fn holds(played: &[Sweeps]) -> bool {
    let in_time = |sweep: &Sweep| sweep.took < LAMBDA_TIME;
    let asks_little = |sweeps: &Sweeps, sweep: &Sweep| {
        sweep.calls_to(Service::CloudFront) <= sweep.claims + sweeps.backlog.distributions
    };
    played.iter().all(|sweeps| {
        let mut each = sweeps.sweeps.iter();
        let bare = played.iter().find(|other| {
            let backlog = Backlog {
                finished: 0,
                ..sweeps.backlog
            };
            other.backlog == backlog
        });
        each.all(|sweep| in_time(sweep) && asks_little(sweeps, sweep))
            && bare.is_none_or(|bare| costs_the_same(bare, sweeps))
    })
}

/// Whether the sweeps of both made the same calls.
fn costs_the_same(left: &Sweeps, right: &Sweeps) -> bool {
    let calls = |sweeps: &Sweeps| -> Vec<_> {
        let each = sweeps.sweeps.iter();
        each.map(|sweep| sweep.calls.clone()).collect()
    };
    calls(left) == calls(right)
}

/// All tables.
pub(super) fn text(played: &[Sweeps]) -> String {
    format!(
        "The first sweep over each backlog\n\n{}\nIts calls, by operation\n\n{}\nUntil each record was polled\n\n{}",
        first_sweeps(played),
        operations(played),
        all_sweeps(played)
    )
}

fn first_sweeps(played: &[Sweeps]) -> String {
    let mut table = head(&[
        "backlog",
        "finished records",
        "records taken up",
        "left",
        "virtual time",
        "DynamoDB calls a record",
        "CloudFront calls",
        "a record",
        "most in flight",
        "real time",
        "memory",
    ]);
    for sweeps in played {
        let Some(sweep) = sweeps.sweeps.first() else {
            continue;
        };
        let cloudfront = sweep.calls_to(Service::CloudFront);
        row(
            &mut table,
            &[
                name(&sweeps.backlog),
                sweeps.backlog.finished.to_string(),
                sweep.claims.to_string(),
                sweep.end.left.to_string(),
                seconds(sweep.took),
                share(sweep.calls_to(Service::DynamoDb), sweep.claims),
                cloudfront.to_string(),
                share(cloudfront, sweep.claims),
                sweep.in_flight.to_string(),
                format!("{:.2} s", sweep.real.as_secs_f64()),
                sweep.memory.map_or_else(String::new, megabytes),
            ],
        );
    }
    table
}

fn operations(played: &[Sweeps]) -> String {
    let firsts = || {
        played
            .iter()
            .filter_map(|sweeps| Some((sweeps, sweeps.sweeps.first()?)))
    };
    let all: BTreeSet<_> = firsts().flat_map(|(_, sweep)| sweep.calls.keys()).collect();
    let mut titles = vec!["backlog".to_owned(), "finished records".to_owned()];
    titles.extend(all.iter().map(|(_, operation)| operation.clone()));
    let mut table = head(&titles);
    for (sweeps, sweep) in firsts() {
        let mut cells = vec![name(&sweeps.backlog), sweeps.backlog.finished.to_string()];
        let counts = all.iter().map(|one| sweep.calls.get(*one).unwrap_or(&0));
        cells.extend(counts.map(ToString::to_string));
        row(&mut table, &cells);
    }
    table
}

fn all_sweeps(played: &[Sweeps]) -> String {
    let mut table = head(&[
        "backlog",
        "finished records",
        "passes",
        "longest sweep",
        "last poll for the first distribution",
        "last poll for the others",
        "CloudFront calls for each record taken up",
    ]);
    for sweeps in played {
        let each = sweeps.sweeps.iter();
        let cloudfront = each
            .clone()
            .map(|sweep| sweep.calls_to(Service::CloudFront));
        let claims: usize = each.clone().map(|sweep| sweep.claims).sum();
        let longest = each.map(|sweep| sweep.took).max().unwrap_or_default();
        let count = sweeps.sweeps.len();
        row(
            &mut table,
            &[
                name(&sweeps.backlog),
                sweeps.backlog.finished.to_string(),
                if sweeps.is_whole() {
                    count.to_string()
                } else {
                    let seen = sweeps.polled_at.iter().flatten().count();
                    format!("more than {count}: {seen} records by then")
                },
                seconds(longest),
                sweeps.last_poll(true).map_or_else(never, seconds),
                sweeps.last_poll(false).map_or_else(never, seconds),
                share(cloudfront.sum(), claims),
            ],
        );
    }
    table
}

fn never() -> String {
    "–".to_owned()
}

fn name(backlog: &Backlog) -> String {
    let Backlog {
        unfinished,
        distributions,
        ..
    } = backlog;
    let shape = match backlog.shape {
        Shape::Even => "",
        Shape::BacklogFirst => ", all but 99 on one and due first",
        Shape::BacklogAmong => ", all but 99 on one",
    };
    let state = if backlog.is_completed {
        ", completed"
    } else {
        ""
    };
    format!("{unfinished} on {distributions}{shape}{state}")
}

fn share(part: usize, whole: usize) -> String {
    format!("{:.2}", part as f64 / whole.max(1) as f64)
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes / 1_048_576)
}
