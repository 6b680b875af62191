//! The journal: one entry for each call that a service received, in order.

use std::fmt;

use tokio::sync::mpsc;

/// The services of the local AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Invalidations of distributions and distribution tenants.
    CloudFront,
    /// Jobs of Lambda invoke actions.
    CodePipeline,
    /// Items, conditions and one kind of index.
    DynamoDb,
    /// Objects that are read in parts.
    S3,
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
            Self::S3 => "S3",
            Self::Sns => "SNS",
            Self::EventBridge => "EventBridge",
        })
    }
}

/// The outcome of a call at the service. `effect` is true if the service executed the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Executed, and the caller received the reply.
    Ok,
    /// The service, or a fault in its name, rejected the call.
    Rejected {
        /// The HTTP status.
        status: u16,
        /// The service's error code.
        code: String,
    },
    /// The connection broke; the caller received no reply.
    Dropped {
        /// Whether the service executed the request.
        effect: bool,
    },
    /// The caller was killed during this call, or panicked.
    Killed {
        /// Whether the service executed the request.
        effect: bool,
    },
    /// The service never replies, and did not execute the request.
    Hung,
    /// The service executed the request, and replied with an unreadable body.
    Garbled {
        /// Whether the service executed the request.
        effect: bool,
    },
}

impl Outcome {
    /// Whether the service executed the request, regardless of the reply.
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

/// One call as the service recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When it took place, on AWS's clock, in milliseconds since 1970.
    pub at_ms: u64,
    /// The caller, as named by its transport.
    pub caller: String,
    /// The service.
    pub service: Service,
    /// The operation, by its AWS name: `CreateInvalidation`.
    pub operation: String,
    /// The subject of the call: a job id, a distribution or invalidation id, an item's key, a topic. Never a body.
    pub subject: String,
    /// Its outcome.
    pub outcome: Outcome,
    /// A short description: `InProgress`, `percent 40`, `condition failed`.
    pub detail: String,
}

/// A call as it arrived, before it was handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// When it arrived, AWS time in epoch milliseconds.
    pub at_ms: u64,
    /// The caller, as named by its transport.
    pub caller: String,
    /// The service.
    pub service: Service,
    /// The operation, by its AWS name.
    pub operation: String,
    /// The subject, as in [`Call::subject`].
    pub subject: String,
    /// Whether a fault was applied to it.
    pub is_faulted: bool,
    /// The number of writes in DynamoDB at that time, for [`Console::history`](crate::dynamodb::Console::history).
    pub writes: usize,
}

/// The calls so far, and the receivers of the next ones.
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
