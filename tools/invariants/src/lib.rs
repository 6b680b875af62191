//! The invariant checker: from what happened to the invariants that hold.
//!
//! ```text
//!   journal, actions, messages ── services ─┐
//!                                           ├─► facts ─► check ─► findings ─► table, JSON
//!   production log lines ─────── log ───────┘
//! ```
//!
//! The checker does not rely on what the functions report about themselves. Facts are what the services recorded, or
//! what a log contains; the findings are a pure function of the facts. A scenario of the harness, a simulation, a run
//! of the sandbox and last month's log are therefore checked by the same rules. What a source of facts does not show is
//! *not observable*; it is never reported as upheld.

mod check;
mod fact;
mod liveness;
mod log;
mod safety;
mod services;
mod table;
mod timeline;
mod verdict;

pub use check::{Findings, Limits, check};
pub use fact::{Disposition, End, Fact, JobResult, Notification, Notify, SuccessCondition, What};
pub use log::secret_in;
pub use log::{Entry, Log, read_entries, read_log};
pub use services::{Services, of_services, of_table};
pub use table::{as_json, as_table};
pub use verdict::{Breach, Finding, Invariant, Verdict};
