//! The kinds of faults of a call.

use std::time::Duration;

use local_aws::{Arrived, Fault, FaultKind, Service};

/// Longer than one attempt may take (4 s), so that its caller no longer waits.
const TOO_SLOW: Duration = Duration::from_secs(7);
/// Longer than the invocation that made the call may last.
const TOO_LATE: Duration = Duration::from_secs(70);
/// Long enough for two other invocations to begin, and short enough for the caller to wait.
const MEANWHILE: Duration = Duration::from_secs(2);
/// The number of attempts that the SDK makes for one operation.
const TRIES: u32 = 3;

/// A fault of a call, or of the whole operation that the call belongs to. The SDK's next attempt recovers from most
/// faults of a single attempt. The error replies and the missing reply therefore apply to all three attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// All attempts fail with the service's throttling error.
    Throttled,
    /// All attempts fail with the service's 5xx error.
    Unavailable,
    /// No attempt gets a reply, and none has an effect.
    Silent,
    /// The connection breaks once, before the effect: the service receives only the SDK's next attempt.
    RequestLost,
    /// The connection breaks once, after the effect: the SDK's next attempt meets the effect of the first.
    ReplyLost,
    /// All attempts take effect, and none gets a reply.
    RepliesLost,
    /// The effect takes place, and the reply arrives after the caller has stopped waiting.
    Slow,
    /// The caller times out, retries and ends; the first attempt takes effect only then.
    Late,
    /// The effect takes place, and the reply is unreadable.
    Garbled,
    /// The process ends before the effect.
    DiesBefore,
    /// The process ends after the effect.
    DiesAfter,
    /// The code panics after the effect.
    Panics,
    /// Another writer has changed the item between the read and the write.
    Overtaken,
    /// During the call Lambda delivers the last event again, and EventBridge triggers the checker.
    Crowded,
    /// The pipeline is stopped, and its actions are abandoned, during the call.
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

    /// The faults of the calls from the `first` on.
    #[must_use]
    pub fn fault(self, first: u32) -> Fault {
        Fault {
            first,
            count: self.calls(),
            ..Fault::always(self.of_a_call())
        }
    }

    /// The number of consecutive calls that are faulted.
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

    /// Whether the kind suits this call: only a write can be overtaken.
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
