//! What the tests and the sandbox stand on: an AWS that fits in memory, and a Lambda service that runs our functions.

pub mod account;
pub mod aws;
pub mod bench;
pub mod emulator;
pub mod explain;
pub mod fuzz;
pub mod lambda;
pub mod listening;
pub mod model;
pub mod overheard;
pub mod promises;
pub mod prove;
pub mod recorded;
pub mod sandbox;
pub mod search;
pub mod simulation;
pub mod stage;
