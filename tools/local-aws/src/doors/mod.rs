//! The two ways in: for an SDK client of the same process, and for a process of its own.

mod in_process;
mod loopback;

pub(super) use in_process::{InProcess, in_run};
pub(super) use loopback::listen;
