//! See `verification::fuzz::parameters`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| verification::fuzz::parameters::parameters(data));
