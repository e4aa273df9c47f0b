//! The fuzz bodies, over what a real node said and much that nobody ever said [RS-22].

use std::fs;
use std::path::Path;
use std::time::Instant;

use friends::fuzz::{Cast, fuzz_files, fuzz_items, fuzz_link};
use proptest::prelude::*;
use wire_retroshare::Certificate;

use crate::golden::recorded;
use crate::rig::{certificate, location_of, profile};

#[expect(clippy::disallowed_methods, reason = "the one instant to start from")]
fn any_instant() -> Instant {
    Instant::now()
}

fn cast() -> Cast {
    let machine = certificate("bea");
    let text = Certificate {
        pgp_key: profile("bea").packets().to_vec().into(),
        location: Some((location_of(&machine), "beas".into())),
        external: None,
        local: None,
        dns: None,
        hidden: None,
        locators: Vec::new(),
    };
    Cast {
        own: profile("ana"),
        text: text.to_text(false),
        certificate: machine,
    }
}

/// The recorded conversation in pieces of `size`, as `fuzz_link` reads it.
fn pieces(size: u8) -> Vec<u8> {
    let all: Vec<u8> = recorded().into_iter().flat_map(|item| item.bytes).collect();
    let mut script = Vec::new();
    for piece in all.chunks(usize::from(size)) {
        script.extend([1, piece.len() as u8]);
        script.extend(piece);
    }
    script
}

// [RS-22]
#[test]
fn a_recorded_conversation_in_pieces_and_with_every_byte_changed() {
    let cast = cast();
    fuzz_link(&pieces(255), &cast, any_instant());
    fuzz_link(&pieces(1), &cast, any_instant());
    let script = pieces(200);
    for at in (0..script.len()).step_by(23) {
        for bit in [0x01, 0x80] {
            let mut spoilt = script.clone();
            spoilt[at] ^= bit;
            fuzz_link(&spoilt, &cast, any_instant());
        }
    }
}

// [RS-22]
#[test]
fn every_recorded_item_cut_short_after_a_greeting() {
    let cast = cast();
    for item in recorded() {
        for length in 0..item.bytes.len().saturating_sub(8).min(255) {
            let mut script = Vec::new();
            let service = service_index(item.service);
            script.extend([0, service, item.subtype, length as u8]);
            script.extend(&item.bytes[8..8 + length]);
            // Then something said by us, a pause, and the same once more.
            script.extend([7, 0, 3, 0, 4, 200, 50, 0]);
            script.extend(script.clone());
            fuzz_items(&script, &cast, any_instant());
        }
    }
}

fn service_index(service: u16) -> u8 {
    let known = [
        0x20, 0x11, 0x12, 0x13, 0x16, 0x1011, 0x102, 0x21, 0x17, 0x19, 0x101,
    ];
    let at = known.iter().position(|known| *known == service);
    at.unwrap_or(known.len()) as u8
}

/// Replays the committed corpus of a body.
fn replay(target: &str, body: impl Fn(&[u8])) {
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

// [RS-22]
#[test]
fn the_corpora_hold() {
    let cast = cast();
    replay("link", |data| fuzz_link(data, &cast, any_instant()));
    replay("items", |data| fuzz_items(data, &cast, any_instant()));
    replay("files", |data| fuzz_files(data, any_instant()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    // [RS-22]
    #[test]
    fn any_bytes_on_a_link(data in prop::collection::vec(any::<u8>(), 0..2_000)) {
        fuzz_link(&data, &cast(), any_instant());
    }

    // [RS-22]
    #[test]
    fn any_items_in_any_order(data in prop::collection::vec(any::<u8>(), 0..4_000)) {
        fuzz_items(&data, &cast(), any_instant());
    }
}
