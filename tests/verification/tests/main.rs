//! The searches, each as long as every change can wait for it.

mod fault_search;
mod fuzz_replay;
mod model;
mod simulation;
