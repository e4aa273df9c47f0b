#![no_main]

use std::time::Instant;

use friends::fuzz::fuzz_files;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| fuzz_files(data, Instant::now()));
