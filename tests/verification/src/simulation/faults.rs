//! The faults of a day: single calls, outages of a service for minutes, outages of a function for minutes.

use std::time::Duration;

use fastrand::Rng;

use super::plan::{between, pick};
use local_aws::{Fault, FaultKind, Service};

/// The probability that a kind of fault occurs on a day.
const CHANCE_OF_A_KIND: f64 = 0.2;
/// The largest probability of a fault per call.
const OFTEN: f64 = 0.08;
const RARE: f64 = 0.01;
/// The number of calls of a function for which single faults are planned.
const CALLS: u32 = 3_000;

/// The faults of a day, in time from its start.
#[derive(Clone, Debug)]
pub struct Faults {
    /// The faults of single calls before the end of the faults.
    pub faults: Vec<Fault>,
    /// The outages of services or functions.
    pub outages: Vec<Outage>,
    /// The end of the last fault.
    pub ends: Duration,
}

impl Faults {
    /// Whether a call of GetJobDetails may end without a readable reply. The function then believes the event.
    pub(super) fn may_hide_details(&self) -> bool {
        let outages = self.outages.iter().map(|outage| &outage.fault);
        let mut kinds = self.faults.iter().chain(outages).map(|fault| &fault.kind);
        kinds.any(|kind| {
            matches!(
                kind,
                FaultKind::Reject { .. }
                    | FaultKind::Throttle
                    | FaultKind::Unavailable
                    | FaultKind::LoseRequest
                    | FaultKind::LoseReply
                    | FaultKind::Hang
                    | FaultKind::Slow(_)
                    | FaultKind::Late(_)
                    | FaultKind::Malformed
            )
        })
    }
}

/// An outage of a service or a function.
#[derive(Clone, Debug)]
pub struct Outage {
    /// When it begins.
    pub begins: Duration,
    /// How long it lasts.
    pub lasts: Duration,
    /// The fault of its calls; the time is set later.
    pub fault: Fault,
}

/// The kinds of faults of a single call.
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
        FaultKind::Reject { .. } => "rejected",
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

/// Whether the fault leaves no fact from which the invariant checker could know of it.
pub(super) const fn is_hidden(kind: &FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::Slow(_) | FaultKind::Late(_) | FaultKind::Overtake { .. } | FaultKind::Cue(_)
    )
}

/// The faults of a day: four of five days have some.
pub(super) fn of(rng: &mut Rng, day: Duration) -> Faults {
    if rng.f64() < 0.2 {
        return Faults {
            faults: Vec::new(),
            outages: Vec::new(),
            ends: Duration::ZERO,
        };
    }
    let outage = outage(rng, day);
    let needs_failed_deliveries = outage
        .as_ref()
        .is_some_and(|outage| causes_failed_deliveries(&outage.fault));
    let crashing = crashing(rng, outage.as_ref());
    let kinds = kinds(rng);
    let mut faults = Vec::new();
    for kind in kinds {
        if rng.f64() >= CHANCE_OF_A_KIND {
            continue;
        }
        let is_crash = is_crash(&kind);
        let only = crashing.filter(|_| needs_failed_deliveries || is_crash);
        // Where both functions may crash, six runs in a row must not: three of `start`, and three of the failed
        // delivery.
        let most = if is_crash && crashing.is_none() {
            RARE
        } else {
            OFTEN
        };
        faults.extend(injections(rng, &kind, only, most));
    }
    let outages: Vec<Outage> = outage.into_iter().collect();
    let last = outages.iter().map(|outage| outage.begins + outage.lasts);
    let ends = last.max().unwrap_or_default().max(day);
    Faults {
        faults,
        outages,
        ends,
    }
}

const fn is_crash(kind: &FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::KillBefore
            | FaultKind::KillAfter
            | FaultKind::PanicBefore
            | FaultKind::PanicAfter
    )
}

/// Which function may crash, if not both: none while the other has an outage, because then no function could report a
/// result.
fn crashing(rng: &mut Rng, outage: Option<&Outage>) -> Option<&'static str> {
    match outage.map(|outage| &outage.fault) {
        Some(fault) if causes_failed_deliveries(fault) => Some("start"),
        Some(fault) if fault.caller.as_deref() == Some("checker") => Some("checker"),
        _ => *pick(rng, &[Some("start"), Some("checker"), None]),
    }
}

/// Whether jobs become failed deliveries, which Lambda retries twice: because `start` has an outage, or the table is
/// unreachable. The checker's calls then get no other fault, because no function could report a result if both fail.
fn causes_failed_deliveries(fault: &Fault) -> bool {
    fault.caller.as_deref() == Some("start") || fault.service == Some(Service::DynamoDb)
}

/// Faults of one kind: each call of one function, or of both, has the same small probability.
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
        // The gap between two faults of independent trials.
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

/// At most one outage of a service or a function, because the guarantees cover one at a time.
fn outage(rng: &mut Rng, day: Duration) -> Option<Outage> {
    let services = [
        Service::CloudFront,
        Service::CodePipeline,
        Service::DynamoDb,
        Service::Sns,
        Service::EventBridge,
    ];
    let function_outage = |caller: &str| Fault {
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
        0 => function_outage("start"),
        1 => function_outage("checker"),
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
