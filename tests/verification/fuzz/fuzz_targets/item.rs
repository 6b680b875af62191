//! See `verification::fuzz::item`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| verification::fuzz::item::item(data));
