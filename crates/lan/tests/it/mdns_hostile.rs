//! Bytes and floods that nobody means well.

use core::net::SocketAddr;

use hickory_proto::rr::{RData, Record, RecordType};
use lan::mdns::Event;
use lan::txt::Profile;
use proptest::prelude::*;

use crate::mdns_net::*;

fn looking() -> (Net, usize) {
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.run(secs(2));
    (net, node)
}

fn seen(net: &mut Net, node: usize) -> usize {
    let events = net.events(node).into_iter();
    events
        .filter(|event| matches!(event, Event::Seen { .. }))
        .count()
}

#[test]
fn a_flood_of_people_fills_the_roster_up_to_its_bound() {
    // [LAN-48]
    let (mut net, node) = looking();
    for block in 0..100 {
        let people = (0..50)
            .map(|n| ptr(&format!("ghost{}@box", block * 50 + n)))
            .collect();
        net.tell(1, "10.0.1.9", &response(people));
    }
    assert_eq!(seen(&mut net, node), 1_000);
    net.forget_log();
    net.run(secs(3_600));
    let bytes = net
        .log
        .iter()
        .map(|sent| sent.message.to_vec().unwrap().len());
    assert!(bytes.max().unwrap() <= 1_452, "known answers fit a frame");
    assert!(
        net.log.len() < 200,
        "{} questions in an hour",
        net.log.len()
    );
    net.tell(1, "10.0.1.9", &response(vec![gone(ptr("ghost0@box"))]));
    net.run(secs(1));
    net.tell(1, "10.0.1.9", &response(vec![ptr("alice@alicebox")]));
    assert_eq!(seen(&mut net, node), 1, "where somebody left there is room");
}

#[test]
fn nobody_lives_longer_than_records_should() {
    // [LAN-48]
    let (mut net, node) = looking();
    let mut eternal = ptr("ghost@box");
    eternal.ttl = u32::MAX;
    net.tell(1, "10.0.1.9", &response(vec![eternal]));
    net.run(secs(4_500));
    assert_eq!(net.roster(node), [""; 0]);
}

#[test]
fn packets_from_elsewhere_are_not_listened_to() {
    // [LAN-48]
    let (mut net, node) = looking();
    for from in [
        "192.0.2.9:5353",
        "[2001:db8::9]:5353",
        "10.0.2.9:5353",
        "10.0.1.9:5354",
    ] {
        let from: SocketAddr = from.parse().unwrap();
        net.tell_from(1, from, &response(vec![ptr("ghost@box")]));
        assert_eq!(net.roster(node), [""; 0], "{from}");
    }
    net.with(node, |mdns, now| {
        let bytes = response(vec![ptr("ghost@box")]).to_vec().unwrap();
        mdns.handle_packet(7, "10.0.1.9:5353".parse().unwrap(), &bytes, now);
    });
    assert_eq!(net.roster(node), [""; 0], "an interface that is not there");
    for (from, who) in [("169.254.3.4", "a@b"), ("fe80::77", "c@d")] {
        net.tell(1, from, &response(vec![ptr(who)]));
    }
    assert_eq!(
        net.roster(node),
        ["a@b", "c@d"],
        "link-local is always near"
    );
}

#[test]
fn the_seeds_own_records_are_not_taken_for_people() {
    // [LAN-48]
    let (mut net, node) = looking();
    let pointing = |target| Record::from_rdata(service(), 100, RData::PTR(ptr_data(target)));
    let strange = response(vec![
        pointing(name(&[
            "stpeter",
            "roundabout",
            "_presence",
            "_tcp",
            "local",
        ])),
        pointing(name(&["_presence", "_tcp", "local"])),
        pointing(host("roundabout")),
        pointing(hickory_proto::rr::Name::root()),
        Record::from_rdata(host("_presence"), 100, RData::PTR(ptr_data(full("x@y")))),
    ]);
    net.tell(1, "10.0.1.9", &strange);
    let not_text = hickory_proto::rr::Name::from_labels([
        &b"caf\xe9@box"[..],
        b"_presence",
        b"_tcp",
        b"local",
    ]);
    net.tell(1, "10.0.1.9", &response(vec![pointing(not_text.unwrap())]));
    assert_eq!(net.roster(node), [""; 0]);
}

fn ptr_data(target: hickory_proto::rr::Name) -> hickory_proto::rr::rdata::PTR {
    hickory_proto::rr::rdata::PTR(target)
}

#[test]
fn a_record_that_is_not_understood_does_not_hide_the_others() {
    // [LAN-48]
    let (mut net, node) = looking();
    let unknown = Record::from_rdata(
        full("alice@alicebox"),
        120,
        RData::Unknown {
            code: RecordType::Unknown(65_280),
            rdata: hickory_proto::rr::rdata::NULL::with(vec![1, 2, 3]),
        },
    );
    let empty = Record::update0(full("alice@alicebox"), 120, RecordType::TXT);
    let message = response(vec![unknown, empty, ptr("alice@alicebox")]);
    net.tell(1, "10.0.1.9", &message);
    let told = net.events(node);
    let [Event::Seen { profile, .. }] = &told[..] else {
        panic!("{told:?}");
    };
    // RFC 6763 6.1: a record of no bytes at all says as much as one of a zero.
    assert_eq!(profile.as_deref(), Some(&Profile::default()));
}

#[test]
fn a_text_of_a_thousand_strings_is_read_as_far_as_it_makes_sense() {
    // [LAN-48]
    let (mut net, node) = looking();
    let strings: Vec<String> = (0..1_000).map(|n| format!("key{n}={n}")).collect();
    let mut strings: Vec<&str> = strings.iter().map(String::as_str).collect();
    strings.insert(0, "nick=Alice");
    net.tell(
        1,
        "10.0.1.9",
        &response(vec![ptr("alice@alicebox"), txt("alice@alicebox", &strings)]),
    );
    let told = net.events(node);
    let [
        Event::Seen {
            profile: Some(profile),
            ..
        },
    ] = &told[..]
    else {
        panic!("{told:?}");
    };
    assert_eq!(profile.nick.as_deref(), Some("Alice"));
}

#[test]
fn a_storm_of_conflicts_makes_us_slower_not_busier() {
    // [LAN-48]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.peer(1, "10.0.1.9", |message, _| {
        let name = message.queries.first()?.name().clone();
        let who = String::from_utf8_lossy(name.iter().next()?).into_owned();
        (!message.authorities.is_empty()).then(|| response(vec![srv(&who, 1, "enemy")]))
    });
    net.publish(node, "carol", "carolbox");
    net.run(secs(600));
    assert_eq!(net.nodes[node].mdns.name(), None);
    assert!(net.told_by(node).is_empty(), "no name was free");
    let probes = net
        .log
        .iter()
        .filter(|sent| !sent.message.authorities.is_empty())
        .count();
    assert!(probes < 400, "{probes} packets in ten minutes");
    net.with(node, |mdns, now| mdns.withdraw(now));
    assert!(net.nodes[node].mdns.is_withdrawn());
}

#[test]
fn a_flood_of_wishes_for_addresses_is_answered_for_each() {
    // [LAN-48]
    let (mut net, node) = looking();
    for n in 0..100 {
        let who = instance(&format!("ghost{n}@box"));
        net.with(node, |mdns, now| mdns.resolve(&who, now));
    }
    net.run(secs(5));
    let events = net.events(node).into_iter();
    let answered = events
        .filter(|event| matches!(event, Event::Resolved { .. }))
        .count();
    assert_eq!(answered, 100);
}

#[test]
fn whoever_does_not_take_events_makes_us_deaf_not_fat() {
    // [LAN-48]
    let mut mdns = lan::mdns::Mdns::new(1);
    let now = start();
    mdns.handle_interfaces(&[interface(1, 0)], now);
    for n in 0..20_000 {
        let text = format!("msg={n}");
        let message = response(vec![ptr("alice@alicebox"), txt("alice@alicebox", &[&text])]);
        let bytes = message.to_vec().unwrap();
        mdns.handle_packet(1, "10.0.1.9:5353".parse().unwrap(), &bytes, now);
    }
    let told = std::iter::from_fn(|| mdns.poll_event()).count();
    assert!((1..5_000).contains(&told), "{told} events");
}

/// Messages as clients send them, to be damaged.
fn samples() -> Vec<Vec<u8>> {
    let mut probe = query(&[(full("carol@carolbox"), RecordType::ANY)]);
    probe.authorities = vec![srv("carol@carolbox", 9, "zzz")];
    [
        whole("alice@alicebox", 5298, "alicebox", "10.0.1.9"),
        whole("carol@carolbox", 5298, "carolbox", "fe80::9"),
        response(vec![
            gone(ptr("alice@alicebox")),
            null("alice@alicebox", &[1; 400]),
        ]),
        query(&[
            (service(), RecordType::PTR),
            (full("carol@carolbox"), RecordType::ANY),
        ]),
        probe,
    ]
    .iter()
    .map(|message| message.to_vec().expect("a message"))
    .collect()
}

/// The form that the fuzz body reads.
fn framed(packets: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut data = Vec::new();
    for (how, packet) in packets {
        data.push(*how);
        data.extend((packet.len() as u16).to_be_bytes());
        data.extend(packet);
    }
    data
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_survived(data in proptest::collection::vec(any::<u8>(), 0..600)) {
        // [LAN-48]
        lan::fuzz::fuzz_packet(&data, start());
        lan::fuzz::fuzz_txt(&data);
    }

    #[test]
    fn damaged_messages_are_survived(
        damage in proptest::collection::vec(
            (any::<u8>(), 0_usize..5, any::<prop::sample::Index>(), any::<u8>(), 0_usize..30),
            1..20,
        ),
    ) {
        // [LAN-48]
        let samples = samples();
        let packets: Vec<_> = damage
            .into_iter()
            .map(|(how, which, at, byte, cut)| {
                let mut packet = samples[which].clone();
                let at = at.index(packet.len());
                packet[at] = byte;
                packet.truncate(packet.len() - cut.saturating_sub(20));
                (how, packet)
            })
            .collect();
        lan::fuzz::fuzz_packet(&framed(&packets), start());
    }
}

#[test]
fn whoever_takes_our_records_back_makes_us_repeat_them_in_time() {
    // [LAN-24] [LAN-48]
    let mut net = Net::new();
    let node = net.node(&[1]);
    let other = net.node(&[1]);
    net.publish(node, "carol", "carolbox");
    net.run(secs(10));
    net.forget_log();
    for _ in 0..100 {
        net.tell(1, "10.0.1.9", &response(vec![gone(ptr("carol@carolbox"))]));
        net.run(ms(100));
    }
    net.run(secs(3));
    assert_eq!(net.roster(other), ["carol@carolbox"]);
    let told = net.told_by(node);
    let times = told
        .iter()
        .filter(|(_, line)| line == "_presence PTR ttl=4500 carol@carolbox")
        .count();
    assert!((9..=42).contains(&times), "{times} times in ten seconds");
    let gone = |event: &Event| matches!(event, Event::Gone(_));
    assert!(!net.events(other).iter().any(gone), "carol never left");
}

#[test]
fn whoever_wants_every_name_of_ours_makes_us_slower_too() {
    // [LAN-5] [LAN-48]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.publish(node, "carol", "carolbox");
    // It lets us announce each name, contests it then, and answers our probe.
    let mut names = Vec::new();
    for _ in 0..6_000 {
        net.run(ms(100));
        if let Some(name) = net.nodes[node].mdns.name() {
            let name = name.to_string();
            net.tell(1, "10.0.1.9", &response(vec![srv(&name, 1, "enemy")]));
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    assert!((2..120).contains(&names.len()), "{} names", names.len());
    assert!(
        net.log.len() < 6_000,
        "{} packets in ten minutes",
        net.log.len()
    );
}

#[test]
fn a_flood_of_hosts_costs_one_look_a_second() {
    // [LAN-48]
    let mut net = Net::new();
    let node = net.node(&[1, 2, 3]);
    net.run(secs(2));
    for cable in 1..=3 {
        for block in 0..20 {
            let people = (0..50).flat_map(|n| {
                let who = format!("ghost{}@box", block * 50 + n);
                [ptr(&who), srv(&who, 5298, &format!("{cable}-{block}-{n}"))]
            });
            let from = format!("10.0.{cable}.9");
            net.tell(cable, &from, &response(people.collect()));
        }
    }
    // Every host has its place; a new one gets the place of one that nobody names any more.
    net.run(secs(1));
    let moved = response(vec![srv("ghost0@box", 5298, "elsewhere")]);
    net.tell(1, "10.0.1.9", &moved);
    net.tell(
        1,
        "10.0.1.9",
        &response(vec![addr("elsewhere", "10.0.1.9")]),
    );
    let address = "10.0.1.9".parse().unwrap();
    let mdns = &net.nodes[node].mdns;
    assert_eq!(
        mdns.has_address(&instance("ghost0@box"), address),
        Some(true)
    );
}

#[test]
fn a_packet_of_a_family_that_we_do_not_speak_wakes_nobody() {
    // [LAN-48]
    let mut net = Net::new();
    let node = net.node(&[]);
    let mut only_v4 = interface(1, node);
    only_v4.addresses.truncate(1);
    net.set_interfaces(node, vec![only_v4]);
    net.publish(node, "carol", "carolbox");
    net.run(secs(10));
    let question = query(&[(service(), RecordType::PTR)]).to_vec().unwrap();
    net.with(node, |mdns, now| {
        mdns.handle_packet(1, "[fe80::9]:5353".parse().unwrap(), &question, now);
        assert!(mdns.poll_timeout().is_none_or(|at| at > now + ms(200)));
    });
}
