//! The report of a search.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use super::coverage::Matrix;
use super::run::Injection;
use local_aws::{Arrived, Call, Service};

/// How many violations of each scenario are kept in full; the others are only counted.
const KEPT: usize = 2;

/// The report of a search.
#[derive(Debug, Default)]
pub struct Report {
    /// The number of scenarios.
    pub scenarios: usize,
    /// The number of calls of all scenarios without a fault.
    pub calls: usize,
    /// The number of runs by their number of faults: none, one, two, …
    pub timelines: Vec<u64>,
    /// The virtual time of all runs together.
    pub virtual_time: Duration,
    /// How long the search took.
    pub real_time: Duration,
    /// The number of runs with a violation.
    pub violations: u64,
    /// The first violations of each scenario, those with the fewest faults first.
    pub first: Vec<Violation>,
    /// Every operation that a function called, as `start cloudfront:CreateInvalidation`.
    pub operations: BTreeSet<String>,
    /// Which calls were faulted in which way, in the scenarios with one execution.
    pub matrix: Matrix,
}

/// A run with a violation.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The name of the scenario.
    pub scenario: &'static str,
    /// The injected faults.
    pub injections: Vec<Injection>,
    /// The violations.
    pub wrong: Vec<String>,
    /// The calls that the services received.
    pub calls: Vec<Call>,
}

impl Report {
    /// The number of runs with any number of faults.
    #[must_use]
    pub fn timelines(&self) -> u64 {
        self.timelines.iter().sum()
    }

    /// Why the search fails: the first violations, and the points that were never faulted. Empty when it succeeds.
    #[must_use]
    pub fn faults(&self) -> String {
        let mut faults: Vec<String> = self.first.iter().map(ToString::to_string).collect();
        let missing = self.matrix.missing();
        if !missing.is_empty() {
            faults.push(format!("never faulted: {}", missing.join(", ")));
        }
        faults.join("\n\n")
    }

    pub(super) fn count(&mut self, injections: usize, took_ms: u64) {
        if self.timelines.len() <= injections {
            self.timelines.resize(injections + 1, 0);
        }
        self.timelines[injections] += 1;
        self.virtual_time += Duration::from_millis(took_ms);
    }

    pub(super) fn note(&mut self, arrivals: &[Arrived]) {
        // The role of the function has no permission for S3: the credentials of the job have it.
        for call in arrivals.iter().filter(|call| call.service != Service::S3) {
            // IAM uses another name for one of the services.
            let service = match call.service {
                Service::EventBridge => "events".to_owned(),
                service => service.to_string().to_lowercase(),
            };
            self.operations
                .insert(format!("{} {service}:{}", call.caller, call.operation));
        }
    }

    pub(super) fn violate(&mut self, violation: Violation) {
        self.violations += 1;
        self.keep(violation);
    }

    fn keep(&mut self, violation: Violation) {
        let order = |one: &Violation| (one.scenario, one.injections.len(), one.injections.clone());
        let place = self
            .first
            .partition_point(|kept| order(kept) < order(&violation));
        let scenario = violation.scenario;
        self.first.insert(place, violation);
        let mut kept = 0;
        self.first.retain(|one| {
            kept += usize::from(one.scenario == scenario);
            one.scenario != scenario || kept <= KEPT
        });
    }

    /// Adds the report of another search that ran after this one; the real times are added.
    pub fn merge(&mut self, other: Self) {
        self.scenarios += other.scenarios;
        self.calls += other.calls;
        for (injections, count) in other.timelines.into_iter().enumerate() {
            if self.timelines.len() <= injections {
                self.timelines.resize(injections + 1, 0);
            }
            self.timelines[injections] += count;
        }
        self.virtual_time += other.virtual_time;
        self.real_time += other.real_time;
        self.violations += other.violations;
        other.first.into_iter().for_each(|one| self.keep(one));
        self.operations.extend(other.operations);
        self.matrix.merge(other.matrix);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.virtual_time.as_secs() / 3_600;
        let seconds = self.real_time.as_secs_f64();
        writeln!(
            out,
            "{} scenarios with {} calls; {} runs ({}); {} violations",
            self.scenarios,
            self.calls,
            self.timelines(),
            by_injections(&self.timelines),
            self.violations
        )?;
        writeln!(
            out,
            "{hours} hours of virtual time in {seconds:.1} s: {:.0} times as fast as real time",
            self.virtual_time.as_secs_f64() / seconds
        )?;
        let reached = self.matrix.reached();
        let missing = self.matrix.missing().len();
        writeln!(
            out,
            "{} of {reached} reachable cells of call, state and kind were faulted\n",
            reached - missing
        )?;
        self.matrix.fmt(out)
    }
}

fn by_injections(timelines: &[u64]) -> String {
    let names = ["no fault", "singles", "pairs", "triples"];
    let parts = timelines.iter().zip(names);
    let parts: Vec<String> = parts
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    parts.join(", ")
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let injections = self.injections.iter();
        let injections: Vec<String> = injections
            .map(|Injection { nth, kind }| format!("{kind:?} at call {nth}"))
            .collect();
        match injections.as_slice() {
            [] => write!(out, "{}: no fault was injected", self.scenario)?,
            _ => write!(out, "{}: {}", self.scenario, injections.join(", "))?,
        }
        for wrong in &self.wrong {
            write!(out, "\n  {wrong}")?;
        }
        let began_ms = self.calls.first().map_or(0, |call| call.at_ms);
        for (number, call) in (1..).zip(&self.calls) {
            write!(
                out,
                "\n  {number:>3} {:>9.3} s  {:<7} {:<12} {:<22} {} {:?} {}",
                (call.at_ms - began_ms) as f64 / 1_000.0,
                call.caller,
                call.service.to_string(),
                call.operation,
                call.subject,
                call.outcome,
                call.detail
            )?;
        }
        Ok(())
    }
}
