//! When friends are called, and where [RS-6] [RS-10].

use std::time::Duration;

use core::net::SocketAddr;
use friends::Place;
use friends::api::Request;

use crate::rig::Net;

// [RS-10]
#[test]
fn pauses_grow_up_to_ten_minutes() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.run(60);
    net.kill(bea);
    net.hosts[ana].calls.clear();
    net.run(3 * 3600);
    let calls: Vec<Duration> = net.hosts[ana].calls.iter().map(|(at, _)| *at).collect();
    let pauses: Vec<u64> = calls
        .windows(2)
        .map(|two| (two[1] - two[0]).as_secs())
        .collect();
    assert!((3..=7).contains(&pauses[0]), "{pauses:?}");
    let longest = pauses.iter().max().unwrap();
    assert!((450..=750).contains(longest), "{pauses:?}");
    assert!(
        pauses.windows(2).take(5).all(|two| two[0] < two[1]),
        "{pauses:?}"
    );
    assert!(calls.len() < 40, "{}", calls.len());
    net.start(bea);
    net.run(10);
    assert!(net.is_online(ana, bea), "who comes up calls by themselves");
}

// [RS-10]
#[test]
fn another_network_or_a_wish_makes_the_pauses_short() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.kill(bea);
    net.run(3 * 3600);
    let mut before = net.hosts[ana].calls.len();
    while net.hosts[ana].calls.len() == before {
        net.run(1);
    }
    before += 1;
    net.run(60);
    assert_eq!(net.hosts[ana].calls.len(), before, "it is a long pause");
    let now = net.now();
    let elsewhere = SocketAddr::from(([192, 168, 7, 7], 7812));
    net.with(ana, |node| node.handle_addresses(&[elsewhere], now));
    net.run(2);
    assert!(net.hosts[ana].calls.len() > before, "another network");
    net.run(3600);
    let before = net.hosts[ana].calls.len();
    let who = net.pgp_id(bea).to_string();
    net.done(ana, Request::Call { who });
    net.run_for(Duration::from_millis(10));
    assert!(net.hosts[ana].calls.len() > before, "a wish");
}

// [RS-6]
#[test]
fn every_place_is_tried_and_the_good_one_comes_first() {
    let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
    let real = net.hosts[bea].address;
    let dead: Vec<SocketAddr> = (1..4_u8)
        .map(|n| SocketAddr::from(([203, 0, 113, n], 7812)))
        .collect();
    let request = Request::OwnText {
        is_short: false,
        addresses: dead.iter().map(ToString::to_string).collect(),
    };
    let friends::Report::Text(text) = net.ask(bea, request) else {
        panic!("no text");
    };
    net.add_text(ana, text);
    net.approve_text(bea, ana, false);
    // Only Ana can call.
    let now = net.now();
    net.kill(ana);
    net.hosts[ana].address = SocketAddr::from(([198, 51, 100, 1], 1));
    net.start(ana);
    let _ = now;
    net.run(20);
    assert!(net.is_online(ana, bea));
    net.hosts[ana].calls.clear();
    net.cut(ana);
    net.run(20);
    assert_eq!(
        net.hosts[ana].calls[0].1,
        Place::Address(real),
        "last good first"
    );
}

// [RS-6]
#[test]
fn whoever_else_answers_at_a_friends_place_is_not_believed() {
    let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
    net.befriend(ana, bea);
    let cyd = net.add("cyd", &crate::rig::certificate("cyd"));
    // Cyd has Bea's address now.
    net.kill(bea);
    net.hosts[cyd].address = net.hosts[bea].address;
    net.hosts[bea].address = SocketAddr::from(([10, 9, 9, 9], 1));
    net.run(30);
    assert!(!net.is_online(ana, bea));
    assert_eq!(net.open_wires(ana, cyd), 0);
    assert!(
        net.find(ana, cyd).is_none(),
        "nothing is learnt of whoever answered"
    );
}

// [RS-6]
#[test]
fn a_friend_without_a_place_cannot_be_called_and_says_so() {
    let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
    let now = net.now();
    net.with(bea, |node| node.handle_addresses(&[], now));
    net.approve_text(ana, bea, true);
    let who = net.pgp_id(bea).to_string();
    let why = net.refused(ana, Request::Call { who });
    assert!(why.contains("wait for them"), "{why}");
    net.run(3600);
    assert!(net.hosts[ana].calls.is_empty());
}

// [RS-6]
#[test]
fn calls_at_once_are_bounded() {
    let (mut net, [ana]) = Net::of(["ana"]);
    // Fifty machines of Bea's, each at a place where nobody answers at all.
    for machine in 0..50_u8 {
        let mut id = [7; 16];
        id[0] = machine;
        let invite = wire_retroshare::Invite {
            location: wire_retroshare::LocationId::from_bytes(id),
            fingerprint: crate::rig::profile("bea").fingerprint(),
            name: "bea".into(),
            hidden: None,
            dns: None,
            external: Some(core::net::SocketAddrV4::new(
                [203, 0, 113, machine].into(),
                7812,
            )),
            local: None,
            locators: Vec::new(),
        };
        net.add_text(ana, invite.to_url());
    }
    assert_eq!(net.hosts[ana].calls.len(), 8, "at once");
    net.run(60);
    let bea = net.friends(ana).remove(0);
    assert_eq!(bea.locations.len(), 16, "machines are bounded too");
    for machine in bea.locations {
        let place = machine
            .address
            .unwrap()
            .parse()
            .map(Place::Address)
            .unwrap();
        let calls = net.hosts[ana]
            .calls
            .iter()
            .filter(|(_, to)| *to == place)
            .count();
        assert!((1..10).contains(&calls), "{calls} calls to {place:?}");
    }
}
