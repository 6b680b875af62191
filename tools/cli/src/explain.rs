//! The timeline of an execution, reconstructed from logs, from its record, or from a simulated run.
//!
//! ```text
//!   log lines of both functions ── log ────┐
//!   the record in the table ────── record ─┼─► Timeline ─┬─► text      for a terminal
//!   a simulated run ────────────── run ────┘             ├─► picture   an SVG
//!                                                        └─► page      HTML, with the picture in it
//! ```
//!
//! Everything here is pure, except the reading of a record. That uses the product's own adapter, so the output cannot
//! differ from the stored data. Only known fields are shown, and their values are sanitised first (`clean`).

mod clean;
pub mod command;
mod log;
mod moment;
mod page;
mod picture;
mod record;
mod run;
mod text;
pub(crate) mod time;
mod timeline;

pub use log::of_log;
pub use moment::{Actor, Life, Moment, Tone};
pub use page::page;
pub use picture::picture;
pub use record::{load, of_record, read_record, with_record};
pub use run::{Run, of_run};
pub use text::{list, text};
pub use timeline::{Sentence, Timeline};
