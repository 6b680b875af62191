//! The calls that are due: which comes first, and which are made together with it.

use std::collections::BTreeSet;

use super::next_step::Step;
use super::target_step::{self, Call, CallContext, CloudFrontCall};
use crate::model::execution_record::ExecutionRecord;
use crate::model::time_budget::Pace;
use crate::model::timestamp::Timestamp;

/// The maximum number of calls for the targets of one execution that are made at a time. At 20 ms for a call, 57 targets
/// are created or polled in less than 0.2 s; and no more than this many replies are lost with a process.
pub const CALLS_AT_A_TIME: usize = 8;

/// The call that may be made first, and when: of those that may be made at the same time, that of the first target.
pub(super) fn next_call(
    record: &ExecutionRecord,
    context: CallContext,
    pace: Pace,
) -> Option<(Timestamp, usize, Call)> {
    calls(record, context, pace).min_by_key(|(at, target_index, _)| (*at, *target_index))
}

/// The calls that are made together with `first`, which is due at `now`, and `first` itself. The calls for different targets
/// are independent, so all that are due are made at the same time, within these limits:
///
/// - Effects are written before they are made, and the ids of new invalidations immediately after. Questions have another
///   rhythm, so the two are not mixed.
/// - Two targets of one distribution have one queue, which keeps their order.
/// - The process creates no more than `pace` allows.
#[must_use]
pub(super) fn together(
    record: &ExecutionRecord,
    first: (usize, Call),
    now: Timestamp,
    pace: Pace,
) -> Vec<(usize, Call)> {
    // After the decision, the only calls are those that leave the queues, and the polls of a released action.
    if record.outcome.is_some() {
        return vec![first];
    }
    let is_question = first.1.is_question();
    let mut due: Vec<_> = calls(record, CallContext::of(record, now), pace)
        .filter(|(at, _, call)| *at <= now && call.is_question() == is_question)
        .collect();
    due.sort_by_key(|(at, target_index, _)| (*at, *target_index));
    let (mut queues, mut creates) = (BTreeSet::new(), 0_usize);
    due.retain(|(_, target_index, call)| match call {
        Call::Queue(_) => {
            let target = record.targets.get(*target_index);
            queues.insert(target.map(|target| &target.resource))
        }
        Call::CloudFront(CloudFrontCall::Create) => {
            creates = creates.saturating_add(1);
            creates <= pace.creates
        }
        Call::CloudFront(_) => true,
    });
    due.truncate(CALLS_AT_A_TIME);
    due.into_iter()
        .map(|(_, target_index, call)| (target_index, call))
        .collect()
}

/// The steps of these calls.
pub(super) fn steps(calls: &[(usize, Call)]) -> impl Iterator<Item = Step> {
    let step = |(target_index, call): &(usize, Call)| Step::Call(*target_index, call.clone());
    calls.iter().map(step)
}

/// The next call of each target, and when it may be made.
fn calls(
    record: &ExecutionRecord,
    context: CallContext,
    pace: Pace,
) -> impl Iterator<Item = (Timestamp, usize, Call)> {
    let targets = record.targets.iter().enumerate();
    targets.filter_map(move |(target_index, target)| {
        let call = target_step::call(target, context)?;
        let is_paced = pace.creates == 0 && call == Call::CloudFront(CloudFrontCall::Create);
        let at = if is_paced {
            target.next_call_at.max(pace.more_at)
        } else {
            target.next_call_at
        };
        Some((at, target_index, call))
    })
}
