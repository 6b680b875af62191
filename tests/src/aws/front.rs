//! The front desk: every call passes here, whichever door it came by. It meets its fault, its service and the journal
//! under one lock, and its reply leaves after the latency.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use super::call::{Call, Journal, Outcome};
use super::cloudfront::CloudFront;
use super::codepipeline::CodePipeline;
use super::dynamodb::DynamoDb;
use super::fault::{FaultKind, Faults};
use super::names::Names;
use super::refusal::Refusal;
use super::sns::Sns;
use super::wire::{self, Ask, Served};
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
    /// Answers one request of `caller`. The future is pending for ever when the service hangs or the caller is killed.
    ///
    /// # Errors
    /// [`Dropped`] when a fault breaks the connection; everything that a service refuses is a response.
    pub async fn handle(
        &self,
        caller: &str,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Dropped> {
        let half = self.inner.settings.latency / 2;
        pause(half).await;
        match self.at_once(|state, now_ms| state.receive(now_ms, caller, &request)) {
            Fate::Reply(response, delay) => {
                pause(half + delay).await;
                Ok(response)
            }
            Fate::Break => Err(Dropped),
            Fate::Silence => std::future::pending().await,
        }
    }
}

async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

/// A request at the desk.
pub(super) struct Arrival<'a> {
    pub(super) now_ms: u64,
    pub(super) caller: &'a str,
    pub(super) request: &'a Request<Bytes>,
    pub(super) request_id: String,
}

/// What becomes of a call once its effect, if any, has taken place.
enum Fate {
    Reply(Response<Bytes>, Duration),
    Break,
    Silence,
}

/// All that this AWS knows.
#[derive(Debug)]
pub(super) struct State {
    pub(super) names: Names,
    pub(super) cloudfront: CloudFront,
    pub(super) codepipeline: CodePipeline,
    pub(super) dynamodb: DynamoDb,
    pub(super) sns: Sns,
    pub(super) journal: Journal,
    pub(super) faults: Faults,
    requests: u64,
}

impl State {
    pub(super) fn new(settings: &Settings) -> Self {
        let names = Names::new(settings.seed);
        Self {
            names,
            cloudfront: CloudFront::new(names, settings.completes_after),
            codepipeline: CodePipeline::new(names, settings),
            dynamodb: DynamoDb::default(),
            sns: Sns::new(names, &settings.region),
            journal: Journal::default(),
            faults: Faults::default(),
            requests: 0,
        }
    }

    fn receive(&mut self, now_ms: u64, caller: &str, request: &Request<Bytes>) -> Fate {
        self.requests += 1;
        let request_id = self.names.uuid("request", self.requests);
        let arrival = Arrival {
            now_ms,
            caller,
            request,
            request_id,
        };
        let Some(ask) = wire::recognise(self, request) else {
            return Fate::Reply(wire::nobody_serves(request), Duration::ZERO);
        };
        let fault = self.faults.meet(caller, ask.service, &ask.operation);
        let served = match &fault {
            Some(FaultKind::LoseRequest | FaultKind::Hang | FaultKind::KillBefore) => {
                Served::unseen()
            }
            Some(FaultKind::Refuse {
                status,
                code,
                message,
            }) => Served::refused(
                ask.service,
                Refusal::new(*status, code, message),
                &arrival.request_id,
            ),
            _ => wire::serve(self, &ask, &arrival),
        };
        let detail = served.detail.clone();
        let (outcome, fate) = self.decide(fault.as_ref(), served, caller);
        self.journal
            .write(ask.into_call(now_ms, caller, outcome, detail));
        fate
    }

    /// Who hears of what the service did, or did not do.
    fn decide(
        &mut self,
        fault: Option<&FaultKind>,
        served: Served,
        caller: &str,
    ) -> (Outcome, Fate) {
        let Served {
            outcome, response, ..
        } = served;
        let effect = outcome.took_effect();
        match fault {
            Some(FaultKind::LoseRequest | FaultKind::LoseReply) => {
                (Outcome::Dropped { effect }, Fate::Break)
            }
            Some(FaultKind::Hang) => (Outcome::Hung, Fate::Silence),
            Some(FaultKind::KillBefore | FaultKind::KillAfter) => {
                self.faults.kill(caller);
                (Outcome::Killed { effect }, Fate::Silence)
            }
            Some(FaultKind::Malformed) => (
                Outcome::Garbled { effect },
                Fate::Reply(wire::garbage(&response), Duration::ZERO),
            ),
            Some(FaultKind::Slow(delay)) => (outcome, Fate::Reply(response, *delay)),
            Some(FaultKind::Refuse { .. }) | None => {
                (outcome, Fate::Reply(response, Duration::ZERO))
            }
        }
    }
}

impl Ask {
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
