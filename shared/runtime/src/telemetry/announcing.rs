//! What is logged and counted of an outcome that is announced.

use super::metrics::{Metric, count};
use super::{outcome, verdict};
use crate::log;
use invalidation_core::input::identifiers::TopicArn;
use invalidation_core::model::execution_record::{Announcement, Channel, Record, Trouble};
use invalidation_core::model::timestamp::Timestamp;

fn topic(record: &Record) -> Option<&str> {
    record.topic.as_ref().map(TopicArn::as_str)
}

/// Logs that a service accepted the announcement.
pub(super) fn announced(record: &Record, channel: Channel, message_id: &str) {
    let (topic, outcome) = (topic(record), outcome(verdict(record)));
    match channel {
        Channel::Topic => log!(NotificationPublished, topic, outcome, message_id),
        Channel::Bus => log!(BusPublished, outcome, event_id = message_id),
    }
}

/// Logs that a service did not accept it, and counts one that is abandoned.
pub(super) fn unannounced(record: &Record, channel: Channel, trouble: &Trouble, now: Timestamp) {
    let topic = topic(record);
    let is_given_up = *record.announced(channel) == Announcement::GivenUp;
    match (channel, is_given_up) {
        (Channel::Topic, true) => {
            count(Metric::GivenUpNotices, now);
            log!(NotificationAbandoned, topic, %trouble);
        }
        (Channel::Topic, false) => log!(NotificationRetry, topic, %trouble),
        (Channel::Bus, true) => {
            count(Metric::GivenUpEvents, now);
            log!(BusAbandoned, %trouble);
        }
        (Channel::Bus, false) => log!(BusRetry, %trouble),
    }
}

/// Logs that the notification is abandoned, because this deployment does not publish to its topic.
pub(super) fn disallowed(record: &Record, now: Timestamp) {
    count(Metric::GivenUpNotices, now);
    log!(NotificationForbidden, topic = topic(record));
}

/// Logs that no notification is sent to those who want changes alone.
pub(super) fn recalled(record: &Record, is_change: bool) {
    if !is_change {
        log!(NotificationSkipped, outcome = outcome(verdict(record)));
    }
}
