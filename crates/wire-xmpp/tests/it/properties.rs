//! Properties: the fuzz bodies over generated input.

use proptest::prelude::*;
use wire_xmpp::fuzz;

/// Pieces of streams, good and bad, that make deeper states likely than any bytes do.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::sample::select(PIECES).prop_map(|p| p.as_bytes().to_vec()),
        "\\PC{0,12}".prop_map(|text| text.into_bytes()),
        proptest::collection::vec(any::<u8>(), 0..6),
    ]
}

const PIECES: &[&str] = &[
    "<?xml version='1.0' encoding='UTF-8'?>",
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='a@b'>",
    "<stream xmlns='http://etherx.jabber.org/streams' version='1.0'>",
    "<message from='a@b' type='chat'>",
    "<body>tea &amp; cake</body>",
    "<html xmlns='http://www.w3.org/1999/xhtml'><body><font>a<br/>b</font></body></html>",
    "<x xmlns='jabber:x:event'><composing/><id/></x>",
    "</message>",
    "<iq type='set' id='1'><query xmlns='http://jabber.org/protocol/bytestreams' sid='1'>",
    "<streamhost host='fe80::1' port='1' jid='1'/></query></iq>",
    "<a>",
    "</a>",
    "<b x='1' y=\"2\"/>",
    "<![CDATA[ <&>]] ]]>",
    "<!-- a - comment -->",
    "<!--",
    "-->",
    "]]>",
    "]",
    "&#x41;",
    "&#0;",
    "&lol;",
    "&",
    ";",
    " \r\n\t",
    "\r",
    "\n",
    "<presence/>",
    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    "<!DOCTYPE a>",
    "<?pi?>",
    "</stream:stream>",
    "</stream>",
    "\u{65e5}\u{672c}",
];

proptest! {
    // [LAN-20] [LAN-48]
    #[test]
    fn cuts_do_not_matter_to_a_stream(pieces in proptest::collection::vec(piece(), 0..30), opened in any::<bool>()) {
        let mut data = Vec::new();
        if opened {
            data.extend_from_slice(PIECES[1].as_bytes());
        }
        data.extend(pieces.concat());
        fuzz::fuzz_stream(&data);
    }

    // [LAN-48]
    #[test]
    fn any_bytes_are_read_or_refused(data in proptest::collection::vec(any::<u8>(), 0..300)) {
        fuzz::fuzz_stream(&data);
        fuzz::fuzz_socks(&data);
    }

    // [LAN-20] [LAN-37]
    #[test]
    fn any_text_survives(fields in proptest::collection::vec(any::<String>(), 0..5)) {
        fuzz::fuzz_roundtrip(fields.join("|").as_bytes());
    }

    // [LAN-20] [LAN-37]
    #[test]
    fn any_breaks_and_markup_survive(text in "[\\x00-\\x1f<>&'\"\\]\\[ a\u{fffe}\u{1f600}|-]{0,40}") {
        fuzz::fuzz_roundtrip(text.as_bytes());
    }

    // [LAN-45]
    #[test]
    fn any_handshake_holds(data in proptest::collection::vec(prop_oneof![0u8..6, any::<u8>()], 0..80)) {
        fuzz::fuzz_socks(&data);
    }
}
