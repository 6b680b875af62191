//! An exhaustive search over the production code: in every scenario, every call is struck in every way, alone and in
//! pairs, and each story must end well.
//!
//! ```text
//!   scenario ── told calmly ──► its calls 1 … n
//!                                  │  each call × each kind
//!                                  ▼
//!                               singles ── each has calls of its own, n' of them
//!                                             │  each call after the first strike × each kind
//!                                             ▼
//!                                           pairs ──► triples …
//! ```
//!
//! A story is told by the real handlers over the real SDK in virtual time, and depends on nothing but the scenario and
//! the strikes. A call is one HTTP request as the services see it. The number of pairs follows: for each single, the
//! calls of that very story after what was struck, times the kinds that suit them (14 for a call, 15 for a write). Of
//! a row of equal calls between which
//! nothing was written, as when the checker finds nothing to do minute after minute, the first and the last are struck.

mod coverage;
mod judge;
mod kind;
mod report;
mod scenario;
mod story;
mod walk;

pub use coverage::{Matrix, Point, Stand};
pub use kind::Kind;
pub use report::{Report, Violation};
pub use scenario::{End, SCENARIOS, Scenario};
pub use story::Injection;
pub use walk::{Plan, search};
