//! Trouble on demand: which calls it strikes, and what it does to them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::call::Service;
use super::refusal::Rejection;

/// Trouble for some calls. What is `None` matches every call.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Only calls of this caller.
    pub caller: Option<String>,
    /// Only calls to this service.
    pub service: Option<Service>,
    /// Only this operation, in AWS's words.
    pub operation: Option<String>,
    /// The first call to strike, counted from 1 among the matching calls since the injection.
    pub first: u32,
    /// How many calls to strike from there on; `u32::MAX` means for ever.
    pub count: u32,
    /// Only calls within this span of AWS's time, in milliseconds since 1970; calls outside it are not counted.
    pub during: Option<Range<u64>>,
    /// What happens to them.
    pub kind: FaultKind,
}

impl Fault {
    /// Strikes every call of every caller; narrow it by setting the fields.
    #[must_use]
    pub fn always(kind: FaultKind) -> Self {
        Self {
            caller: None,
            service: None,
            operation: None,
            first: 1,
            count: u32::MAX,
            during: None,
            kind,
        }
    }

    /// Strikes every call of every caller to a service that is down for this span of AWS's time.
    #[must_use]
    pub fn outage(service: Service, during: Range<u64>, kind: FaultKind) -> Self {
        Self {
            service: Some(service),
            during: Some(during),
            ..Self::always(kind)
        }
    }

    /// Strikes one operation of a service once, at its next call.
    #[must_use]
    pub fn once(service: Service, operation: &str, kind: FaultKind) -> Self {
        Self {
            service: Some(service),
            operation: Some(operation.into()),
            count: 1,
            ..Self::always(kind)
        }
    }

    fn matches(&self, now_ms: u64, caller: &str, service: Service, operation: &str) -> bool {
        self.during
            .as_ref()
            .is_none_or(|during| during.contains(&now_ms))
            && self.caller.as_deref().is_none_or(|only| only == caller)
            && self.service.is_none_or(|only| only == service)
            && self
                .operation
                .as_deref()
                .is_none_or(|only| only == operation)
    }
}

/// What a fault does to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// An error in the service's own shape; nothing was done.
    Reject {
        /// The HTTP status, such as 400 for CloudFront's `Throttling`.
        status: u16,
        /// The service's error code.
        code: String,
        /// The service's words.
        message: String,
    },
    /// The service has too much to do, and says so with its own error code; nothing was done.
    Throttle,
    /// The service has a fault of its own, and says so with its own 5xx; nothing was done.
    Unavailable,
    /// The connection breaks before the service saw the request.
    LoseRequest,
    /// The service does its work; the connection breaks before the caller hears of it.
    LoseReply,
    /// No effect and no reply, ever.
    Hang,
    /// The service does its work, and its reply takes this much longer, in tokio time.
    Slow(Duration),
    /// The request takes this much longer, in tokio time, to reach the service, which then does its work even if the
    /// caller has gone on to something else.
    Late(Duration),
    /// The service does its work, and answers 200 with a body that nobody can read. (PutJobSuccessResult and
    /// PutJobFailureResult have no body to misread, so that their clients take it for success.)
    Malformed,
    /// The caller dies before the service saw the request.
    KillBefore,
    /// The service does its work; the caller dies before it hears of it.
    KillAfter,
    /// The caller panics before the service saw the request. Over loopback its connection breaks instead.
    PanicBefore,
    /// The service does its work; the caller panics before it hears of it. Over loopback its connection breaks instead.
    PanicAfter,
    /// Just before the service sees the request, somebody else writes the item that it is about: this attribute has a
    /// new text, and the rest stays as it is. It shows what a writer does whose condition fails although nothing of
    /// substance has changed. A call that is about no item, or about one that does not exist, is served as usual.
    Overtake {
        /// The attribute that tells one write from another.
        attribute: String,
    },
    /// Just before the service sees the request, every action is stopped and abandoned.
    Abandon,
    /// Whoever waits in [`Aws::cued`](super::Aws::cued) gets the cue, and the request waits this long, in tokio time,
    /// before the service sees it: something else can happen in the middle of the call.
    Cue(Duration),
}

impl FaultKind {
    /// An error in the service's own shape.
    #[must_use]
    pub fn reject(status: u16, code: &str, message: &str) -> Self {
        Self::Reject {
            status,
            code: code.into(),
            message: message.into(),
        }
    }

    /// What the service says, if the fault is an error in its name.
    pub(super) fn rejection(&self, service: Service) -> Option<Rejection> {
        match self {
            Self::Reject {
                status,
                code,
                message,
            } => Some(Rejection::new(*status, code, message)),
            Self::Throttle => Some(throttled(service)),
            Self::Unavailable => Some(unavailable(service)),
            _ => None,
        }
    }

    /// Whether the service never sees the request.
    pub(super) fn keeps_request_away(&self) -> bool {
        matches!(
            self,
            Self::LoseRequest | Self::Hang | Self::KillBefore | Self::PanicBefore
        )
    }

    /// For how long the request is on its way.
    pub(super) fn delay(&self) -> Option<Duration> {
        match self {
            Self::Late(delay) | Self::Cue(delay) => Some(*delay),
            _ => None,
        }
    }
}

fn throttled(service: Service) -> Rejection {
    match service {
        Service::CloudFront => Rejection::new(400, "Throttling", "Rate exceeded"),
        Service::CodePipeline | Service::EventBridge => {
            Rejection::new(400, "ThrottlingException", "Rate exceeded")
        }
        Service::DynamoDb => Rejection::new(
            400,
            "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded.",
        ),
        Service::Sns => Rejection::new(429, "Throttled", "Rate exceeded"),
    }
}

fn unavailable(service: Service) -> Rejection {
    match service {
        Service::CloudFront => Rejection::new(
            503,
            "ServiceUnavailable",
            "CloudFront is temporarily unavailable.",
        ),
        Service::CodePipeline => Rejection::new(500, "InternalFailure", "Internal failure"),
        Service::EventBridge => Rejection::new(500, "InternalException", "Internal exception"),
        Service::DynamoDb => Rejection::new(500, "InternalServerError", "Internal server error"),
        Service::Sns => Rejection::new(500, "InternalError", "Internal error"),
    }
}

/// A fault, how often a call matched it, and how often it struck.
#[derive(Debug)]
struct Arranged {
    fault: Fault,
    met: u32,
    faulted: u32,
}

/// All faults, and the kills and cues that nobody has seen yet.
#[derive(Debug)]
pub(super) struct Faults {
    faults: Vec<Arranged>,
    injections: BTreeMap<String, Arc<Semaphore>>,
    cues: Arc<Semaphore>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            faults: Vec::new(),
            injections: BTreeMap::new(),
            cues: Arc::new(Semaphore::new(0)),
        }
    }
}

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.faults.push(Arranged {
            fault,
            met: 0,
            faulted: 0,
        });
    }

    /// Counts a call with every fault that matches it, and says which strikes.
    pub(super) fn meet(
        &mut self,
        now_ms: u64,
        caller: &str,
        service: Service,
        operation: &str,
    ) -> Option<FaultKind> {
        let mut injecting = None;
        let faults = self.faults.iter_mut();
        for Arranged {
            fault,
            met,
            faulted,
        } in faults.filter(|one| one.fault.matches(now_ms, caller, service, operation))
        {
            *met = met.saturating_add(1);
            let injections = *met >= fault.first && *met - fault.first < fault.count;
            if injections && injecting.is_none() {
                *faulted = faulted.saturating_add(1);
                injecting = Some(fault.kind.clone());
            }
        }
        injecting
    }

    /// Each fault with how often it struck.
    pub(super) fn faulted(&self) -> impl Iterator<Item = (&Fault, u32)> {
        self.faults.iter().map(|one| (&one.fault, one.faulted))
    }

    pub(super) fn cue(&self) {
        self.cues.add_permits(1);
    }

    pub(super) fn cues(&self) -> Arc<Semaphore> {
        Arc::clone(&self.cues)
    }

    pub(super) fn kill(&mut self, caller: &str) {
        self.injections(caller).add_permits(1);
    }

    pub(super) fn injections(&mut self, caller: &str) -> Arc<Semaphore> {
        let none_yet = || Arc::new(Semaphore::new(0));
        Arc::clone(
            self.injections
                .entry(caller.into())
                .or_insert_with(none_yet),
        )
    }
}
