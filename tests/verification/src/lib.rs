//! The searches that look for a broken invariant: fault injection, simulation, a model, and inputs for fuzzing.

pub mod explore;
pub mod fault_search;
pub mod fuzz;
pub mod model;
pub mod simulation;
