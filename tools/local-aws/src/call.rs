//! What the services saw: one entry for each call, in order.

use std::fmt;

use tokio::sync::mpsc;

/// The services that this AWS has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Invalidations of distributions and distribution tenants.
    CloudFront,
    /// Jobs of Lambda invoke actions.
    CodePipeline,
    /// Items, conditions and one kind of index.
    DynamoDb,
    /// Messages published to topics.
    Sns,
    /// Events put on buses.
    EventBridge,
}

impl fmt::Display for Service {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::CloudFront => "CloudFront",
            Self::CodePipeline => "CodePipeline",
            Self::DynamoDb => "DynamoDB",
            Self::Sns => "SNS",
            Self::EventBridge => "EventBridge",
        })
    }
}

/// How a call ended, from where the service stands. `effect` tells whether the service did what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done, and the caller was told.
    Ok,
    /// The service, or a fault in its name, said no.
    Rejected {
        /// The HTTP status.
        status: u16,
        /// The service's error code.
        code: String,
    },
    /// The connection broke; the caller knows nothing.
    Dropped {
        /// Whether the service did what was asked.
        effect: bool,
    },
    /// The caller died in this call, or panicked.
    Killed {
        /// Whether the service did what was asked.
        effect: bool,
    },
    /// The service never answers, and did nothing.
    Hung,
    /// The service did its work, and answered with a body that nobody can read.
    Garbled {
        /// Whether the service did what was asked.
        effect: bool,
    },
}

impl Outcome {
    /// Whether the service did what was asked, whatever the caller was told.
    #[must_use]
    pub fn took_effect(&self) -> bool {
        match self {
            Self::Ok => true,
            Self::Rejected { .. } | Self::Hung => false,
            Self::Dropped { effect } | Self::Killed { effect } | Self::Garbled { effect } => {
                *effect
            }
        }
    }
}

/// One call as a service saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When it took place, on AWS's clock, in milliseconds since 1970.
    pub at_ms: u64,
    /// Who made it, as named at the door.
    pub caller: String,
    /// The service that was asked.
    pub service: Service,
    /// The operation, in AWS's words: `CreateInvalidation`.
    pub operation: String,
    /// What it was about: a job id, a distribution or invalidation id, an item's key, a topic. Never a body.
    pub subject: String,
    /// How it ended.
    pub outcome: Outcome,
    /// A few words for people: `InProgress`, `percent 40`, `condition failed`.
    pub detail: String,
}

/// A call as it came to the front desk, in the order of arrival and before anything was done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// When it came, AWS time in epoch milliseconds.
    pub at_ms: u64,
    /// Who made it, as named at the door.
    pub caller: String,
    /// The service that was asked.
    pub service: Service,
    /// The operation, in AWS's words.
    pub operation: String,
    /// What it was about, as in [`Call::subject`].
    pub subject: String,
    /// Whether a fault struck it.
    pub is_faulted: bool,
    /// How many writes DynamoDB had done by then, for [`Console::history`](crate::dynamodb::Console::history).
    pub writes: usize,
}

/// The calls so far, and who wants to hear of the next ones.
#[derive(Debug, Default)]
pub(super) struct Journal {
    calls: Vec<Call>,
    watchers: Vec<mpsc::UnboundedSender<Call>>,
}

impl Journal {
    pub(super) fn calls(&self) -> &[Call] {
        &self.calls
    }

    pub(super) fn watch(&mut self) -> mpsc::UnboundedReceiver<Call> {
        let (watcher, calls) = mpsc::unbounded_channel();
        self.watchers.push(watcher);
        calls
    }

    pub(super) fn write(&mut self, call: Call) {
        self.watchers
            .retain(|watcher| watcher.send(call.clone()).is_ok());
        self.calls.push(call);
    }
}
