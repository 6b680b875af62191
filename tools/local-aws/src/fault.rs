//! Fault injection: the calls to which a fault applies, and its effect.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::call::Service;
use super::rejection::Rejection;

/// A fault for some calls. A field that is `None` matches every call.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Only calls of this caller.
    pub caller: Option<String>,
    /// Only calls to this service.
    pub service: Option<Service>,
    /// Only this operation, in AWS's words.
    pub operation: Option<String>,
    /// The first call that is affected, counted from 1 among the matching calls since the injection.
    pub first: u32,
    /// The number of calls that are affected from there on; `u32::MAX` means for ever.
    pub count: u32,
    /// Only calls within this span of AWS's time, in milliseconds since 1970; calls outside it are not counted.
    pub during: Option<Range<u64>>,
    /// The effect.
    pub kind: FaultKind,
}

impl Fault {
    /// Affects every call of every caller; set the fields to narrow it.
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

    /// Affects every call of every caller to a service that is unavailable for this span of AWS time.
    #[must_use]
    pub fn outage(service: Service, during: Range<u64>, kind: FaultKind) -> Self {
        Self {
            service: Some(service),
            during: Some(during),
            ..Self::always(kind)
        }
    }

    /// Affects one operation of a service once, at its next call.
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

/// The effect of a fault on a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// An error in the service's own format, without an effect.
    Reject {
        /// The HTTP status, such as 400 for CloudFront's `Throttling`.
        status: u16,
        /// The service's error code.
        code: String,
        /// The service's error message.
        message: String,
    },
    /// The service throttles the call with its own error code, without an effect.
    Throttle,
    /// The service fails with its own 5xx, without an effect.
    Unavailable,
    /// The connection breaks before the service receives the request.
    LoseRequest,
    /// The request takes effect; the connection breaks before the caller receives the reply.
    LoseReply,
    /// No effect and no reply, ever.
    Hang,
    /// The request takes effect, and the reply is delayed by this much tokio time.
    Slow(Duration),
    /// The request is delayed by this much tokio time before the service receives it. It then takes effect even if the
    /// caller has stopped waiting.
    Late(Duration),
    /// The request takes effect, and the service replies 200 with an unreadable body. (PutJobSuccessResult and
    /// PutJobFailureResult have no body, so their clients treat the reply as a success.)
    Malformed,
    /// The caller is killed before the service receives the request.
    KillBefore,
    /// The request takes effect; the caller is killed before it receives the reply.
    KillAfter,
    /// The caller panics before the service receives the request. Over loopback its connection breaks instead.
    PanicBefore,
    /// The request takes effect; the caller panics before it receives the reply. Over loopback its connection breaks
    /// instead.
    PanicAfter,
    /// Just before the service receives the request, another writer changes the item of the request: this attribute
    /// gets a new text, and the rest is unchanged. It tests a writer whose condition fails although nothing relevant
    /// has changed. A call without an item, or with one that does not exist, is served as usual.
    Overtake {
        /// The attribute that identifies a write.
        attribute: String,
    },
    /// Just before the service receives the request, every action is stopped and abandoned.
    Abandon,
    /// A waiter in [`Aws::cued`](super::Aws::cued) gets the cue, and the request waits this long, in tokio time, before
    /// the service receives it: another action can happen during the call.
    Cue(Duration),
}

impl FaultKind {
    /// An error in the service's own format.
    #[must_use]
    pub fn reject(status: u16, code: &str, message: &str) -> Self {
        Self::Reject {
            status,
            code: code.into(),
            message: message.into(),
        }
    }

    /// The service's error, if the fault is an error of the service.
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

    /// Whether the service never receives the request.
    pub(super) fn prevents_request(&self) -> bool {
        matches!(
            self,
            Self::LoseRequest | Self::Hang | Self::KillBefore | Self::PanicBefore
        )
    }

    /// The delay of the request.
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
        Service::S3 => Rejection::new(503, "SlowDown", "Please reduce your request rate."),
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
        Service::S3 | Service::Sns => Rejection::new(500, "InternalError", "Internal error"),
    }
}

/// A fault, the number of calls that matched it, and the number that it was applied to.
#[derive(Debug)]
struct Arranged {
    fault: Fault,
    met: u32,
    faulted: u32,
}

/// All faults, and the kills and cues that are not consumed yet.
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

    /// Counts a call with every fault that matches it, and returns the one that applies.
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

    /// Each fault with the number of calls that it was applied to.
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
