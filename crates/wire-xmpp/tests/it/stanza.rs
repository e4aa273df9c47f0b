//! What the elements of other clients mean.

use rstest::rstest;
use wire_xmpp::encode;
use wire_xmpp::ns;
use wire_xmpp::stanza::{
    Features, MAX_STREAM_HOSTS, Message, Payload, SiOffer, Stanza, StreamHost, UNDEFINED,
};

use crate::rig::{iq, message, payload, stanza, written};

/// As libpurple sends it.
const PURPLE: &str = "<message to='bob@bobbox' from='alice@alicebox' type='chat'>\
    <body>tea at four? &lt;b&gt;</body><html xmlns='http://www.w3.org/1999/xhtml'><body>\
    <font>tea at four? &lt;b&gt;</font></body></html>\
    <x xmlns='jabber:x:event'><composing/></x></message>";

// [LAN-20] [LAN-21] [LAN-44]
#[test]
fn libpurples_message_is_one_and_asks_for_typing_notices() {
    assert_eq!(
        message(PURPLE),
        Message {
            from: Some("alice@alicebox".into()),
            to: Some("bob@bobbox".into()),
            text: Some("tea at four? <b>".into()),
            wants_typing: true,
            ..Message::default()
        }
    );
}

// [LAN-19] [LAN-20]
#[test]
fn a_message_needs_nothing_but_a_body() {
    let expected = Message {
        text: Some("hi".into()),
        ..Message::default()
    };
    assert_eq!(message("<message><body>hi</body></message>"), expected);
    assert_eq!(
        message("<message from='' to='' id=''><body>hi</body></message>"),
        expected
    );
}

// [LAN-20] [LAN-37]
#[rstest]
#[case::nothing("", None)]
#[case::empty("<body/>", None)]
#[case::body_first(
    "<html xmlns='urn:h'><body>no</body></html><body>\u{65e5}\u{672c}</body>",
    Some("\u{65e5}\u{672c}")
)]
#[case::two_languages(
    "<body xml:lang='de'>Tee</body><body xml:lang='en'>tea</body>",
    Some("Tee")
)]
#[case::subject_is_left_out("<subject>a</subject><body>b</body>", Some("b"))]
#[case::another_space("<body xmlns='urn:b'>no</body>", None)]
#[case::html_alone(
    "<html xmlns='http://www.w3.org/1999/xhtml'><body><font face='x'>1 &lt; 2<br/><b>tea</b>?</font>\
     </body></html>",
    Some("1 < 2\ntea?")
)]
#[case::xhtml_im(
    "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>\
     <p>a</p><p>b <i>c</i></p></body></html>",
    Some("a\nb c")
)]
#[case::html_in_no_space("<html><body>tea</body></html>", Some("tea"))]
#[case::empty_body_beside_html("<body/><html xmlns='urn:h'><body>tea</body></html>", Some("tea"))]
#[case::html_that_says_nothing("<html xmlns='urn:h'><body> <font/> </body></html>", None)]
#[case::html_without_body("<html xmlns='urn:h'><font>tea</font></html>", None)]
#[case::address_of_a_file(
    "<x xmlns='jabber:x:oob'><url type='file' size='7'>http://10.0.0.1:5/a.txt</url></x>",
    Some("http://10.0.0.1:5/a.txt")
)]
#[case::body_beside_an_address(
    "<body>look</body><x xmlns='jabber:x:oob'><url>http://10.0.0.1:5/a.txt</url></x>",
    Some("look")
)]
fn the_text_is_found(#[case] xml: &str, #[case] expected: Option<&str>) {
    let message = message(format!("<message>{xml}</message>"));
    assert_eq!(message.text.as_deref(), expected);
}

// [LAN-20]
#[rstest]
#[case("", true)]
#[case("type='chat'", true)]
#[case("type='normal'", true)]
#[case("type='headline'", true)]
#[case("type='error'", false)]
fn every_type_is_shown_but_what_comes_back(#[case] kind: &str, #[case] is_shown: bool) {
    let stanza = stanza(format!("<message {kind}><body>hi</body></message>"));
    assert_eq!(matches!(stanza, Stanza::Message(_)), is_shown);
}

/// Of a message: its text, whether its sender is typing, whether they want to know it of us.
type Typing = (Option<&'static str>, Option<bool>, bool);

// [LAN-44]
#[rstest]
#[case::ichat(
    "<body>half of wha</body><html xmlns='urn:h'><body>half</body></html>\
     <x xmlns='jabber:x:event'><composing/><id>1</id></x>",
    (None, Some(true), false)
)]
#[case::adium("<body/><x xmlns='jabber:x:event'><composing/><id/></x>", (None, Some(true), false))]
#[case::id_first("<x xmlns='jabber:x:event'><id/><composing/></x>", (None, Some(true), false))]
#[case::stopped("<x xmlns='jabber:x:event'><id/></x>", (None, Some(false), false))]
#[case::stopped_with_body("<body>no</body><x xmlns='jabber:x:event'><id/></x>", (None, Some(false), false))]
#[case::with_an_address(
    "<x xmlns='jabber:x:oob'><url>http://a/</url></x><x xmlns='jabber:x:event'><composing/><id/></x>",
    (None, Some(true), false)
)]
#[case::delivered("<body>no</body><x xmlns='jabber:x:event'><delivered/><id>1</id></x>", (None, None, false))]
#[case::asked("<body>hi</body><x xmlns='jabber:x:event'><composing/></x>", (Some("hi"), None, true))]
#[case::asked_for_delivery("<body>hi</body><x xmlns='jabber:x:event'><delivered/></x>", (Some("hi"), None, false))]
#[case::another_x("<body>hi</body><x xmlns='urn:x'><composing/><id/></x>", (Some("hi"), None, false))]
#[case::composing("<composing xmlns='http://jabber.org/protocol/chatstates'/>", (None, Some(true), true))]
#[case::paused("<paused xmlns='http://jabber.org/protocol/chatstates'/>", (None, Some(false), true))]
#[case::inactive("<inactive xmlns='http://jabber.org/protocol/chatstates'/>", (None, Some(false), true))]
#[case::gone("<gone xmlns='http://jabber.org/protocol/chatstates'/>", (None, Some(false), true))]
#[case::active(
    "<body>hi</body><active xmlns='http://jabber.org/protocol/chatstates'/>",
    (Some("hi"), Some(false), true)
)]
#[case::no_state("<body>hi</body><tea xmlns='http://jabber.org/protocol/chatstates'/>", (Some("hi"), None, false))]
#[case::nothing("<body>hi</body>", (Some("hi"), None, false))]
fn typing_is_never_a_message(#[case] xml: &str, #[case] (text, typing, wants): Typing) {
    let message = message(format!("<message type='chat'>{xml}</message>"));
    assert_eq!(message.text.as_deref(), text);
    assert_eq!(message.typing, typing);
    assert_eq!(message.wants_typing, wants);
}

// [LAN-44]
#[rstest]
#[case(true)]
#[case(false)]
fn our_own_typing_is_understood(#[case] is_typing: bool) {
    let typing = message(written(|out| encode::typing("a@b", "c@d", is_typing, out)));
    assert_eq!(typing.typing, Some(is_typing));
    assert_eq!(typing.text, None);
}

// [LAN-43]
#[test]
fn receipts_are_asked_for_and_given() {
    let asks =
        message("<message id='m1'><body>hi</body><request xmlns='urn:xmpp:receipts'/></message>");
    assert!(asks.wants_receipt);
    assert_eq!(asks.id.as_deref(), Some("m1"));
    let nameless =
        message("<message><body>hi</body><request xmlns='urn:xmpp:receipts'/></message>");
    assert!(!nameless.wants_receipt);
    let given = message("<message id='2'><received xmlns='urn:xmpp:receipts' id='m1'/></message>");
    assert_eq!(given.receipt.as_deref(), Some("m1"));
    assert_eq!(given.text, None);
    let old = message("<message id='m1'><received xmlns='urn:xmpp:receipts'/></message>");
    assert_eq!(old.receipt.as_deref(), Some("m1"));
}

// [LAN-20] [LAN-46]
#[rstest]
#[case(
    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    Stanza::StartTls
)]
#[case("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", Stanza::Proceed)]
#[case("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", Stanza::Success)]
#[case(
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>",
    Stanza::Auth("EXTERNAL".into())
)]
#[case(
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    Stanza::Auth(String::new())
)]
#[case(
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><text>no</text><not-authorized/></failure>",
    Stanza::Failure("not-authorized".into())
)]
#[case("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", Stanza::Failure(UNDEFINED.into()))]
#[case(
    "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
     <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>no</text></stream:error>",
    Stanza::Failure("policy-violation".into())
)]
#[case("<stream:error/>", Stanza::Failure(UNDEFINED.into()))]
#[case("<stream:features/>", Stanza::Features(Features::default()))]
#[case(
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>\
     <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>\
     <mechanism> EXTERNAL </mechanism></mechanisms>\
     <c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/></stream:features>",
    Stanza::Features(Features { tls: Some(true), mechanisms: vec!["PLAIN".into(), "EXTERNAL".into()] })
)]
#[case("<presence><show>away</show></presence>", Stanza::Other)]
#[case("<tea xmlns='urn:tea'/>", Stanza::Other)]
#[case("<proceed/>", Stanza::Other)]
#[case("<error/>", Stanza::Other)]
#[case("<features xmlns='jabber:client'/>", Stanza::Other)]
fn negotiation_is_understood_and_the_unknown_tolerated(
    #[case] xml: &str,
    #[case] expected: Stanza,
) {
    assert_eq!(stanza(xml), expected);
}

/// As libpurple sends it, with `feature` where another client leaves it out.
fn offer(feature: &str, size: &str) -> String {
    format!(
        "<iq type='set' id='0' to='bob@bobbox' from='alice@alicebox'>\
         <si xmlns='http://jabber.org/protocol/si' id='0' \
         profile='http://jabber.org/protocol/si/profile/file-transfer'>\
         <file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='a &amp; b.txt' {size}/>\
         {feature}</si></iq>"
    )
}

fn offered(size: Option<u64>, methods: &[&str]) -> Payload {
    Payload::SiOffer(SiOffer {
        sid: "0".into(),
        profile: ns::SI_FILE.into(),
        name: "a & b.txt".into(),
        size,
        methods: methods.iter().map(|m| (*m).to_owned()).collect(),
    })
}

// [LAN-45]
#[rstest]
#[case::libpurple(
    "<feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'>\
     <field var='stream-method' type='list-single'>\
     <option><value>http://jabber.org/protocol/bytestreams</value></option>\
     <option><value>http://jabber.org/protocol/ibb</value></option></field></x></feature>",
    "size='27817'",
    offered(Some(27_817), &[ns::BYTESTREAMS, "http://jabber.org/protocol/ibb"])
)]
#[case::no_feature("", "size='0'", offered(Some(0), &[]))]
#[case::no_size("", "", offered(None, &[]))]
#[case::negative("", "size='-1'", offered(None, &[]))]
#[case::too_large("", "size='18446744073709551616'", offered(None, &[]))]
#[case::largest("", "size='18446744073709551615'", offered(Some(u64::MAX), &[]))]
fn an_offer_is_understood(#[case] feature: &str, #[case] size: &str, #[case] expected: Payload) {
    let iq = iq(offer(feature, size));
    assert_eq!(iq.payload, expected);
    assert_eq!(iq.id, "0");
    assert_eq!(iq.from.as_deref(), Some("alice@alicebox"));
    assert_eq!(iq.to.as_deref(), Some("bob@bobbox"));
}

// [LAN-45]
#[test]
fn another_profile_is_told_and_a_nameless_file_too() {
    assert_eq!(
        payload(
            "<iq type='set' id='1'><si xmlns='http://jabber.org/protocol/si' id='s' profile='urn:p'/></iq>"
        ),
        Payload::SiOffer(SiOffer {
            sid: "s".into(),
            profile: "urn:p".into(),
            ..SiOffer::default()
        })
    );
}

// [LAN-45]
#[test]
fn stream_hosts_with_odd_ports_are_ignored() {
    let hosts = payload(
        "<iq type='set' id='0'><query xmlns='http://jabber.org/protocol/bytestreams' sid='0' mode='tcp'>\
         <streamhost jid='0' host='fe80::1' port='40001'/>\
         <streamhost jid='0' host='10.0.0.1' port='0'/>\
         <streamhost jid='0' host='10.0.0.2' port='65536'/>\
         <streamhost jid='0' host='10.0.0.3' port='x'/>\
         <streamhost jid='0' host='10.0.0.4'/>\
         <streamhost jid='0' host='' port='1'/>\
         <streamhost jid='0' port='1'/>\
         <fast xmlns='http://affinix.com/jabber/stream'/>\
         <streamhost host='10.174.0.11' port='65535'/></query></iq>",
    );
    let host = |jid: &str, host: &str, port| StreamHost {
        jid: jid.into(),
        host: host.into(),
        port,
    };
    assert_eq!(
        hosts,
        Payload::StreamHosts {
            sid: "0".into(),
            hosts: vec![
                host("0", "fe80::1", 40_001),
                host("", "10.174.0.11", 65_535)
            ],
        }
    );
}

// [LAN-45] [LAN-48]
#[test]
fn stream_hosts_are_limited_in_number() {
    let many = "<streamhost jid='a' host='b' port='1'/>".repeat(100);
    let payload = payload(format!(
        "<iq type='set' id='0'><query xmlns='http://jabber.org/protocol/bytestreams' sid='0'>{many}</query></iq>"
    ));
    let Payload::StreamHosts { hosts, .. } = payload else {
        panic!("no hosts but {payload:?}");
    };
    assert_eq!(hosts.len(), MAX_STREAM_HOSTS);
}

// [LAN-20] [LAN-45]
#[rstest]
#[case::disco(
    "type='get'",
    "<query xmlns='http://jabber.org/protocol/disco#info' node='n'/>",
    Payload::DiscoInfo
)]
#[case::ping("type='get'", "<ping xmlns='urn:xmpp:ping'/>", Payload::Unknown)]
#[case::empty_get("type='get'", "", Payload::Unknown)]
#[case::oob(
    "type='set'",
    "<query xmlns='jabber:iq:oob'><url>http://a/</url></query>",
    Payload::Unknown
)]
#[case::set_disco(
    "type='set'",
    "<query xmlns='http://jabber.org/protocol/disco#info'/>",
    Payload::Unknown
)]
#[case::udp(
    "type='set'",
    "<query xmlns='http://jabber.org/protocol/bytestreams' sid='0' mode='udp'/>",
    Payload::Unknown
)]
#[case::no_sid(
    "type='set'",
    "<query xmlns='http://jabber.org/protocol/bytestreams' mode='tcp'/>",
    Payload::Unknown
)]
#[case::offer_without_sid(
    "type='set'",
    "<si xmlns='http://jabber.org/protocol/si'/>",
    Payload::Unknown
)]
#[case::result("type='result'", "", Payload::Result)]
#[case::accepted_silently(
    "type='result'",
    "<si xmlns='http://jabber.org/protocol/si'/>",
    Payload::SiAccept(String::new())
)]
#[case::accepted(
    "type='result'",
    "<si xmlns='http://jabber.org/protocol/si'><feature xmlns='http://jabber.org/protocol/feature-neg'>\
     <x xmlns='jabber:x:data' type='submit'><field var='stream-method'>\
     <value>http://jabber.org/protocol/bytestreams</value></field></x></feature></si>",
    Payload::SiAccept(ns::BYTESTREAMS.into())
)]
#[case::used(
    "type='result'",
    "<query xmlns='http://jabber.org/protocol/bytestreams'><streamhost-used jid='0'/></query>",
    Payload::StreamHostUsed("0".into())
)]
#[case::declined(
    "type='error'",
    "<error code='403' type='cancel'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
     <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>Offer Declined</text></error>",
    Payload::Error("forbidden".into(), Some(403))
)]
#[case::code_only("type='error'", "<error code='404'/>", Payload::Error("item-not-found".into(), Some(404)))]
#[case::text_only("type='error'", "<error>no</error>", Payload::Error(UNDEFINED.into(), None))]
#[case::nothing("type='error'", "", Payload::Error(UNDEFINED.into(), None))]
#[case::query_repeated(
    "type='error'",
    "<ping xmlns='urn:xmpp:ping'/><error type='cancel'>\
     <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
    Payload::Error("service-unavailable".into(), None)
)]
fn an_iq_is_understood(#[case] kind: &str, #[case] xml: &str, #[case] expected: Payload) {
    assert_eq!(payload(format!("<iq {kind} id='1'>{xml}</iq>")), expected);
}

// [LAN-48]
#[rstest]
#[case("<iq id='1'/>")]
#[case("<iq type='tea' id='1'/>")]
#[case("<iq type='' id='1'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")]
fn an_iq_of_no_type_is_not_answered(#[case] xml: &str) {
    assert_eq!(stanza(xml), Stanza::Other);
}
