#![no_main]

use libfuzzer_sys::fuzz_target;
use wire_retroshare::fuzz::fuzz_listing;

fuzz_target!(|data: &[u8]| fuzz_listing(data));
