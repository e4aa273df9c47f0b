//! What is refused, and how much is read before it is.

use bytes::BytesMut;
use rstest::rstest;
use wire_xmpp::{Item, Limits, MAX_ATTRIBUTES, MAX_TOKEN, MAX_TREE, ReadError, Reader};

use crate::rig::{HEADER, read};

// [LAN-48]
#[rstest]
#[case::text_between("tea?")]
#[case::text_after_a_comment("<!-- -->tea?<a/>")]
#[case::wrong_end("<a></b>")]
#[case::crossed("<a><b></a></b>")]
#[case::end_of_another("</stream:strea>")]
#[case::unknown_entity("<a>&nbsp;</a>")]
#[case::bare_ampersand("<a>tea & cake</a>")]
#[case::null_reference("<a>&#0;</a>")]
#[case::surrogate("<a>&#xd800;</a>")]
#[case::control("<a>\u{1}</a>")]
#[case::not_a_character("<a>\u{ffff}</a>")]
#[case::document_type("<!DOCTYPE a [<!ENTITY b 'c'>]>")]
#[case::instruction("<?php ?>")]
#[case::second_declaration("<?xml version='1.0'?>")]
#[case::second_attribute("<a b='1' b='2'/>")]
#[case::attribute_without_quotes("<a b=1/>")]
#[case::bracket_in_attribute("<a b='<'/>")]
#[case::unbound_prefix("<b:a/>")]
#[case::unbound_attribute("<a b:c='1'/>")]
#[case::reserved_prefix("<a xmlns:xml='urn:b'/>")]
#[case::end_of_cdata("<a>]]></a>")]
#[case::dashes_in_a_comment("<!-- -- -->")]
#[case::no_name("<>")]
#[case::kopete_unescaped("<message><body>1 < 2</body></message>")]
fn malformed_xml_ends_a_stream(#[case] xml: &str) {
    let (items, error) = read(format!("{HEADER}{xml}<presence/>"));
    assert!(matches!(error, Some(ReadError::Malformed(_))), "{error:?}");
    assert!(matches!(items.as_slice(), [Item::Header(_)]), "{items:?}");
}

// [LAN-48]
#[rstest]
#[case::overlong(b"<a>\xc0\x80</a>")]
#[case::alone(b"<a>\x80</a>")]
#[case::cut(b"<a>\xe6\x97</a>")]
#[case::surrogate(b"<a>\xed\xa0\x80</a>")]
#[case::in_a_name(b"<\xff/>")]
#[case::in_an_attribute(b"<a b='\xff'/>")]
fn what_is_no_utf8_ends_a_stream(#[case] xml: &[u8]) {
    let (_, error) = read([HEADER.as_bytes(), xml].concat());
    assert!(matches!(error, Some(ReadError::Malformed(_))), "{error:?}");
}

// [LAN-48]
#[rstest]
#[case::http("GET / HTTP/1.1\r\n\r\n")]
#[case::utf16("\u{fffe}<")]
#[case::version("<?xml version='1.1'?><stream/>")]
#[case::encoding("<?xml version='1.0' encoding='latin1'?><stream/>")]
#[case::document_type("<!DOCTYPE stream><stream/>")]
fn what_is_no_xml_opens_no_stream(#[case] bytes: &str) {
    let (items, error) = read(bytes);
    assert_eq!(items, []);
    assert!(matches!(error, Some(ReadError::Malformed(_))), "{error:?}");
}

// [LAN-48]
#[rstest]
#[case::no_name_space("<stream>")]
#[case::another_name_space("<stream xmlns='jabber:client'>")]
#[case::another_name("<message xmlns='http://etherx.jabber.org/streams'>")]
fn another_root_opens_no_stream(#[case] bytes: &str) {
    assert_eq!(read(bytes), (vec![], Some(ReadError::NoStream)));
}

// [LAN-48]
#[test]
fn an_error_lasts_and_takes_no_more() {
    let mut reader = Reader::new(Limits::default());
    let mut input = BytesMut::from("<!DOCTYPE");
    let error = reader.decode(&mut input).expect_err("malformed");
    input.clear();
    input.extend_from_slice(HEADER.as_bytes());
    assert_eq!(reader.decode(&mut input), Err(error));
    assert_eq!(input.as_ref(), HEADER.as_bytes());
}

const TIGHT: Limits = Limits {
    header: 100,
    stanza: 60,
    depth: 3,
};

/// Parts of `bytes` within [`TIGHT`], fed one byte at a time.
fn tight(bytes: &str) -> (usize, Option<ReadError>, usize) {
    let mut reader = Reader::new(TIGHT);
    let mut parts = 0;
    for (n, byte) in (1..).zip(bytes.bytes()) {
        let mut input = BytesMut::from([byte].as_slice());
        loop {
            match reader.decode(&mut input) {
                Ok(Some(_)) => parts += 1,
                Ok(None) => break,
                Err(error) => return (parts, Some(error), n),
            }
        }
    }
    (parts, None, bytes.len())
}

const SHORT: &str = "<stream xmlns='http://etherx.jabber.org/streams'>";

// [LAN-48]
#[test]
fn a_header_has_a_limit_to_the_byte() {
    let exact = SHORT.replace('>', &format!("{}>", " ".repeat(100 - SHORT.len())));
    assert_eq!(exact.len(), 100);
    assert_eq!(tight(&exact), (1, None, 100));
    let over = exact.replace('>', " >");
    assert_eq!(tight(&over), (0, Some(ReadError::TooLong(100)), 100));
    let comment = format!("<?xml version='1.0'?><!--{}", "-x".repeat(100));
    assert_eq!(tight(&comment), (0, Some(ReadError::TooLong(100)), 100));
}

// [LAN-48]
#[rstest]
#[case::text("<a>", "x", "</a>")]
#[case::elements("<a>", "<b/>", "</a>")]
#[case::tag("<a", " ", "/>")]
#[case::attribute("<a b='", "c", "'/>")]
#[case::name("<a", "a", "/>")]
#[case::comment("<a><!--", "x", "--></a>")]
#[case::comments("", "<!---->", "<a/>")]
#[case::cdata("<a><![CDATA[", "]", "]]></a>")]
fn a_stanza_has_a_limit_to_the_byte(#[case] head: &str, #[case] body: &str, #[case] foot: &str) {
    let fill = (TIGHT.stanza - head.len() - foot.len()) / body.len();
    let fits = format!("{head}{}{foot}", body.repeat(fill));
    let stream = format!("{SHORT}{fits}{fits}");
    assert_eq!(tight(&stream), (3, None, stream.len()));
    let over = format!("{SHORT}{fits}{head}{}", body.repeat(TIGHT.stanza));
    let at = SHORT.len() + fits.len() + TIGHT.stanza;
    assert_eq!(tight(&over), (2, Some(ReadError::TooLong(60)), at));
}

// [LAN-48]
#[test]
fn depth_has_a_limit() {
    let (parts, error, _) = tight(&format!("{SHORT}<a><b><c/></b></a>"));
    assert_eq!((parts, error), (2, None));
    let (parts, error, _) = tight(&format!("{SHORT}<a><b><c><d/>"));
    assert_eq!((parts, error), (1, Some(ReadError::TooDeep)));
}

// [LAN-48]
#[test]
fn a_header_of_two_kilobytes_passes_and_one_of_twenty_does_not() {
    let header = |n: usize| HEADER.replace("bob@", &format!("{}@", "b".repeat(n)));
    assert_eq!(read(header(2000)).1, None);
    assert_eq!(read(header(20_000)).1, Some(ReadError::TooLong(8 * 1024)));
}

// [LAN-48]
#[test]
fn attributes_are_limited_in_number_and_size() {
    let many = |n: usize| {
        let attributes: String = (0..n).map(|n| format!(" a{n}=''")).collect();
        read(format!("{HEADER}<a{attributes}/>")).1
    };
    assert_eq!(many(MAX_ATTRIBUTES), None);
    assert!(matches!(
        many(MAX_ATTRIBUTES + 1),
        Some(ReadError::Malformed(_))
    ));
    let long = |n: usize| read(format!("{HEADER}<a b='{}'/>", "c".repeat(n))).1;
    assert_eq!(long(MAX_TOKEN - 1), None);
    assert!(matches!(long(MAX_TOKEN + 1), Some(ReadError::Malformed(_))));
}

// [LAN-48]
#[test]
fn a_small_stanza_makes_no_large_tree() {
    let space = format!("urn:{}", "x".repeat(8000));
    let bomb = format!("{HEADER}<a xmlns='{space}'>{}</a>", "<b/>".repeat(10_000));
    assert_eq!(read(bomb).1, Some(ReadError::TooLong(MAX_TREE)));
}

// [LAN-48]
#[rstest]
#[case::brackets("&lt;", 40_000)]
#[case::text("na\u{ef}ve ", 25_000)]
fn a_long_text_is_no_attack(#[case] piece: &str, #[case] times: usize) {
    let body = piece.repeat(times);
    let (items, error) = read(format!("{HEADER}<message><body>{body}</body></message>"));
    assert_eq!(error, None);
    assert_eq!(items.len(), 2);
}
