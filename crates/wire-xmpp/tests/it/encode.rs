//! Golden bytes of what we write.

use rstest::rstest;
use wire_xmpp::encode::{self, Message};
use wire_xmpp::stanza::{SiOffer, StreamHost};
use wire_xmpp::{Item, ns};

use crate::rig::{self, read, written};

const FROM: &str = "alice@alicebox";
const TO: &str = "bob@bobbox";

// [LAN-18] [LAN-21]
#[test]
fn a_header_is_written() {
    assert_eq!(
        written(|out| encode::header(FROM, TO, out)),
        "<?xml version='1.0' encoding='UTF-8'?><stream:stream xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams' from='alice@alicebox' to='bob@bobbox' \
         version='1.0'>"
    );
}

// [LAN-19]
#[test]
fn a_header_to_nobody_has_no_to() {
    assert_eq!(
        written(|out| encode::header("d\u{e4}v\u{e9} o'neil@box (2)", "", out)),
        "<?xml version='1.0' encoding='UTF-8'?><stream:stream xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams' from='d\u{e4}v\u{e9} o&apos;neil@box (2)' \
         version='1.0'>"
    );
}

// [LAN-22]
#[test]
fn the_end_is_an_end() {
    let (items, error) = read([rig::HEADER.as_bytes(), encode::END].concat());
    assert_eq!(error, None);
    assert_eq!(items.last(), Some(&Item::End));
}

// [LAN-46]
#[rstest]
#[case(None, false, "<stream:features/>")]
#[case(
    Some(false),
    false,
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"
)]
#[case(
    Some(true),
    false,
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>\
     </stream:features>"
)]
#[case(
    None,
    true,
    "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
     <mechanism>EXTERNAL</mechanism></mechanisms></stream:features>"
)]
fn features_are_written(#[case] tls: Option<bool>, #[case] sasl: bool, #[case] expected: &str) {
    assert_eq!(written(|out| encode::features(tls, sasl, out)), expected);
}

// [LAN-46]
#[test]
fn negotiation_is_written() {
    let all = written(|out| {
        encode::starttls(out);
        encode::proceed(out);
        encode::auth(out);
        encode::success(out);
        encode::failure("not-authorized", out);
    });
    assert_eq!(
        all,
        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>\
         <proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>\
         <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>\
         <success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>\
         <failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>"
    );
}

// [LAN-40] [LAN-48]
#[rstest]
#[case("policy-violation", "policy-violation")]
#[case("", "undefined-condition")]
#[case("-a", "undefined-condition")]
#[case("a/><b", "undefined-condition")]
fn a_stream_error_is_written(#[case] condition: &str, #[case] written_as: &str) {
    assert_eq!(
        written(|out| encode::stream_error(condition, out)),
        format!(
            "<stream:error><{written_as} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
        )
    );
}

fn message(id: Option<&str>, text: &str) -> String {
    let message = Message {
        from: FROM,
        to: TO,
        id,
        text,
    };
    written(|out| encode::message(&message, out))
}

// [LAN-20] [LAN-21] [LAN-44]
#[test]
fn a_message_has_both_forms_and_asks_for_typing_notices() {
    assert_eq!(
        message(None, "tea at four? <b>"),
        "<message from='alice@alicebox' to='bob@bobbox' type='chat'>\
         <body>tea at four? &lt;b&gt;</body><html xmlns='http://www.w3.org/1999/xhtml'><body>\
         <font>tea at four? &lt;b&gt;</font></body></html>\
         <x xmlns='jabber:x:event'><composing/></x></message>"
    );
}

// [LAN-20] [LAN-43]
#[test]
fn a_message_with_an_id_asks_for_a_receipt() {
    assert_eq!(
        message(Some("m'1"), "hi"),
        "<message from='alice@alicebox' to='bob@bobbox' type='chat' id='m&apos;1'>\
         <body>hi</body><html xmlns='http://www.w3.org/1999/xhtml'><body><font>hi</font></body></html>\
         <x xmlns='jabber:x:event'><composing/></x>\
         <active xmlns='http://jabber.org/protocol/chatstates'/>\
         <request xmlns='urn:xmpp:receipts'/></message>"
    );
}

// [LAN-20] [LAN-37]
#[rstest]
#[case::breaks("a\nb\r\nc\rd\n", "a\nb&#13;\nc&#13;d\n", "a<br/>b<br/>c<br/>d<br/>")]
#[case::quotes(
    "'\"&>]]>",
    "&apos;&quot;&amp;&gt;]]&gt;",
    "&apos;&quot;&amp;&gt;]]&gt;"
)]
#[case::forbidden(
    "\0\u{b}\u{fffe}\t",
    "\u{fffd}\u{fffd}\u{fffd}\t",
    "\u{fffd}\u{fffd}\u{fffd}\t"
)]
#[case::unicode(
    "\u{65e5}\u{672c} \u{1f600}",
    "\u{65e5}\u{672c} \u{1f600}",
    "\u{65e5}\u{672c} \u{1f600}"
)]
fn text_is_escaped_in_both_forms(#[case] text: &str, #[case] plain: &str, #[case] html: &str) {
    let message = message(None, text);
    assert!(
        message.contains(&format!("<body>{plain}</body>")),
        "{message}"
    );
    assert!(
        message.contains(&format!("<font>{html}</font>")),
        "{message}"
    );
}

// [LAN-20] [LAN-37]
#[rstest]
#[case::breaks("\n")]
#[case::quotes("\"")]
#[case::returns("\r")]
#[case::wide("\u{1f600}")]
fn the_longest_text_fits_a_stanza_though_it_grows(#[case] piece: &str) {
    // What any of our texts may hold at most, in bytes.
    let text = piece.repeat(11_998 / piece.len());
    let read = rig::message(message(Some("m1"), &text));
    assert_eq!(read.text, Some(text));
}

// [LAN-44]
#[test]
fn typing_is_told_in_both_forms_and_without_a_body() {
    assert_eq!(
        written(|out| encode::typing(FROM, TO, true, out)),
        "<message from='alice@alicebox' to='bob@bobbox' type='chat'>\
         <x xmlns='jabber:x:event'><composing/><id/></x>\
         <composing xmlns='http://jabber.org/protocol/chatstates'/></message>"
    );
    assert_eq!(
        written(|out| encode::typing(FROM, TO, false, out)),
        "<message from='alice@alicebox' to='bob@bobbox' type='chat'>\
         <x xmlns='jabber:x:event'><id/></x>\
         <paused xmlns='http://jabber.org/protocol/chatstates'/></message>"
    );
}

// [LAN-43]
#[test]
fn a_receipt_is_written() {
    assert_eq!(
        written(|out| encode::receipt(FROM, TO, "m1", out)),
        "<message from='alice@alicebox' to='bob@bobbox' type='chat'>\
         <received xmlns='urn:xmpp:receipts' id='m1'/></message>"
    );
}

// [LAN-45]
#[test]
fn an_offer_has_the_sid_as_its_id() {
    let offer = SiOffer {
        sid: "s1".into(),
        profile: ns::SI_FILE.into(),
        name: "tea\n\"list\".txt".into(),
        size: Some(27_817),
        methods: vec![ns::BYTESTREAMS.into()],
    };
    assert_eq!(
        written(|out| encode::si_offer(FROM, TO, &offer, out)),
        "<iq type='set' from='alice@alicebox' to='bob@bobbox' id='s1'>\
         <si xmlns='http://jabber.org/protocol/si' id='s1' \
         profile='http://jabber.org/protocol/si/profile/file-transfer'>\
         <file xmlns='http://jabber.org/protocol/si/profile/file-transfer' \
         name='tea&#10;&quot;list&quot;.txt' size='27817'/>\
         <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'>\
         <field var='stream-method' type='list-single'>\
         <option><value>http://jabber.org/protocol/bytestreams</value></option>\
         </field></x></feature></si></iq>"
    );
}

// [LAN-45]
#[test]
fn an_offer_is_taken_and_its_bytes_are_found() {
    assert_eq!(
        written(|out| encode::si_accept(FROM, TO, "7", ns::BYTESTREAMS, out)),
        "<iq type='result' from='alice@alicebox' to='bob@bobbox' id='7'>\
         <si xmlns='http://jabber.org/protocol/si'>\
         <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='submit'>\
         <field var='stream-method'><value>http://jabber.org/protocol/bytestreams</value></field>\
         </x></feature></si></iq>"
    );
    let hosts = [("fe80::1%eth0", 5298), ("10.174.0.11", 5298)].map(|(host, port)| StreamHost {
        jid: FROM.into(),
        host: host.into(),
        port,
    });
    assert_eq!(
        written(|out| encode::stream_hosts(FROM, TO, "s1", &hosts, out)),
        "<iq type='set' from='alice@alicebox' to='bob@bobbox' id='s1'>\
         <query xmlns='http://jabber.org/protocol/bytestreams' sid='s1' mode='tcp'>\
         <streamhost jid='alice@alicebox' host='fe80::1%eth0' port='5298'/>\
         <streamhost jid='alice@alicebox' host='10.174.0.11' port='5298'/></query></iq>"
    );
    assert_eq!(
        written(|out| encode::stream_host_used(FROM, TO, "0", "s1", "bob@bobbox", out)),
        "<iq type='result' from='alice@alicebox' to='bob@bobbox' id='0'>\
         <query xmlns='http://jabber.org/protocol/bytestreams' sid='s1'>\
         <streamhost-used jid='bob@bobbox'/></query></iq>"
    );
}

// [LAN-20]
#[test]
fn what_we_can_do_is_told() {
    assert_eq!(
        written(|out| encode::disco_info(FROM, TO, "d1", &[ns::DISCO_INFO, ns::SI], out)),
        "<iq type='result' from='alice@alicebox' to='bob@bobbox' id='d1'>\
         <query xmlns='http://jabber.org/protocol/disco#info'>\
         <identity category='client' type='pc' name='Tincan'/>\
         <feature var='http://jabber.org/protocol/disco#info'/>\
         <feature var='http://jabber.org/protocol/si'/></query></iq>"
    );
}

// [LAN-20] [LAN-45]
#[test]
fn an_error_names_its_condition_and_its_code() {
    assert_eq!(
        written(|out| encode::error(FROM, TO, "0", "cancel", 403, "forbidden", out)),
        "<iq type='error' from='alice@alicebox' to='bob@bobbox' id='0'>\
         <error type='cancel' code='403'>\
         <forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    );
}
