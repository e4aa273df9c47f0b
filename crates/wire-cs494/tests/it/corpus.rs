//! Replays the committed corpus through the fuzz bodies.

use std::path::Path;

use wire_cs494::{decode_client, decode_server, fuzz};

/// Runs `body` on each file of one target; how many there were.
fn replay(target: &str, mut body: impl FnMut(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    let mut files = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus is committed") {
        body(&std::fs::read(entry.expect("a readable folder").path()).expect("a readable file"));
        files += 1;
    }
    files
}

#[test]
fn the_corpus_of_clients_holds() {
    let mut read = 0;
    let files = replay("decode_client", |data| {
        fuzz::fuzz_decode_client(data);
        read += usize::from(matches!(decode_client(data), Ok(Some(_))));
    });
    assert!(files >= 20, "{files} files");
    assert!(read >= 15, "{read} of them begin with a whole packet");
}

#[test]
fn the_corpus_of_servers_holds() {
    let mut read = 0;
    let files = replay("decode_server", |data| {
        fuzz::fuzz_decode_server(data);
        read += usize::from(matches!(decode_server(data), Ok(Some(_))));
    });
    assert!(files >= 15, "{files} files");
    assert!(read >= 12, "{read} of them begin with a whole packet");
}
