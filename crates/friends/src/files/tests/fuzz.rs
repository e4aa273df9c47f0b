//! The fuzz body, over acts that are likely to be understood.

use bytes::BytesMut;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use wire_retroshare::file_lists::{FileLists, SyncRequest};
use wire_retroshare::file_transfer::{FileItem, FileTransfer};
use wire_retroshare::{DirHash, FileHash, Item};

use super::rig::Rig;
use crate::files::fuzz::fuzz_files;

/// An act of the fuzz body: who, how long after, and the item.
fn act(how: u8, item: &Item) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    item.encode(&mut bytes);
    let service = if bytes[2] == 0x19 { 0x80 } else { 0 };
    let length = u16::try_from(bytes.len() - 8).unwrap_or(u16::MAX);
    let mut act = vec![how, service | bytes[3]];
    act.extend(length.to_be_bytes());
    act.extend(&bytes[8..]);
    act
}

fn items() -> impl Strategy<Value = Item> {
    let hash = (0u8..3).prop_map(|n| FileHash::from_bytes([n; 20]));
    let size = prop_oneof![Just((2 << 20) + 100), Just(3_000_000u64), any::<u64>()];
    let file = (hash.clone(), size).prop_map(|(hash, size)| FileItem::bare(size, hash));
    let offset = prop_oneof![
        0u64..3_000_000,
        (0u64..3).prop_map(|n| n << 20),
        any::<u64>()
    ];
    prop_oneof![
        (offset.clone(), any::<u32>(), file.clone()).prop_map(|(offset, length, file)| {
            let length = if length % 2 == 0 {
                length % 300_000
            } else {
                length
            };
            Item::FileTransfer(FileTransfer::DataRequest {
                offset,
                length,
                file,
            })
        }),
        (offset, 0usize..65_000, file).prop_map(|(offset, length, file)| {
            let data = vec![9; length].into();
            Item::FileTransfer(FileTransfer::Data { file, offset, data })
        }),
        (any::<bool>(), hash.clone()).prop_map(|(is_client, hash)| {
            Item::FileTransfer(FileTransfer::MapRequest { is_client, hash })
        }),
        (any::<bool>(), hash.clone(), any::<Vec<u32>>()).prop_map(|(is_client, hash, words)| {
            Item::FileTransfer(FileTransfer::Map {
                is_client,
                hash,
                words,
            })
        }),
        (hash.clone(), 0u32..5).prop_map(|(hash, chunk)| {
            Item::FileTransfer(FileTransfer::ChunkHashRequest { hash, chunk })
        }),
        (hash, 0u32..5, any::<[u8; 20]>()).prop_map(|(hash, chunk, sha1)| {
            Item::FileTransfer(FileTransfer::ChunkHash { hash, chunk, sha1 })
        }),
        (any::<bool>(), any::<[u8; 20]>(), any::<u32>(), any::<u64>()).prop_map(
            |(is_root, dir, known_time, request)| {
                let dir = if is_root {
                    DirHash::ROOT
                } else {
                    DirHash::from_bytes(dir)
                };
                let request = SyncRequest {
                    dir,
                    flags: 1,
                    known_time,
                    request,
                };
                Item::FileLists(FileLists::SyncRequest(request))
            }
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    // [RS-22]
    #[test]
    fn any_acts_hold(acts in proptest::collection::vec((any::<u8>(), items()), 0..60)) {
        let start = Rig::new(0).now.instant;
        let data: Vec<u8> = acts.iter().flat_map(|(how, item)| act(*how, item)).collect();
        fuzz_files(&data, start);
    }

    // [RS-22]
    #[test]
    fn any_bytes_hold(data: Vec<u8>) {
        fuzz_files(&data, Rig::new(0).now.instant);
    }
}
