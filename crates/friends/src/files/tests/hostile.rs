//! Friends who send what they should not [RS-22]: nothing grows, nothing is told, nothing else stops.

use bytes::Bytes;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_oneof, proptest};
use wire_retroshare::file_lists::{
    DirEntry, FileEntry, FileLists, SyncRequest, SyncResponse, flags, payload_hash,
};
use wire_retroshare::file_transfer::{FileItem, FileTransfer};
use wire_retroshare::{DirHash, FileHash, Item};

use super::rig::{Rig, content, sha1};
use crate::api::{Audience, DownloadState};

const MIB: usize = 1 << 20;

/// Friend 1 is hostile: what is sent to them is looked at, and they do nothing by themselves.
fn against(shared: &[u8]) -> Rig {
    let mut rig = Rig::connected(2);
    rig.machines[0].disk.put("/x/file.bin", shared.to_vec());
    rig.share(0, "/x", Audience::Some(vec!["cyd".into()]));
    rig.tap = Some(Box::new(|from, to, item| {
        assert_eq!((from, to), (1, 0), "nothing is answered: {item:?}");
        Some(item)
    }));
    rig
}

fn transfer(rig: &mut Rig, item: FileTransfer) {
    rig.deliver(1, 0, Item::FileTransfer(item));
    rig.settle();
}

// [RS-16] [RS-22] A file that is shared with others and a file that is not there look the same.
#[test]
fn what_may_not_be_had_is_silence() {
    let data = content(1, 3 * MIB);
    let mut rig = against(&data);
    let before = rig.items;
    for hash in [sha1(&data), FileHash::from_bytes([7; 20])] {
        for is_client in [false, true] {
            transfer(&mut rig, FileTransfer::MapRequest { is_client, hash });
        }
        transfer(&mut rig, FileTransfer::ChunkHashRequest { hash, chunk: 0 });
        let file = FileItem::bare(data.len() as u64, hash);
        transfer(
            &mut rig,
            FileTransfer::DataRequest {
                offset: 0,
                length: 1000,
                file,
            },
        );
    }
    rig.run_for(1000);
    // The tap would have complained.
    assert_eq!(rig.items, before);
}

// [RS-22] Ranges that are none.
#[test]
fn wrong_ranges_are_not_read() {
    let data = content(1, 3 * MIB + 5);
    let mut rig = Rig::connected(2);
    rig.machines[0].disk.put("/x/file.bin", data.clone());
    rig.share(0, "/x", Audience::Friends);
    let (size, hash) = (data.len() as u64, sha1(&data));
    let sent = rig.items;
    for (offset, length, size) in [
        (u64::MAX, u32::MAX, size),
        (u64::MAX, 1, u64::MAX),
        (u64::MAX - 1000, 1000, u64::MAX),
        (size, 1, size),
        (size - 1, 2, size),
        (0, 0, size),
        (0, 1000, size + 1),
        (0, 1000, 0),
        (0, (10 << 20) + 1, u64::MAX),
    ] {
        let file = FileItem::bare(size, hash);
        transfer(
            &mut rig,
            FileTransfer::DataRequest {
                offset,
                length,
                file,
            },
        );
    }
    for chunk in [4, u32::MAX] {
        transfer(&mut rig, FileTransfer::ChunkHashRequest { hash, chunk });
    }
    assert_eq!(rig.items, sent, "nothing was answered");
    let last = FileTransfer::ChunkHashRequest { hash, chunk: 3 };
    transfer(&mut rig, last);
    let file = FileItem::bare(size, hash);
    transfer(
        &mut rig,
        FileTransfer::DataRequest {
            offset: size - 1,
            length: 1,
            file,
        },
    );
    assert_eq!(rig.items, sent + 2, "and what is right still is");
}

// [RS-22] A flood of requests costs its sender's link, and a bounded amount of memory.
#[test]
fn request_floods_are_bounded() {
    let data = content(1, 4 * MIB);
    let mut rig = Rig::connected(3);
    rig.machines[0].disk.put("/x/file.bin", data.clone());
    rig.share(0, "/x", Audience::Friends);
    let hash = sha1(&data);
    let (now, sent) = (rig.now, rig.items);
    let hostile = super::rig::peer(1);
    let ana = &mut rig.machines[0];
    for n in 0..10_000u32 {
        let file = FileItem::bare(data.len() as u64, hash);
        let length = data.len() as u32;
        for item in [
            FileTransfer::DataRequest {
                offset: 0,
                length,
                file,
            },
            FileTransfer::MapRequest {
                is_client: false,
                hash,
            },
            FileTransfer::ChunkHashRequest { hash, chunk: n % 4 },
        ] {
            ana.files.handle_transfer(hostile, item, &mut ana.fx, now);
        }
    }
    let reads = ana
        .fx
        .outputs
        .iter()
        .filter(|output| format!("{output:?}").contains("Read {"));
    assert!(reads.count() <= 8, "a few are read ahead");
    assert!(ana.fx.items.len() <= 200, "{}", ana.fx.items.len());
    ana.fx.items.clear();
    rig.disconnect(0, 1);
    rig.settle();
    assert!(rig.items - sent < 1000);
    // Somebody else is served as ever.
    rig.fetch(2, "file.bin", &data, Some("ana"));
    rig.run_for(2000);
    assert!(rig.file(2, "/in/file.bin").is_some());
}

// [RS-22] Data, maps and hashes that nobody asked for, of files that we do and do not fetch.
#[test]
fn what_was_not_asked_for_is_nothing() {
    let data = content(2, 3 * MIB);
    let hash = sha1(&data);
    let mut rig = Rig::connected(3);
    rig.machines[1].disk.put("/x/file.bin", data.clone());
    rig.share(1, "/x", Audience::Friends);
    // Cyd is no source, yet sends.
    rig.tap = Some(Box::new(|from, _, item| (from == 0).then_some(item)));
    rig.fetch(0, "file.bin", &data, Some("bea"));
    for from in [1, 2] {
        for (offset, length) in [(0, 100), (5, 5), (MIB as u64 - 1, 2), (2 * MIB as u64, MIB)] {
            let item = FileTransfer::Data {
                file: FileItem::bare(data.len() as u64, hash),
                offset,
                data: Bytes::from(vec![0xEE; length]),
            };
            rig.deliver(from, 0, Item::FileTransfer(item));
        }
        for words in [vec![], vec![u32::MAX; 60_000], vec![0]] {
            let is_client = true;
            rig.deliver(
                2,
                0,
                Item::FileTransfer(FileTransfer::Map {
                    is_client,
                    hash,
                    words,
                }),
            );
        }
        let item = FileTransfer::ChunkHash {
            hash,
            chunk: 1,
            sha1: [0; 20],
        };
        rig.deliver(from, 0, Item::FileTransfer(item));
    }
    rig.settle();
    assert_eq!(rig.download(0).done, 0);
    rig.tap = None;
    rig.run_for(60_000);
    assert!(rig.file(0, "/in/file.bin") == Some(&data[..]));
}

// [RS-17] [RS-22] A size lie ends there: also of the whole file, and of bytes beyond its end.
#[test]
fn a_lie_about_the_size_ends_the_source() {
    let data = content(2, MIB + 100);
    let hash = sha1(&data);
    for (size, offset) in [
        (data.len() as u64 + 1, 0),
        (data.len() as u64, MIB as u64 + 50),
        (data.len() as u64, u64::MAX),
    ] {
        let mut rig = Rig::connected(3);
        rig.machines[2].disk.put("/x/file.bin", data.clone());
        rig.share(2, "/x", Audience::Friends);
        rig.fetch(0, "file.bin", &data, Some("bea"));
        let words = vec![u32::MAX];
        let is_client = true;
        rig.tap = Some(Box::new(|from, _, item| (from != 0).then_some(item)));
        rig.run_for(300);
        rig.deliver(
            1,
            0,
            Item::FileTransfer(FileTransfer::Map {
                is_client,
                hash,
                words,
            }),
        );
        let item = FileTransfer::Data {
            file: FileItem::bare(size, hash),
            offset,
            data: Bytes::from(vec![0; 100]),
        };
        rig.deliver(1, 0, Item::FileTransfer(item));
        rig.settle();
        assert!(
            rig.warnings(0).iter().any(|w| w.contains("bea")),
            "{:?}",
            rig.warnings(0)
        );
        rig.run_for(1000);
        rig.assert_state(0, DownloadState::Waiting);
        rig.tap = None;
        rig.fetch(0, "file.bin", &data, Some("cyd"));
        rig.run_for(3000);
        assert!(rig.file(0, "/in/file.bin").is_some(), "{size} {offset}");
    }
}

// [RS-17] [RS-22] Links of sizes that no file has.
#[test]
fn absurd_sizes_are_refused() {
    let mut rig = Rig::connected(2);
    let hash = FileHash::from_bytes([3; 20]);
    for size in [u64::MAX, 1 << 45] {
        let link = wire_retroshare::FileLink {
            name: "huge".into(),
            size,
            hash,
        };
        let request = crate::api::Request::Fetch {
            what: crate::api::Wanted::Link(link.to_string()),
            from: Some("bea".into()),
            folder: None,
        };
        assert!(rig.refused(0, request).contains("too large"));
    }
    // One of a hundred gigabytes is a bitmap of a few kilobytes, also while a friend is asked who does
    // not have it.
    rig.fetch_as(0, "large", 100 << 30, hash, None);
    rig.run_for(120_000);
    let record = rig.machines[0].records.values().map(Vec::len).max();
    assert!(record.is_some_and(|bytes| bytes < 64 * 1024));
    assert!(
        rig.downloads(0)
            .iter()
            .all(|d| d.state == DownloadState::Waiting)
    );
}

/// Friend 1 answers every question for a folder as `answer` says.
fn liar(answer: impl Fn(DirHash) -> DirEntry + 'static) -> Rig {
    let mut rig = Rig::new(2);
    let questions = rig.only_questions();
    rig.connect(0, 1);
    for _ in 0..3000 {
        let Some(request) = questions.borrow_mut().pop() else {
            break;
        };
        for response in answer(request.dir).responses(request.dir, request.request) {
            rig.deliver(1, 0, Item::FileLists(FileLists::SyncResponse(response)));
        }
        rig.settle();
    }
    rig
}

fn entry(name: &str, subdirs: Vec<DirHash>, files: usize) -> DirEntry {
    let file = |n| FileEntry {
        name: format!("lie {n}"),
        size: u64::MAX,
        hash: FileHash::from_bytes([9; 20]),
        time: u32::MAX,
    };
    DirEntry {
        name: name.into(),
        recursive_time: 77,
        time: 77,
        subdirs,
        files: (0..files).map(file).collect(),
    }
}

fn dir(n: u32) -> DirHash {
    let mut bytes = [1; 20];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    DirHash::from_bytes(bytes)
}

// [RS-18] [RS-22] Folders within themselves, within the root, within each other: still a tree.
#[test]
fn rings_of_folders_are_cut() {
    let mut rig = liar(|hash| entry("ring", vec![dir(1), dir(2), hash, DirHash::ROOT, dir(1)], 1));
    assert_eq!(rig.browse(0, "bea", "").folders, ["ring"]);
    let found = rig.search(0, "lie");
    assert!((1..=3).contains(&found.len()), "{found:?}");
    assert!(rig.browse(0, "bea", "ring").folders.is_empty());
}

// [RS-18] [RS-22] Folders within folders without end.
#[test]
fn depth_is_bounded() {
    let next = |hash: DirHash| u32::from_be_bytes(hash.as_bytes()[..4].try_into().unwrap()) + 1;
    let mut rig = liar(move |hash| entry("deep", vec![dir(next(hash))], 1));
    let found = rig.search(0, "lie");
    let deepest = found
        .iter()
        .map(|f| f.path.split('/').count())
        .max()
        .unwrap();
    assert_eq!(deepest, 64);
}

// [RS-18] [RS-22] Files without end: some are kept, and the list says that it is not whole.
#[test]
fn the_number_of_files_is_bounded() {
    let subdirs: Vec<DirHash> = (1..=20).map(dir).collect();
    let mut rig = liar(move |hash| {
        let subdirs = if hash == DirHash::ROOT {
            subdirs.clone()
        } else {
            Vec::new()
        };
        entry("many", subdirs, 15_000)
    });
    let records = rig.machines[0]
        .records
        .values()
        .map(Vec::len)
        .sum::<usize>();
    assert!(records < 32 << 20, "{records}");
    assert!(!rig.browse(0, "bea", "many").is_whole);
    assert_eq!(rig.search(0, "lie").len().min(1), 1);
}

// [RS-18] [RS-22] Names that would steer a terminal or leave a folder.
#[test]
fn names_are_harmless() {
    let mut rig = liar(|hash| {
        let subdirs = if hash == DirHash::ROOT {
            vec![dir(1)]
        } else {
            Vec::new()
        };
        let mut entry = entry("../\u{1b}[2J", subdirs, 1);
        entry.files[0].name = "../../.ssh/\u{202e}x\n".into();
        entry
    });
    let root = rig.browse(0, "bea", "");
    assert_eq!(root.folders, [".._[2J".replace('_', "__")]);
    let files = rig.browse(0, "bea", &root.folders[0]).files;
    assert_eq!(files[0].name, ".._.._.ssh__x_");
}

// [RS-18] [RS-22] Answers that nobody asked for, with wrong sums, or in parts without end.
#[test]
fn false_answers_change_nothing() {
    let mut rig = Rig::new(2);
    let questions = rig.only_questions();
    rig.connect(0, 1);
    let asked: SyncRequest = questions.borrow_mut().pop().expect("the root is asked for");
    let payload = entry("", vec![dir(1)], 3).encode();
    let good = SyncResponse {
        dir: DirHash::ROOT,
        payload_hash: payload_hash(&payload),
        flags: flags::RESPONSE | flags::CONTENT,
        time: 77,
        request: asked.request,
        payload: payload.clone(),
    };
    let part = flags::RESPONSE | flags::CONTENT | flags::PARTIAL;
    let mut bad = vec![
        SyncResponse {
            request: asked.request ^ 1,
            ..good.clone()
        },
        SyncResponse {
            dir: dir(5),
            ..good.clone()
        },
    ];
    // Twenty thousand bytes a part, for ever: beyond the limit the rest is for nothing.
    let long = Bytes::from(vec![0; 20_000]);
    bad.extend((0..500).map(|_| SyncResponse {
        flags: part,
        payload: long.clone(),
        ..good.clone()
    }));
    for response in bad {
        rig.deliver(1, 0, Item::FileLists(FileLists::SyncResponse(response)));
    }
    rig.settle();
    assert!(rig.search(0, "lie").is_empty());
    // The next round, answered with a wrong sum, then with bytes that are no list.
    for (payload, payload_hash) in [(payload, [0; 20]), (long.clone(), payload_hash(&long))] {
        rig.run_for(121_000);
        let asked = questions
            .borrow_mut()
            .pop()
            .expect("the root is asked for again");
        let response = SyncResponse {
            request: asked.request,
            payload,
            payload_hash,
            ..good.clone()
        };
        rig.deliver(1, 0, Item::FileLists(FileLists::SyncResponse(response)));
        rig.settle();
        assert!(rig.search(0, "lie").is_empty());
    }
    rig.run_for(121_000);
    let asked = questions.borrow_mut().pop().expect("and again");
    let response = SyncResponse {
        request: asked.request,
        ..good
    };
    rig.deliver(1, 0, Item::FileLists(FileLists::SyncResponse(response)));
    assert_eq!(rig.search(0, "lie").len(), 1, "three of one hash");
}

// [RS-18] [RS-22] A list that seemed endless is another one: the new one does not wait for the old.
#[test]
fn a_new_list_does_not_wait_for_an_endless_one() {
    let mut rig = Rig::new(2);
    let questions = rig.only_questions();
    rig.connect(0, 1);
    let answer = |rig: &mut Rig, request: SyncRequest, entry: DirEntry| {
        for response in entry.responses(request.dir, request.request) {
            rig.deliver(1, 0, Item::FileLists(FileLists::SyncResponse(response)));
        }
        rig.settle();
    };
    let root = questions.borrow_mut().remove(0);
    answer(&mut rig, root, entry("", (100..200).map(dir).collect(), 0));
    // The first is full of folders whose hashes are smaller than all others; nothing else is answered.
    let first = questions.borrow_mut().remove(0);
    answer(
        &mut rig,
        first,
        entry("deeper", (0..100).map(dir).collect(), 0),
    );
    let asked: Vec<DirHash> = questions.take().iter().map(|asked| asked.dir).collect();
    assert!(asked.len() >= 8);
    assert!(
        asked
            .iter()
            .all(|asked| (100..200).any(|n| dir(n) == *asked)),
        "breadth first"
    );
    // They look, and the root has become another. All who were asked before stay silent.
    rig.run_for(3000);
    rig.request(
        0,
        crate::api::Request::Browse {
            who: "bea".into(),
            path: String::new(),
        },
    );
    let root = questions.borrow_mut().remove(0);
    assert_eq!(root.dir, DirHash::ROOT);
    let new = DirEntry {
        recursive_time: 78,
        ..entry("", vec![dir(7000), dir(7001)], 0)
    };
    answer(&mut rig, root, new);
    let asked: Vec<DirHash> = questions.take().iter().map(|asked| asked.dir).collect();
    assert_eq!(asked, [dir(7000), dir(7001)]);
    let kept = rig.machines[0].records.keys();
    let kept = kept.filter(|(area, _)| *area == crate::kept::Area::Lists);
    assert_eq!(kept.count(), 1, "of the old list no record is left");
}

// [RS-18] [RS-22] Hashes of folders are guessed by nobody, and not transferable between friends.
#[test]
fn unknown_folders_are_gone_for_everybody() {
    let mut rig = Rig::connected(3);
    rig.machines[0].disk.put("/x/a/f", content(1, 10));
    rig.share(0, "/x", Audience::Some(vec!["cyd".into()]));
    let cyds = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let into = cyds.clone();
    rig.tap = Some(Box::new(move |from, _, item| {
        if let (2, Item::FileLists(FileLists::SyncRequest(request))) = (from, &item) {
            into.borrow_mut().push(request.dir);
        }
        Some(item)
    }));
    rig.run_for(130_000);
    let known: Vec<DirHash> = cyds
        .take()
        .into_iter()
        .filter(|d| *d != DirHash::ROOT)
        .collect();
    assert!(!known.is_empty());
    let answers = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let into = answers.clone();
    rig.tap = Some(Box::new(move |from, to, item| {
        if let (0, 1, Item::FileLists(FileLists::SyncResponse(response))) = (from, to, &item) {
            into.borrow_mut().push(response.clone());
        }
        None
    }));
    for (n, dir) in known.into_iter().chain([dir(1)]).enumerate() {
        let request = SyncRequest {
            dir,
            flags: flags::REQUEST,
            known_time: 0,
            request: n as u64,
        };
        rig.deliver(1, 0, Item::FileLists(FileLists::SyncRequest(request)));
    }
    rig.settle();
    let answers = answers.take();
    assert!(answers.len() >= 2);
    for answer in answers {
        assert_eq!(answer.flags, flags::RESPONSE | flags::REMOVED);
        assert!(answer.payload.is_empty());
    }
}

fn items(hash: FileHash, size: u64) -> impl Strategy<Value = FileTransfer> {
    let offset = prop_oneof![0..size, any::<u64>()];
    let file = move |size: u64| FileItem::bare(size, hash);
    prop_oneof![
        (offset.clone(), any::<u32>()).prop_map(move |(offset, length)| {
            FileTransfer::DataRequest {
                offset,
                length,
                file: file(size),
            }
        }),
        (offset, 0usize..300_000, any::<u8>()).prop_map(move |(offset, length, byte)| {
            FileTransfer::Data {
                file: file(size),
                offset,
                data: vec![byte; length].into(),
            }
        }),
        any::<bool>().prop_map(move |is_client| FileTransfer::MapRequest { is_client, hash }),
        (any::<bool>(), proptest::collection::vec(any::<u32>(), 0..4)).prop_map(
            move |(is_client, words)| FileTransfer::Map {
                is_client,
                hash,
                words
            }
        ),
        any::<u32>().prop_map(move |chunk| FileTransfer::ChunkHashRequest { hash, chunk }),
        (0u32..8, any::<[u8; 20]>()).prop_map(move |(chunk, sha1)| FileTransfer::ChunkHash {
            hash,
            chunk,
            sha1
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    // [RS-17] [RS-22] Whatever a source sends in between: the file is right in the end, or not there.
    #[test]
    fn noise_never_makes_a_wrong_file(noise in proptest::collection::vec(items(sha1(&content(2, 3 * MIB)), 3 * MIB as u64), 0..60)) {
        let data = content(2, 3 * MIB);
        let mut rig = Rig::connected(3);
        rig.machines[2].disk.put("/x/file.bin", data.clone());
        rig.share(2, "/x", Audience::Friends);
        rig.tap = Some(Box::new(|from, _, item| (from == 0).then_some(item)));
        rig.fetch(0, "file.bin", &data, Some("bea"));
        rig.fetch(0, "file.bin", &data, Some("cyd"));
        for item in noise {
            rig.deliver(1, 0, Item::FileTransfer(item));
            rig.run_for(50);
        }
        rig.tap = None;
        for _ in 0..200 {
            if rig.file(0, "/in/file.bin").is_some() {
                break;
            }
            rig.run_for(2000);
        }
        assert!(rig.file(0, "/in/file.bin") == Some(&data[..]), "{:?}", rig.downloads(0));
    }
}
