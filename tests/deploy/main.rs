//! The built functions and the shipped template on third-party emulators. `cargo test --release` runs the release build.

#![expect(
    clippy::print_stdout,
    reason = "a test prints its time line and the logs of the services"
)]

mod conformance;
mod deployed;
mod emulator;
mod runtime;

use std::sync::OnceLock;

use crate::emulator::{Release, Tools};
use cfi::simulate::Binaries;

/// The emulators, installed once for all tests.
fn tools() -> &'static Tools {
    static TOOLS: OnceLock<Tools> = OnceLock::new();
    TOOLS.get_or_init(|| Tools::install().expect("Python's package index has the emulators"))
}

/// The functions, built once for all tests: with the profile of the tests, so that no dependency is compiled again.
fn binaries() -> &'static Binaries {
    static BINARIES: OnceLock<Binaries> = OnceLock::new();
    BINARIES.get_or_init(|| Binaries::find().expect("the functions are built"))
}

/// The files of a release, made once: the tests run at the same time, and each stack reads the files.
fn release() -> &'static Release {
    static RELEASE: OnceLock<Release> = OnceLock::new();
    RELEASE.get_or_init(|| Release::make(tools(), binaries()).expect("a release can be made"))
}
