#![no_main]

use libfuzzer_sys::fuzz_target;
use wire_xmpp::fuzz::fuzz_socks;

fuzz_target!(|data: &[u8]| fuzz_socks(data));
