//! The sample events in `events/`, and the readers that they and everything like them must get past.

#![expect(
    clippy::unwrap_used,
    reason = "in a test a missing value is a failure; clippy.toml allows it in the test functions alone"
)]

mod leaks;
mod mutations;
mod play;
mod read;
mod samples;
mod typed;
