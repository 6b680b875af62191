//! Violations at the end of a run.

use super::kind::Kind;
use super::run::Injection;
use super::scenario::{End, Scenario};
use harness::Ending;
use invariants::{Findings, Invariant};
use local_aws::Arrived;
use local_aws::account::{RETRIES, function_arn};
use local_aws::codepipeline::Status;
use local_aws::lambda::Attempt;
use local_aws::sns::Published;

/// What the end of a run is checked against.
pub(super) struct InvariantChecker<'a> {
    /// The scenario and its allowed ends.
    pub(super) scenario: &'a Scenario,
    /// The injected faults.
    pub(super) injections: &'a [Injection],
    /// Each call, in the order of arrival.
    pub(super) arrivals: &'a [Arrived],
    /// Each attempt to deliver an event.
    pub(super) attempts: &'a [Attempt],
}

impl InvariantChecker<'_> {
    /// The violations at the end of the run, one sentence for each.
    pub(super) fn wrong(&self, endings: &[Ending]) -> Vec<String> {
        let mut wrong = Vec::new();
        for ending in endings {
            wrong.extend(self.wrong_end(ending));
            wrong.extend(self.too_many_notifications(ending));
        }
        // The findings of every ending cover the whole harness.
        let findings = endings.first().map(Ending::findings);
        for (invariant, breach) in findings.iter().flat_map(Findings::breaches) {
            let is_of_action =
                |ending: &&Ending| ending.action.jobs.first() == breach.execution.as_ref();
            let of = endings.iter().find(is_of_action);
            if !self.is_allowed(of, invariant) {
                wrong.push(breach.sentence.clone());
            }
        }
        wrong
    }

    /// At most one notification more than faulted calls, and exactly one without a fault.
    fn too_many_notifications(&self, ending: &Ending) -> Option<String> {
        let execution = ending.action.jobs.first();
        let is_of_action =
            |notification: &&Published| notification.attributes.get("notification_id") == execution;
        let notifications = ending.notifications.iter().filter(is_of_action).count();
        let faulted = self
            .injections
            .iter()
            .map(|injection| injection.kind.calls() as usize);
        (notifications > 1 + faulted.sum::<usize>())
            .then(|| format!("{notifications} notifications of {execution:?}"))
    }

    fn wrong_end(&self, ending: &Ending) -> Option<String> {
        let (scenario, status) = (self.scenario, &ending.action.status);
        let was_stopped = self
            .injections
            .iter()
            .any(|injection| injection.kind == Kind::Stopped);
        let is_right = scenario.without_fault.is(status)
            || (!self.injections.is_empty() && scenario.faulted.iter().any(|end| end.is(status)))
            || (was_stopped && End::Abandoned.is(status))
            || (matches!(status, Status::TimedOut) && self.may_be_without_result());
        (!is_right).then(|| format!("the action ended as {status:?}"))
    }

    /// Whether the scenario allows this violation after a fault. Where no function is left to continue, a
    /// notification may be missing and a record may stay unfinished. Where the table was unreachable, there may be no
    /// record to publish from. An item that is not the record of an action belongs to no execution. A missing result
    /// is allowed only where [no delivery was left to report it](Self::may_be_without_result).
    fn is_allowed(&self, ending: Option<&Ending>, invariant: Invariant) -> bool {
        let scenario = self.scenario;
        let Some(ending) = ending else {
            return scenario.is_crowded && invariant == Invariant::Finalized;
        };
        if invariant == Invariant::Reported {
            return self.may_be_without_result();
        }
        let is_faulted = !self.injections.is_empty();
        let is_left = scenario.may_be_left && is_faulted;
        let may_be_unrecorded = is_faulted && scenario.faulted.contains(&End::Unrecorded);
        let is_unrecorded = End::Unrecorded.is(&ending.action.status) || !has_record(ending);
        (is_left || (may_be_unrecorded && is_unrecorded))
            && matches!(invariant, Invariant::Notified | Invariant::Finalized)
    }

    /// Whether no delivery was left to report the result. Where no failed-delivery handling exists, an event is lost
    /// with its last delivery. Each delivery must have failed under its own fault: a delivery that fails without a
    /// fault is a defect.
    fn may_be_without_result(&self) -> bool {
        let is_lost = |last: &Attempt| {
            let mut of_event = self
                .attempts
                .iter()
                .filter(|one| are_of_one_event(one, last));
            of_event.all(|one| one.result.is_err() && self.was_faulted(one))
        };
        let mut last = self.attempts.iter().filter(|one| one.number > RETRIES);
        self.scenario.may_be_left && last.any(is_lost)
    }

    fn was_faulted(&self, attempt: &Attempt) -> bool {
        let its_life = attempt.started_ms..=attempt.ended_ms;
        let mut faulted = self.arrivals.iter().filter(|call| call.is_faulted);
        faulted.any(|call| {
            its_life.contains(&call.at_ms) && function_arn(&call.caller) == attempt.function_arn
        })
    }
}

fn are_of_one_event(one: &Attempt, other: &Attempt) -> bool {
    one.function_arn == other.function_arn && one.request_id == other.request_id
}

fn has_record(ending: &Ending) -> bool {
    let execution = ending.action.jobs.first().map(String::as_str);
    let mut ids = ending.items.iter().map(|item| item["id"]["S"].as_str());
    ids.any(|id| id == execution)
}
