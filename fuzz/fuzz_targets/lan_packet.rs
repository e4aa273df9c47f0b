#![no_main]

use std::time::Instant;

use lan::fuzz::fuzz_packet;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| fuzz_packet(data, Instant::now()));
