//! Publication of an outcome: the next channel, and the result of each attempt.

use super::backoff::publish_backoff;
use super::next_step::Step;
use crate::model::execution_record::{Channel, ExecutionRecord, Goal, NotifyOn, PublishState};
use crate::model::timestamp::Timestamp;

/// How often an announcement is tried before we give up: with the pauses between, for about two and a half hours.
pub const PUBLISH_ATTEMPTS_AT_MOST: u32 = 20;

/// The channel on which the outcome may be told next, and when; none once nobody is to be told any more.
pub(super) fn pending(record: &ExecutionRecord) -> Option<(Timestamp, Channel)> {
    let pending =
        Channel::ALL
            .into_iter()
            .filter_map(|channel| match record.publish_state(channel) {
                PublishState::Pending { retry_at, .. } => Some((*retry_at, channel)),
                PublishState::Undecided
                | PublishState::NotWanted
                | PublishState::Sent { .. }
                | PublishState::Abandoned => None,
            });
    pending.min_by_key(|(at, _)| *at)
}

/// What is done about an announcement that is pending. An event is for programs, which choose by rules of their own.
pub(super) fn publish_step(record: &ExecutionRecord, channel: Channel) -> Step {
    match (channel, record.notify_on) {
        (Channel::Topic, NotifyOn::Failure) if record.is_success() => Step::Skip,
        (Channel::Topic, NotifyOn::Change) if !record.is_change => Step::CheckForChange,
        _ => Step::Publish(channel),
    }
}

/// The record with one more try of an announcement counted, and nobody else's for a while.
pub(super) fn tried(
    record: &ExecutionRecord,
    channel: Channel,
    now: Timestamp,
) -> Option<ExecutionRecord> {
    let mut record = record.clone();
    let PublishState::Pending { attempts, retry_at } = record.publish_state_mut(channel) else {
        return None;
    };
    *attempts = attempts.saturating_add(1);
    *retry_at = now + publish_backoff(*attempts);
    Some(record)
}

/// A change is published immediately; other outcomes are skipped.
pub(super) fn change_checked(record: &mut ExecutionRecord, is_change: bool, now: Timestamp) {
    record.is_change = is_change;
    if !is_change {
        record.notification_state = PublishState::NotWanted;
    } else if let PublishState::Pending { retry_at, .. } = &mut record.notification_state {
        *retry_at = now;
    }
}

/// The record without a pending notification.
#[must_use]
pub fn skipped(record: &ExecutionRecord) -> ExecutionRecord {
    ExecutionRecord {
        notification_state: PublishState::NotWanted,
        ..record.clone()
    }
}

/// What becomes of an announcement that was tried in vain.
pub(super) fn not_published(record: &mut ExecutionRecord, channel: Channel) {
    let published = record.publish_state_mut(channel);
    if matches!(published, PublishState::Pending { attempts, .. } if *attempts >= PUBLISH_ATTEMPTS_AT_MOST)
    {
        *published = PublishState::Abandoned;
    }
}

/// What is pending once the outcome is decided.
pub(super) fn decided(record: &mut ExecutionRecord, now: Timestamp) {
    for channel in Channel::ALL {
        *record.publish_state_mut(channel) = if has_audience(record, channel) {
            PublishState::Pending {
                attempts: 0,
                retry_at: now,
            }
        } else {
            PublishState::NotWanted
        };
    }
}

/// Whether the outcome is published at all. A dry run changes nothing, so it is not published.
fn has_audience(record: &ExecutionRecord, channel: Channel) -> bool {
    let is_there = match channel {
        Channel::Topic => record.topic.is_some(),
        Channel::Bus => record.event_state == PublishState::Undecided,
    };
    is_there && record.goal != Goal::Planned
}
