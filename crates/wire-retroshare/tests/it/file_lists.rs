//! Shared folders.

use bytes::Bytes;
use proptest::prelude::*;
use wire_retroshare::file_lists::{
    DirEntry, FileEntry, FileLists, PART_MAX, SyncRequest, SyncResponse, flags, payload_hash,
    payload_parts,
};
use wire_retroshare::{DirHash, FileHash, Item, Malformed};

use crate::rig::{assert_golden, assert_round_trip, first_recorded, hex, understood};

// [RS-18]
#[test]
fn a_real_node_asks_for_the_root() {
    let request = SyncRequest {
        dir: DirHash::ROOT,
        flags: flags::REQUEST,
        known_time: 0,
        request: 0xdbfa_584a_a33c_aff9,
    };
    let item = Item::FileLists(FileLists::SyncRequest(request));
    assert_golden(&item, &first_recorded(0x0019, 1));
}

// [RS-18]
#[test]
fn a_real_nodes_root_is_read_and_written() {
    let bytes = first_recorded(0x0019, 2);
    let Item::FileLists(FileLists::SyncResponse(response)) = understood(&bytes) else {
        panic!("no response");
    };
    let entry = DirEntry::decode(&response.payload).unwrap();
    let expected = DirEntry {
        name: String::new(),
        recursive_time: 0x6b02_4dca,
        time: 0x6b02_4dca,
        subdirs: vec!["0f83ea09d9ec7de24c885e25cdd7f284726cb394".parse().unwrap()],
        files: vec![],
    };
    assert_eq!(entry, expected);
    assert_eq!(payload_hash(&response.payload), response.payload_hash);
    assert!(response.is_whole() && response.is_last());
    assert_eq!(
        entry.responses(DirHash::ROOT, 7),
        core::slice::from_ref(&response)
    );
    assert_golden(&Item::FileLists(FileLists::SyncResponse(response)), &bytes);
}

// [RS-18]
#[test]
fn banned_hashes_are_read() {
    let banned = FileLists::BannedHashes {
        session: 0xd681_f30c,
        hashes: vec![],
    };
    assert_golden(&Item::FileLists(banned), &first_recorded(0x0019, 4));
}

// [RS-16] [RS-18]
#[test]
fn a_folder_is_sections() {
    let golden = hex("
        51 06 00000002 6472                # the folder's name, a raw string
        31 04 01020304                     # the newest time beneath it
        30 04 05060708                     # its own time
        62 04 00000000                     # folders in it
        62 04 00000001                     # files in it
        13 2d                              # a file
          21 05 00000001 66                # its name
          22 08 0000000000000100           # its size
          20 14 cccccccccccccccccccccccccccccccccccccccc
          30 04 090a0b0c                   # its time");
    let entry = DirEntry {
        name: "dr".into(),
        recursive_time: 0x0102_0304,
        time: 0x0506_0708,
        subdirs: vec![],
        files: vec![FileEntry {
            name: "f".into(),
            size: 256,
            hash: FileHash::from_bytes([0xcc; 20]),
            time: 0x090a_0b0c,
        }],
    };
    assert_eq!(entry.encode(), golden);
    assert_eq!(DirEntry::decode(&golden), Ok(entry));
}

// [RS-18]
#[test]
fn a_large_folder_goes_out_in_parts() {
    let file = |i: u32| FileEntry {
        name: format!("file number {i}"),
        size: u64::from(i),
        hash: FileHash::from_bytes([7; 20]),
        time: i,
    };
    let entry = DirEntry {
        name: "many".into(),
        files: (0..1000).map(file).collect(),
        ..DirEntry::default()
    };
    let responses = entry.responses(DirHash::from_bytes([1; 20]), 9);
    assert!(responses.len() > 2);
    let (last, others) = responses.split_last().unwrap();
    let content = flags::RESPONSE | flags::CONTENT;
    for part in others {
        assert_eq!(part.payload.len(), PART_MAX);
        assert_eq!(part.flags, content | flags::PARTIAL);
        assert!(!part.is_whole() && !part.is_last());
    }
    assert_eq!(last.flags, content | flags::PARTIAL | flags::PARTIAL_END);
    assert!(last.is_last() && !last.is_whole());
    let whole: Vec<u8> = responses.iter().flat_map(|r| r.payload.to_vec()).collect();
    assert!(
        responses
            .iter()
            .all(|r| r.payload_hash == payload_hash(&whole))
    );
    assert_eq!(DirEntry::decode(&whole), Ok(entry));
}

// [RS-18]
#[test]
fn a_payload_of_exactly_a_part_stays_whole() {
    let payload = Bytes::from(vec![0; PART_MAX]);
    assert_eq!(payload_parts(&payload), [(payload.clone(), 0)]);
    let payload = Bytes::from(vec![0; PART_MAX + 1]);
    let parts = payload_parts(&payload);
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[1].0.len(), 1);
}

// [RS-18]
#[test]
fn an_answer_may_have_no_listing() {
    let request = SyncRequest {
        dir: DirHash::from_bytes([3; 20]),
        flags: flags::REQUEST,
        known_time: 5,
        request: 6,
    };
    let response = SyncResponse::bare(&request, flags::UP_TO_DATE, 5);
    assert_eq!(response.flags, flags::RESPONSE | flags::UP_TO_DATE);
    assert_eq!((response.dir, response.request), (request.dir, 6));
    assert!(response.payload.is_empty() && response.is_whole());
    assert_round_trip(&Item::FileLists(FileLists::SyncResponse(response)));
}

// [RS-22]
#[test]
fn a_listing_cannot_announce_more_than_it_has() {
    for counts in [
        "62 04 ffffffff 62 04 00000000",
        "62 04 00000000 62 04 ffffffff",
    ] {
        let bytes = hex(&format!(
            "51 04 00000000 31 04 00000000 30 04 00000000 {counts}"
        ));
        assert_eq!(DirEntry::decode(&bytes), Err(Malformed::Count));
    }
}

// [RS-22]
#[test]
fn a_name_cannot_be_longer_than_its_section() {
    let bytes = hex("51 05 00000002 61 31 04 00000000");
    assert_eq!(DirEntry::decode(&bytes), Err(Malformed::Truncated));
}

pub(crate) fn folder() -> impl Strategy<Value = DirEntry> {
    let file = (".{0,250}", any::<(u64, [u8; 20], u32)>()).prop_map(|(name, n)| FileEntry {
        name,
        size: n.0,
        hash: FileHash::from_bytes(n.1),
        time: n.2,
    });
    let subdirs = prop::collection::vec(any::<[u8; 20]>(), 0..8);
    let files = prop::collection::vec(file, 0..8);
    (".{0,250}", any::<(u32, u32)>(), subdirs, files).prop_map(|(name, times, subdirs, files)| {
        DirEntry {
            name,
            recursive_time: times.0,
            time: times.1,
            subdirs: subdirs.into_iter().map(DirHash::from_bytes).collect(),
            files,
        }
    })
}

proptest! {
    // [RS-16] [RS-18]
    #[test]
    fn folders_survive_the_wire(entry in folder(), cut in any::<prop::sample::Index>()) {
        let payload = entry.encode();
        prop_assert_eq!(&DirEntry::decode(&payload).unwrap(), &entry);
        let cut = payload.slice(..cut.index(payload.len()));
        prop_assert!(DirEntry::decode(&cut).is_err());
        for response in entry.responses(DirHash::ROOT, 1) {
            assert_round_trip(&Item::FileLists(FileLists::SyncResponse(response)));
        }
    }

    // [RS-18]
    #[test]
    fn banned_hashes_survive_the_wire(
        session in any::<u32>(),
        hashes in prop::collection::vec(any::<[u8; 20]>(), 0..9),
    ) {
        let hashes = hashes.into_iter().map(FileHash::from_bytes).collect();
        assert_round_trip(&Item::FileLists(FileLists::BannedHashes { session, hashes }));
    }
}
