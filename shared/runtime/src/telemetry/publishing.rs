//! Log lines and metrics of the publication of an outcome.

use super::metrics::{Metric, count};
use super::{outcome, verdict};
use crate::log;
use invalidation_core::decide::is_rejected;
use invalidation_core::input::identifiers::TopicArn;
use invalidation_core::model::execution_record::{
    Channel, ExecutionRecord, PublishState, ServiceError,
};
use invalidation_core::model::timestamp::Timestamp;

fn topic(record: &ExecutionRecord) -> Option<&str> {
    record.topic.as_ref().map(TopicArn::as_str)
}

/// Logs that the service accepted the message.
pub(super) fn published(record: &ExecutionRecord, channel: Channel, message_id: &str) {
    let (topic, outcome) = (topic(record), outcome(verdict(record)));
    match channel {
        Channel::Topic => log!(NotificationPublished, topic, outcome, message_id),
        Channel::Bus => log!(BusPublished, outcome, event_id = message_id),
    }
}

/// Logs that the service did not accept the message. Counts a message that is rejected permanently or abandoned.
pub(super) fn not_published(
    record: &ExecutionRecord,
    channel: Channel,
    service_error: &ServiceError,
    now: Timestamp,
) {
    if is_rejected(record, channel, service_error) {
        let metric = match channel {
            Channel::Topic => Metric::RejectedNotifications,
            Channel::Bus => Metric::RejectedEvents,
        };
        count(metric, now);
    }
    let topic = topic(record);
    let is_abandoned = *record.publish_state(channel) == PublishState::Abandoned;
    match (channel, is_abandoned) {
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

/// Logs that the notification is abandoned, because this deployment does not allow its topic.
pub(super) fn disallowed(record: &ExecutionRecord, now: Timestamp) {
    count(Metric::AbandonedNotifications, now);
    log!(NotificationForbidden, topic = topic(record));
}

/// Logs that the notification is skipped, because its topic receives changes only.
pub(super) fn change_checked(record: &ExecutionRecord, is_change: bool) {
    if !is_change {
        log!(NotificationSkipped, outcome = outcome(verdict(record)));
    }
}
