//! Pieces of files.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use rstest::rstest;
use wire_retroshare::file_transfer::{
    CHUNK, ChunkMap, DATA_HEAD, DATA_MAX, FileItem, FileTransfer, encode_data_head,
};
use wire_retroshare::frame::MAX_ITEM;
use wire_retroshare::{FileHash, Item, Malformed};

use crate::mail::file;
use crate::rig::{assert_golden, assert_round_trip, encoded, first_recorded, hex, raw, understood};

// [RS-17]
#[test]
fn a_real_nodes_data_is_read_without_copying() {
    let bytes = first_recorded(0x0017, 2);
    let item = raw(&bytes);
    let body = item.body.clone();
    let Ok(Item::FileTransfer(FileTransfer::Data { file, offset, data })) = Item::decode(item)
    else {
        panic!("no data");
    };
    assert_eq!(file, FileItem::bare(0x53_ec60, hash()));
    assert_eq!((offset, data.len()), (0, 300));
    assert_eq!(data.as_ptr(), body[body.len() - 300..].as_ptr());
}

// [RS-17]
#[test]
fn the_head_of_data_is_everything_but_the_bytes() {
    let recorded = first_recorded(0x0017, 2);
    let mut out = BytesMut::new();
    encode_data_head(0x53_ec60, hash(), 0, 300, &mut out);
    assert_eq!(out.len(), DATA_HEAD);
    assert_eq!(out, recorded[..recorded.len() - 300]);

    const { assert!(DATA_HEAD + DATA_MAX <= MAX_ITEM) };
}

// [RS-17]
#[test]
fn requests_are_coded_as_the_original_codes_them() {
    let request = FileTransfer::DataRequest {
        offset: 0x0102_0304_0506,
        length: 0x0001_0000,
        file: FileItem::bare(0x53_ec60, hash()),
    };
    let golden = hex("
        02 0017 01 00000036
        0000010203040506                   # where
        00010000                           # how much
        1000 00000022                      # of which file
          000000000053ec60 7454b93cdfa13d93b1dcaba02e3d4ba929b6e11d");
    assert_golden(&Item::FileTransfer(request), &golden);
    let request = FileTransfer::MapRequest {
        is_client: false,
        hash: hash(),
    };
    let golden = hex("02 0017 04 0000001d 00 7454b93cdfa13d93b1dcaba02e3d4ba929b6e11d");
    assert_golden(&Item::FileTransfer(request), &golden);
    let request = FileTransfer::ChunkHashRequest {
        hash: hash(),
        chunk: 5,
    };
    let golden = hex("02 0017 08 00000020 7454b93cdfa13d93b1dcaba02e3d4ba929b6e11d 00000005");
    assert_golden(&Item::FileTransfer(request), &golden);
}

// [RS-17]
#[test]
fn a_real_nodes_map_says_it_has_everything() {
    let full = ChunkMap::full(0x53_ec60);
    let map = FileTransfer::Map {
        is_client: true,
        hash: hash(),
        words: full.words().to_vec(),
    };
    assert_golden(&Item::FileTransfer(map), &first_recorded(0x0017, 5));
    assert_eq!((full.chunks(), full.count(), full.is_full()), (6, 6, true));
}

// [RS-17]
#[test]
fn a_real_nodes_chunk_hash_is_read() {
    let sha1 = hex("62d2b37a0284f19a2d13724db72ea664a53597b9");
    let hash = FileTransfer::ChunkHash {
        hash: hash(),
        chunk: 0,
        sha1: sha1.try_into().unwrap(),
    };
    assert_golden(&Item::FileTransfer(hash), &first_recorded(0x0017, 9));
}

// [RS-17]
#[rstest]
#[case::nothing(0, 0, 0)]
#[case::a_byte(1, 1, 1)]
#[case::a_chunk(CHUNK, 1, 1)]
#[case::a_chunk_and_a_byte(CHUNK + 1, 2, 1)]
#[case::a_word(32 * CHUNK, 32, 1)]
#[case::a_word_and_a_byte(32 * CHUNK + 1, 33, 2)]
fn a_file_has_a_bit_for_each_chunk(#[case] size: u64, #[case] chunks: u64, #[case] words: usize) {
    let (empty, full) = (ChunkMap::empty(size), ChunkMap::full(size));
    assert_eq!((empty.chunks(), empty.words().len()), (chunks, words));
    assert_eq!((full.count(), full.is_full()), (chunks, true));
    assert_eq!((empty.count(), empty.is_full()), (0, chunks == 0));
    assert!(full.words().iter().all(|word| *word == u32::MAX));
}

// [RS-17]
#[test]
fn the_first_chunk_is_the_lowest_bit() {
    let mut map = ChunkMap::empty(40 * CHUNK);
    map.set(0);
    map.set(33);
    assert_eq!(map.words(), [1, 2]);
    assert!(map.has(0) && map.has(33) && !map.has(1));
    map.clear(0);
    assert_eq!((map.words(), map.count()), (&[0, 2][..], 1));
}

// [RS-17] [RS-22]
#[test]
fn there_is_nothing_past_the_last_chunk() {
    let mut map = ChunkMap::full(3 * CHUNK);
    assert!(map.has(2) && !map.has(3) && !map.has(u32::MAX));
    map.clear(2);
    map.set(3);
    map.set(u32::MAX);
    assert_eq!(map.count(), 2);
    // A peer's map may have too few words, or too many.
    let map = ChunkMap::from_words(33 * CHUNK, &[u32::MAX]);
    assert_eq!((map.count(), map.is_full()), (32, false));
    let map = ChunkMap::from_words(CHUNK, &[u32::MAX; 9]);
    assert_eq!((map.count(), map.words().len()), (1, 1));
}

// [RS-22]
#[test]
fn the_map_of_an_impossibly_large_file_is_bounded() {
    let map = ChunkMap::empty(u64::MAX);
    assert_eq!(map.chunks(), ChunkMap::MAX_CHUNKS);
    let item = FileTransfer::Map {
        is_client: true,
        hash: hash(),
        words: map.words().to_vec(),
    };
    assert!(encoded(&Item::FileTransfer(item)).len() <= MAX_ITEM);
}

// [RS-22]
#[test]
fn a_map_cannot_announce_more_words_than_it_has() {
    let mut bytes = first_recorded(0x0017, 5);
    bytes[29..33].copy_from_slice(&[0xff; 4]);
    assert_eq!(
        Item::decode(raw(&bytes)).unwrap_err().what,
        Malformed::Count
    );
}

// [RS-22]
#[test]
fn unknown_fields_of_a_file_are_skipped() {
    let bytes = hex("
        02 0017 01 00000043 0000000000000000 00000001
        1000 0000002f
          0000000000000005 7454b93cdfa13d93b1dcaba02e3d4ba929b6e11d
          7777 00000007 00 0051 00000006");
    let expected = FileTransfer::DataRequest {
        offset: 0,
        length: 1,
        file: FileItem::bare(5, hash()),
    };
    assert_eq!(understood(&bytes), Item::FileTransfer(expected));
}

proptest! {
    // [RS-17]
    #[test]
    fn pieces_survive_the_wire(
        file in file(),
        hash in any::<[u8; 20]>(),
        numbers in any::<(u64, u32, bool)>(),
        data in prop::collection::vec(any::<u8>(), 0..400),
        words in prop::collection::vec(any::<u32>(), 0..40),
    ) {
        let (offset, length, is_client) = numbers;
        let sha1 = hash;
        let hash = FileHash::from_bytes(hash);
        let data = Bytes::from(data);
        let items = [
            FileTransfer::DataRequest { offset, length, file: file.clone() },
            FileTransfer::Data { file, offset, data: data.clone() },
            FileTransfer::MapRequest { is_client, hash },
            FileTransfer::Map { is_client, hash, words },
            FileTransfer::ChunkHashRequest { hash, chunk: length },
            FileTransfer::ChunkHash { hash, chunk: length, sha1 },
        ];
        items.into_iter().for_each(|item| assert_round_trip(&Item::FileTransfer(item)));

        let mut out = BytesMut::new();
        encode_data_head(offset, hash, 7, data.len(), &mut out);
        out.extend_from_slice(&data);
        let whole = FileTransfer::Data { file: FileItem::bare(offset, hash), offset: 7, data };
        prop_assert_eq!(out.freeze(), encoded(&Item::FileTransfer(whole)));
    }
}

fn hash() -> FileHash {
    "7454b93cdfa13d93b1dcaba02e3d4ba929b6e11d"
        .parse()
        .expect("a hash")
}
