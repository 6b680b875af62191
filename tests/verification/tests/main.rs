//! The searches, with bounds that fit into every test run.

mod fault_search;
mod fuzz_replay;
mod model;
mod simulation;
