//! The ways in which a call goes wrong.

use std::time::Duration;

use local_aws::{Arrived, Fault, FaultKind, Service};

/// Longer than one try may take (4 s), so that its caller no longer waits.
const TOO_SLOW: Duration = Duration::from_secs(7);
/// Longer than the run may last that made the call.
const TOO_LATE: Duration = Duration::from_secs(70);
/// Long enough for two other runs to begin, and short enough for the caller to wait.
const MEANWHILE: Duration = Duration::from_secs(2);
/// What the SDK makes of one operation: three tries.
const TRIES: u32 = 3;

/// A way in which a call, or the whole operation that it belongs to, goes wrong. What strikes one try is mostly made
/// good by the SDK's next try, so the refusals and the silence strike all three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// All tries are refused with the service's own throttle.
    Throttled,
    /// All tries are refused with the service's own 5xx.
    Unavailable,
    /// No try is ever answered, and none has an effect.
    Silent,
    /// The connection breaks once, before the effect: the SDK's next try is the first that is seen.
    RequestLost,
    /// The connection breaks once, after the effect: the SDK's next try meets what it did itself.
    ReplyLost,
    /// All tries take effect, and none is heard of.
    RepliesLost,
    /// The effect takes place, and the reply comes when nobody waits for it any more.
    Slow,
    /// The caller gives up, tries again, and comes to its end; and only then does the first try take effect.
    Late,
    /// The effect takes place, and the reply cannot be read.
    Garbled,
    /// The process dies before the effect.
    DiesBefore,
    /// The process dies after the effect.
    DiesAfter,
    /// The code panics after the effect.
    Panics,
    /// Somebody else has written the item between our read and our write.
    Overtaken,
    /// In the middle of the call Lambda delivers the last event once more, and EventBridge wakes the checker.
    Crowded,
    /// The pipeline is stopped, and its actions are abandoned, at that very moment.
    Stopped,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Throttled,
        Self::Unavailable,
        Self::Silent,
        Self::RequestLost,
        Self::ReplyLost,
        Self::RepliesLost,
        Self::Slow,
        Self::Late,
        Self::Garbled,
        Self::DiesBefore,
        Self::DiesAfter,
        Self::Panics,
        Self::Overtaken,
        Self::Crowded,
        Self::Stopped,
    ];

    /// What strikes the calls from the `first` on.
    #[must_use]
    pub fn fault(self, first: u32) -> Fault {
        Fault {
            first,
            count: self.calls(),
            ..Fault::always(self.of_a_call())
        }
    }

    /// How many calls in a row are struck.
    #[must_use]
    pub const fn calls(self) -> u32 {
        match self {
            Self::Throttled | Self::Unavailable | Self::Silent | Self::RepliesLost => TRIES,
            Self::RequestLost
            | Self::ReplyLost
            | Self::Slow
            | Self::Late
            | Self::Garbled
            | Self::DiesBefore
            | Self::DiesAfter
            | Self::Panics
            | Self::Overtaken
            | Self::Crowded
            | Self::Stopped => 1,
        }
    }

    /// Whether a call of this kind can be struck so: only a write can be overtaken.
    #[must_use]
    pub fn suits(self, call: &Arrived) -> bool {
        let is_write = matches!(call.operation.as_str(), "PutItem" | "UpdateItem");
        self != Self::Overtaken || (call.service == Service::DynamoDb && is_write)
    }

    fn of_a_call(self) -> FaultKind {
        match self {
            Self::Throttled => FaultKind::Throttle,
            Self::Unavailable => FaultKind::Unavailable,
            Self::Silent => FaultKind::Hang,
            Self::RequestLost => FaultKind::LoseRequest,
            Self::ReplyLost | Self::RepliesLost => FaultKind::LoseReply,
            Self::Slow => FaultKind::Slow(TOO_SLOW),
            Self::Late => FaultKind::Late(TOO_LATE),
            Self::Garbled => FaultKind::Malformed,
            Self::DiesBefore => FaultKind::KillBefore,
            Self::DiesAfter => FaultKind::KillAfter,
            Self::Panics => FaultKind::PanicAfter,
            Self::Overtaken => FaultKind::Overtake {
                attribute: "write_id".into(),
            },
            Self::Crowded => FaultKind::Cue(MEANWHILE),
            Self::Stopped => FaultKind::Abandon,
        }
    }
}
