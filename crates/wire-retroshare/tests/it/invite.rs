//! Short invites.

use proptest::prelude::*;
use rstest::rstest;
use wire_retroshare::invite::HiddenPlace;
use wire_retroshare::{Fingerprint, FriendText, Invite, LocationId, TextError};

use crate::certificate::{address, text_with};
use crate::rig::identity;

// [RS-2]
#[test]
fn a_real_nodes_invite_is_read_and_written() {
    let url = identity("short_invite_url");
    let invite = Invite::parse(url).unwrap();
    assert_eq!(invite.location, identity("ssl_id").parse().unwrap());
    assert_eq!(
        invite.fingerprint,
        identity("pgp_fingerprint").parse().unwrap()
    );
    assert_eq!(invite.name, "nodeA");
    assert_eq!(invite.local, Some("10.77.0.1:8001".parse().unwrap()));
    assert_eq!(
        (invite.external, &invite.dns, &invite.hidden),
        (None, &None, &None)
    );
    assert_eq!(invite.to_url(), url);
}

// [RS-2]
#[test]
fn an_invite_that_real_nodes_took_is_read_and_written() {
    let text = identity("probe_short_invite");
    let invite = Invite::parse(text).unwrap();
    assert_eq!(invite.location, identity("probe_ssl_id").parse().unwrap());
    assert_eq!(
        invite.fingerprint,
        identity("probe_pgp_fingerprint").parse().unwrap()
    );
    assert_eq!(invite.name, "probe");
    assert_eq!(invite.local, Some("10.77.0.3:8888".parse().unwrap()));
    assert_eq!(invite.to_text(), text);
}

// [RS-2]
#[rstest]
#[case::bare("{text}")]
#[case::two_lines("{half}\n{other half}")]
#[case::quoted("> {half}\n> {other half}")]
#[case::url("{url}")]
#[case::url_as_people_write_it("look: <{url}>, and bye.")]
#[case::url_with_more("https://example.org/i?a=b&rsInvite={escaped}&c=d#e")]
#[case::url_unescaped("https://me.retroshare.cc/?rsInvite={text}")]
#[case::url_twice("{url} and {url}")]
#[case::url_in_lines("-- \nAna, who is here:\n{url half}\n{url other half}\n")]
#[case::url_in_quoted_lines("> {url half}\r\n> {url other half}\r\n> bye")]
#[case::prose("My RetroShare ID:\n{text}\nBye, Ana.")]
fn an_invite_is_found_in_what_people_paste(#[case] pattern: &str) {
    let invite = Invite::parse(identity("probe_short_invite")).unwrap();
    let (text, url) = (invite.to_text(), invite.to_url());
    let (half, other_half) = text.split_at(text.len() / 2);
    let (url_half, url_other_half) = url.split_at(64);
    let pasted = pattern
        .replace("{text}", &text)
        .replace("{half}", half)
        .replace("{url half}", url_half)
        .replace("{url other half}", url_other_half)
        .replace("{other half}", other_half)
        .replace("{escaped}", url.split_once('=').unwrap().1)
        .replace("{url}", &url);
    assert_eq!(Invite::parse(&pasted), Ok(invite));
}

/// The trap of invites: the bytes of an address are reversed, its port is not.
// [RS-2] [RS-6]
#[test]
fn addresses_in_invites_are_turned_around() {
    let text = text_with(
        &[
            (0, "01010101010101010101010101010101"),
            (3, "0202020202020202020202020202020202020202"),
            (0x92, "04030201 162e"),
            (0x91, "162e 64796e2e6578616d706c65"),
            (2, "697076343a2f2f312e322e332e343a35363738"),
        ],
        4,
    );
    let invite = Invite::parse(&text).unwrap();
    assert_eq!(invite.external, Some("1.2.3.4:5678".parse().unwrap()));
    assert_eq!(invite.dns, Some(("dyn.example".into(), 5678)));
    assert_eq!(invite.locators, ["ipv4://1.2.3.4:5678"]);
    assert_eq!(Invite::parse(&invite.to_text()), Ok(invite));
}

// [RS-2] [RS-6]
#[test]
fn a_hidden_place_has_a_network_a_port_and_a_name() {
    let text = text_with(
        &[
            (0, "01010101010101010101010101010101"),
            (3, "0202020202020202020202020202020202020202"),
            (0x90, "00000021 162e 612e6f6e696f6e"),
        ],
        4,
    );
    let hidden = HiddenPlace {
        kind: 0x21,
        host: "a.onion".into(),
        port: 5678,
    };
    assert_eq!(Invite::parse(&text).unwrap().hidden, Some(hidden));
}

// [RS-2] [RS-22]
#[rstest]
#[case::no_fingerprint(&[(0, "01010101010101010101010101010101")], TextError::Missing("fingerprint"))]
#[case::short_fingerprint(&[(0, "01010101010101010101010101010101"), (3, "01010101010101010101010101010101010101")],
    TextError::PacketSize { part: "fingerprint", size: 19 })]
#[case::long_address(&[(0, "01010101010101010101010101010101"), (3, "0101010101010101010101010101010101010101"), (0x92, "01010101010101")],
    TextError::PacketSize { part: "external address", size: 7 })]
#[case::short_address(&[(0, "01010101010101010101010101010101"), (3, "0101010101010101010101010101010101010101"), (0x93, "0101010101")],
    TextError::PacketSize { part: "local address", size: 5 })]
#[case::short_hidden(&[(0, "01010101010101010101010101010101"), (3, "0101010101010101010101010101010101010101"), (0x90, "0101010101")],
    TextError::PacketSize { part: "hidden address", size: 5 })]
#[case::short_name(&[(0, "01010101010101010101010101010101"), (3, "0101010101010101010101010101010101010101"), (0x91, "01")],
    TextError::PacketSize { part: "host name", size: 1 })]
fn packets_are_checked(#[case] packets: &[(u8, &str)], #[case] error: TextError) {
    assert_eq!(FriendText::parse(&text_with(packets, 4)), Err(error));
}

// [RS-2]
#[test]
fn damage_to_a_url_is_told() {
    let url = identity("short_invite_url");
    let cut = &url[..url.len() - 8];
    assert_eq!(Invite::parse(cut), Err(TextError::Truncated));
    let changed = url.replace("nodeA", "nodeB").replacen("BbHch", "BbHcj", 1);
    let changed = changed.replacen("QsALT", "QsBLT", 1);
    assert_eq!(Invite::parse(&changed), Err(TextError::Checksum));
}

proptest! {
    // [RS-2]
    #[test]
    fn invites_survive_being_text(
        ids in any::<([u8; 16], [u8; 20])>(),
        name in ".{0,40}",
        addresses in (address(), address()),
        hidden in prop::option::of((any::<u32>(), any::<u16>(), "[a-z.]{0,20}")),
        dns in prop::option::of(("[a-z.]{0,20}", any::<u16>())),
        locators in prop::collection::vec("[a-z0-9:/.]{0,30}", 0..3),
    ) {
        let open = hidden.is_none();
        let invite = Invite {
            location: LocationId::from_bytes(ids.0),
            fingerprint: Fingerprint::from_bytes(ids.1),
            name,
            hidden: hidden.map(|(kind, port, host)| HiddenPlace { kind, host, port }),
            dns: dns.filter(|_| open),
            external: addresses.0.filter(|_| open),
            local: addresses.1.filter(|_| open),
            locators,
        };
        prop_assert_eq!(Invite::parse(&invite.to_text()), Ok(invite.clone()));
        prop_assert_eq!(Invite::parse(&invite.to_url()), Ok(invite));
    }
}
