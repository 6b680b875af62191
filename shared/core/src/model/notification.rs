//! The publication state of an outcome on each channel, and the notification settings of the action.

use serde::{Deserialize, Serialize};

use crate::input::identifiers::TopicArn;
use crate::model::timestamp::Timestamp;

/// A channel on which outcomes are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// A notification on an SNS topic.
    Topic,
    /// An event on an EventBridge bus, for programs.
    Bus,
}

impl Channel {
    /// All channels, in the order of publication.
    pub const ALL: [Self; 2] = [Self::Topic, Self::Bus];
}

/// The publication state of an outcome on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PublishState {
    /// It is not decided yet whether the outcome is published.
    Undecided,
    /// The channel has no subscriber, or the settings exclude this outcome.
    NotWanted,
    /// The message is not accepted yet.
    Pending {
        /// The number of attempts, counted before each attempt.
        attempts: u32,
        /// When the next attempt may begin. It is set before an attempt, so that no other process publishes at the same
        /// time.
        retry_at: Timestamp,
    },
    /// The service accepted the message.
    Sent {
        /// The message id that the service returned.
        message_id: String,
    },
    /// The service rejected the message until the last attempt.
    Abandoned,
}

impl PublishState {
    /// Whether it is pending without an attempt.
    #[must_use]
    pub const fn is_untried(&self) -> bool {
        matches!(self, Self::Pending { attempts: 0, .. })
    }

    /// Whether an attempt was counted, whatever its result.
    #[must_use]
    pub const fn is_tried(&self) -> bool {
        match self {
            Self::Pending { attempts, .. } => *attempts > 0,
            Self::Sent { .. } | Self::Abandoned => true,
            Self::Undecided | Self::NotWanted => false,
        }
    }

    /// Whether the outcome is not published on this channel.
    pub(super) fn is_not_wanted(&self) -> bool {
        *self == Self::NotWanted
    }

    /// The state in a stored item that has no field for this channel.
    pub(super) const fn not_wanted() -> Self {
        Self::NotWanted
    }
}

/// The notification settings of the action.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotificationSettings {
    /// The topic; none if no notification is wanted.
    pub topic: Option<TopicArn>,
    /// The format.
    pub format: NotificationFormat,
    /// The outcomes that are published.
    pub notify_on: NotifyOn,
}

/// The format of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum NotificationFormat {
    /// Plain text, for example for email.
    #[default]
    Text,
    /// A JSON document for programs.
    Json,
    /// A custom notification of Amazon Q Developer in chat applications, which Slack and Teams show.
    Chat,
    /// A message for each protocol, in the format that suits it.
    Mixed,
}

impl NotificationFormat {
    /// Whether it is the default.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The outcomes that are published to the topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum NotifyOn {
    /// Each outcome.
    #[default]
    Always,
    /// Each outcome that is not a success.
    Failure,
    /// Each outcome that is not a success, and the first success after it.
    Change,
}

impl NotifyOn {
    /// Whether it is the default.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
