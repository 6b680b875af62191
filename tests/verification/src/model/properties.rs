//! The properties that `stateright` checks in every state, and the states that must be reachable.

use invalidation_core::model::execution_record::{PublishState, Search, Verdict};
use stateright::Property;

use super::Model;
use super::invariant::Invariant;
use super::run::Cause;
use super::state::State;
use super::world::FinalResult;

/// The invariants, and the states that must be reached so that no invariant holds vacuously.
#[must_use]
pub fn all() -> Vec<Property<Model>> {
    let mut all = invariants();
    all.extend(situations());
    all
}

fn invariants() -> Vec<Property<Model>> {
    vec![
        Property::always(Invariant::OneInvalidation.name(), |_, state: &State| {
            state.keeps(Invariant::OneInvalidation)
        }),
        Property::always(Invariant::TrueSuccess.name(), |_, state: &State| {
            state.keeps(Invariant::TrueSuccess)
        }),
        Property::always(Invariant::TrueResult.name(), |_, state: &State| {
            state.keeps(Invariant::TrueResult)
        }),
        Property::always(Invariant::TrueNotification.name(), |_, state: &State| {
            state.keeps(Invariant::TrueNotification)
        }),
        Property::always(Invariant::OneOutcome.name(), |_, state: &State| {
            state.keeps(Invariant::OneOutcome)
        }),
        Property::always(Invariant::TrueMark.name(), |_, state: &State| {
            state.keeps(Invariant::TrueMark)
        }),
        Property::always(Invariant::FewNotifications.name(), |_, state: &State| {
            state.keeps(Invariant::FewNotifications)
        }),
        Property::always(Invariant::CodePipelineFirst.name(), |_, state: &State| {
            state.keeps(Invariant::CodePipelineFirst)
        }),
    ]
}

fn situations() -> Vec<Property<Model>> {
    vec![
        Property::sometimes(SUCCEEDED, |_, state: &State| {
            state.world.codepipeline.final_result == Some(FinalResult::Success)
        }),
        Property::sometimes(TIMED_OUT, |_, state: &State| {
            let outcome = state.world.table.outcome.as_ref();
            state.world.codepipeline.final_result == Some(FinalResult::Failure)
                && outcome.is_some_and(|outcome| *outcome.get() == Verdict::TimedOut)
        }),
        Property::sometimes(FAILED, |_, state: &State| {
            let outcome = state.world.table.outcome.as_ref();
            state.world.codepipeline.final_result == Some(FinalResult::Failure)
                && outcome.is_some_and(|outcome| matches!(outcome.get(), Verdict::Failed(_)))
        }),
        Property::sometimes(RECOVERED, |_, state: &State| {
            let is_failed_delivery =
                |cause| matches!(cause, Cause::FailedDelivery(_) | Cause::FailAfterPanic(_));
            state
                .runs
                .iter()
                .any(|run| is_failed_delivery(run.get().cause))
                && state.world.codepipeline.final_result.is_some()
        }),
        Property::sometimes(NO_RECORD, |_, state: &State| {
            state.world.codepipeline.final_result == Some(FinalResult::FailureWithoutRecord)
        }),
        Property::sometimes(SEARCHED, |_, state: &State| {
            let target = state
                .world
                .record()
                .and_then(|record| record.targets.first());
            target.is_some_and(|target| matches!(target.search, Some(Search::Among(_))))
        }),
        Property::sometimes(TWO_NOTIFICATIONS, |_, state: &State| {
            state.world.published > 1
        }),
        Property::sometimes(FINALIZED, |_, state: &State| {
            let is_sent = |notification_state: &PublishState| {
                matches!(notification_state, PublishState::Sent { .. })
            };
            state
                .world
                .record()
                .is_some_and(|record| record.is_finalized() && is_sent(&record.notification_state))
        }),
    ]
}

/// The states that must be reached.
pub const REQUIRED_STATES: [&str; 8] = [
    SUCCEEDED,
    TIMED_OUT,
    FAILED,
    RECOVERED,
    NO_RECORD,
    SEARCHED,
    TWO_NOTIFICATIONS,
    FINALIZED,
];
/// A success was reported to CodePipeline.
pub const SUCCEEDED: &str = "succeeded";
/// A time-out at the deadline was reported to CodePipeline.
pub const TIMED_OUT: &str = "timed out";
/// A failure was reported to CodePipeline.
pub const FAILED: &str = "failed";
/// A failed delivery was processed and its result reported.
pub const RECOVERED: &str = "recovered";
/// A job was failed without its record.
pub const NO_RECORD: &str = "failed without a record";
/// An invalidation was searched for.
pub const SEARCHED: &str = "searched for";
/// A notification was published twice.
pub const TWO_NOTIFICATIONS: &str = "two notifications";
/// No work was left.
pub const FINALIZED: &str = "finalized";
