//! What is wrong with the end of a story.

use super::kind::Kind;
use super::scenario::{End, Scenario};
use super::story::Injection;
use harness::Ending;
use invariants::{Findings, Invariant};
use local_aws::Arrived;
use local_aws::account::{RETRIES, function_arn};
use local_aws::codepipeline::Status;
use local_aws::lambda::Attempt;
use local_aws::sns::Published;

/// What an end is judged by.
pub(super) struct InvariantChecker<'a> {
    /// What the scenario promises.
    pub(super) scenario: &'a Scenario,
    /// What was struck.
    pub(super) injections: &'a [Injection],
    /// Each call in the order of arrival.
    pub(super) arrivals: &'a [Arrived],
    /// Each attempt to deliver an event.
    pub(super) attempts: &'a [Attempt],
}

impl InvariantChecker<'_> {
    /// What is wrong with these ends of the story's actions: a sentence for each thing.
    pub(super) fn wrong(&self, endings: &[Ending]) -> Vec<String> {
        let mut wrong = Vec::new();
        for ending in endings {
            wrong.extend(self.wrong_end(ending));
            wrong.extend(self.too_many_notifications(ending));
        }
        // Every ending tells of the whole stage.
        let findings = endings.first().map(Ending::findings);
        for (invariant, breach) in findings.iter().flat_map(Findings::breaches) {
            let is_ours =
                |ending: &&Ending| ending.action.jobs.first() == breach.execution.as_ref();
            let of = endings.iter().find(is_ours);
            if !self.is_succeeded_with_warning(of, invariant) {
                wrong.push(breach.sentence.clone());
            }
        }
        wrong
    }

    /// At most one notification more than struck calls, and without a strike just one.
    fn too_many_notifications(&self, ending: &Ending) -> Option<String> {
        let execution = ending.action.jobs.first();
        let is_ours =
            |notification: &&Published| notification.attributes.get("notification_id") == execution;
        let notifications = ending.notifications.iter().filter(is_ours).count();
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
        let is_right = scenario.calm.is(status)
            || (!self.injections.is_empty() && scenario.faulted.iter().any(|end| end.is(status)))
            || (was_stopped && End::Abandoned.is(status))
            || (matches!(status, Status::TimedOut) && self.may_be_without_result());
        (!is_right).then(|| format!("the action ended as {status:?}"))
    }

    /// Whether the scenario does not promise this after a strike: where nobody is left who could go on, people may hear
    /// nothing and a record may stay. Where the table was out of reach, there may be no record from which people could be
    /// told; and an item that is no action's record is nobody's execution. That a job has no answer is excused only where
    /// [nobody was left to give one](Self::may_be_unanswered).
    fn is_succeeded_with_warning(&self, ending: Option<&Ending>, invariant: Invariant) -> bool {
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
            && matches!(invariant, Invariant::Told | Invariant::Finalized)
    }

    /// Whether nobody was left who could answer: where nobody takes over, an event is lost with the last of its
    /// deliveries. Each must have failed under a strike of its own, for one that fails by itself is our fault.
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
