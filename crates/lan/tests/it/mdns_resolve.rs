//! Where somebody is, right before talking.

use core::net::SocketAddr;

use hickory_proto::rr::RecordType;
use lan::mdns::Event;

use crate::mdns_net::*;

const ALICE: &str = "alice@alicebox";

fn resolved(net: &mut Net, node: usize) -> Vec<Vec<(u32, SocketAddr)>> {
    let events = net.events(node).into_iter();
    events
        .filter_map(|event| match event {
            Event::Resolved { addresses, .. } => Some(addresses),
            Event::Published(_) | Event::Seen { .. } | Event::Gone(_) | Event::Picture { .. } => {
                None
            }
        })
        .collect()
}

fn at(cable: u32, address: &str) -> (u32, SocketAddr) {
    (cable, address.parse().expect("an address"))
}

fn resolve(net: &mut Net, node: usize) {
    net.forget_log();
    net.with(node, |mdns, now| mdns.resolve(&instance(ALICE), now));
}

/// One node that has heard of Alice a while ago.
fn acquainted() -> (Net, usize) {
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.run(secs(20));
    net.tell(1, "10.0.1.9", &whole(ALICE, 5298, "alicebox", "10.0.1.9"));
    net.run(secs(20));
    net.events(node);
    (net, node)
}

/// Alice answers for her host with these addresses.
fn answering(net: &mut Net, addresses: &'static [&'static str]) {
    net.peer(1, "10.0.1.9", move |message, _| {
        asks(message, &host("alicebox"), RecordType::A)
            .then(|| response(addresses.iter().map(|a| addr("alicebox", a)).collect()))
    });
}

#[test]
fn the_address_is_asked_for_although_one_is_known() {
    // [LAN-13] [LAN-28]
    let (mut net, node) = acquainted();
    answering(&mut net, &["10.0.1.99"]);
    assert_eq!(
        net.nodes[node]
            .mdns
            .has_address(&instance(ALICE), "10.0.1.9".parse().unwrap()),
        Some(true)
    );
    resolve(&mut net, node);
    assert_eq!(
        resolved(&mut net, node),
        [[at(1, "10.0.1.99:5298")]],
        "the one that answers"
    );
    let asked: Vec<_> = net
        .asked_by(node)
        .into_iter()
        .map(|(_, line)| line)
        .collect();
    assert_eq!(
        asked,
        ["alicebox A", "alicebox AAAA", "alicebox A", "alicebox AAAA"]
    );
    for sent in &net.log {
        assert!(
            sent.message.answers.is_empty(),
            "nothing that would keep her from answering"
        );
    }
    let has = |net: &Net, address: &str| {
        net.nodes[node]
            .mdns
            .has_address(&instance(ALICE), address.parse().unwrap())
    };
    assert_eq!(has(&net, "10.0.1.99"), Some(true));
    net.run(secs(2));
    assert_eq!(has(&net, "10.0.1.9"), Some(false), "replaced");
    assert_eq!(
        has(&net, "fe80::9"),
        None,
        "nothing is known of that family"
    );
}

#[test]
fn an_answered_question_is_not_repeated() {
    // [LAN-14]
    let (mut net, node) = acquainted();
    answering(&mut net, &["10.0.1.9"]);
    resolve(&mut net, node);
    assert_eq!(resolved(&mut net, node).len(), 1);
    net.forget_log();
    net.run(secs(5));
    let asked = net.asked_by(node).into_iter();
    assert_eq!(
        asked
            .filter(|(_, line)| !line.starts_with("_presence"))
            .count(),
        0
    );
}

#[test]
fn service_and_text_are_asked_for_where_they_are_not_known() {
    // [LAN-7] [LAN-13] [LAN-14]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.peer(1, "10.0.1.9", |message, _| {
        asks(message, &full(ALICE), RecordType::SRV).then(|| {
            response(vec![
                srv(ALICE, 5301, "alicebox"),
                txt(ALICE, &["port.p2pj=5298"]),
            ])
        })
    });
    answering(&mut net, &["10.0.1.9"]);
    net.tell(1, "10.0.1.9", &response(vec![ptr(ALICE)]));
    net.run(secs(5));
    resolve(&mut net, node);
    assert_eq!(
        resolved(&mut net, node),
        [[at(1, "10.0.1.9:5301")]],
        "the port of the SRV record"
    );
    let asked: Vec<_> = net
        .asked_by(node)
        .into_iter()
        .map(|(_, line)| line)
        .collect();
    assert_eq!(&asked[..2], ["alice@alicebox SRV", "alice@alicebox TXT"]);
    assert!(asked.contains(&"alicebox A".to_owned()));
    net.forget_log();
    net.run(secs(5));
    let asked = net.asked_by(node).into_iter();
    assert_eq!(
        asked
            .filter(|(_, line)| !line.starts_with("_presence"))
            .count(),
        0
    );
}

#[test]
fn somebody_who_is_not_in_the_roster_can_be_looked_for() {
    // [LAN-13]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.run(secs(2));
    net.peer(1, "10.0.1.9", |message, _| {
        asks(message, &full(ALICE), RecordType::SRV).then(|| {
            response(vec![
                srv(ALICE, 5298, "alicebox"),
                addr("alicebox", "10.0.1.9"),
            ])
        })
    });
    resolve(&mut net, node);
    assert_eq!(net.events(node).len(), 1, "found, and not in the roster");
    let address = "10.0.1.9".parse().unwrap();
    assert_eq!(
        net.nodes[node].mdns.has_address(&instance(ALICE), address),
        Some(true)
    );
}

#[test]
fn the_best_address_comes_first_and_link_local_ones_say_where() {
    // [LAN-28] [LAN-49]
    let (mut net, node) = acquainted();
    answering(&mut net, &["fe80::9", "2001:db8::9", "fd00::9", "10.0.1.9"]);
    resolve(&mut net, node);
    let expected = [
        "10.0.1.9:5298",
        "[2001:db8::9]:5298",
        "[fd00::9]:5298",
        "[fe80::9%1]:5298",
    ];
    assert_eq!(
        resolved(&mut net, node),
        [expected.map(|address| at(1, address))]
    );
}

#[test]
fn ipv6_alone_waits_a_moment_for_ipv4() {
    // [LAN-28]
    let (mut net, node) = acquainted();
    resolve(&mut net, node);
    net.tell(1, "fe80::1:9", &response(vec![addr("alicebox", "fe80::9")]));
    assert_eq!(resolved(&mut net, node), [[]; 0]);
    net.run(ms(50));
    assert_eq!(resolved(&mut net, node), [[at(1, "[fe80::9%1]:5298")]]);
}

#[test]
fn whoever_does_not_answer_is_called_where_they_were_after_a_second() {
    // [LAN-28]
    let (mut net, node) = acquainted();
    resolve(&mut net, node);
    net.run(ms(999));
    assert_eq!(resolved(&mut net, node), [[]; 0]);
    net.run(ms(1));
    assert_eq!(resolved(&mut net, node), [[at(1, "10.0.1.9:5298")]]);
}

#[test]
fn an_address_that_came_just_now_serves_almost_at_once() {
    // [LAN-28]
    let (mut net, node) = acquainted();
    net.tell(1, "10.0.1.9", &whole(ALICE, 5298, "alicebox", "10.0.1.9"));
    net.run(ms(500));
    resolve(&mut net, node);
    net.run(ms(150));
    assert_eq!(resolved(&mut net, node), [[at(1, "10.0.1.9:5298")]]);
}

#[test]
fn nobody_there_is_an_answer_after_four_seconds_and_they_are_soon_gone() {
    // [LAN-14] [LAN-26]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.tell(1, "10.0.1.9", &response(vec![ptr(ALICE)]));
    net.run(secs(20));
    resolve(&mut net, node);
    net.run(ms(3_999));
    assert_eq!(resolved(&mut net, node), [[]; 0]);
    net.run(ms(1));
    assert_eq!(resolved(&mut net, node), [[]]);
    let asked = net.asked_by(node).into_iter();
    let times: Vec<_> = asked
        .filter(|(_, l)| l.ends_with(" SRV"))
        .map(|(at, _)| at)
        .collect();
    assert_eq!(times.len(), 4, "twice on each family");
    assert_eq!(times[3] - times[0], secs(1));
    net.run(ms(9_900));
    assert_eq!(net.events(node), [], "they can still show up");
    net.run(ms(100));
    assert_eq!(net.events(node), [Event::Gone(instance(ALICE))]);
}

#[test]
fn whoever_shows_up_when_doubted_stays() {
    // [LAN-26]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.peer(1, "10.0.1.9", |message, _| {
        let knows = message.answers.iter().any(|r| show(r).contains(ALICE));
        (asks(message, &service(), RecordType::PTR) && !knows).then(|| response(vec![ptr(ALICE)]))
    });
    net.run(secs(20));
    net.events(node);
    resolve(&mut net, node);
    net.run(secs(60));
    assert_eq!(net.events(node).len(), 1, "only that she has no address");
    assert!(net.log.iter().any(|sent| sent.at > secs(24)));
}

#[test]
fn a_goodbye_ends_the_search() {
    // [LAN-25]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.tell(1, "10.0.1.9", &response(vec![ptr(ALICE)]));
    net.run(secs(20));
    resolve(&mut net, node);
    net.forget_log();
    net.tell(1, "10.0.1.9", &response(vec![gone(ptr(ALICE))]));
    assert_eq!(
        resolved(&mut net, node),
        [[]],
        "there is nobody to wait for"
    );
    net.run(secs(4));
    let asked = net.asked_by(node).into_iter();
    assert_eq!(
        asked.filter(|(_, line)| line.starts_with("alice")).count(),
        0
    );
}

#[test]
fn without_a_network_nobody_is_found_at_once() {
    // [LAN-14]
    let mut net = Net::new();
    let node = net.node(&[]);
    resolve(&mut net, node);
    assert_eq!(resolved(&mut net, node), [[]]);
}

#[test]
fn a_new_port_is_used_for_the_next_talk() {
    // [LAN-7]
    let (mut net, node) = acquainted();
    answering(&mut net, &["10.0.1.9"]);
    net.tell(1, "10.0.1.9", &response(vec![srv(ALICE, 6000, "alicebox")]));
    resolve(&mut net, node);
    assert_eq!(resolved(&mut net, node), [[at(1, "10.0.1.9:6000")]]);
}

#[test]
fn two_nodes_find_each_other() {
    // [LAN-28]
    let mut net = Net::new();
    let carol = net.node(&[1, 2]);
    let dave = net.node(&[1, 2]);
    net.publish(carol, "carol", "carolbox");
    net.publish(dave, "dave", "davebox");
    net.run(secs(10));
    net.with(dave, |mdns, now| {
        mdns.resolve(&instance("carol@carolbox"), now);
    });
    net.run(ms(200));
    let found = resolved(&mut net, dave);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains(&at(1, "10.0.1.1:5298")), "{found:?}");
    for (cable, is_hers) in [(1, true), (2, true), (3, false)] {
        let known = net.nodes[dave]
            .mdns
            .has_address(&instance("carol@carolbox"), v4(cable, carol));
        assert_eq!(known, Some(is_hers), "cable {cable}");
    }
}

#[test]
fn addresses_that_no_machine_has_are_not_told() {
    // [LAN-48]
    let (mut net, node) = acquainted();
    answering(
        &mut net,
        &[
            "127.0.0.1",
            "0.0.0.0",
            "224.0.0.251",
            "255.255.255.255",
            "::1",
            "ff02::fb",
            "10.0.1.9",
        ],
    );
    resolve(&mut net, node);
    assert_eq!(resolved(&mut net, node), [[at(1, "10.0.1.9:5298")]]);
}

#[test]
fn an_answer_that_is_taken_back_at_once_does_not_keep_us_awake() {
    // [LAN-28] [LAN-48]
    let (mut net, node) = acquainted();
    net.run(secs(200));
    resolve(&mut net, node);
    net.tell(1, "10.0.1.9", &whole(ALICE, 5298, "alicebox", "fe80::9"));
    // Within the moment that IPv4 gets the service moves to a host that has no address.
    net.run(ms(20));
    net.tell(1, "10.0.1.9", &response(vec![srv(ALICE, 5298, "nowhere")]));
    // `Net::run` looks at every deadline.
    net.run(secs(5));
    assert_eq!(resolved(&mut net, node), [vec![]]);
}
