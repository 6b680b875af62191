//! What people and programs still have to hear of an outcome, and what the action wants them to hear.

use serde::{Deserialize, Serialize};

use crate::input::identifiers::TopicArn;
use crate::model::timestamp::Timestamp;

/// Who hears of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// People, by a notification on an SNS topic.
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
    /// Nobody is there to be told, or nobody wants to be.
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
    /// The service refused it so often that we stopped.
    Abandoned,
}

impl PublishState {
    /// Whether it is pending, and nobody has tried yet.
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

    /// Whether there is nobody to be told.
    pub(super) fn is_not_wanted(&self) -> bool {
        *self == Self::NotWanted
    }

    /// Nobody on this channel: what an item says that does not name it.
    pub(super) const fn not_wanted() -> Self {
        Self::NotWanted
    }
}

/// What the action wants people to hear.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotificationSettings {
    /// Where the notification goes; none when nobody wants one.
    pub topic: Option<TopicArn>,
    /// How it is written.
    pub format: NotificationFormat,
    /// Of which outcomes it is wanted.
    pub notify_on: NotifyOn,
}

/// How a notification is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum NotificationFormat {
    /// Lines for people, as in a mail.
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
    /// Whether it is the one that is used when nobody says.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Of which outcomes people want to hear.
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
    /// Whether it is the one that is used when nobody says.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
