//! The entry point of every call, from either transport. One lock covers its fault, its service and the journal; the
//! reply is sent after the latency.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use super::call::{Arrived, Call, Journal, Outcome, Service};
use super::cloudfront::CloudFront;
use super::codepipeline::CodePipeline;
use super::dynamodb::DynamoDb;
use super::eventbridge::EventBridge;
use super::fault::{FaultKind, Faults};
use super::names::Names;
use super::s3::S3;
use super::sns::Sns;
use super::wire::{self, Requested, Served};
use super::{Aws, Settings};

/// The connection broke, and there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("connection reset by peer")
    }
}

impl std::error::Error for Dropped {}

impl Aws {
    /// Handles one request of `caller`. The future stays pending if the service hangs or the caller is killed.
    ///
    /// # Errors
    /// [`Dropped`] when a fault breaks the connection; every rejection by a service is a response.
    ///
    /// # Panics
    /// When a fault makes the caller panic.
    pub async fn handle(
        &self,
        caller: &str,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Dropped> {
        self.handle_in(caller, caller, request).await
    }

    /// The same within a `run` of the caller: a kill ends that run, and no other run of the same function.
    pub(super) async fn handle_in(
        &self,
        run: &str,
        caller: &str,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Dropped> {
        let half = self.inner.settings.latency / 2;
        backoff(half).await;
        match self.at_once(|state, now_ms| state.receive(now_ms, run, caller, &request)) {
            Disposition::Reply(response, delay) => {
                backoff(half + delay).await;
                Ok(response)
            }
            Disposition::Break => Err(Dropped),
            Disposition::NoReply => std::future::pending().await,
            // This panic has no message to print; its effect is what the tests observe.
            Disposition::Panic => {
                std::panic::resume_unwind(Box::new("a fault made the caller panic"))
            }
            Disposition::Delay(delay) => self.arrive_late(delay, caller, request).await,
        }
    }

    /// Delivers the request to the service after `delay`, even if the caller no longer waits for the reply.
    async fn arrive_late(
        &self,
        delay: Duration,
        caller: &str,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Dropped> {
        let (aws, caller) = (self.clone(), caller.to_owned());
        let arrival = tokio::spawn(async move {
            backoff(delay).await;
            aws.at_once(|state, now_ms| state.serve_without_faults(now_ms, &caller, &request))
        });
        let response = arrival.await.map_err(|_| Dropped)?;
        backoff(self.inner.settings.latency / 2).await;
        Ok(response)
    }
}

async fn backoff(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

/// A received request.
pub(super) struct Arrival<'a> {
    pub(super) now_ms: u64,
    pub(super) caller: &'a str,
    pub(super) request: &'a Request<Bytes>,
    pub(super) request_id: String,
}

/// The reply of a call after its effect, if any, has taken place.
enum Disposition {
    Reply(Response<Bytes>, Duration),
    Break,
    NoReply,
    Panic,
    Delay(Duration),
}

/// The complete state of this AWS.
#[derive(Debug)]
pub(super) struct State {
    pub(super) names: Names,
    pub(super) cloudfront: CloudFront,
    pub(super) codepipeline: CodePipeline,
    pub(super) dynamodb: DynamoDb,
    pub(super) s3: S3,
    pub(super) sns: Sns,
    pub(super) eventbridge: EventBridge,
    pub(super) journal: Journal,
    pub(super) faults: Faults,
    pub(super) arrivals: Vec<Arrived>,
    requests: u64,
}

impl State {
    pub(super) fn new(settings: &Settings) -> Self {
        let names = Names::new(settings.seed);
        Self {
            names,
            cloudfront: CloudFront::new(names, &settings.account_id, settings.completes_after),
            codepipeline: CodePipeline::new(names, settings),
            dynamodb: DynamoDb::default(),
            s3: S3::default(),
            sns: Sns::new(names, &settings.region),
            eventbridge: EventBridge::new(names),
            journal: Journal::default(),
            faults: Faults::default(),
            arrivals: Vec::new(),
            requests: 0,
        }
    }

    fn receive(
        &mut self,
        now_ms: u64,
        run: &str,
        caller: &str,
        request: &Request<Bytes>,
    ) -> Disposition {
        let Some(requested) = wire::identify(self, request) else {
            return Disposition::Reply(wire::unknown_service(request), Duration::ZERO);
        };
        let fault = self
            .faults
            .meet(now_ms, caller, requested.service, &requested.operation);
        self.arrivals.push(Arrived {
            at_ms: now_ms,
            caller: caller.to_owned(),
            service: requested.service,
            operation: requested.operation.clone(),
            subject: requested.subject.clone(),
            is_faulted: fault.is_some(),
            writes: self.dynamodb.writes(),
        });
        let Some(fault) = fault else {
            let response = self.serve(now_ms, caller, request, requested);
            return Disposition::Reply(response, Duration::ZERO);
        };
        if let Some(delay) = fault.delay() {
            if matches!(fault, FaultKind::Cue(_)) {
                self.faults.cue();
            }
            return Disposition::Delay(delay);
        }
        self.arrange(now_ms, &fault, &requested);
        let arrival = self.arrival(now_ms, caller, request);
        let served = if fault.prevents_request() {
            Served::unseen()
        } else if let Some(rejection) = fault.rejection(requested.service) {
            Served::rejected(requested.service, rejection, &arrival.request_id)
        } else {
            wire::serve(self, &requested, &arrival)
        };
        let detail = served.detail.clone();
        let (outcome, disposition) = self.decide(&fault, served, run);
        self.journal
            .write(requested.into_call(now_ms, caller, outcome, detail));
        disposition
    }

    /// Serves a delayed request, to which no other fault is applied.
    fn serve_without_faults(
        &mut self,
        now_ms: u64,
        caller: &str,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        match wire::identify(self, request) {
            Some(requested) => self.serve(now_ms, caller, request, requested),
            None => wire::unknown_service(request),
        }
    }

    fn serve(
        &mut self,
        now_ms: u64,
        caller: &str,
        request: &Request<Bytes>,
        requested: Requested,
    ) -> Response<Bytes> {
        let arrival = self.arrival(now_ms, caller, request);
        let Served {
            outcome,
            detail,
            response,
        } = wire::serve(self, &requested, &arrival);
        self.journal
            .write(requested.into_call(now_ms, caller, outcome, detail));
        response
    }

    fn arrival<'a>(
        &mut self,
        now_ms: u64,
        caller: &'a str,
        request: &'a Request<Bytes>,
    ) -> Arrival<'a> {
        self.requests += 1;
        Arrival {
            now_ms,
            caller,
            request,
            request_id: self.names.uuid("request", self.requests),
        }
    }

    /// The actions of other writers just before the service receives the call.
    fn arrange(&mut self, now_ms: u64, fault: &FaultKind, requested: &Requested) {
        match fault {
            FaultKind::Abandon => self.codepipeline.abandon_all(now_ms),
            FaultKind::Overtake { attribute } if requested.service == Service::DynamoDb => {
                self.dynamodb
                    .overtake(now_ms, &requested.subject, attribute);
            }
            _ => {}
        }
    }

    /// Reports the effect of the call, or its absence, to the observers.
    fn decide(&mut self, fault: &FaultKind, served: Served, run: &str) -> (Outcome, Disposition) {
        let Served {
            outcome, response, ..
        } = served;
        let effect = outcome.took_effect();
        match fault {
            FaultKind::LoseRequest | FaultKind::LoseReply => {
                (Outcome::Dropped { effect }, Disposition::Break)
            }
            FaultKind::Hang => (Outcome::Hung, Disposition::NoReply),
            FaultKind::KillBefore | FaultKind::KillAfter => {
                self.faults.kill(run);
                (Outcome::Killed { effect }, Disposition::NoReply)
            }
            FaultKind::PanicBefore | FaultKind::PanicAfter => {
                (Outcome::Killed { effect }, Disposition::Panic)
            }
            FaultKind::Malformed => (
                Outcome::Garbled { effect },
                Disposition::Reply(wire::invalid(&response), Duration::ZERO),
            ),
            FaultKind::Slow(delay) => (outcome, Disposition::Reply(response, *delay)),
            FaultKind::Reject { .. }
            | FaultKind::Throttle
            | FaultKind::Unavailable
            | FaultKind::Overtake { .. }
            | FaultKind::Abandon
            | FaultKind::Late(_)
            | FaultKind::Cue(_) => (outcome, Disposition::Reply(response, Duration::ZERO)),
        }
    }
}

impl Requested {
    fn into_call(self, at_ms: u64, caller: &str, outcome: Outcome, detail: String) -> Call {
        let Self {
            service,
            operation,
            subject,
        } = self;
        Call {
            at_ms,
            caller: caller.into(),
            service,
            operation,
            subject,
            outcome,
            detail,
        }
    }
}
