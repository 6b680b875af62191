//! The order of the search: which call is faulted with which kind, after which other faults.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::time::Instant;

use super::kind::Kind;
use super::report::{Report, Violation};
use super::run::{FinishedRun, Injection, run_once};
use super::scenario::Scenario;
use local_aws::Arrived;

/// The parameters of a search.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    /// The scenarios.
    pub scenarios: &'a [&'a Scenario],
    /// The largest number of faults in one run.
    pub depth: usize,
    /// One in this many positions is used for the second fault and those after it: 1 for all of them. The first fault
    /// is injected everywhere, unless [the scenario](Scenario::one_in) has too many positions.
    pub every: u64,
    /// The number of threads.
    pub threads: usize,
}

/// A run: the scenario, and the faults to inject.
type Case<'a> = (&'a Scenario, Vec<Injection>);

/// Searches. Except for the real time, the report is the same for any number of threads. A cell of the matrix that is
/// reached without a fault or with a single one, and that no other run faults, is faulted in an additional run.
#[must_use]
pub fn search(plan: &Plan<'_>) -> Report {
    let began = Instant::now();
    let without_fault: Vec<Case<'_>> = plan
        .scenarios
        .iter()
        .map(|one| (*one, Vec::new()))
        .collect();
    let mut report = in_parallel(plan, &without_fault, |part, case| {
        part.scenarios += 1;
        part.calls += run_and_record(part, case).arrivals.len();
    });
    if plan.depth > 0 {
        let singles: Vec<Case<'_>> = plan.scenarios.iter().flat_map(|one| singles(one)).collect();
        report.merge(in_parallel(plan, &singles, |part, case| {
            explore(part, case, plan.depth - 1, plan.every);
        }));
        let missing = missing(plan, &report);
        report.merge(in_parallel(plan, &missing, |part, case| {
            run_and_record(part, case);
        }));
    }
    report.real_time = began.elapsed();
    report
}

fn singles(scenario: &Scenario) -> Vec<Case<'_>> {
    let without_fault = run_once(scenario, &[]);
    let all = injections(&without_fault, 1).map(|injection| (scenario, vec![injection]));
    all.filter(|case| is_selected(case, scenario.one_in))
        .collect()
}

/// A run for each cell of the matrix that was reached and not faulted.
fn missing<'a>(plan: &Plan<'a>, report: &Report) -> Vec<Case<'a>> {
    let examples = report.matrix.examples_of_missing().into_iter();
    let case = |(name, injections): (&str, Vec<Injection>)| {
        let scenario = plan.scenarios.iter().find(|one| one.name == name)?;
        Some((*scenario, injections))
    };
    examples.filter_map(case).collect()
}

/// Does `work` for each case, on the plan's threads.
fn in_parallel<'a>(
    plan: &Plan<'_>,
    cases: &[Case<'a>],
    work: impl Fn(&mut Report, &Case<'a>) + Sync,
) -> Report {
    let (next, whole) = (AtomicUsize::new(0), Mutex::new(Report::default()));
    let run = || {
        let mut part = Report::default();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(&mut part, case);
        }
        whole.lock().expect("no thread panics").merge(part);
    };
    std::thread::scope(|scope| {
        for _ in 0..plan.threads.max(1) {
            scope.spawn(run);
        }
    });
    whole.into_inner().expect("no thread panics")
}

/// Runs these faults, and those with one fault more, `deeper` times.
fn explore(report: &mut Report, case: &Case<'_>, deeper: usize, every: u64) {
    let finished = run_and_record(report, case);
    let (scenario, faulted) = case;
    let Some(last) = faulted.last().filter(|_| deeper > 0) else {
        return;
    };
    for injection in injections(&finished, last.nth + last.kind.calls()) {
        let next = (*scenario, [faulted.as_slice(), &[injection]].concat());
        if is_selected(&next, every.saturating_mul(scenario.one_in)) {
            explore(report, &next, deeper - 1, every);
        }
    }
}

/// Whether this run is the one in `every`. The choice follows from the run alone, not from the number of other runs.
/// All calls and kinds are therefore chosen equally often, even in a scenario with fewer positions than are skipped
/// in a row.
fn is_selected((scenario, faulted): &Case<'_>, every: u64) -> bool {
    let mut hasher = DefaultHasher::new();
    (scenario.name, faulted).hash(&mut hasher);
    hasher.finish().is_multiple_of(every.max(1))
}

/// Each fault at the calls of a run from `first` on.
fn injections(finished: &FinishedRun, first: u32) -> impl Iterator<Item = Injection> {
    let numbered = (1..).zip(&finished.arrivals);
    let from_there =
        numbered.filter(move |(nth, _)| *nth >= first && !is_between_equal_calls(finished, *nth));
    from_there.flat_map(|(nth, call)| {
        let suiting = Kind::ALL.into_iter().filter(|kind| kind.suits(call));
        suiting.map(move |kind| Injection { nth, kind })
    })
}

/// Whether the calls before and after this one are equal to it, and nothing was written between them.
fn is_between_equal_calls(finished: &FinishedRun, nth: u32) -> bool {
    let at = nth as usize - 1;
    let is_equal = |other: Option<usize>| {
        let other = other.and_then(|other| finished.arrivals.get(other));
        other.is_some_and(|other| are_equal(other, &finished.arrivals[at]))
    };
    is_equal(at.checked_sub(1)) && is_equal(Some(at + 1))
}

fn are_equal(one: &Arrived, other: &Arrived) -> bool {
    let face = |call: &Arrived| {
        let (caller, operation, subject) = (&call.caller, &call.operation, &call.subject);
        (
            caller.clone(),
            operation.clone(),
            subject.clone(),
            call.writes,
        )
    };
    face(one) == face(other)
}

fn run_and_record(report: &mut Report, (scenario, faulted): &Case<'_>) -> FinishedRun {
    let finished = run_once(scenario, faulted);
    report.count(faulted.len(), finished.took_ms);
    if !finished.wrong.is_empty() {
        report.violate(Violation {
            scenario: scenario.name,
            injections: faulted.clone(),
            wrong: finished.wrong.clone(),
            calls: finished.calls.clone(),
        });
    }
    report.note(&finished.arrivals);
    if faulted.len() <= 1 {
        report.matrix.reach(scenario.name, faulted, &finished);
    }
    for injection in faulted {
        if let Some(point) = finished.points.get(injection.nth as usize - 1) {
            report.matrix.injection(point, injection.kind);
        }
    }
    finished
}
