//! What was counted while a design went through the deploys.

use std::collections::BTreeMap;

use crate::statistics::{mean, nearest_rank};
use local_aws::dynamodb::WriteUnits;
use local_aws::{Call, Outcome, Service};

/// What a design came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// From the beginning of each action to its success, in milliseconds and in order.
    pub waits_ms: Vec<u64>,
    /// How long CloudFront took for each, in milliseconds; likewise.
    pub completions_ms: Vec<u64>,
    /// How many actions ended in any other way.
    pub unsuccessful: u64,
    /// How often CodePipeline invoked the function of the action.
    pub job_count: u64,
    /// How long that function ran, in milliseconds.
    pub jobs_ms: u64,
    /// How often the checker ran.
    pub sweeps: u64,
    /// How long it ran beyond what a sweep takes that finds nothing to do, in milliseconds.
    pub sweeps_ms: u64,
    /// How long a sweep takes that finds nothing to do, in milliseconds.
    pub empty_sweep_ms: u64,
    /// The calls to AWS, without the question to the index with which each sweep begins.
    pub calls: BTreeMap<(Service, String), u64>,
    /// What the writes to the table cost.
    pub write_units: WriteUnits,
    /// How many writes had a condition that did not hold.
    pub rejected_writes: u64,
    /// What was logged, in bytes, beyond what every sweep logs.
    pub log_bytes: u64,
    /// What a sweep logs that finds nothing to do, in bytes.
    pub empty_sweep_log_bytes: u64,
}

impl Tally {
    /// Counts these calls.
    pub(super) fn count(&mut self, calls: &[Call]) {
        for call in calls {
            let key = (call.service, call.operation.clone());
            *self.calls.entry(key).or_default() += 1;
        }
        let is_rejected =
            |call: &&Call| call.service == Service::DynamoDb && call.outcome != Outcome::Ok;
        self.rejected_writes += calls.iter().filter(is_rejected).count() as u64;
        self.calls.remove(&(Service::DynamoDb, "Query".into()));
    }

    /// Counts the sweeps of the checker, each of which took so many milliseconds.
    pub(super) fn count_sweeps(&mut self, took_ms: &[u64]) {
        let empty_ms = took_ms.iter().copied().min().unwrap_or_default();
        self.sweeps += took_ms.len() as u64;
        self.sweeps_ms += took_ms.iter().map(|ms| ms - empty_ms).sum::<u64>();
        self.empty_sweep_ms = empty_ms;
    }

    /// Adds what another part of the deploys came to.
    pub(super) fn join(&mut self, other: Self) {
        self.waits_ms.extend(other.waits_ms);
        self.completions_ms.extend(other.completions_ms);
        self.unsuccessful += other.unsuccessful;
        self.job_count += other.job_count;
        self.jobs_ms += other.jobs_ms;
        self.sweeps += other.sweeps;
        self.sweeps_ms += other.sweeps_ms;
        self.empty_sweep_ms = self.empty_sweep_ms.max(other.empty_sweep_ms);
        for (key, count) in other.calls {
            *self.calls.entry(key).or_default() += count;
        }
        self.write_units.table += other.write_units.table;
        self.write_units.indexes += other.write_units.indexes;
        self.rejected_writes += other.rejected_writes;
        self.log_bytes += other.log_bytes;
        self.empty_sweep_log_bytes = self.empty_sweep_log_bytes.max(other.empty_sweep_log_bytes);
    }

    /// Puts the times in order, which do not depend then on who came to an end first.
    pub(super) fn sort(&mut self) {
        self.waits_ms.sort_unstable();
        self.completions_ms.sort_unstable();
    }

    /// How many calls there were of this service, of those operations that `is_one` takes.
    #[must_use]
    pub fn made(&self, service: Service, is_one: impl Fn(&str) -> bool) -> u64 {
        let of_it = self
            .calls
            .iter()
            .filter(|((of, operation), _)| *of == service && is_one(operation));
        of_it.map(|(_, count)| count).sum()
    }

    /// The wait that this share of the deploys does not exceed, in seconds.
    #[must_use]
    pub fn wait(&self, share: f64) -> f64 {
        nearest_rank(&self.waits_ms, share) as f64 / 1_000.0
    }

    /// The mean of the waits, in seconds.
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        mean(&self.waits_ms) / 1_000.0
    }

    /// So many of something for each deploy.
    #[must_use]
    pub fn for_each_deploy(&self, count: u64) -> f64 {
        count as f64 / (self.waits_ms.len().max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checker_is_charged_for_more_than_an_empty_sweep() {
        let mut tally = Tally::default();
        tally.count_sweeps(&[30, 30, 130, 40]);
        assert_eq!(
            (tally.sweeps, tally.sweeps_ms, tally.empty_sweep_ms),
            (4, 110, 30)
        );
    }
}
