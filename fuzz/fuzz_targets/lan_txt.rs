#![no_main]

use lan::fuzz::fuzz_txt;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| fuzz_txt(data));
