#![no_main]

mod cast;

use std::sync::LazyLock;
use std::time::Instant;

use friends::fuzz::{Cast, fuzz_link};
use libfuzzer_sys::fuzz_target;

static CAST: LazyLock<Cast> = LazyLock::new(cast::cast);

fuzz_target!(|data: &[u8]| fuzz_link(data, &CAST, Instant::now()));
