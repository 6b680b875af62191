//! Calls for several targets of one execution at the same time.

use std::collections::BTreeMap;
use std::pin::pin;

use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;

use super::observe;
use crate::ports::{Clock, Services};
use crate::settings::Settings;
use invalidation_core::decide::{Call, Observation, Step};
use invalidation_core::model::execution_record::ExecutionRecord;
use invalidation_core::model::timestamp::Timestamp;

/// The replies to these calls in the order of the calls, each with its time. A call that has no reply at `until` is
/// dropped, as if its reply had been lost; the replies of the others are kept.
pub(super) async fn replies(
    calls: &[(usize, Call)],
    until: Timestamp,
    record: &ExecutionRecord,
    services: &impl Services,
    settings: &Settings,
) -> Vec<(Observation, Timestamp)> {
    let clock = services.clock();
    let make = async |place: usize, step: Step| {
        let observation = observe(&step, record, services, settings).await;
        (
            place,
            observation.map(|observation| (observation, clock.now())),
        )
    };
    let steps = calls
        .iter()
        .map(|(target_index, call)| Step::Call(*target_index, call.clone()));
    let mut in_flight: FuturesUnordered<_> = steps
        .enumerate()
        .map(|(place, step)| make(place, step))
        .collect();
    let mut is_over = pin!(clock.sleep(until.since(clock.now())));
    let mut made = BTreeMap::new();
    while let Either::Left((Some((place, reply)), _)) =
        select(in_flight.next(), is_over.as_mut()).await
    {
        made.insert(place, reply);
    }
    let dropped = |(target_index, call): &(usize, Call)| {
        Some((
            Observation::Replied(*target_index, call.dropped()),
            clock.now(),
        ))
    };
    let replies = calls.iter().enumerate();
    replies
        .filter_map(|(place, call)| made.remove(&place).unwrap_or_else(|| dropped(call)))
        .collect()
}
