#![no_main]

use libfuzzer_sys::fuzz_target;
use wire_cs594::fuzz::fuzz_decrypt;

fuzz_target!(|data: &[u8]| fuzz_decrypt(data));
