//! What the passes showed, as tables.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Backlog, LAMBDA_TIME, Pass, Passes, Shape};
use crate::markdown::{head, row};
use local_aws::Service;

/// Whether what must hold of every backlog was seen to hold.
pub(super) fn holds(played: &[Passes]) -> bool {
    let in_time = |pass: &Pass| pass.took < LAMBDA_TIME;
    let asks_little = |passes: &Passes, pass: &Pass| {
        pass.calls_to(Service::CloudFront) <= pass.claims + passes.backlog.distributions
    };
    played.iter().all(|passes| {
        let mut each = passes.passes.iter();
        let bare = played.iter().find(|other| {
            let backlog = Backlog {
                finished: 0,
                ..passes.backlog
            };
            other.backlog == backlog
        });
        each.all(|pass| in_time(pass) && asks_little(passes, pass))
            && bare.is_none_or(|bare| costs_the_same(bare, passes))
    })
}

/// Whether the passes of both made the same calls.
fn costs_the_same(left: &Passes, right: &Passes) -> bool {
    let calls = |passes: &Passes| -> Vec<_> {
        let each = passes.passes.iter();
        each.map(|pass| pass.calls.clone()).collect()
    };
    calls(left) == calls(right)
}

/// All tables.
pub(super) fn text(played: &[Passes]) -> String {
    format!(
        "The first pass over each backlog\n\n{}\nIts calls, by operation\n\n{}\nUntil each record was looked at\n\n{}",
        first_passes(played),
        operations(played),
        all_passes(played)
    )
}

fn first_passes(played: &[Passes]) -> String {
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
    for passes in played {
        let Some(pass) = passes.passes.first() else {
            continue;
        };
        let cloudfront = pass.calls_to(Service::CloudFront);
        row(
            &mut table,
            &[
                name(&passes.backlog),
                passes.backlog.finished.to_string(),
                pass.claims.to_string(),
                pass.end.left.to_string(),
                seconds(pass.took),
                share(pass.calls_to(Service::DynamoDb), pass.claims),
                cloudfront.to_string(),
                share(cloudfront, pass.claims),
                pass.in_flight.to_string(),
                format!("{:.2} s", pass.real.as_secs_f64()),
                pass.memory.map_or_else(String::new, megabytes),
            ],
        );
    }
    table
}

fn operations(played: &[Passes]) -> String {
    let firsts = || {
        played
            .iter()
            .filter_map(|passes| Some((passes, passes.passes.first()?)))
    };
    let all: BTreeSet<_> = firsts().flat_map(|(_, pass)| pass.calls.keys()).collect();
    let mut titles = vec!["backlog".to_owned(), "finished records".to_owned()];
    titles.extend(all.iter().map(|(_, operation)| operation.clone()));
    let mut table = head(&titles);
    for (passes, pass) in firsts() {
        let mut cells = vec![name(&passes.backlog), passes.backlog.finished.to_string()];
        let counts = all.iter().map(|one| pass.calls.get(*one).unwrap_or(&0));
        cells.extend(counts.map(ToString::to_string));
        row(&mut table, &cells);
    }
    table
}

fn all_passes(played: &[Passes]) -> String {
    let mut table = head(&[
        "backlog",
        "finished records",
        "passes",
        "longest pass",
        "last look at the first distribution",
        "last look at the others",
        "CloudFront calls for each record taken up",
    ]);
    for passes in played {
        let each = passes.passes.iter();
        let cloudfront = each.clone().map(|pass| pass.calls_to(Service::CloudFront));
        let claims: usize = each.clone().map(|pass| pass.claims).sum();
        let longest = each.map(|pass| pass.took).max().unwrap_or_default();
        let count = passes.passes.len();
        row(
            &mut table,
            &[
                name(&passes.backlog),
                passes.backlog.finished.to_string(),
                if passes.is_whole() {
                    count.to_string()
                } else {
                    let seen = passes.looked_at.iter().flatten().count();
                    format!("more than {count}: {seen} records by then")
                },
                seconds(longest),
                passes.last_look(true).map_or_else(never, seconds),
                passes.last_look(false).map_or_else(never, seconds),
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
        Shape::CrowdFirst => ", all but 99 on one and due first",
        Shape::CrowdAmong => ", all but 99 on one",
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
