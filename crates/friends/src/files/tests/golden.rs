//! Bytes that a real node sent, understood by the machine and answered.

use bytes::BytesMut;
use wire_retroshare::file_lists::{FileLists, SyncRequest, SyncResponse, flags};
use wire_retroshare::file_transfer::FileTransfer;
use wire_retroshare::{DirHash, Frame, Framer, Item};

use super::rig::{Rig, content, location};
use crate::api::{Audience, DownloadState};
use crate::effects::Parcel;

const ITEMS: &str = include_str!("../../../../wire-retroshare/tests/vectors/items.txt");

/// The captured item of this description.
fn captured(what: &str) -> Item {
    let line = ITEMS
        .lines()
        .find(|line| line.split(" | ").nth(1) == Some(what));
    let hex = line.and_then(|line| line.split(" | ").nth(2)).expect(what);
    let bytes = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap());
    let mut bytes: BytesMut = bytes.collect::<Vec<u8>>().as_slice().into();
    match Framer::new().next(&mut bytes) {
        Ok(Some(Frame::Item(raw))) => Item::decode(raw).unwrap(),
        other => panic!("no item: {other:?}"),
    }
}

/// Machine 0 is ours; what it sends to friend 1 is returned, and friend 1 is the captured node.
fn sent(rig: &mut Rig, item: Item) -> Vec<Item> {
    let sent = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let into = sent.clone();
    rig.tap = Some(Box::new(move |from, _, item| {
        if from == 0 {
            into.borrow_mut().push(item);
        }
        None
    }));
    rig.deliver(1, 0, item);
    rig.settle();
    rig.tap = None;
    sent.take()
}

// [RS-18] [RS-21] The root as a real node lists it: one share, and its hash is what we ask for next.
#[test]
fn the_list_of_a_real_node_is_understood() {
    let Item::FileLists(FileLists::SyncResponse(response)) = captured("dir sync response (root)")
    else {
        panic!("another item");
    };
    let mut rig = Rig::new(2);
    let seen = std::rc::Rc::new(std::cell::RefCell::new(None));
    let into = seen.clone();
    rig.tap = Some(Box::new(move |from, _, item| {
        if let (0, Item::FileLists(FileLists::SyncRequest(request))) = (from, &item) {
            *into.borrow_mut() = Some(*request);
        }
        None
    }));
    rig.connect(0, 1);
    let asked = seen.take().expect("the root is asked for");
    assert_eq!(
        (asked.dir, asked.flags, asked.known_time),
        (DirHash::ROOT, flags::REQUEST, 0)
    );
    // A real node echoes the number.
    let time = response.time;
    let response = SyncResponse {
        request: asked.request,
        ..response
    };
    let item = Item::FileLists(FileLists::SyncResponse(response));
    let next = sent(&mut rig, item);
    let [Item::FileLists(FileLists::SyncRequest(next))] = &next[..] else {
        panic!("{next:?}");
    };
    assert_eq!(
        next.dir.to_string(),
        "0f83ea09d9ec7de24c885e25cdd7f284726cb394"
    );
    assert_eq!(next.known_time, 0);
    // And next time it is told what we know.
    rig.tap = Some(Box::new(|_, _, _| None));
    rig.run_for(60_000);
    let into = seen.clone();
    rig.tap = Some(Box::new(move |from, _, item| {
        if let (0, Item::FileLists(FileLists::SyncRequest(request))) = (from, &item)
            && request.dir == DirHash::ROOT
        {
            *into.borrow_mut() = Some(*request);
        }
        None
    }));
    rig.run_for(70_000);
    assert_eq!(seen.take().expect("two minutes later").known_time, time);
}

// [RS-18] [RS-21] A real node's question for the root is answered.
#[test]
fn the_question_of_a_real_node_is_answered() {
    let mut rig = Rig::connected(2);
    rig.machines[0].disk.put("/x/f", content(1, 10));
    rig.share(0, "/x", Audience::Friends);
    let question = captured("dir sync request");
    let Item::FileLists(FileLists::SyncRequest(SyncRequest { request, .. })) = question else {
        panic!("another item");
    };
    let answer = sent(&mut rig, question);
    let [Item::FileLists(FileLists::SyncResponse(answer))] = &answer[..] else {
        panic!("{answer:?}");
    };
    assert_eq!((answer.request, answer.dir), (request, DirHash::ROOT));
    assert_eq!(answer.flags, flags::RESPONSE | flags::CONTENT);
    assert!(sent(&mut rig, captured("banned hashes")).is_empty());
}

// [RS-17] [RS-21] The map of a real node's file leads to a request, its bytes are taken.
#[test]
fn the_pieces_of_a_real_node_are_taken() {
    let map = captured("file chunk map");
    let data = captured("file data (300 bytes)");
    let (
        Item::FileTransfer(FileTransfer::Map { hash, .. }),
        Item::FileTransfer(FileTransfer::Data {
            file, data: bytes, ..
        }),
    ) = (&map, &data)
    else {
        panic!("other items");
    };
    assert_eq!((*hash, bytes.len()), (file.hash, 300));
    let mut rig = Rig::connected(2);
    rig.fetch_as(0, "real", file.size, *hash, Some("bea"));
    rig.assert_state(0, DownloadState::Waiting);
    let asked = sent(&mut rig, map);
    assert!(!asked.is_empty());
    for item in &asked {
        let Item::FileTransfer(FileTransfer::DataRequest { file: of, .. }) = item else {
            panic!("{item:?}");
        };
        assert_eq!(of, file);
    }
    rig.assert_state(0, DownloadState::Loading);
    sent(&mut rig, data);
    assert_eq!(rig.download(0).done, 300);
    assert!(
        sent(&mut rig, captured("file chunk sha1")).is_empty(),
        "nobody asked for it"
    );
}

// [RS-17] What we serve has the very bytes that a real node sends.
#[test]
fn a_piece_is_written_as_a_real_node_does() {
    let Item::FileTransfer(FileTransfer::Data { file, data, .. }) =
        captured("file data (300 bytes)")
    else {
        panic!("another item");
    };
    // A file of ours with the size, hash and first bytes of the captured one.
    let mut rig = Rig::new(2);
    let mut whole = vec![0; usize::try_from(file.size).unwrap()];
    whole[..data.len()].copy_from_slice(&data);
    rig.machines[0].disk.put("/x/f", whole.clone());
    rig.share(0, "/x", Audience::Friends);
    rig.connect(0, 1);
    let ours = super::rig::sha1(&whole);
    let request = FileTransfer::DataRequest {
        offset: 0,
        length: 300,
        file: wire_retroshare::file_transfer::FileItem::bare(file.size, ours),
    };
    let now = rig.now;
    let ana = &mut rig.machines[0];
    ana.files
        .handle_transfer(super::rig::peer(1), request, &mut ana.fx, now);
    let parcels = loop {
        let ana = &mut rig.machines[0];
        if let Some((to, Parcel::Bulk { head, data })) = ana.fx.items.pop() {
            assert_eq!(to, location(1));
            break [head, data].concat();
        }
        assert!(rig.machines[0].step(now), "no piece was sent");
    };
    let mut real = BytesMut::new();
    let item = FileTransfer::Data {
        file: wire_retroshare::file_transfer::FileItem::bare(file.size, ours),
        offset: 0,
        data,
    };
    Item::FileTransfer(item).encode(&mut real);
    assert_eq!(parcels, real);
}
