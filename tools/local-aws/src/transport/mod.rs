//! The two transports: for an SDK client in this process, and for a separate process.

mod in_process;
mod loopback;

pub(super) use in_process::{InProcess, in_run};
pub(super) use loopback::listen;
