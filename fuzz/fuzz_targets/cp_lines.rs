#![no_main]

use libfuzzer_sys::fuzz_target;
use wire_cp::fuzz::fuzz_lines;

fuzz_target!(|data: &[u8]| fuzz_lines(data));
