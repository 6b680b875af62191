//! The command line, and the built functions that it runs.

mod explain;
mod processes;
mod simulate;
