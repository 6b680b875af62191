//! What `stateright` checks in every state, and what it must come across.

use invalidation_core::model::execution_record::{Announcement, Search, Verdict};
use stateright::Property;

use super::Model;
use super::promise::Promise;
use super::run::Errand;
use super::state::State;
use super::world::Heard;

/// The promises, and what must be seen somewhere so that they are not kept by doing nothing.
#[must_use]
pub fn all() -> Vec<Property<Model>> {
    let mut all = promises();
    all.extend(sights());
    all
}

fn promises() -> Vec<Property<Model>> {
    vec![
        Property::always(Promise::OneInvalidation.name(), |_, state: &State| {
            state.keeps(Promise::OneInvalidation)
        }),
        Property::always(Promise::TrueSuccess.name(), |_, state: &State| {
            state.keeps(Promise::TrueSuccess)
        }),
        Property::always(Promise::TrueAnswer.name(), |_, state: &State| {
            state.keeps(Promise::TrueAnswer)
        }),
        Property::always(Promise::TrueNotice.name(), |_, state: &State| {
            state.keeps(Promise::TrueNotice)
        }),
        Property::always(Promise::OneOutcome.name(), |_, state: &State| {
            state.keeps(Promise::OneOutcome)
        }),
        Property::always(Promise::TrueMark.name(), |_, state: &State| {
            state.keeps(Promise::TrueMark)
        }),
        Property::always(Promise::FewNotices.name(), |_, state: &State| {
            state.keeps(Promise::FewNotices)
        }),
        Property::always(Promise::CodePipelineFirst.name(), |_, state: &State| {
            state.keeps(Promise::CodePipelineFirst)
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
        Property::sometimes(RESCUED, |_, state: &State| {
            let is_rescue = |errand| matches!(errand, Errand::Rescue(_) | Errand::Condemn(_));
            state.runs.iter().any(|run| is_rescue(run.get().errand))
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
        Property::sometimes(TWO_NOTICES, |_, state: &State| state.world.published > 1),
        Property::sometimes(DRAINED, |_, state: &State| {
            let is_sent =
                |announcement: &Announcement| matches!(announcement, Announcement::Sent { .. });
            state
                .world
                .record()
                .is_some_and(|record| record.is_drained() && is_sent(&record.announcement))
        }),
    ]
}

/// What must be seen somewhere.
pub const SIGHTS: [&str; 8] = [
    SUCCEEDED,
    TIMED_OUT,
    FAILED,
    RESCUED,
    NO_RECORD,
    SEARCHED,
    TWO_NOTICES,
    DRAINED,
];
/// CodePipeline heard of success.
pub const SUCCEEDED: &str = "succeeded";
/// CodePipeline heard that our deadline has passed.
pub const TIMED_OUT: &str = "timed out";
/// CodePipeline heard of a failure.
pub const FAILED: &str = "failed";
/// A rescue answered.
pub const RESCUED: &str = "rescued";
/// A job was failed without its record.
pub const NO_RECORD: &str = "failed without a record";
/// An invalidation was searched for.
pub const SEARCHED: &str = "searched for";
/// People heard twice.
pub const TWO_NOTICES: &str = "two notices";
/// Everything was done.
pub const DRAINED: &str = "drained";
