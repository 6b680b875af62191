//! See `crate::fuzz::token`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| crate::fuzz::token::token(data));
