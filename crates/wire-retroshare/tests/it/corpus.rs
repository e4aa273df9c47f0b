//! Replays the committed corpora through the fuzz bodies.

use std::{fs, path::Path};

use rstest::rstest;
use wire_retroshare::fuzz;

// [RS-22] [RS-2] [RS-11] [RS-18] [RS-20]
#[rstest]
#[case::stream("stream", fuzz::fuzz_stream)]
#[case::item("item", fuzz::fuzz_item)]
#[case::text("text", fuzz::fuzz_text)]
#[case::packets("packets", fuzz::fuzz_packets)]
#[case::link("link", fuzz::fuzz_link)]
#[case::html("html", fuzz::fuzz_html)]
#[case::location("location", fuzz::fuzz_location)]
#[case::listing("listing", fuzz::fuzz_listing)]
fn the_corpus_holds(#[case] target: &str, #[case] body: fn(&[u8])) {
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
