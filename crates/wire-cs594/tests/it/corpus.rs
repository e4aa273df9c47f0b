//! Replays what the fuzzers found, and what we thought of, on stable.

use std::fs;
use std::path::Path;

use wire_cs594::fuzz;

fn replay(target: &str, body: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        body(&bytes);
        for end in 0..bytes.len().min(300) {
            body(&bytes[..end]);
        }
        count += 1;
    }
    assert!(count > 4, "the corpus of {target} is missing");
}

// [594-3] [594-5]
#[test]
fn the_splitters_corpus_passes() {
    replay("splitter", fuzz::fuzz_splitter);
}

// [594-1] [594-5]
#[test]
fn the_requests_corpus_passes() {
    replay("request", fuzz::fuzz_request);
}

// [594-6]
#[test]
fn the_sealed_corpus_passes() {
    replay("decrypt", fuzz::fuzz_decrypt);
}
