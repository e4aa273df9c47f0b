//! Headers: which kinds and lengths are legal, judged before any payload is there.

use wire_cs494::{
    DecodeError, ErrorCode, HEADER_BYTES, Kind, MAX_CLIENT_FRAME_BYTES, MAX_LISTING_NAMES, Sender,
    decode_client, decode_server, peek_header,
};

/// kind, least and greatest legal length, one legal in between.
const LEGAL: [(u8, u32, u32); 17] = [
    (0x01, 1, 1),
    (0x02, 64, 64),
    (0x03, 0, 0),
    (0x04, 64, 64),
    (0x05, 64, 64),
    (0x06, 0, 0),
    (0x09, 65, 65),
    (0x0A, 64 + 2, 64 + 11_999),
    (0x0B, 2, 64 + 11_999),
    (0x0C, 128 + 2, 128 + 11_999),
    (0x0D, 64 + 2, 64 + 11_999),
    (0x0E, 134 + 1, 134 + 1_023),
    (0x0F, 134 + 1, 134 + 1_023),
    (0x10, 134 + 1, 134 + 1_023),
    (0x11, 3 + 1, 3 + 4_096),
    (0x12, 1, 11_999),
    (0x13, 1, 11_999),
];

const CLIENT_ONLY: [u8; 7] = [0x02, 0x04, 0x05, 0x06, 0x0A, 0x0B, 0x12];
const SERVER_ONLY: [u8; 4] = [0x07, 0x08, 0x0C, 0x13];

fn header(kind: u8, length: u32) -> Vec<u8> {
    [&[kind][..], &length.to_be_bytes()].concat()
}

fn a_sender_of(kind: u8) -> Sender {
    if SERVER_ONLY.contains(&kind) {
        Sender::Server
    } else {
        Sender::Client
    }
}

#[track_caller]
fn assert_legal(kind: u8, length: u32) {
    let found = peek_header(&header(kind, length), a_sender_of(kind));
    let found = found
        .unwrap_or_else(|e| panic!("kind {kind:#04x}: {e}"))
        .expect("all five bytes");
    assert_eq!((found.kind as u8, found.length), (kind, length as usize));
}

#[track_caller]
fn assert_illegal(kind: u8, length: u32) {
    let error = DecodeError::IllegalLength {
        kind: Kind::from_byte(kind).expect("a kind of the table"),
        length,
    };
    assert_eq!(
        peek_header(&header(kind, length), a_sender_of(kind)),
        Err(error)
    );
    // Both decoders say so with the header alone: no payload has been waited for.
    if a_sender_of(kind) == Sender::Client {
        assert_eq!(decode_client(&header(kind, length)), Err(error));
    }
    if !CLIENT_ONLY.contains(&kind) {
        assert_eq!(decode_server(&header(kind, length)), Err(error));
    }
    assert_eq!(error.code(), ErrorCode::IllegalLength);
}

// [494-1]
#[test]
fn each_kind_has_the_lengths_of_its_row() {
    for (kind, least, greatest) in LEGAL {
        assert_legal(kind, least);
        assert_legal(kind, greatest);
        assert_legal(kind, least.midpoint(greatest));
        if let Some(below) = least.checked_sub(1) {
            assert_illegal(kind, below);
        }
        for beyond in [
            greatest + 1,
            greatest + 256,
            0x7FFF_FFFF,
            0x8000_0000,
            u32::MAX,
        ] {
            assert_illegal(kind, beyond);
        }
        if least > 0 {
            assert_illegal(kind, 0);
        }
    }
}

// [494-1]
#[test]
fn listings_are_whole_fields_up_to_a_bound() {
    let most = 64 * (u32::try_from(MAX_LISTING_NAMES).unwrap() + 1);
    for kind in [0x07, 0x08] {
        for length in [64, 128, 64 * 300, most] {
            assert_legal(kind, length);
        }
        for length in [
            0,
            1,
            63,
            65,
            127,
            most - 1,
            most + 1,
            most + 64,
            u32::MAX,
            u32::MAX - 63,
        ] {
            assert_illegal(kind, length);
        }
    }
}

// [494-2]
#[test]
fn an_unknown_kind_is_refused_at_its_first_byte() {
    for kind in (0..=u8::MAX).filter(|kind| !(0x01..=0x13).contains(kind)) {
        let error = DecodeError::UnknownKind(kind);
        assert_eq!(Kind::from_byte(kind), None);
        assert_eq!(decode_client(&[kind]), Err(error));
        assert_eq!(decode_server(&[kind]), Err(error));
        assert_eq!(decode_client(&header(kind, 0)), Err(error));
        assert_eq!(error.code(), ErrorCode::IllegalKind);
    }
}

// [494-3]
#[test]
fn each_side_refuses_what_only_it_may_send() {
    for kind in 0x01..=0x13 {
        let error = DecodeError::IllegalKind(kind);
        assert_eq!(error.code(), ErrorCode::IllegalKind);
        let expected = if SERVER_ONLY.contains(&kind) {
            Err(error)
        } else {
            Ok(None)
        };
        assert_eq!(
            decode_client(&[kind]),
            expected,
            "kind {kind:#04x} at the hub"
        );
        let expected = if CLIENT_ONLY.contains(&kind) {
            Err(error)
        } else {
            Ok(None)
        };
        assert_eq!(
            decode_server(&[kind]),
            expected,
            "kind {kind:#04x} at a client"
        );
    }
}

// [494-1]
#[test]
fn no_legal_frame_of_a_client_is_longer_than_the_stated_bound() {
    let longest = LEGAL
        .iter()
        .filter(|(kind, ..)| !SERVER_ONLY.contains(kind))
        .map(|&(_, _, greatest)| HEADER_BYTES + greatest as usize)
        .max();
    assert_eq!(longest, Some(MAX_CLIENT_FRAME_BYTES));
}
