//! Streams as clients write them, whole and in pieces.

use bytes::BytesMut;
use rstest::rstest;
use wire_xmpp::stanza::{Stanza, understand};
use wire_xmpp::{Header, Item, Limits, Node, Reader};

use crate::rig::{HEADER, element, message, read};

fn header(from: &str, to: &str, has_version: bool) -> Header {
    let some = |s: &str| Some(s.to_owned()).filter(|s| !s.is_empty());
    Header {
        from: some(from),
        to: some(to),
        has_version,
    }
}

// [LAN-18] [LAN-19] [LAN-21]
#[rstest]
#[case::libpurple(HEADER, header("bob@bobbox", "dave@davebox", false))]
#[case::libpurple_answering_nobody(
    "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<stream:stream xmlns=\"jabber:client\" \
     xmlns:stream=\"http://etherx.jabber.org/streams\" from=\"alice@alicebox\" to=\"\">",
    header("alice@alicebox", "", false)
)]
#[case::the_seed(
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
    header("", "", false)
)]
#[case::gajim(
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
     xmlns:stream='http://etherx.jabber.org/streams' version='1.0' from='a@b' to='c@d'>",
    header("a@b", "c@d", true)
)]
#[case::no_prefix(
    "<stream xmlns='http://etherx.jabber.org/streams' from='a@b'>",
    header("a@b", "", false)
)]
#[case::another_prefix(
    "<s:stream xmlns:s='http://etherx.jabber.org/streams' from='a@b'>",
    header("a@b", "", false)
)]
#[case::another_default(
    "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='a@b'>",
    header("a@b", "", false)
)]
#[case::later_version(
    "<stream xmlns='http://etherx.jabber.org/streams' version='2.3' xml:lang='en' id='7'>",
    header("", "", true)
)]
#[case::earlier_version(
    "<stream xmlns='http://etherx.jabber.org/streams' version='0.9'>",
    header("", "", false)
)]
#[case::no_number(
    "<stream xmlns='http://etherx.jabber.org/streams' version='new'>",
    header("", "", false)
)]
#[case::odd_names(
    "<stream xmlns='http://etherx.jabber.org/streams' from='d\u{e4}v&#xe9; s&apos;m&quot;ith@b (2)' \
     to='\u{65e5}\u{672c}@carolbox'>",
    header("d\u{e4}v\u{e9} s'm\"ith@b (2)", "\u{65e5}\u{672c}@carolbox", false)
)]
#[case::white_space_before(
    "\r\n <?xml version='1.0'?>\n\t<stream xmlns='http://etherx.jabber.org/streams' from = 'a@b' >",
    header("a@b", "", false)
)]
#[case::comment_before(
    "<?xml version='1.0'?><!-- hello --><stream xmlns='http://etherx.jabber.org/streams' to='a@b'>",
    header("", "a@b", false)
)]
fn a_header_is_read_in_every_form(#[case] bytes: &str, #[case] expected: Header) {
    assert_eq!(read(bytes), (vec![Item::Header(expected)], None));
}

// [LAN-20]
#[rstest]
#[case::prefixed(HEADER)]
#[case::no_prefix("<stream xmlns='http://etherx.jabber.org/streams'>")]
#[case::no_default("<s:stream xmlns:s='http://etherx.jabber.org/streams'>")]
#[case::another_default(
    "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'>"
)]
fn a_message_is_one_whatever_the_default_name_space(#[case] header: &str) {
    let stream = format!("{header}<message from='a@b'><body>tea?</body></message>");
    let (mut items, error) = read(stream);
    assert_eq!(error, None);
    let Some(Item::Element(element)) = items.pop() else {
        panic!("no element");
    };
    let Stanza::Message(message) = understand(element) else {
        panic!("no message");
    };
    assert_eq!(message.text.as_deref(), Some("tea?"));
    assert_eq!(message.from.as_deref(), Some("a@b"));
}

// [LAN-20]
#[rstest]
#[case::plain("tea?", "tea?")]
#[case::entities("&lt;&amp;&gt;&apos;&quot;", "<&>'\"")]
#[case::references("&#x65e5;&#26412;&#13;", "\u{65e5}\u{672c}\r")]
#[case::cdata("a<![CDATA[ <b>&amp; ]] ]]>c", "a <b>&amp; ]] c")]
#[case::comment("a<!-- no - <b> -->c", "ac")]
#[case::comments_only("<!---->x<!-- y -->", "x")]
#[case::line_ends("a\r\nb\rc\nd", "a\nb\nc\nd")]
#[case::white_space("  a\t b ", "  a\t b ")]
#[case::brackets("]] ]>]".replace('>', "&gt;"), "]] ]>]")]
fn text_is_unescaped(#[case] xml: impl AsRef<str>, #[case] expected: &str) {
    let xml = xml.as_ref();
    let message = message(format!("<message><body>{xml}</body></message>"));
    assert_eq!(message.text.as_deref(), Some(expected));
}

// [LAN-20] [LAN-22]
#[test]
fn white_space_and_comments_between_stanzas_are_skipped() {
    let stream = format!(
        "{HEADER} \n\t<presence/>\n<!-- <message/> -->\r\n<presence/>{}<!-- -->\n</stream:stream>",
        " ".repeat(2 * Limits::default().stanza)
    );
    let (items, error) = read(stream);
    assert_eq!(error, None);
    assert!(matches!(
        items.as_slice(),
        [
            Item::Header(_),
            Item::Element(_),
            Item::Element(_),
            Item::End
        ]
    ));
}

// [LAN-20] [LAN-48]
#[test]
fn attributes_with_a_name_space_are_left_out() {
    let element = element("<presence xml:lang='de' b='2' xmlns:x='urn:x' x:b='3' a='1'/>");
    let attributes = [("a", "1"), ("b", "2")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!(element.attributes, attributes);
    assert_eq!(element.attribute("b"), Some("2"));
    assert_eq!(element.attribute("lang"), None);
}

// [LAN-20]
#[test]
fn a_tree_keeps_its_order_and_its_spaces() {
    let html = element("<h xmlns='urn:h'>a&amp;b<i>c</i><j xmlns='urn:j'/>d<i>e</i></h>");
    assert_eq!(html.text(), "a&bd");
    assert_eq!(
        html.child("urn:h", "i").map(|i| i.text()).as_deref(),
        Some("c")
    );
    assert!(html.child("urn:h", "j").is_none());
    assert!(html.child("urn:j", "j").is_some());
    let kinds: Vec<_> = html
        .children
        .iter()
        .map(|node| match node {
            Node::Text(text) => text.as_str(),
            Node::Element(element) => element.name.as_str(),
        })
        .collect();
    assert_eq!(kinds, ["a&b", "i", "j", "d", "i"]);
}

// [LAN-46]
#[test]
fn what_follows_proceed_is_left_for_tls() {
    let mut reader = Reader::new(Limits::default());
    let mut input = BytesMut::from(HEADER);
    input.extend_from_slice(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>\x16\x03\x01<>");
    assert!(matches!(
        reader.decode(&mut input),
        Ok(Some(Item::Header(_)))
    ));
    let Ok(Some(Item::Element(element))) = reader.decode(&mut input) else {
        panic!("no element");
    };
    assert_eq!(understand(element), Stanza::Proceed);
    assert_eq!(input.as_ref(), b"\x16\x03\x01<>");
}

// [LAN-22]
#[test]
fn the_end_is_read_and_nothing_after_it() {
    let mut reader = Reader::new(Limits::default());
    let mut input = BytesMut::from(HEADER);
    input.extend_from_slice(b"</stream:stream >\n<late/>");
    assert!(matches!(
        reader.decode(&mut input),
        Ok(Some(Item::Header(_)))
    ));
    assert_eq!(reader.decode(&mut input), Ok(Some(Item::End)));
    for _ in 0..2 {
        assert_eq!(reader.decode(&mut input), Ok(None));
        assert_eq!(input.as_ref(), b"\n<late/>");
    }
}

// [LAN-22]
#[test]
fn a_stream_may_end_in_its_header() {
    let (items, error) = read("<stream xmlns='http://etherx.jabber.org/streams'/>");
    assert_eq!(error, None);
    assert_eq!(items, [Item::Header(Header::default()), Item::End]);
}

// [LAN-20]
#[test]
fn a_large_stanza_is_read_whole_though_it_comes_byte_by_byte() {
    let text = "na\u{ef}ve &amp; slow ".repeat(10_000);
    let stream = format!("{HEADER}<message><body>{text}</body></message>");
    let mut reader = Reader::new(Limits::default());
    let mut input = BytesMut::new();
    let mut items = Vec::new();
    for byte in stream.bytes() {
        input.extend_from_slice(&[byte]);
        while let Some(item) = reader.decode(&mut input).expect("well-formed") {
            items.push(item);
        }
        assert!(input.is_empty());
    }
    let Some(Item::Element(element)) = items.pop() else {
        panic!("no element");
    };
    let Stanza::Message(message) = understand(element) else {
        panic!("no message");
    };
    assert_eq!(message.text, Some(text.replace("&amp;", "&")));
}
