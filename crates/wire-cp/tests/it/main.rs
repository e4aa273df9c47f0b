//! Replays the committed corpus through the fuzz bodies.

use std::{fs, path::Path};

use wire_cp::fuzz;

fn replay(target: &str, body: fn(&[u8])) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    let mut files = 0;
    for entry in fs::read_dir(&dir).expect("the corpus is committed") {
        let path = entry.expect("a readable directory").path();
        body(&fs::read(&path).expect("a readable file"));
        files += 1;
    }
    assert!(files >= 5, "{} has only {files} files", dir.display());
}

// [CP-1] [CP-2] [CP-4]
#[test]
fn the_corpus_of_streams_holds() {
    replay("lines", fuzz::fuzz_lines);
}

// [CP-5] [CP-6]
#[test]
fn the_corpus_of_pdus_holds() {
    replay("pdu", fuzz::fuzz_pdu);
}

// [CP-16]
#[test]
fn the_corpus_of_texts_holds() {
    replay("parts", fuzz::fuzz_parts);
}
