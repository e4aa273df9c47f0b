//! Round trips and hostile bytes.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use wire_cs594::request::{FileAnswer, FileOffer, FileSegment, Rooms, Say, SayPrivate};
use wire_cs594::*;

fn list() -> impl Strategy<Value = NameList> {
    let names = || prop::collection::vec(any::<String>(), 1..4);
    prop_oneof![
        names().prop_map(NameList::array),
        names().prop_map(NameList::text),
        // A plain name that looks like a list is one.
        "[^\\[ ]{0,8}".prop_map(NameList::plain),
    ]
}

pub(crate) fn request() -> impl Strategy<Value = Request> {
    let segment = (
        any::<u64>(),
        any::<u64>(),
        prop::collection::vec(any::<u8>(), 0..=1024),
    );
    let history = (
        any::<bool>(),
        any::<String>(),
        any::<Option<u64>>(),
        any::<Option<u32>>(),
    );
    prop_oneof![
        any::<String>().prop_map(Request::Connect),
        Just(Request::ListRooms),
        Just(Request::KeepAlive),
        (list(), any::<String>()).prop_map(|(rooms, user)| Request::Join(Rooms { rooms, user })),
        (list(), any::<String>()).prop_map(|(rooms, user)| Request::Leave(Rooms { rooms, user })),
        any::<String>().prop_map(Request::ListUsers),
        any::<String>().prop_map(Request::Quit),
        (list(), any::<String>(), any::<String>())
            .prop_map(|(rooms, user, text)| Request::Say(Say { rooms, user, text })),
        (list(), any::<String>(), any::<String>())
            .prop_map(|(rooms, user, text)| Request::SayGroup(Say { rooms, user, text })),
        (any::<String>(), any::<String>(), any::<String>())
            .prop_map(|(user, to, text)| Request::SayPrivate(SayPrivate { user, to, text })),
        (
            any::<String>(),
            any::<String>(),
            any::<String>(),
            any::<u64>()
        )
            .prop_map(|(user, to, name, size)| Request::FileOffer(FileOffer {
                user,
                to,
                name,
                size,
                transfer: None
            })),
        (any::<String>(), any::<String>(), any::<u64>()).prop_map(|(user, to, transfer)| {
            Request::FileAccept(FileAnswer { user, to, transfer })
        }),
        (any::<String>(), any::<String>(), any::<u64>()).prop_map(|(user, to, transfer)| {
            Request::FileReject(FileAnswer { user, to, transfer })
        }),
        (segment, any::<bool>()).prop_map(|((transfer, seq, data), last)| {
            let data = Bytes::from(data);
            Request::FileSegment(FileSegment {
                transfer,
                seq,
                data,
                last,
            })
        }),
        history.prop_map(|(room, name, before, limit)| {
            let of = if room {
                HistoryOf::Room(name)
            } else {
                HistoryOf::User(name)
            };
            Request::History(HistoryRequest { of, before, limit })
        }),
    ]
}

pub(crate) fn encoded(request: &Request) -> Vec<u8> {
    let mut out = BytesMut::new();
    request.encode(&mut out);
    out.to_vec()
}

proptest! {
    // [594-1] [594-2]
    #[test]
    fn a_request_survives_the_wire_and_declares_its_length(request in request()) {
        let packet = encoded(&request);
        prop_assert_eq!(Request::decode(&packet), Ok(request));
        let value: serde_json::Value = serde_json::from_slice(&packet).unwrap();
        let payload = packet.windows(10).position(|at| at == b"\"Payload\":").unwrap() + 10;
        let length = packet.len() - 1 - payload;
        let declared = value["Header"]["Length"].as_u64().unwrap() as usize;
        let empty = value["Payload"] == "" && declared == 0;
        prop_assert!(empty || declared == length);
    }

    // [594-5]
    #[test]
    fn hostile_bytes_never_panic(bytes: Vec<u8>) {
        fuzz::fuzz_request(&bytes);
        fuzz::fuzz_splitter(&bytes);
    }

    // [594-5]
    #[test]
    fn a_flipped_or_truncated_packet_never_panics(
        request in request(), at: prop::sample::Index, bit in 0..8_u8, end: prop::sample::Index,
    ) {
        let mut packet = encoded(&request);
        fuzz::fuzz_request(&packet[..end.index(packet.len())]);
        let at = at.index(packet.len());
        packet[at] ^= 1 << bit;
        fuzz::fuzz_request(&packet);
        packet.insert(0, bit);
        fuzz::fuzz_splitter(&packet);
    }
}
