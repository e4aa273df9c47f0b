#![no_main]

use libfuzzer_sys::fuzz_target;
use wire_cs494::fuzz::fuzz_decode_server;

fuzz_target!(|data: &[u8]| fuzz_decode_server(data));
