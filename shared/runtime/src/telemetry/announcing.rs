//! What is logged and counted of an outcome that is announced.

use tracing::{error, info, warn};

use super::metrics::{Metric, count};
use super::{outcome, verdict};
use invalidation_core::input::identifiers::TopicArn;
use invalidation_core::model::execution_record::{Announcement, Channel, Record, Trouble};
use invalidation_core::model::timestamp::Timestamp;

/// Logs that a service took the announcement.
pub(super) fn announced(record: &Record, channel: Channel, message_id: &str) {
    let (execution_id, pipeline) = (record.id.as_str(), record.pipeline.as_deref());
    let outcome = outcome(verdict(record));
    match channel {
        Channel::Topic => {
            let topic = record.topic.as_ref().map(TopicArn::as_str);
            info!(
                execution_id,
                pipeline, topic, outcome, message_id, "published the notice"
            );
        }
        Channel::Bus => {
            let event_id = message_id;
            info!(
                execution_id,
                pipeline, outcome, event_id, "put the event on the bus"
            );
        }
    }
}

/// Logs that a service did not take it, and counts one that is given up.
pub(super) fn unannounced(record: &Record, channel: Channel, trouble: &Trouble, now: Timestamp) {
    let (execution_id, pipeline) = (record.id.as_str(), record.pipeline.as_deref());
    let topic = record.topic.as_ref().map(TopicArn::as_str);
    let is_given_up = *record.announced(channel) == Announcement::GivenUp;
    match (channel, is_given_up) {
        (Channel::Topic, true) => {
            count(Metric::GivenUpNotices, now);
            error!(execution_id, pipeline, topic, %trouble, "SNS did not take the notice; it is given up");
        }
        (Channel::Topic, false) => {
            warn!(execution_id, pipeline, topic, %trouble, "SNS did not take the notice; trying again later");
        }
        (Channel::Bus, true) => {
            count(Metric::GivenUpEvents, now);
            error!(execution_id, pipeline, %trouble, "EventBridge did not take the event; it is given up");
        }
        (Channel::Bus, false) => {
            warn!(execution_id, pipeline, %trouble, "EventBridge did not take the event; trying again later");
        }
    }
}

/// Logs that the notice is given up, because its topic is not one of those to which this deployment publishes.
pub(super) fn disallowed(record: &Record, now: Timestamp) {
    let (execution_id, pipeline) = (record.id.as_str(), record.pipeline.as_deref());
    let topic = record.topic.as_ref().map(TopicArn::as_str);
    count(Metric::GivenUpNotices, now);
    error!(
        execution_id,
        pipeline,
        topic,
        "ALLOWED_TOPIC_ARNS does not name the topic of this notice; it is given up"
    );
}

/// Logs that people who want to hear of changes alone have nothing to hear.
pub(super) fn recalled(record: &Record, is_change: bool) {
    if !is_change {
        let (execution_id, pipeline) = (record.id.as_str(), record.pipeline.as_deref());
        let outcome = outcome(verdict(record));
        info!(
            execution_id,
            pipeline, outcome, "nobody wants this notice: it is no change"
        );
    }
}
