//! Sweeps, one a minute, and their cost.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::mpsc::UnboundedReceiver;

use super::LAMBDA_TIME;
use super::backlog::{self, Backlog, key};
use crate::memory::{self, OURSELVES};
use harness::{Harness, TABLE};
use local_aws::{Call, Service};

const MINUTE: Duration = Duration::from_secs(60);
/// After this many sweeps the trend is clear.
const SWEEPS_AT_MOST: usize = 60;

/// One sweep.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// The summary that the checker returns.
    pub end: checker::Sweep,
    /// Its duration in virtual time.
    pub took: Duration,
    /// Its duration on this machine.
    pub real: Duration,
    /// The peak memory of the process above that at the beginning of the sweep, in bytes; it includes what the local
    /// AWS in the same process records.
    pub memory: Option<u64>,
    /// The calls to the services.
    pub calls: BTreeMap<(Service, String), usize>,
    /// The number of processed records.
    pub claims: usize,
    /// The most records that were processed at the same time.
    pub in_flight: usize,
}

impl Sweep {
    /// The number of calls to a service.
    #[must_use]
    pub fn calls_to(&self, service: Service) -> usize {
        let calls = self.calls.iter();
        let theirs = calls.filter(|((one, _), _)| *one == service);
        theirs.map(|(_, count)| count).sum()
    }
}

/// The sweeps over a backlog.
#[derive(Clone, Debug)]
pub struct Sweeps {
    /// The backlog.
    pub backlog: Backlog,
    /// Each of them.
    pub sweeps: Vec<Sweep>,
    /// When each record was polled for the first time, from the beginning of the first sweep; `None` if never.
    pub polled_at: Vec<Option<Duration>>,
}

impl Sweeps {
    /// When the last record was polled for the first time, of those of the first distribution or of the others; `None`
    /// if some never were, or there are no such records.
    #[must_use]
    pub fn last_poll(&self, is_first: bool) -> Option<Duration> {
        let records = self.polled_at.iter().enumerate();
        let theirs = records.filter(|(n, _)| (self.backlog.distribution_of(*n) == 0) == is_first);
        let polls: Option<Vec<Duration>> = theirs.map(|(_, at)| *at).collect();
        polls?.into_iter().max()
    }

    /// Whether each record was polled.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.polled_at.iter().all(Option::is_some)
    }
}

/// Runs sweeps until each record has been polled. A sweep begins each minute.
pub(super) async fn play(backlog: Backlog, harness: &Harness) -> Sweeps {
    let mut calls = harness.aws().watch_calls();
    let began_ms = harness.aws().now_ms();
    let mut unseen: BTreeMap<String, usize> =
        (0..backlog.unfinished).map(|n| (key(n), n)).collect();
    let mut played = Sweeps {
        backlog,
        sweeps: Vec::new(),
        polled_at: vec![None; backlog.unfinished],
    };
    while !unseen.is_empty() && played.sweeps.len() < SWEEPS_AT_MOST {
        let (sweep, taken) = sweep(harness, &mut calls).await;
        let rest = MINUTE.saturating_sub(sweep.took);
        played.sweeps.push(sweep);
        for (id, (_, last_ms)) in &taken {
            let Some(n) = unseen.get(id) else { continue };
            let record = harness.aws().dynamodb().item(TABLE, id);
            if record.is_some_and(|record| has_new_status(&record)) {
                played.polled_at[*n] = Some(Duration::from_millis(last_ms - began_ms));
                unseen.remove(id);
            }
        }
        tokio::time::sleep(rest).await;
    }
    played
}

/// Whether the record has a status from CloudFront that was stored after `start` had written it. A throttled record has
/// its earlier status.
fn has_new_status(record: &Map<String, Value>) -> bool {
    let target = &record["targets"]["L"][0]["M"];
    let seen = &target["invalidation"]["M"]["checked_at"]["N"];
    let created = &record["created_at"]["N"];
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<u64>().ok());
    let after_ms = number(seen)
        .zip(number(created))
        .map(|(seen, began)| seen - began);
    after_ms.is_some_and(|after_ms| after_ms > backlog::AGE.as_millis() as u64)
}

/// The first and the last call about each processed record.
type Taken = BTreeMap<String, (u64, u64)>;

async fn sweep(harness: &Harness, calls: &mut UnboundedReceiver<Call>) -> (Sweep, Taken) {
    #[expect(
        clippy::disallowed_methods,
        reason = "the duration of a sweep on this machine can only be measured in real time"
    )]
    let real = std::time::Instant::now();
    memory::forget_peak();
    let before = memory::now(OURSELVES);
    let began = tokio::time::Instant::now();
    let end = harness.sweep(LAMBDA_TIME).await;
    let sweep = Sweep {
        end: end.expect("the index can be read"),
        took: began.elapsed(),
        real: real.elapsed(),
        memory: memory::peak(OURSELVES)
            .zip(before)
            .map(|(peak, before)| peak.saturating_sub(before)),
        calls: BTreeMap::new(),
        claims: 0,
        in_flight: 0,
    };
    let mut made = Vec::new();
    while let Ok(call) = calls.try_recv() {
        made.push(call);
    }
    let taken = taken(&made);
    let mut counts = BTreeMap::new();
    for call in made {
        *counts.entry((call.service, call.operation)).or_default() += 1;
    }
    let sweep = Sweep {
        calls: counts,
        claims: taken.len(),
        in_flight: most_at_once(taken.values()),
        ..sweep
    };
    (sweep, taken)
}

fn taken(calls: &[Call]) -> Taken {
    let mut taken = Taken::new();
    let claimed: BTreeSet<&str> = calls
        .iter()
        .filter(|call| call.operation == "UpdateItem" && call.outcome.took_effect())
        .map(|call| call.subject.as_str())
        .filter(|subject| !subject.contains('/'))
        .collect();
    let theirs = calls
        .iter()
        .filter(|call| call.service == Service::DynamoDb);
    for call in theirs.filter(|call| claimed.contains(call.subject.as_str())) {
        let span = taken.entry(call.subject.clone());
        span.or_insert((call.at_ms, call.at_ms)).1 = call.at_ms;
    }
    taken
}

/// The most spans that overlap.
fn most_at_once<'s>(spans: impl Iterator<Item = &'s (u64, u64)>) -> usize {
    let mut steps: Vec<(u64, i64)> = spans
        .flat_map(|(first, last)| [(*first, 1), (*last + 1, -1)])
        .collect();
    steps.sort_unstable();
    let mut now = 0;
    let sums = steps.iter().map(|(_, step)| {
        now += step;
        now
    });
    usize::try_from(sums.max().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_spans_are_not_concurrent() {
        assert_eq!(most_at_once([(0, 4), (5, 9)].iter()), 1);
        assert_eq!(most_at_once([(0, 5), (5, 9), (3, 4)].iter()), 2);
        assert_eq!(most_at_once([].iter()), 0);
    }
}
