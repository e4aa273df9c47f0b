#![no_main]

use libfuzzer_sys::fuzz_target;
use wire_cs494::fuzz::fuzz_decode_client;

fuzz_target!(|data: &[u8]| fuzz_decode_client(data));
