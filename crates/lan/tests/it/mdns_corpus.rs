//! Replays the committed corpora through the fuzz bodies of discovery.

use std::{fs, path::Path};

use lan::fuzz;

use crate::mdns_net::start;

fn replay(target: &str, body: impl Fn(&[u8])) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/corpus")
        .join(target);
    let mut files = 0;
    for entry in fs::read_dir(&dir).expect("the corpus is committed") {
        let path = entry.expect("a readable directory").path();
        body(&fs::read(&path).expect("a readable file"));
        files += 1;
    }
    assert!(files >= 5, "{} has only {files} files", dir.display());
}

// [LAN-48]
#[test]
fn the_corpus_of_packets_holds() {
    replay("packet", |data| fuzz::fuzz_packet(data, start()));
}

// [LAN-6] [LAN-8] [LAN-48]
#[test]
fn the_corpus_of_texts_holds() {
    replay("txt", fuzz::fuzz_txt);
}
