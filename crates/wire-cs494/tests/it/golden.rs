//! One annotated frame for each kind and direction: these bytes are the protocol. They are
//! written here by hand, never by the encoders they check.

use bytes::BytesMut;
use wire_cs494::{
    Chunk, ClientPacket, DecodeError, ErrorCode, NameError, Negotiation, ServerPacket, TextError,
    decode_client, decode_server,
};

use crate::{field, frame};

const OFFER: Negotiation<'static> = Negotiation {
    target: "bo",
    source: "ana",
    id: 0x0102,
    size: 0x0A0B_0C0D,
    file_name: "my notes.txt",
};

/// target, source, id, size, file name, as [`OFFER`] stands on the wire.
fn offer_payload() -> Vec<u8> {
    [
        &field("bo")[..],
        &field("ana"),
        &[0x01, 0x02],
        &[0x0A, 0x0B, 0x0C, 0x0D],
        b"my notes.txt",
    ]
    .concat()
}

#[track_caller]
fn client_golden(bytes: &[u8], packet: ClientPacket<'_>) {
    assert_eq!(decode_client(bytes), Ok(Some((packet, bytes.len()))));
    let mut out = BytesMut::new();
    packet.encode(&mut out);
    assert_eq!(&out[..], bytes);
}

#[track_caller]
fn server_golden(bytes: &[u8], packet: ServerPacket<'_>) {
    assert_eq!(decode_server(bytes), Ok(Some((packet, bytes.len()))));
    let mut out = BytesMut::new();
    packet.encode(&mut out);
    assert_eq!(&out[..], bytes);
}

// [494-1]
#[test]
fn a_whole_frame_written_out_byte_by_byte() {
    #[rustfmt::skip]
    let bytes = [
        0x02,                   // kind NEW_CLIENT
        0x00, 0x00, 0x00, 0x40, // 64 payload bytes, big-endian
        b'a', b'n', 0xC3, 0xA4, // "anä"
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // a NUL, and zeros to the end of the field
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    client_golden(&bytes, ClientPacket::NewClient { name: "anä" });
}

// [494-8] [494-9] [494-10] [494-11]
#[test]
fn session_packets() {
    let error = [0x01, 0, 0, 0, 1, 0x04];
    client_golden(&error, ClientPacket::Err(ErrorCode::NameInUse));
    server_golden(&error, ServerPacket::Err(ErrorCode::NameInUse));
    let undefined = [0x01, 0, 0, 0, 1, 0xEE];
    client_golden(&undefined, ClientPacket::Err(ErrorCode::Other(0xEE)));
    server_golden(&undefined, ServerPacket::Err(ErrorCode::Other(0xEE)));

    let heartbeat = [0x03, 0, 0, 0, 0];
    client_golden(&heartbeat, ClientPacket::Heartbeat);
    server_golden(&heartbeat, ServerPacket::Heartbeat);

    let leaving = [0x12, 0, 0, 0, 4, b'b', b'y', b'e', 0];
    client_golden(&leaving, ClientPacket::ClientDeparts { farewell: "bye" });
    let wordless = [0x12, 0, 0, 0, 1, 0];
    client_golden(&wordless, ClientPacket::ClientDeparts { farewell: "" });
    let closing = [0x13, 0, 0, 0, 5, b's', b'o', b'o', b'n', 0];
    server_golden(&closing, ServerPacket::ServerDeparts { farewell: "soon" });
}

// [494-13] [494-14] [494-16]
#[test]
fn room_packets() {
    client_golden(
        &frame(0x04, &[&field("lobby")]),
        ClientPacket::EnterRoom { room: "lobby" },
    );
    client_golden(
        &frame(0x05, &[&field("lobby")]),
        ClientPacket::LeaveRoom { room: "lobby" },
    );
    client_golden(&[0x06, 0, 0, 0, 0], ClientPacket::ListRooms);
}

// [494-13] [494-16]
#[test]
fn listings() {
    // unused identifier, two rooms: 192 bytes
    let rooms = frame(0x07, &[&[0; 64], &field("den"), &field("lobby")]);
    assert_eq!(rooms[..5], [0x07, 0, 0, 0, 192]);
    let mut out = BytesMut::new();
    wire_cs494::encode_room_listing(&mut out, ["den", "lobby"]);
    assert_eq!(&out[..], rooms);
    let Ok(Some((ServerPacket::RoomListing { rooms: names }, 197))) = decode_server(&rooms) else {
        panic!("a room listing");
    };
    assert_eq!(names.iter().collect::<Vec<_>>(), ["den", "lobby"]);
    assert_eq!(names.len(), 2);

    // identifier = room, one user: 128 bytes
    let users = frame(0x08, &[&field("lobby"), &field("ana")]);
    let mut out = BytesMut::new();
    wire_cs494::encode_user_listing(&mut out, "lobby", ["ana"]);
    assert_eq!(&out[..], users);
    let Ok(Some((ServerPacket::UserListing { room, users: names }, 133))) = decode_server(&users)
    else {
        panic!("a user listing");
    };
    assert_eq!(room, "lobby");
    assert_eq!(names.iter().collect::<Vec<_>>(), ["ana"]);

    // no room at all
    let none = frame(0x07, &[&[0; 64]]);
    let Ok(Some((ServerPacket::RoomListing { rooms: names }, 69))) = decode_server(&none) else {
        panic!("an empty room listing");
    };
    assert!(names.is_empty());

    // whatever stands in the unused identifier is ignored
    let junk = frame(0x07, &[&[0xFF; 64], &field("den")]);
    assert!(matches!(
        decode_server(&junk),
        Ok(Some((ServerPacket::RoomListing { .. }, 133)))
    ));

    // each name is checked
    let bad = frame(0x08, &[&field("lobby"), &field("ana"), &field("a b")]);
    assert_eq!(
        decode_server(&bad),
        Err(DecodeError::IllegalName(NameError::Forbidden(' ')))
    );
    let nameless = frame(0x08, &[&[0; 64], &field("ana")]);
    assert_eq!(
        decode_server(&nameless),
        Err(DecodeError::IllegalName(NameError::Empty))
    );
}

// [494-17] [494-18] [494-20]
#[test]
fn message_packets() {
    client_golden(
        &frame(0x0A, &[&field("lobby"), b"hi\tall\0"]),
        ClientPacket::SendMessage {
            room: "lobby",
            text: "hi\tall",
        },
    );
    client_golden(
        &frame(0x0B, &[&[0; 64], b"hi\0"]),
        ClientPacket::BroadcastMessage { text: "hi" },
    );
    server_golden(
        &frame(0x0C, &[&field("lobby"), &field("ana"), b"hi\0"]),
        ServerPacket::PostMessage {
            room: "lobby",
            sender: "ana",
            text: "hi",
        },
    );
    let direct = frame(0x0D, &[&field("bo"), b"psst\0"]);
    client_golden(
        &direct,
        ClientPacket::DirectMessage {
            peer: "bo",
            text: "psst",
        },
    );
    server_golden(
        &direct,
        ServerPacket::DirectMessage {
            peer: "bo",
            text: "psst",
        },
    );
}

// [494-21]
#[test]
fn queries() {
    for status in [0, 1, 2, 0xFF] {
        let bytes = frame(0x09, &[&field("bo"), &[status]]);
        client_golden(&bytes, ClientPacket::QueryUser { name: "bo", status });
        server_golden(&bytes, ServerPacket::QueryUser { name: "bo", status });
    }
}

// [494-22] [494-23] [494-24]
#[test]
fn file_packets() {
    let payload = offer_payload();
    assert_eq!(payload.len(), 134 + 12);
    let bytes = frame(0x0E, &[&payload]);
    client_golden(&bytes, ClientPacket::OfferFile(OFFER));
    server_golden(&bytes, ServerPacket::OfferFile(OFFER));
    let bytes = frame(0x0F, &[&payload]);
    client_golden(&bytes, ClientPacket::AcceptFile(OFFER));
    server_golden(&bytes, ServerPacket::AcceptFile(OFFER));
    let bytes = frame(0x10, &[&payload]);
    client_golden(&bytes, ClientPacket::RejectFile(OFFER));
    server_golden(&bytes, ServerPacket::RejectFile(OFFER));

    // kind, 5 payload bytes, id 0x0102, not finished, two bytes of the file
    let bytes = [0x11, 0, 0, 0, 5, 0x01, 0x02, 0, 0xDE, 0xAD];
    let chunk = Chunk {
        id: 0x0102,
        finished: false,
        data: &[0xDE, 0xAD],
    };
    client_golden(&bytes, ClientPacket::FileTransfer(chunk));
    server_golden(&bytes, ServerPacket::FileTransfer(chunk));
    let bytes = [0x11, 0, 0, 0, 4, 0x01, 0x02, 1, 0xBE];
    let chunk = Chunk {
        id: 0x0102,
        finished: true,
        data: &[0xBE],
    };
    client_golden(&bytes, ClientPacket::FileTransfer(chunk));
    server_golden(&bytes, ServerPacket::FileTransfer(chunk));
}

// [494-24]
#[test]
fn a_finished_byte_other_than_0_and_1_is_an_illegal_transfer() {
    for finished in [2, 0x7F, 0xFF] {
        let bytes = frame(0x11, &[&[0, 1, finished], b"data"]);
        assert_eq!(
            decode_client(&bytes),
            Err(DecodeError::IllegalTransfer(finished))
        );
        assert_eq!(
            decode_server(&bytes),
            Err(DecodeError::IllegalTransfer(finished))
        );
    }
}

// [494-18] COMPAT(author's client)
#[test]
fn a_broadcast_without_its_unused_bytes_is_all_text() {
    let long = "it has spaces, so its first 64 bytes are no name field at all, whatever follows";
    assert!(long.len() > 66);
    let exactly_64 = "a ".repeat(32);
    for text in ["x", "hi", exactly_64.as_str(), long] {
        let bytes = frame(0x0B, &[text.as_bytes(), b"\0"]);
        assert_eq!(
            decode_client(&bytes),
            Ok(Some((ClientPacket::BroadcastMessage { text }, bytes.len())))
        );
    }
}

// [494-18]
#[test]
fn a_broadcast_with_a_name_in_its_unused_bytes_is_the_text_after_them() {
    let bytes = frame(0x0B, &[&field("lobby"), b"hi\0"]);
    assert_eq!(
        decode_client(&bytes),
        Ok(Some((
            ClientPacket::BroadcastMessage { text: "hi" },
            bytes.len()
        )))
    );
}

// [494-6] [494-18]
#[test]
fn a_broadcast_that_is_no_text_either_way_is_refused() {
    let table: [(&[&[u8]], TextError); 5] = [
        (&[b"hi"], TextError::NotTerminated),
        (&[b"\0\0"], TextError::Forbidden('\0')),
        (&[&[0; 64], b"\0\0"], TextError::Forbidden('\0')),
        (&[&[0; 64], b"hi"], TextError::NotTerminated),
        (&[b"a ", &[b'x'; 12_000], b"\0"], TextError::TooLong),
    ];
    for (payload, why) in table {
        let bytes = frame(0x0B, payload);
        assert_eq!(decode_client(&bytes), Err(DecodeError::IllegalText(why)));
    }
}

// [494-5] [494-6] [494-7]
#[test]
fn each_field_of_a_packet_is_checked() {
    use wire_cs494::FileNameError;
    let name = Err(DecodeError::IllegalName(NameError::Empty));
    let text = Err(DecodeError::IllegalText(TextError::NotTerminated));
    let none = [0; 64];
    let a = field("a");
    let table: [(u8, &[&[u8]], _); 15] = [
        (0x02, &[&none], name),
        (0x04, &[&none], name),
        (0x05, &[&none], name),
        (0x09, &[&none, &[2]], name),
        (0x0A, &[&none, b"hi\0"], name),
        (0x0A, &[&a, b"hi"], text),
        (0x0D, &[&none, b"hi\0"], name),
        (0x0D, &[&a, b"hi"], text),
        (0x0E, &[&none, &a, &[0; 6], b"f"], name),
        (0x0F, &[&a, &none, &[0; 6], b"f"], name),
        (0x10, &[&a, &none, &[0; 6], b"f"], name),
        (
            0x0E,
            &[&a, &a, &[0; 6], b"a/b"],
            Err(DecodeError::IllegalFileName(FileNameError::Forbidden('/'))),
        ),
        (
            0x0F,
            &[&a, &a, &[0; 6], b" f"],
            Err(DecodeError::IllegalFileName(FileNameError::OuterSpace)),
        ),
        (
            0x10,
            &[&a, &a, &[0; 6], b"f\0"],
            Err(DecodeError::IllegalFileName(FileNameError::Forbidden('\0'))),
        ),
        (0x12, &[b"bye"], text),
    ];
    for (kind, payload, expected) in table {
        assert_eq!(
            decode_client(&frame(kind, payload)),
            expected,
            "kind {kind:#04x}"
        );
    }
    let table: [(&[&[u8]], _); 3] = [
        (&[&none, &a, b"hi\0"], name),
        (&[&a, &none, b"hi\0"], name),
        (&[&a, &a, b"hi"], text),
    ];
    for (payload, expected) in table {
        let expected = expected.map(|_: Option<(ClientPacket<'_>, usize)>| None);
        assert_eq!(decode_server(&frame(0x0C, payload)), expected);
    }
}
