//! The searches, with bounds that fit into every test run.

mod fuzz_replay;
mod model;
mod simulation;
