//! Publication of an outcome: the next channel, and the result of each attempt.

use super::backoff::publish_backoff;
use super::next_step::Step;
use crate::model::execution_record::{
    Channel, ExecutionRecord, Goal, NotifyOn, PublishState, ServiceError,
};
use crate::model::timestamp::Timestamp;

/// The maximum number of attempts to publish on a channel. With their backoffs they take about two and a half hours.
pub const PUBLISH_ATTEMPTS_AT_MOST: u32 = 20;

/// The attempt from which on a permanent rejection is counted: within about two minutes, long before the last one.
const COUNTED_FROM_ATTEMPT: u32 = 3;

/// The error codes of SNS and EventBridge that remain until the topic, the bus, its policy or its key is corrected
/// (<https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>,
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html>), and that of the adapter for a bus
/// that the settings no longer name.
const PERMANENT: [&str; 20] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "EndpointDisabled",
    "InvalidArgument",
    "InvalidParameter",
    "InvalidSecurity",
    "KMSAccessDenied",
    "KMSDisabled",
    "KMSInvalidState",
    "KMSNotFound",
    "KMSOptInRequired",
    "NoEventBus",
    "NotAuthorizedForDetailTypeException",
    "NotAuthorizedForSourceException",
    "NotFound",
    "ParameterValueInvalid",
    "PlatformApplicationDisabled",
    "ResourceNotFoundException",
    "ValidationException",
];

/// Whether the service keeps rejecting the message of `record`, after this error, for a reason that no retry corrects. The
/// retries go on regardless, because an operator may correct it.
#[must_use]
pub fn is_rejected(
    record: &ExecutionRecord,
    channel: Channel,
    service_error: &ServiceError,
) -> bool {
    let is_counted = match record.publish_state(channel) {
        PublishState::Pending { attempts, .. } => *attempts >= COUNTED_FROM_ATTEMPT,
        PublishState::Abandoned => true,
        PublishState::Undecided | PublishState::NotWanted | PublishState::Sent { .. } => false,
    };
    is_counted && PERMANENT.contains(&service_error.code.as_str())
}

/// The channel to publish on next, and the earliest time; none if no channel is pending.
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

/// The step for a pending channel. `NotifyOn` does not apply to events, because EventBridge rules select them.
pub(super) fn publish_step(record: &ExecutionRecord, channel: Channel) -> Step {
    match (channel, record.notify_on) {
        (Channel::Topic, NotifyOn::Failure) if record.is_success() => Step::Skip,
        (Channel::Topic, NotifyOn::Change) if !record.is_change => Step::CheckForChange,
        _ => Step::Publish(channel),
    }
}

/// The record with one more attempt counted. No other process publishes on this channel until the new `retry_at`.
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

/// Abandons the channel if this was its last attempt.
pub(super) fn not_published(record: &mut ExecutionRecord, channel: Channel) {
    let published = record.publish_state_mut(channel);
    if matches!(published, PublishState::Pending { attempts, .. } if *attempts >= PUBLISH_ATTEMPTS_AT_MOST)
    {
        *published = PublishState::Abandoned;
    }
}

/// Sets the channels that are pending once the outcome is decided.
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

/// Whether the outcome is published on this channel. A dry run changes nothing, so it is not published.
fn has_audience(record: &ExecutionRecord, channel: Channel) -> bool {
    let is_there = match channel {
        Channel::Topic => record.topic.is_some(),
        Channel::Bus => record.event_state == PublishState::Undecided,
    };
    is_there && record.goal != Goal::Planned
}
