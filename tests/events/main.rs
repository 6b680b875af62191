//! The sample events in `events/`, and the readers that they and everything like them must get past.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "in a test both are well; clippy.toml allows them in the test functions alone"
)]

mod leaks;
mod mutations;
mod play;
mod read;
mod samples;
mod typed;
