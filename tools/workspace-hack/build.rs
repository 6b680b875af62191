//! Cargo considers build dependencies only of a crate with a build script.

fn main() {}
