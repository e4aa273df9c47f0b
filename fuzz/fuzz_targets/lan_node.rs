#![no_main]

use std::time::Instant;

use lan::fuzz::fuzz_node;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| fuzz_node(data, Instant::now()));
