//! Searches for a violated invariant: fault injection, simulation, a model, and fuzz targets.

pub mod explore;
pub mod fault_search;
pub mod fuzz;
pub mod model;
pub mod simulation;
