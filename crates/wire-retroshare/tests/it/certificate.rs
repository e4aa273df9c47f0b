//! Certificates as text, as people paste them.

use core::net::SocketAddrV4;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use rstest::rstest;
use wire_retroshare::certificate::TEXT_LIMIT;
use wire_retroshare::crc24::crc24;
use wire_retroshare::packets::put_packet;
use wire_retroshare::{Certificate, FriendText, Invite, LocationId, TextError};

use crate::rig::{hex, identity};

// [RS-2]
#[test]
fn a_real_nodes_certificate_is_read_and_written() {
    let text = identity("certificate_text");
    let certificate = Certificate::parse(text).unwrap();
    let id = identity("ssl_id").parse().unwrap();
    assert_eq!(certificate.location, Some((id, "locA".into())));
    assert_eq!(certificate.local, Some("10.77.0.1:8001".parse().unwrap()));
    assert_eq!(certificate.external, Some("0.0.0.0:0".parse().unwrap()));
    assert_eq!((&certificate.dns, &certificate.hidden), (&None, &None));
    assert!(certificate.locators.is_empty());
    assert_eq!(certificate.pgp_key[..3], [0xc6, 0xc1, 0x4d], "a public key");
    assert_eq!(certificate.to_text(false), text);
}

// [RS-2]
#[test]
fn a_certificate_that_real_nodes_took_is_read_and_written() {
    let text = identity("probe_certificate_text");
    let certificate = Certificate::parse(text).unwrap();
    let id = identity("probe_ssl_id").parse().unwrap();
    assert_eq!(certificate.location, Some((id, "probeloc".into())));
    assert_eq!(
        certificate.external,
        Some("10.77.0.3:8888".parse().unwrap())
    );
    assert_eq!(certificate.to_text(false), text);
}

// [RS-2]
#[test]
fn lines_have_64_characters() {
    let certificate = Certificate::parse(identity("certificate_text")).unwrap();
    let text = certificate.to_text(true);
    let lines: Vec<&str> = text.lines().collect();
    let (last, others) = lines.split_last().unwrap();
    assert!(others.len() > 10 && others.iter().all(|line| line.len() == 64));
    assert!((1..=64).contains(&last.len()));
    assert_eq!(lines.concat(), certificate.to_text(false));
}

/// The text in lines, and what people and their programs do to it.
// [RS-2]
#[rstest]
#[case::line_breaks("{}")]
#[case::windows("\r\n{crlf}\r\n")]
#[case::blank_lines("\n\n  {}\n\t\n")]
#[case::spaces_for_line_breaks("{spaces}")]
#[case::indented("    {indented}")]
#[case::quoted("> {quoted}")]
#[case::quoted_twice("> Ana wrote:\n>> {quoted twice}\n> see you")]
#[case::begin_and_end(
    "-----BEGIN RETROSHARE CERTIFICATE-----\n{}\n-----END RETROSHARE CERTIFICATE-----"
)]
#[case::prose("Hello Bob,\nhere is my certificate:\n\n{}\n\nSee you, Ana.\n")]
#[case::close_prose("Hello Bob, here is my certificate:\n{}\nSee you there.")]
#[case::words("Hello\n{}\nAna\nBerlin")]
#[case::words_in_its_lines("Certificate: {} Ana")]
#[case::footer("See you.\n\n-- \nAna\nhttps://example.org/~ana\n\n{}\n")]
#[case::twice_the_same("{}\n\nand again:\n\n{}")]
#[case::no_padding("{no padding}")]
fn a_certificate_is_found_in_what_people_paste(#[case] pattern: &str) {
    let certificate = Certificate::parse(identity("certificate_text")).unwrap();
    let lines = certificate.to_text(true);
    let text = pattern
        .replace("{}", &lines)
        .replace("{crlf}", &lines.replace('\n', "\r\n"))
        .replace("{spaces}", &lines.replace('\n', " "))
        .replace("{indented}", &lines.replace('\n', "\n    "))
        .replace("{quoted}", &lines.replace('\n', "\n> "))
        .replace("{quoted twice}", &lines.replace('\n', "\n>> "))
        .replace("{no padding}", lines.trim_end_matches('='));
    assert_eq!(Certificate::parse(&text), Ok(certificate));
}

// [RS-2]
#[test]
fn a_text_says_itself_which_of_the_two_it_is() {
    let certificate = identity("certificate_text");
    let invite = identity("probe_short_invite");
    let url = identity("short_invite_url");
    let is_certificate = |text| matches!(FriendText::parse(text), Ok(FriendText::Certificate(_)));
    let is_invite = |text| matches!(FriendText::parse(text), Ok(FriendText::Invite(_)));
    assert!(is_certificate(certificate) && !is_invite(certificate));
    assert!(is_invite(invite) && is_invite(url));
    assert_eq!(Certificate::parse(invite), Err(TextError::Missing("key")));
    assert_eq!(
        Invite::parse(certificate),
        Err(TextError::Missing("fingerprint"))
    );
}

/// What went wrong is told in a sentence.
// [RS-2]
#[rstest]
#[case::nothing("", TextError::Empty, "the text is empty")]
#[case::white_space(" \r\n\t", TextError::Empty, "the text is empty")]
#[case::a_word(
    "hello",
    TextError::Other,
    "this is neither a RetroShare certificate nor an invite"
)]
#[case::a_name(
    "Alice",
    TextError::Other,
    "this is neither a RetroShare certificate nor an invite"
)]
#[case::prose(
    "Hello Bob, how are you?",
    TextError::Other,
    "this is neither a RetroShare certificate nor an invite"
)]
#[case::a_public_key(
    "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxsBNBGsC\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----",
    TextError::PgpKey,
    "this is a PGP key: what is needed is the certificate or the invite of a node"
)]
#[case::a_private_key(
    "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nxsBNBGsC\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----",
    TextError::PrivateKey,
    "this is a private key, which must never be given to anyone"
)]
#[case::another_private_key(
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
    TextError::PrivateKey,
    "this is a private key, which must never be given to anyone"
)]
#[case::a_page(
    "https://retroshare.cc/",
    TextError::OtherUrl,
    "this is a link to something else"
)]
#[case::a_file(
    "retroshare://file?name=a&size=1&hash=7454b93cdfa13d93b1dcaba02e3d4ba929b6e11d",
    TextError::OtherUrl,
    "this is a link to something else"
)]
#[case::an_empty_invite(
    "https://me.retroshare.cc?rsInvite=",
    TextError::Empty,
    "the text is empty"
)]
#[case::no_version(
    "CQA=",
    TextError::Truncated,
    "the text is cut off: its end is missing"
)]
fn what_is_no_certificate_is_told_apart(
    #[case] text: &str,
    #[case] error: TextError,
    #[case] sentence: &str,
) {
    assert_eq!(error.to_string(), sentence);
    assert_eq!(FriendText::parse(text), Err(error));
}

// [RS-2]
#[test]
fn a_text_that_is_too_long_is_not_looked_at() {
    let text = "A".repeat(TEXT_LIMIT + 1);
    let error = TextError::TooLong { limit: TEXT_LIMIT };
    assert_eq!(FriendText::parse(&text), Err(error.clone()));
    assert_eq!(error.to_string(), "the text is longer than 262144 bytes");
    assert_eq!(FriendText::parse(&text[1..]), Err(TextError::Other));
}

// [RS-2]
#[test]
fn two_different_certificates_are_one_too_many() {
    let (a, b) = (
        identity("certificate_text"),
        identity("probe_certificate_text"),
    );
    let text = format!("{a}\n\nor\n\n-----\n{b}");
    assert_eq!(FriendText::parse(&text), Err(TextError::Ambiguous));
    let text = format!("{a}\n\n{}", identity("probe_short_invite"));
    assert_eq!(FriendText::parse(&text), Err(TextError::Ambiguous));
}

// [RS-2]
#[test]
fn a_strange_character_is_named() {
    for line_breaks in [false, true] {
        let certificate = Certificate::parse(identity("certificate_text")).unwrap();
        let mut text = certificate.to_text(line_breaks);
        text.replace_range(1000..1001, "*");
        assert_eq!(FriendText::parse(&text), Err(TextError::NotBase64('*')));
        text.replace_range(1000..1001, "é");
        let error = FriendText::parse(&text).unwrap_err();
        assert_eq!(error.to_string(), "the character 'é' does not belong in it");
    }
}

// [RS-2]
#[test]
fn a_text_that_is_cut_off_is_told_so() {
    for text in [identity("certificate_text"), identity("probe_short_invite")] {
        for end in [text.len() - 1, text.len() - 4, text.len() / 2, 60] {
            let cut = text.get(..end).unwrap().trim_end_matches('=');
            if cut.len() + 1 < text.trim_end_matches('=').len() {
                assert_eq!(FriendText::parse(cut), Err(TextError::Truncated), "{end}");
            }
        }
    }
    let certificate = Certificate::parse(identity("certificate_text")).unwrap();
    let lines = certificate.to_text(true);
    let text = format!("Hello, Bob!\n\n{}\n\nSee you, Ana.", &lines[..1000]);
    assert_eq!(FriendText::parse(&text), Err(TextError::Truncated));
}

// [RS-2]
#[test]
fn a_changed_character_is_a_wrong_checksum() {
    let text = identity("certificate_text");
    for place in [100, 700, 1500] {
        let mut changed = text.to_owned();
        let new = if &text[place..=place] == "A" {
            "B"
        } else {
            "A"
        };
        changed.replace_range(place..=place, new);
        assert_eq!(FriendText::parse(&changed), Err(TextError::Checksum));
        let letter = format!("Hello, Bob!\n{changed}\nSee you, Ana.");
        assert_eq!(FriendText::parse(&letter), Err(TextError::Checksum));
    }
}

/// Packets with a right checksum, but wrong all the same.
// [RS-2] [RS-22]
#[rstest]
#[case::version(&[(9, "05"), (1, "c600")], TextError::Version(5))]
#[case::long_version(&[(9, "0600")], TextError::PacketSize { part: "version", size: 2 })]
#[case::no_key(&[(9, "06")], TextError::Missing("key"))]
#[case::empty_key(&[(9, "06"), (1, "")], TextError::PacketSize { part: "key", size: 0 })]
#[case::a_secret_key(&[(9, "06"), (1, "c500")], TextError::PrivateKey)]
#[case::a_secret_key_of_old(&[(9, "06"), (1, "9500")], TextError::PrivateKey)]
#[case::short_id(&[(9, "06"), (1, "c600"), (5, "010101010101010101010101010101")],
    TextError::PacketSize { part: "node id", size: 15 })]
#[case::long_address(&[(9, "06"), (1, "c600"), (2, "01010101010101")],
    TextError::PacketSize { part: "external address", size: 7 })]
#[case::short_address(&[(9, "06"), (1, "c600"), (3, "0101010101")],
    TextError::PacketSize { part: "local address", size: 5 })]
fn packets_are_checked(#[case] packets: &[(u8, &str)], #[case] error: TextError) {
    assert_eq!(FriendText::parse(&text_with(packets, 7)), Err(error));
}

// [RS-2]
#[test]
fn unknown_packets_are_skipped_and_a_machine_is_optional() {
    let text = text_with(
        &[(9, "06"), (0x55, "0102"), (1, "c600"), (6, "6e616d65")],
        7,
    );
    let certificate = Certificate::parse(&text).unwrap();
    assert_eq!(certificate.location, None);
    assert_eq!(certificate.pgp_key, [0xc6, 0][..]);
}

// [RS-2] [RS-6]
#[test]
fn a_hidden_place_excludes_the_others() {
    let text = text_with(
        &[
            (9, "06"),
            (1, "c600"),
            (2, "01020304162e"),
            (8, "612e6f6e696f6e3a31"),
        ],
        7,
    );
    let certificate = Certificate::parse(&text).unwrap();
    assert_eq!(certificate.hidden.as_deref(), Some("a.onion:1"));
    assert_eq!(certificate.external, None);
    // Without it, the address and its port are in network order.
    let text = text_with(&[(9, "06"), (1, "c600"), (2, "01020304162e")], 7);
    let certificate = Certificate::parse(&text).unwrap();
    assert_eq!(certificate.external, Some("1.2.3.4:5678".parse().unwrap()));
}

/// Text of these packets, their values in hex, and their checksum with this tag.
pub(crate) fn text_with(packets: &[(u8, &str)], checksum: u8) -> String {
    let mut out = BytesMut::new();
    for (tag, value) in packets {
        put_packet(*tag, &hex(value), &mut out);
    }
    let sum = crc24(&out).to_le_bytes();
    put_packet(checksum, &sum[..3], &mut out);
    STANDARD.encode(&out)
}

pub(crate) fn address() -> impl Strategy<Value = Option<SocketAddrV4>> {
    let address = any::<([u8; 4], u16)>();
    prop::option::of(address.prop_map(|(ip, port)| SocketAddrV4::new(ip.into(), port)))
}

proptest! {
    // [RS-2]
    #[test]
    fn certificates_survive_being_text(
        key in prop::collection::vec(any::<u8>(), 1..9000),
        location in prop::option::of((any::<[u8; 16]>(), ".{0,40}")),
        addresses in (address(), address()),
        names in (prop::option::of("[a-z.]{1,20}"), prop::option::of("[a-z.]{1,20}:[0-9]{1,5}")),
        locators in prop::collection::vec("[a-z0-9:/.]{0,30}", 0..3),
        line_breaks in any::<bool>(),
    ) {
        let pgp_key = Bytes::from([&[0xc6][..], &key].concat());
        let open = names.1.is_none();
        let certificate = Certificate {
            pgp_key,
            location: location.map(|(id, name)| (LocationId::from_bytes(id), name)),
            external: addresses.0.filter(|_| open),
            local: addresses.1.filter(|_| open),
            dns: names.0.filter(|_| open),
            hidden: names.1,
            locators,
        };
        prop_assert_eq!(Certificate::parse(&certificate.to_text(line_breaks)), Ok(certificate));
    }

    // [RS-2]
    #[test]
    fn no_changed_character_goes_unnoticed(place in 0usize..919, new in "[A-Za-z0-9+/]") {
        let text = identity("probe_certificate_text");
        let mut changed = text.to_owned();
        changed.replace_range(place..=place, &new);
        let same = changed == text;
        prop_assert_eq!(FriendText::parse(&changed).is_ok(), same);
    }
}
