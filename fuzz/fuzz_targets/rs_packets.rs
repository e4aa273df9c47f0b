#![no_main]

use libfuzzer_sys::fuzz_target;
use wire_retroshare::fuzz::fuzz_packets;

fuzz_target!(|data: &[u8]| fuzz_packets(data));
