//! The checker of promises: from what happened to which promises held.
//!
//! ```text
//!   journal, actions, messages ── services ─┐
//!                                           ├─► facts ─► check ─► findings ─► table, JSON
//!   production log lines ─────── log ───────┘
//! ```
//!
//! It believes nobody's own account: facts are what the services saw, or what stands in a log, and what follows from
//! them is a pure function. So it judges a story on the stage, a simulation, a run of the sandbox and last month's log
//! by the same rules. What a source of facts does not show is *not observable* there; it is never called held.

mod check;
mod fact;
mod liveness;
mod log;
mod safety;
mod services;
mod story;
mod table;
mod verdict;

pub use check::{Findings, Limits, check};
pub use fact::{Disposition, End, Fact, JobResult, Notification, Notify, What, Wish};
pub use log::secret_in;
pub use log::{Entry, Log, read_entries, read_log};
pub use services::{Services, of_services, of_table};
pub use table::{as_json, as_table};
pub use verdict::{Breach, Finding, Invariant, Verdict};
