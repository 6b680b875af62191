//! What is logged and counted of an outcome that is announced.

use super::metrics::{Metric, count};
use super::{outcome, verdict};
use crate::log;
use invalidation_core::input::identifiers::TopicArn;
use invalidation_core::model::execution_record::{
    Channel, ExecutionRecord, PublishState, ServiceError,
};
use invalidation_core::model::timestamp::Timestamp;

fn topic(record: &ExecutionRecord) -> Option<&str> {
    record.topic.as_ref().map(TopicArn::as_str)
}

/// Logs that a service accepted the announcement.
pub(super) fn published(record: &ExecutionRecord, channel: Channel, message_id: &str) {
    let (topic, outcome) = (topic(record), outcome(verdict(record)));
    match channel {
        Channel::Topic => log!(NotificationPublished, topic, outcome, message_id),
        Channel::Bus => log!(BusPublished, outcome, event_id = message_id),
    }
}

/// Logs that a service did not accept it, and counts one that is abandoned.
pub(super) fn not_published(
    record: &ExecutionRecord,
    channel: Channel,
    service_error: &ServiceError,
    now: Timestamp,
) {
    let topic = topic(record);
    let is_given_up = *record.publish_state(channel) == PublishState::Abandoned;
    match (channel, is_given_up) {
        (Channel::Topic, true) => {
            count(Metric::AbandonedNotifications, now);
            log!(NotificationAbandoned, topic, %service_error);
        }
        (Channel::Topic, false) => log!(NotificationRetry, topic, %service_error),
        (Channel::Bus, true) => {
            count(Metric::AbandonedEvents, now);
            log!(BusAbandoned, %service_error);
        }
        (Channel::Bus, false) => log!(BusRetry, %service_error),
    }
}

/// Logs that the notification is abandoned, because this deployment does not publish to its topic.
pub(super) fn disallowed(record: &ExecutionRecord, now: Timestamp) {
    count(Metric::AbandonedNotifications, now);
    log!(NotificationForbidden, topic = topic(record));
}

/// Logs that no notification is sent to those who want changes alone.
pub(super) fn change_checked(record: &ExecutionRecord, is_change: bool) {
    if !is_change {
        log!(NotificationSkipped, outcome = outcome(verdict(record)));
    }
}
