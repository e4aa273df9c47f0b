#![no_main]

use libfuzzer_sys::fuzz_target;
use wire_cp::fuzz::fuzz_pdu;

fuzz_target!(|data: &[u8]| fuzz_pdu(data));
