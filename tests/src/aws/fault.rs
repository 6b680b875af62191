//! Trouble on demand: which calls it strikes, and what it does to them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::call::Service;

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
            kind,
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

    fn matches(&self, caller: &str, service: Service, operation: &str) -> bool {
        self.caller.as_deref().is_none_or(|only| only == caller)
            && self.service.is_none_or(|only| only == service)
            && self
                .operation
                .as_deref()
                .is_none_or(|only| only == operation)
    }
}

/// What a fault does to a call.
#[derive(Clone, Debug)]
pub enum FaultKind {
    /// An error in the service's own shape; nothing was done.
    Refuse {
        /// The HTTP status, such as 400 for CloudFront's `Throttling`.
        status: u16,
        /// The service's error code.
        code: String,
        /// The service's words.
        message: String,
    },
    /// The connection breaks before the service saw the request.
    LoseRequest,
    /// The service does its work; the connection breaks before the caller hears of it.
    LoseReply,
    /// No effect and no reply, ever.
    Hang,
    /// The service does its work, and its reply takes this much longer, in tokio time.
    Slow(Duration),
    /// The service does its work, and answers 200 with a body that nobody can read. (PutJobSuccessResult and
    /// PutJobFailureResult have no body to misread, so that their clients take it for success.)
    Malformed,
    /// The caller dies before the service saw the request.
    KillBefore,
    /// The service does its work; the caller dies before it hears of it.
    KillAfter,
}

impl FaultKind {
    /// An error in the service's own shape.
    #[must_use]
    pub fn refuse(status: u16, code: &str, message: &str) -> Self {
        Self::Refuse {
            status,
            code: code.into(),
            message: message.into(),
        }
    }
}

/// All faults with how often each was met, and the kills that nobody has seen yet.
#[derive(Debug, Default)]
pub(super) struct Faults {
    faults: Vec<(Fault, u32)>,
    strikes: BTreeMap<String, Arc<Semaphore>>,
}

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.faults.push((fault, 0));
    }

    /// Counts a call with every fault that matches it, and says which strikes.
    pub(super) fn meet(
        &mut self,
        caller: &str,
        service: Service,
        operation: &str,
    ) -> Option<FaultKind> {
        let mut striking = None;
        for (fault, met) in self
            .faults
            .iter_mut()
            .filter(|(fault, _)| fault.matches(caller, service, operation))
        {
            *met = met.saturating_add(1);
            let strikes = *met >= fault.first && *met - fault.first < fault.count;
            if strikes && striking.is_none() {
                striking = Some(fault.kind.clone());
            }
        }
        striking
    }

    pub(super) fn kill(&mut self, caller: &str) {
        self.strikes(caller).add_permits(1);
    }

    pub(super) fn strikes(&mut self, caller: &str) -> Arc<Semaphore> {
        let none_yet = || Arc::new(Semaphore::new(0));
        Arc::clone(self.strikes.entry(caller.into()).or_insert_with(none_yet))
    }
}
