//! The counts of a design over all deployments.

use std::collections::BTreeMap;

use crate::statistics::{mean, nearest_rank};
use local_aws::dynamodb::WriteUnits;
use local_aws::{Call, Outcome, Service};

/// The result of a design.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// From the beginning of each action to its success, in milliseconds and in order.
    pub waits_ms: Vec<u64>,
    /// The duration of each invalidation in CloudFront, in milliseconds and in order.
    pub completions_ms: Vec<u64>,
    /// The number of actions that did not succeed.
    pub unsuccessful: u64,
    /// The number of invocations of the action's function by CodePipeline.
    pub job_count: u64,
    /// How long that function ran, in milliseconds.
    pub jobs_ms: u64,
    /// The number of sweeps.
    pub sweeps: u64,
    /// Their duration in addition to that of an idle sweep, in milliseconds.
    pub sweeps_ms: u64,
    /// The duration of an idle sweep, in milliseconds.
    pub empty_sweep_ms: u64,
    /// The calls to AWS, without the index query with which each sweep begins.
    pub calls: BTreeMap<(Service, String), u64>,
    /// The capacity of the writes to the table.
    pub write_units: WriteUnits,
    /// The number of writes whose condition failed.
    pub rejected_writes: u64,
    /// The logged bytes in addition to those of every sweep.
    pub log_bytes: u64,
    /// The logged bytes of an idle sweep.
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

    /// Counts the sweeps of the checker, each of which took this many milliseconds.
    pub(super) fn count_sweeps(&mut self, took_ms: &[u64]) {
        let empty_ms = took_ms.iter().copied().min().unwrap_or_default();
        self.sweeps += took_ms.len() as u64;
        self.sweeps_ms += took_ms.iter().map(|ms| ms - empty_ms).sum::<u64>();
        self.empty_sweep_ms = empty_ms;
    }

    /// Adds the result of another part of the deployments.
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

    /// Sorts the times, so that they do not depend on the order of completion.
    pub(super) fn sort(&mut self) {
        self.waits_ms.sort_unstable();
        self.completions_ms.sort_unstable();
    }

    /// The number of calls to this service, for the operations that `is_one` selects.
    #[must_use]
    pub fn made(&self, service: Service, is_one: impl Fn(&str) -> bool) -> u64 {
        let of_it = self
            .calls
            .iter()
            .filter(|((of, operation), _)| *of == service && is_one(operation));
        of_it.map(|(_, count)| count).sum()
    }

    /// The wait that this share of the deployments does not exceed, in seconds.
    #[must_use]
    pub fn wait(&self, share: f64) -> f64 {
        nearest_rank(&self.waits_ms, share) as f64 / 1_000.0
    }

    /// The mean of the waits, in seconds.
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        mean(&self.waits_ms) / 1_000.0
    }

    /// The quotient per deployment.
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
