//! What a real node said, said to ours [RS-21].

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::BytesMut;
use core::net::SocketAddr;
use friends::api::{Availability, Folder, Notice, Report, Request, Standing};
use friends::{ConnectionId, Output};
use wire_retroshare::chat::{Chat, flags};
use wire_retroshare::discovery::{Discovery, ListMode};
use wire_retroshare::frame::{Frame, encode_sliced};
use wire_retroshare::rtt::Rtt;
use wire_retroshare::{Framer, Item};

use crate::rig::Net;

/// One item as it was recorded.
pub(crate) struct Recorded {
    pub(crate) service: u16,
    pub(crate) subtype: u8,
    pub(crate) what: String,
    pub(crate) bytes: Vec<u8>,
}

/// Items that a real node sent.
pub(crate) fn recorded() -> Vec<Recorded> {
    let text = include_str!("../../../wire-retroshare/tests/vectors/items.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut fields = line.split(" | ");
            let head = fields.next()?;
            let what = fields.next()?.to_owned();
            let hex = fields.next()?.trim();
            let mut numbers = head.split(' ');
            Some(Recorded {
                service: u16::from_str_radix(numbers.next()?, 16).ok()?,
                subtype: u8::from_str_radix(numbers.next()?, 16).ok()?,
                what,
                bytes: (0..hex.len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("as recorded"))
                    .collect(),
            })
        })
        .collect()
}

/// What is recorded of who the real node is.
pub(crate) fn identity(field: &str) -> String {
    let text = include_str!("../../../wire-retroshare/tests/vectors/identity.txt");
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    line.expect("as recorded").trim().to_owned()
}

fn item(what: &str) -> Vec<u8> {
    let mut all = recorded().into_iter();
    all.find(|item| item.what.starts_with(what))
        .expect("as recorded")
        .bytes
}

/// Ana's node with the real node as a friend that has called, under this number.
fn called_by_real_node() -> (Net, usize, ConnectionId, Vec<Item>) {
    let (mut net, [ana]) = Net::of(["ana"]);
    net.add_text(ana, identity("certificate_text "));
    let der = BASE64_STANDARD
        .decode(identity("location_certificate_der_base64 "))
        .expect("as recorded");
    let id = ConnectionId(1);
    let now = net.now();
    let node = net.hosts[ana].node.as_mut().expect("as recorded");
    node.handle_accepted(id, SocketAddr::from(([10, 77, 0, 1], 33_000)), now);
    node.handle_secured(id, &der, now);
    let said = said(&mut net, ana, id);
    (net, ana, id, said)
}

/// What our node says on that link; everything else goes its way.
fn said(net: &mut Net, host: usize, id: ConnectionId) -> Vec<Item> {
    let now = net.now();
    let mut bytes = BytesMut::new();
    let mut notices = Vec::new();
    let node = net.hosts[host].node.as_mut().expect("as recorded");
    while let Some(output) = node.poll_output() {
        match output {
            Output::Send(to, more) if to == id => bytes.extend_from_slice(&more),
            Output::Close(of) => assert_ne!(of, id, "the link was ended"),
            Output::Notice(notice) => notices.push(notice),
            _ => {}
        }
        node.handle_sent(id, 0, now);
    }
    net.hosts[host].notices.extend(notices);
    let mut framer = Framer::new();
    let mut items = Vec::new();
    while let Some(frame) = framer.next(&mut bytes).expect("as recorded") {
        match frame {
            Frame::Item(raw) => items.push(Item::decode(raw).expect("as recorded")),
            Frame::Probe => {}
        }
    }
    items
}

fn hears(net: &mut Net, host: usize, id: ConnectionId, bytes: &[u8]) -> Vec<Item> {
    let now = net.now();
    let node = net.hosts[host].node.as_mut().expect("as recorded");
    node.handle_bytes(id, &mut BytesMut::from(bytes), now);
    said(net, host, id)
}

// [RS-9] [RS-11] [RS-13] [RS-21]
#[test]
fn a_real_nodes_conversation_is_understood() {
    let (mut net, ana, id, greeting) = called_by_real_node();
    assert!(
        matches!(greeting[..], [Item::ServiceInfo(_)]),
        "only the list before theirs: {greeting:?}"
    );
    let after = hears(&mut net, ana, id, &item("service info list"));
    let is_contact = |item: &Item| matches!(item, Item::Discovery(Discovery::Contact(_)));
    assert!(after.iter().any(is_contact), "{after:?}");
    assert!(after.iter().any(|item| matches!(item, Item::Status(_))));

    hears(&mut net, ana, id, &item("slicing probe"));
    let after = hears(&mut net, ana, id, &item("discovery: own contact"));
    let lists: Vec<ListMode> = after
        .iter()
        .filter_map(|item| match item {
            Item::Discovery(Discovery::PgpList { mode, .. }) => Some(*mode),
            _ => None,
        })
        .collect();
    assert!(lists.contains(&ListMode::Friends), "{after:?}");
    let asked = hears(&mut net, ana, id, &item("discovery: PGP id list, mode 1"));
    let is_asked = |item: &Item| matches!(item, Item::Discovery(Discovery::PgpList { mode: ListMode::SendKeys, ids }) if ids.len() == 2);
    assert!(asked.iter().any(is_asked), "{asked:?}");
    hears(&mut net, ana, id, &item("discovery: identity list"));
    hears(&mut net, ana, id, &item("status"));
    hears(&mut net, ana, id, &item("heartbeat"));
    let pong = hears(&mut net, ana, id, &item("rtt ping"));
    assert!(
        matches!(pong[..], [Item::Rtt(Rtt::Pong { seq: 0x6d, .. })]),
        "{pong:?}"
    );

    let friend = net.friends(ana).remove(0);
    assert_eq!(friend.name, "nodeA");
    assert_eq!(friend.standing, Standing::Friend);
    assert_eq!(friend.availability, Availability::Online);
    assert_eq!(friend.locations[0].name, "locA");
    assert!(
        friend.locations[0].version.starts_with("0.6.7-479"),
        "{friend:?}"
    );
}

// [RS-11] [RS-13] [RS-21]
#[test]
fn a_real_nodes_words_are_shown_and_its_avatar_request_is_not() {
    let (mut net, ana, id, _) = called_by_real_node();
    hears(&mut net, ana, id, &item("service info list"));
    hears(&mut net, ana, id, &item("private chat message item"));
    hears(&mut net, ana, id, &item("chat status item"));
    hears(&mut net, ana, id, &item("room list request"));
    hears(&mut net, ana, id, &item("signed room message"));
    hears(&mut net, ana, id, &item("gxs group (identity)"));
    hears(&mut net, ana, id, &item("private chat message with text"));
    hears(&mut net, ana, id, &item("mail"));
    let Report::Said(said) = net.ask(
        ana,
        Request::History {
            who: "nodeA".into(),
            before: None,
            limit: 100,
        },
    ) else {
        panic!("no history");
    };
    let texts: Vec<&str> = said.iter().map(|said| said.text.as_str()).collect();
    assert_eq!(texts, ["short msg to probe"]);
    let Report::Mails(mails) = net.ask(
        ana,
        Request::Mails {
            folder: Some(Folder::Inbox),
        },
    ) else {
        panic!("no mails");
    };
    assert_eq!(mails.len(), 1);
    assert_eq!(
        (mails[0].subject.as_str(), mails[0].from.as_str()),
        ("subject from real", "nodeA")
    );
    let Report::Mail(mail) = net.ask(ana, Request::ReadMail { id: mails[0].id }) else {
        panic!("no mail");
    };
    assert_eq!(mail.body, "body from real");
}

// [RS-11] [RS-21]
#[test]
fn a_message_in_slices_and_parts_is_one() {
    let (mut net, ana, id, _) = called_by_real_node();
    hears(&mut net, ana, id, &item("service info list"));
    let text: String = "slices ".repeat(3_000);
    let mut parts = Vec::new();
    for (number, part) in [&text[..15_000], &text[15_000..]].into_iter().enumerate() {
        let more = if number == 0 { flags::PARTIAL } else { 0 };
        let mut whole = BytesMut::new();
        Item::Chat(Chat::Message {
            flags: flags::PRIVATE | more,
            sent_at: 0,
            text: part.into(),
        })
        .encode(&mut whole);
        let mut sliced = BytesMut::new();
        encode_sliced(&whole, number as u32 + 5, &mut sliced);
        parts.extend_from_slice(&sliced);
    }
    for piece in parts.chunks(1_000) {
        hears(&mut net, ana, id, piece);
    }
    let told = net
        .take_notices(ana)
        .into_iter()
        .find_map(|notice| match notice {
            Notice::Said(said) => Some(said.text),
            _ => None,
        });
    assert_eq!(told.as_deref().map(str::trim_end), Some(text.trim_end()));
}

// [RS-4] [RS-21]
#[test]
fn all_that_a_real_node_ever_sent_ends_no_link() {
    let (mut net, ana, id, _) = called_by_real_node();
    hears(&mut net, ana, id, &item("service info list"));
    for item in recorded() {
        // `said` asserts that the link stands.
        hears(&mut net, ana, id, &item.bytes);
    }
    assert_eq!(net.friends(ana)[0].availability, Availability::Online);
}
