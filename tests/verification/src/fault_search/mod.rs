//! An exhaustive search over the production code: in every scenario, every kind of fault is injected at every call,
//! alone and in pairs, and no run may violate an invariant.
//!
//! ```text
//!   scenario ── without a fault ──► its calls 1 … n
//!                                  │  each call × each kind
//!                                  ▼
//!                               singles ── each has its own calls, n' of them
//!                                             │  each call after the first fault × each kind
//!                                             ▼
//!                                           pairs ──► triples …
//! ```
//!
//! The real handlers run over the real SDK in virtual time, and a run depends only on the scenario and the faults. A
//! call is one HTTP request as the services receive it. The number of pairs follows: for each single, the calls of the
//! same run after the fault, times the kinds that suit them (14 for a call, 15 for a write). In a row of equal calls
//! without a write between them, such as the queries of an idle checker minute after minute, only the first and the
//! last are faulted.

mod coverage;
mod invariant_checker;
mod kind;
mod report;
mod run;
mod scenario;
mod walk;

pub use coverage::{Matrix, Point, RecordState};
pub use kind::Kind;
pub use report::{Report, Violation};
pub use run::Injection;
pub use scenario::{End, SCENARIOS, Scenario};
pub use walk::{Plan, search};
