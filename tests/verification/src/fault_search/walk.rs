//! The order of the search: which call is struck how, after what was struck before.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::time::Instant;

use super::kind::Kind;
use super::report::{Report, Violation};
use super::scenario::Scenario;
use super::story::{Injection, Told, tell};
use local_aws::Arrived;

/// What is searched.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    /// In which scenarios.
    pub scenarios: &'a [&'a Scenario],
    /// How many strikes a story has at most.
    pub depth: usize,
    /// Of the places for a second strike and those after it, one in so many is taken: 1 for all of them. The first strike is
    /// taken everywhere, unless [the scenario](Scenario::one_in) has too many places.
    pub every: u64,
    /// On how many threads.
    pub threads: usize,
}

/// A story to be told: where, and what is struck.
type Case<'a> = (&'a Scenario, Vec<Injection>);

/// Searches. But for the real time the report is the same whatever the number of threads. A cell of the matrix that
/// the calm stories and the singles reach, and no other story strikes, is
/// struck in a story of its own.
#[must_use]
pub fn search(plan: &Plan<'_>) -> Report {
    let began = Instant::now();
    let calm: Vec<Case<'_>> = plan
        .scenarios
        .iter()
        .map(|one| (*one, Vec::new()))
        .collect();
    let mut report = side_by_side(plan, &calm, |part, case| {
        part.scenarios += 1;
        part.calls += tell_and_note(part, case).arrivals.len();
    });
    if plan.depth > 0 {
        let singles: Vec<Case<'_>> = plan.scenarios.iter().flat_map(|one| singles(one)).collect();
        report.merge(side_by_side(plan, &singles, |part, case| {
            explore(part, case, plan.depth - 1, plan.every);
        }));
        let missing = missing(plan, &report);
        report.merge(side_by_side(plan, &missing, |part, case| {
            tell_and_note(part, case);
        }));
    }
    report.real_time = began.elapsed();
    report
}

fn singles(scenario: &Scenario) -> Vec<Case<'_>> {
    let calm = tell(scenario, &[]);
    let all = injections(&calm, 1).map(|injection| (scenario, vec![injection]));
    all.filter(|case| is_taken(case, scenario.one_in)).collect()
}

/// A story for each cell of the matrix that was reached and not struck.
fn missing<'a>(plan: &Plan<'a>, report: &Report) -> Vec<Case<'a>> {
    let examples = report.matrix.examples_of_missing().into_iter();
    let case = |(name, injections): (&str, Vec<Injection>)| {
        let scenario = plan.scenarios.iter().find(|one| one.name == name)?;
        Some((*scenario, injections))
    };
    examples.filter_map(case).collect()
}

/// Does `work` for each case, on the plan's threads.
fn side_by_side<'a>(
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

/// Tells the story of these strikes, and those of one strike more, `deeper` times.
fn explore(report: &mut Report, case: &Case<'_>, deeper: usize, every: u64) {
    let told = tell_and_note(report, case);
    let (scenario, faulted) = case;
    let Some(last) = faulted.last().filter(|_| deeper > 0) else {
        return;
    };
    for injection in injections(&told, last.nth + last.kind.calls()) {
        let next = (*scenario, [faulted.as_slice(), &[injection]].concat());
        if is_taken(&next, every.saturating_mul(scenario.one_in)) {
            explore(report, &next, deeper - 1, every);
        }
    }
}

/// Whether this is the one in so many. It follows from the story alone, and not from how many others there are, so that
/// all calls and kinds have their turn alike, also where a story has fewer places than are left out.
fn is_taken((scenario, faulted): &Case<'_>, every: u64) -> bool {
    let mut hasher = DefaultHasher::new();
    (scenario.name, faulted).hash(&mut hasher);
    hasher.finish().is_multiple_of(every.max(1))
}

/// Each strike at the calls of a story from `first` on.
fn injections(told: &Told, first: u32) -> impl Iterator<Item = Injection> {
    let numbered = (1..).zip(&told.arrivals);
    let from_there = numbered.filter(move |(nth, _)| *nth >= first && !is_amid_equals(told, *nth));
    from_there.flat_map(|(nth, call)| {
        let suiting = Kind::ALL.into_iter().filter(|kind| kind.suits(call));
        suiting.map(move |kind| Injection { nth, kind })
    })
}

/// Whether the calls before and after this one are equal to it, and nothing was written between them.
fn is_amid_equals(told: &Told, nth: u32) -> bool {
    let at = nth as usize - 1;
    let is_equal = |other: Option<usize>| {
        let other = other.and_then(|other| told.arrivals.get(other));
        other.is_some_and(|other| are_equal(other, &told.arrivals[at]))
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

fn tell_and_note(report: &mut Report, (scenario, faulted): &Case<'_>) -> Told {
    let told = tell(scenario, faulted);
    report.tell(faulted.len(), told.took_ms);
    if !told.wrong.is_empty() {
        report.violate(Violation {
            scenario: scenario.name,
            injections: faulted.clone(),
            wrong: told.wrong.clone(),
            calls: told.calls.clone(),
        });
    }
    report.note(&told.arrivals);
    if faulted.len() <= 1 {
        report.matrix.reach(scenario.name, faulted, &told);
    }
    for injection in faulted {
        if let Some(point) = told.points.get(injection.nth as usize - 1) {
            report.matrix.injection(point, injection.kind);
        }
    }
    told
}
