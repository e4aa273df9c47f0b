#![no_main]

use libfuzzer_sys::fuzz_target;
use wire_cp::fuzz::fuzz_parts;

fuzz_target!(|data: &[u8]| fuzz_parts(data));
