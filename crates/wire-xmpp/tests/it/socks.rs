//! Handshakes for files, byte by byte.

use bytes::BytesMut;
use rstest::rstest;
use wire_xmpp::socks::{self, Client, MAX_HANDSHAKE, Server, SocksError};

const HASH: &str = "f6ae04f6f4d9bd8c1b3e5b8d5a5c1b8f9a8a0c11";

/// A name or a text as the protocol carries it, with port 0.
fn named(head: &[u8], name: &str) -> Vec<u8> {
    let len = u8::try_from(name.len()).expect("a short name");
    [head, &[3, len], name.as_bytes(), &[0, 0]].concat()
}

// [LAN-45]
#[test]
fn the_destination_is_the_hash_of_sid_sender_and_receiver() {
    assert_eq!(
        socks::destination("0", "alice@alicebox", "\u{65e5}\u{672c}@carolbox"),
        "ca4142e041eb438aff8661ad28baf177030e029a"
    );
    assert_ne!(
        socks::destination("0", "a@b", "c@d"),
        socks::destination("0", "c@d", "a@b")
    );
}

// [LAN-45]
#[test]
fn a_file_is_fetched_as_libpurple_serves_it() {
    let (mut input, mut out) = (BytesMut::new(), BytesMut::new());
    let mut client = Client::new(HASH, &mut out);
    assert_eq!(out.split().as_ref(), [5, 1, 0]);
    input.extend_from_slice(&[5, 0]);
    assert_eq!(client.handle(&mut input, &mut out), Ok(false));
    assert_eq!(out.split().as_ref(), named(&[5, 1, 0], HASH));
    // Its address where the hash should be, and the file at once.
    input.extend_from_slice(&named(&[5, 0, 0], "fe80::1ff:fe23:4567:890a%eth0"));
    input.extend_from_slice(b"\x05\x00file");
    assert_eq!(client.handle(&mut input, &mut out), Ok(true));
    assert_eq!(input.as_ref(), b"\x05\x00file");
    assert_eq!(client.handle(&mut input, &mut out), Ok(true));
    assert_eq!(input.as_ref(), b"\x05\x00file");
    assert!(out.is_empty());
}

// [LAN-45]
#[rstest]
#[case::hash(named(&[5, 0, 0], HASH))]
#[case::nothing(named(&[5, 0, 0], ""))]
#[case::ipv4(vec![5, 0, 0, 1, 10, 174, 0, 11, 0x14, 0xb2])]
#[case::ipv6([vec![5, 0, 0, 4], vec![7; 16], vec![0x14, 0xb2]].concat())]
#[case::longest(named(&[5, 0, 9], &"x".repeat(255)))]
fn any_address_in_a_reply_will_do(#[case] reply: Vec<u8>) {
    let mut out = BytesMut::new();
    let mut client = Client::new(HASH, &mut out);
    let mut input = BytesMut::from([5, 0].as_slice());
    assert_eq!(client.handle(&mut input, &mut out), Ok(false));
    for byte in &reply {
        assert_eq!(client.handle(&mut input, &mut out), Ok(false));
        input.extend_from_slice(&[*byte]);
    }
    assert_eq!(client.handle(&mut input, &mut out), Ok(true));
    assert!(input.is_empty());
    assert!(reply.len() <= MAX_HANDSHAKE);
}

// [LAN-45] [LAN-48]
#[rstest]
#[case::refused(&[5, 0, 5, 2, 0, 1], SocksError::Refused(2))]
#[case::refused_early(&[5, 0, 5, 1], SocksError::Refused(1))]
#[case::wants_a_password(&[5, 2], SocksError::Malformed)]
#[case::no_method(&[5, 0xff], SocksError::Malformed)]
#[case::socks4(&[4, 0], SocksError::Malformed)]
#[case::other_version(&[5, 0, 4], SocksError::Malformed)]
#[case::unknown_address(&[5, 0, 5, 0, 0, 2], SocksError::Malformed)]
#[case::http(b"HTTP/1.1", SocksError::Malformed)]
fn a_fetch_that_fails_goes_on_failing(#[case] bytes: &[u8], #[case] expected: SocksError) {
    let mut out = BytesMut::new();
    let mut client = Client::new(HASH, &mut out);
    let mut input = BytesMut::from(bytes);
    assert_eq!(client.handle(&mut input, &mut out), Err(expected.clone()));
    input.clear();
    input.extend_from_slice(&[5, 0, 5, 0]);
    assert_eq!(client.handle(&mut input, &mut out), Err(expected));
}

// [LAN-45]
#[test]
fn a_file_is_served_as_libpurple_fetches_it() {
    let mut server = Server::default();
    let (mut input, mut out) = (BytesMut::new(), BytesMut::new());
    for byte in [5, 1, 0] {
        assert_eq!(server.handle(&mut input, &mut out), Ok(None));
        assert!(out.is_empty());
        input.extend_from_slice(&[byte]);
    }
    assert_eq!(server.handle(&mut input, &mut out), Ok(None));
    assert_eq!(out.split().as_ref(), [5, 0]);
    for byte in named(&[5, 1, 0], HASH) {
        assert_eq!(server.handle(&mut input, &mut out), Ok(None));
        input.extend_from_slice(&[byte]);
    }
    assert_eq!(server.handle(&mut input, &mut out), Ok(Some(HASH.into())));
    assert!(out.is_empty() && input.is_empty());
    assert_eq!(server.handle(&mut input, &mut out), Ok(None));
    socks::grant(HASH, &mut out);
    assert_eq!(out.as_ref(), named(&[5, 0, 0], HASH));
}

// [LAN-45]
#[test]
fn a_greeting_may_offer_more_and_the_request_may_come_along() {
    let mut server = Server::default();
    let mut out = BytesMut::new();
    let mut input = BytesMut::from([5, 3, 2, 0, 1].as_slice());
    input.extend_from_slice(&named(&[5, 1, 0], "x"));
    assert_eq!(server.handle(&mut input, &mut out), Ok(Some("x".into())));
    assert_eq!(out.as_ref(), [5, 0]);
}

// [LAN-45] [LAN-48]
#[rstest]
#[case::no_method(&[5, 0], &[5, 0xff])]
#[case::password_only(&[5, 1, 2], &[5, 0xff])]
#[case::socks4(&[4, 1], &[])]
#[case::bind(&[5, 1, 0, 5, 2], &[5, 0, 5, 7, 0, 1, 0, 0, 0, 0, 0, 0])]
#[case::ipv4(&[5, 1, 0, 5, 1, 0, 1], &[5, 0, 5, 8, 0, 1, 0, 0, 0, 0, 0, 0])]
#[case::ipv6(&[5, 1, 0, 5, 1, 0, 4], &[5, 0, 5, 8, 0, 1, 0, 0, 0, 0, 0, 0])]
#[case::unknown_address(&[5, 1, 0, 5, 1, 0, 9], &[5, 0, 5, 8, 0, 1, 0, 0, 0, 0, 0, 0])]
#[case::other_version(&[5, 1, 0, 4], &[5, 0])]
#[case::not_utf8(&[5, 1, 0, 5, 1, 0, 3, 1, 0xff, 0, 0], &[5, 0])]
fn what_we_do_not_serve_is_refused(#[case] bytes: &[u8], #[case] answer: &[u8]) {
    let mut server = Server::default();
    let mut out = BytesMut::new();
    let mut input = BytesMut::from(bytes);
    for _ in 0..2 {
        assert_eq!(
            server.handle(&mut input, &mut out),
            Err(SocksError::Malformed)
        );
        assert_eq!(out.as_ref(), answer);
    }
}

// [LAN-45]
#[test]
fn a_refusal_is_understood() {
    let mut out = BytesMut::new();
    let mut client = Client::new(HASH, &mut out);
    let mut input = BytesMut::from([5, 0].as_slice());
    assert_eq!(client.handle(&mut input, &mut out), Ok(false));
    socks::refuse(&mut input);
    assert_eq!(
        client.handle(&mut input, &mut out),
        Err(SocksError::Refused(2))
    );
}
