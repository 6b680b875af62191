//! What `stateright` checks in every state, and what it must come across.

use invalidation_core::model::execution_record::{PublishState, Search, Verdict};
use stateright::Property;

use super::Model;
use super::promise::Invariant;
use super::run::Errand;
use super::state::State;
use super::world::Heard;

/// The promises, and what must be seen somewhere so that they are not kept by doing nothing.
#[must_use]
pub fn all() -> Vec<Property<Model>> {
    let mut all = invariants();
    all.extend(sights());
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

fn sights() -> Vec<Property<Model>> {
    vec![
        Property::sometimes(SUCCEEDED, |_, state: &State| {
            state.world.codepipeline.heard == Some(Heard::Success)
        }),
        Property::sometimes(TIMED_OUT, |_, state: &State| {
            let outcome = state.world.table.outcome.as_ref();
            state.world.codepipeline.heard == Some(Heard::Failure)
                && outcome.is_some_and(|outcome| *outcome.get() == Verdict::TimedOut)
        }),
        Property::sometimes(FAILED, |_, state: &State| {
            let outcome = state.world.table.outcome.as_ref();
            state.world.codepipeline.heard == Some(Heard::Failure)
                && outcome.is_some_and(|outcome| matches!(outcome.get(), Verdict::Failed(_)))
        }),
        Property::sometimes(RECOVERED, |_, state: &State| {
            let is_failed_delivery = |errand| {
                matches!(
                    errand,
                    Errand::FailedDelivery(_) | Errand::FailAfterPanic(_)
                )
            };
            state
                .runs
                .iter()
                .any(|run| is_failed_delivery(run.get().errand))
                && state.world.codepipeline.heard.is_some()
        }),
        Property::sometimes(NO_RECORD, |_, state: &State| {
            state.world.codepipeline.heard == Some(Heard::FailureWithoutRecord)
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

/// What must be seen somewhere.
pub const SIGHTS: [&str; 8] = [
    SUCCEEDED,
    TIMED_OUT,
    FAILED,
    RECOVERED,
    NO_RECORD,
    SEARCHED,
    TWO_NOTIFICATIONS,
    FINALIZED,
];
/// CodePipeline heard of success.
pub const SUCCEEDED: &str = "succeeded";
/// CodePipeline heard that our deadline has passed.
pub const TIMED_OUT: &str = "timed out";
/// CodePipeline heard of a failure.
pub const FAILED: &str = "failed";
/// A failed delivery answered.
pub const RECOVERED: &str = "rescued";
/// A job was failed without its record.
pub const NO_RECORD: &str = "failed without a record";
/// An invalidation was searched for.
pub const SEARCHED: &str = "searched for";
/// People heard twice.
pub const TWO_NOTIFICATIONS: &str = "two notifications";
/// Everything was done.
pub const FINALIZED: &str = "finalized";
