//! The publication state of an outcome on each channel, and the notification settings of the action.

use serde::{Deserialize, Serialize};

use crate::input::identifiers::TopicArn;
use crate::model::timestamp::Timestamp;

/// Who is notified of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// A notification on an SNS topic.
    Topic,
    /// Programs, by an event on an EventBridge bus.
    Bus,
}

impl Channel {
    /// All of them; where both may be told, subscribers are notified first.
    pub const ALL: [Self; 2] = [Self::Topic, Self::Bus];
}

/// Where the announcement of an outcome stands on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PublishState {
    /// Nothing is decided yet.
    Undecided,
    /// The channel has no subscriber, or the settings exclude this outcome.
    NotWanted,
    /// It is pending.
    Pending {
        /// How often it was tried, counted before each try.
        attempts: u32,
        /// When it may be tried next. Set before a try, it keeps others from announcing at the same time.
        retry_at: Timestamp,
    },
    /// The service took it.
    Sent {
        /// The id that the service gave it.
        message_id: String,
    },
    /// The service rejected it until the last attempt.
    Abandoned,
}

impl PublishState {
    /// Whether it is pending without an attempt.
    #[must_use]
    pub const fn is_untried(&self) -> bool {
        matches!(self, Self::Pending { attempts: 0, .. })
    }

    /// Whether a try was counted, whatever came of it.
    #[must_use]
    pub const fn is_tried(&self) -> bool {
        match self {
            Self::Pending { attempts, .. } => *attempts > 0,
            Self::Sent { .. } | Self::Abandoned => true,
            Self::Undecided | Self::NotWanted => false,
        }
    }

    /// Whether publication is not wanted.
    pub(super) fn is_not_wanted(&self) -> bool {
        *self == Self::NotWanted
    }

    /// Nobody on this channel: what an item says that does not name it.
    pub(super) const fn not_wanted() -> Self {
        Self::NotWanted
    }
}

/// The notification settings of the action.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotificationSettings {
    /// The topic of the notification; none without notifications.
    pub topic: Option<TopicArn>,
    /// How it is written.
    pub format: NotificationFormat,
    /// Of which outcomes it is wanted.
    pub notify_on: NotifyOn,
}

/// How a notification is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum NotificationFormat {
    /// Lines of text, as in a mail.
    #[default]
    Text,
    /// A JSON document for programs.
    Json,
    /// A custom notification of Amazon Q Developer in chat applications, which Slack and Teams show.
    Chat,
    /// All of these, each for the subscriptions whose protocol it suits.
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
    /// Of each.
    #[default]
    Always,
    /// Of each that is not a success.
    Failure,
    /// Of each that is not a success, and of the first success after it.
    Change,
}

impl NotifyOn {
    /// Whether it is the default.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
