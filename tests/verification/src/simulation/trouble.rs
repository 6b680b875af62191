//! What goes wrong on a day: single calls, services for minutes, a function for minutes.

use std::time::Duration;

use fastrand::Rng;

use super::plan::{between, pick};
use local_aws::{Fault, FaultKind, Service};

/// How likely a kind of trouble is on at all.
const CHANCE_OF_A_KIND: f64 = 0.2;
/// How likely a call is struck at most.
const OFTEN: f64 = 0.08;
const RARE: f64 = 0.01;
/// For how many calls of a function single faults are made up.
const CALLS: u32 = 3_000;

/// What goes wrong, in time from the beginning of the day.
#[derive(Clone, Debug)]
pub struct ServiceError {
    /// Single calls that go wrong while there is trouble.
    pub faults: Vec<Fault>,
    /// Spans in which a service or a function is down.
    pub outages: Vec<Outage>,
    /// When the last of it is over.
    pub ends: Duration,
}

/// A service or a function is down for a while.
#[derive(Clone, Debug)]
pub struct Outage {
    /// From when on.
    pub begins: Duration,
    /// For how long.
    pub lasts: Duration,
    /// What happens to its calls; when it happens is still to be filled in.
    pub fault: Fault,
}

/// The kinds of trouble that a single call may have.
fn kinds(rng: &mut Rng) -> [FaultKind; 13] {
    let seconds = |rng: &mut Rng, most| Duration::from_secs(rng.u64(1..=most));
    [
        FaultKind::LoseRequest,
        FaultKind::LoseReply,
        FaultKind::Hang,
        FaultKind::Slow(seconds(rng, 12)),
        FaultKind::Late(seconds(rng, 40)),
        FaultKind::Malformed,
        FaultKind::KillBefore,
        FaultKind::KillAfter,
        FaultKind::PanicBefore,
        FaultKind::PanicAfter,
        FaultKind::Throttle,
        FaultKind::Unavailable,
        FaultKind::Overtake {
            attribute: "write_id".into(),
        },
    ]
}

/// The name of a kind, for counts.
pub(super) const fn name(kind: &FaultKind) -> &'static str {
    match kind {
        FaultKind::Reject { .. } => "refused",
        FaultKind::Throttle => "throttled",
        FaultKind::Unavailable => "unavailable",
        FaultKind::LoseRequest => "request lost",
        FaultKind::LoseReply => "reply lost",
        FaultKind::Hang => "hung",
        FaultKind::Slow(_) => "slow",
        FaultKind::Late(_) => "late",
        FaultKind::Malformed => "malformed",
        FaultKind::KillBefore => "killed before",
        FaultKind::KillAfter => "killed after",
        FaultKind::PanicBefore => "panicked before",
        FaultKind::PanicAfter => "panicked after",
        FaultKind::Overtake { .. } => "overtaken",
        FaultKind::Abandon => "abandoned",
        FaultKind::Cue(_) => "cued",
    }
}

/// Whether a strike leaves no fact by which the checker could know that there was trouble.
pub(super) const fn is_hidden(kind: &FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::Slow(_) | FaultKind::Late(_) | FaultKind::Overtake { .. } | FaultKind::Cue(_)
    )
}

/// The trouble of a day: in four of five.
pub(super) fn of(rng: &mut Rng, day: Duration) -> ServiceError {
    if rng.f64() < 0.2 {
        return ServiceError {
            faults: Vec::new(),
            outages: Vec::new(),
            ends: Duration::ZERO,
        };
    }
    let outage = outage(rng, day);
    let is_on_last_road = outage
        .as_ref()
        .is_some_and(|outage| is_last_road(&outage.fault));
    let mortal = mortal(rng, outage.as_ref());
    let kinds = kinds(rng);
    let mut faults = Vec::new();
    for kind in kinds {
        if rng.f64() >= CHANCE_OF_A_KIND {
            continue;
        }
        let is_deadly = is_deadly(&kind);
        let only = mortal.filter(|_| is_on_last_road || is_deadly);
        // Where both functions die, six runs in a row must not: three of `start`, and three of the failed delivery.
        let most = if is_deadly && mortal.is_none() {
            RARE
        } else {
            OFTEN
        };
        faults.extend(injections(rng, &kind, only, most));
    }
    let outages: Vec<Outage> = outage.into_iter().collect();
    let last = outages.iter().map(|outage| outage.begins + outage.lasts);
    let ends = last.max().unwrap_or_default().max(day);
    ServiceError {
        faults,
        outages,
        ends,
    }
}

const fn is_deadly(kind: &FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::KillBefore
            | FaultKind::KillAfter
            | FaultKind::PanicBefore
            | FaultKind::PanicAfter
    )
}

/// Which function may die, if not both: none while the other is out, for then nobody is left to answer.
fn mortal(rng: &mut Rng, outage: Option<&Outage>) -> Option<&'static str> {
    match outage.map(|outage| &outage.fault) {
        Some(fault) if is_last_road(fault) => Some("start"),
        Some(fault) if fault.caller.as_deref() == Some("checker") => Some("checker"),
        _ => *pick(rng, &[Some("start"), Some("checker"), None]),
    }
}

/// Whether jobs come to the failed delivery, which Lambda tries three times: with `start` dead, or the table out of reach. Then the
/// calls of the checker meet no other trouble, for if both functions fail, nobody is left to answer.
fn is_last_road(fault: &Fault) -> bool {
    fault.caller.as_deref() == Some("start") || fault.service == Some(Service::DynamoDb)
}

/// Strikes of one kind: each call of one function, or of both, is struck with the same small likelihood.
fn injections(rng: &mut Rng, kind: &FaultKind, only: Option<&str>, most: f64) -> Vec<Fault> {
    let rate = between(rng, 0.002, most);
    let caller = only.or(*pick(rng, &[Some("start"), Some("checker"), None]));
    let services = [
        None,
        Some(Service::CloudFront),
        Some(Service::CodePipeline),
        Some(Service::DynamoDb),
        Some(Service::Sns),
        Some(Service::EventBridge),
    ];
    let service = *pick(rng, &services);
    let mut call = 0;
    let mut faults = Vec::new();
    loop {
        // The gap between two strikes of independent throws.
        let gap = 1.0 + (rng.f64().max(f64::MIN_POSITIVE).ln() / (1.0 - rate).ln()).floor();
        call += gap.min(f64::from(CALLS)) as u32;
        if call > CALLS {
            return faults;
        }
        faults.push(Fault {
            caller: caller.map(str::to_owned),
            service,
            first: call,
            count: 1,
            ..Fault::always(kind.clone())
        });
    }
}

/// At most one service or one function is down for a while, for what is promised is promised of one at a time.
fn outage(rng: &mut Rng, day: Duration) -> Option<Outage> {
    let services = [
        Service::CloudFront,
        Service::CodePipeline,
        Service::DynamoDb,
        Service::Sns,
        Service::EventBridge,
    ];
    let dead = |caller: &str| Fault {
        caller: Some(caller.into()),
        ..Fault::always(FaultKind::KillBefore)
    };
    let down = pick(
        rng,
        &[
            FaultKind::Unavailable,
            FaultKind::Throttle,
            FaultKind::LoseRequest,
        ],
    )
    .clone();
    let fault = match rng.u8(0..12) {
        0 => dead("start"),
        1 => dead("checker"),
        2..=5 => Fault {
            service: Some(*pick(rng, &services)),
            ..Fault::always(down)
        },
        _ => return None,
    };
    Some(Outage {
        begins: day.mul_f64(rng.f64()),
        lasts: Duration::from_secs_f64(60.0 * between(rng, 0.5, 14.0)),
        fault,
    })
}
