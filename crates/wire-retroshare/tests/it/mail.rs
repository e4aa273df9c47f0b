//! Letters.

use proptest::prelude::*;
use wire_retroshare::file_transfer::FileItem;
use wire_retroshare::mail::Mail;
use wire_retroshare::{FileHash, GxsId, Item, LocationId};

use crate::rig::understood;
use crate::rig::{assert_golden, assert_round_trip, encoded, first_recorded, hex, identity};

// [RS-13]
#[test]
fn a_real_nodes_letter_is_read() {
    let letter = Mail {
        flags: 3,
        sent_at: 0x6b02_4f06,
        received_at: 0x6b02_4f06,
        subject: "subject from real".into(),
        body: "body from real".into(),
        to: [identity("probe_ssl_id").parse().unwrap()].into(),
        ..Mail::default()
    };
    assert_golden(&Item::Mail(letter), &first_recorded(0x0013, 1));
}

// [RS-13]
#[test]
fn a_letter_carries_links_to_files() {
    let letter = Mail {
        files: vec![
            FileItem::named(0x0102, FileHash::from_bytes([0xaa; 20]), "f.txt"),
            FileItem::bare(3, FileHash::from_bytes([0xbb; 20])),
        ],
        ..Mail::default()
    };
    let files = hex("
        1001 00000055
          1000 0000002d 0000000000000102 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            0051 0000000b 662e747874        # only what is not empty
          1000 00000022 0000000000000003 bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
    let bytes = encoded(&Item::Mail(letter.clone()));
    assert!(bytes.ends_with(&files));
    assert_eq!(understood(&bytes), Item::Mail(letter));
}

// [RS-13] [RS-22]
#[test]
fn what_else_is_in_a_set_of_files_is_skipped() {
    let mut bytes = encoded(&Item::Mail(Mail::default())).to_vec();
    let set = hex("1001 00000036  0056 00000008 7469  9999 00000006
        1000 00000022 0000000000000003 bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
    bytes.truncate(bytes.len() - 6);
    bytes.extend(set);
    let size = u32::try_from(bytes.len()).unwrap();
    bytes[4..8].copy_from_slice(&size.to_be_bytes());
    let expected = Mail {
        files: vec![FileItem::bare(3, FileHash::from_bytes([0xbb; 20]))],
        ..Mail::default()
    };
    assert_eq!(understood(&bytes), Item::Mail(expected));
}

pub(crate) fn file() -> impl Strategy<Value = FileItem> {
    let hashes = prop::collection::vec(any::<[u8; 20]>(), 0..4);
    let numbers = any::<(u64, [u8; 20], u32, u32, u32)>();
    (numbers, ".{0,30}", ".{0,30}", hashes).prop_map(|(numbers, name, path, hashes)| FileItem {
        size: numbers.0,
        hash: FileHash::from_bytes(numbers.1),
        name,
        path,
        popularity: numbers.2,
        age: numbers.3,
        piece_size: numbers.4,
        pieces: hashes.into_iter().map(FileHash::from_bytes).collect(),
    })
}

proptest! {
    // [RS-13]
    #[test]
    fn letters_survive_the_wire(
        numbers in any::<(u32, u32, u32)>(),
        texts in (".{0,60}", ".{0,300}"),
        people in prop::array::uniform6(prop::collection::btree_set(any::<[u8; 16]>(), 0..4)),
        files in prop::collection::vec(file(), 0..4),
    ) {
        let machines = |i: usize| people[i].iter().copied().map(LocationId::from_bytes).collect();
        let identities = |i: usize| people[i].iter().copied().map(GxsId::from_bytes).collect();
        assert_round_trip(&Item::Mail(Mail {
            flags: numbers.0,
            sent_at: numbers.1,
            received_at: numbers.2,
            subject: texts.0,
            body: texts.1,
            to: machines(0),
            cc: machines(1),
            bcc: machines(2),
            gxs_to: identities(3),
            gxs_cc: identities(4),
            gxs_bcc: identities(5),
            files,
        }));
    }
}
