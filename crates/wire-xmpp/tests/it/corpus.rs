//! Replays the committed corpora through the fuzz bodies.

use std::{fs, path::Path};

use wire_xmpp::fuzz;

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

// [LAN-20] [LAN-48]
#[test]
fn the_corpus_of_streams_holds() {
    replay("stream", fuzz::fuzz_stream);
}

// [LAN-20] [LAN-37]
#[test]
fn the_corpus_of_texts_holds() {
    replay("roundtrip", fuzz::fuzz_roundtrip);
}

// [LAN-45] [LAN-48]
#[test]
fn the_corpus_of_handshakes_holds() {
    replay("socks", fuzz::fuzz_socks);
}
