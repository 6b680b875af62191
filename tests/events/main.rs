//! The sample events in `events/`, and the readers that these and similar events must pass.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests may panic; clippy.toml covers only test functions"
)]

mod leaks;
mod mutations;
mod read;
mod runs;
mod samples;
mod typed;
