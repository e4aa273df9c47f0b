//! Being found: names, announcements, answers, goodbyes.

use bytes::Bytes;
use hickory_proto::op::MessageType;
use hickory_proto::rr::{RData, RecordType};
use lan::mdns::{Event, Interface, MAX_PICTURE};
use lan::name::Wish;
use lan::txt::Profile;

use crate::mdns_net::*;

/// Time in which a free name is probed and announced.
const PROBED: core::time::Duration = ms(1_100);

fn lines(net: &Net, node: usize) -> Vec<String> {
    net.told_by(node)
        .into_iter()
        .map(|(_, line)| line)
        .collect()
}

fn has(lines: &[String], expected: &str) -> bool {
    lines.iter().any(|line| line == expected)
}

fn published(net: &mut Net, node: usize) -> Vec<String> {
    let events = net.events(node).into_iter();
    events
        .filter_map(|event| match event {
            Event::Published(instance) => Some(instance.to_string()),
            Event::Seen { .. }
            | Event::Gone(_)
            | Event::Resolved { .. }
            | Event::Picture { .. } => None,
        })
        .collect()
}

fn with_text(text: &str) -> Profile {
    let mut profile = Profile::default();
    profile.presence.message = Some(text.into());
    profile
}

/// One node, published and past its announcements.
fn settled() -> (Net, usize) {
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.publish(node, "carol", "carolbox");
    net.run(secs(10));
    assert_eq!(published(&mut net, node), ["carol@carolbox"]);
    net.forget_log();
    (net, node)
}

/// A peer that holds these names: it answers whoever asks for one.
fn holder(net: &mut Net, address: &str, names: &'static [&'static str]) {
    net.peer(1, address, move |message, _| {
        let held = names
            .iter()
            .filter(|who| asks(message, &full(who), RecordType::SRV));
        let records: Vec<_> = held.map(|who| srv(who, 5298, "holder")).collect();
        (!records.is_empty()).then(|| response(records))
    });
}

#[test]
fn a_node_announces_all_records_with_its_real_name_port_and_address() {
    // [LAN-1] [LAN-2] [LAN-9]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.publish(node, "carol", "carolbox");
    net.run(PROBED);
    assert_eq!(published(&mut net, node), ["carol@carolbox"]);
    assert_eq!(
        net.nodes[node].mdns.name(),
        Some(&instance("carol@carolbox"))
    );
    let lines = lines(&net, node);
    for expected in [
        "_presence PTR ttl=4500 carol@carolbox",
        "carol@carolbox SRV ttl=120 flush 5298 carolbox-tincan",
        "carol@carolbox TXT ttl=4500 flush txtvers=1 status=avail port.p2pj=5298",
        "carolbox-tincan A ttl=120 flush 10.0.1.1",
        "carolbox-tincan AAAA ttl=120 flush fe80::1:1",
        "_services PTR ttl=4500 _presence",
    ] {
        assert!(has(&lines, expected), "{expected} is not in {lines:#?}");
    }
}

#[test]
fn announcements_come_on_both_families_three_times() {
    // [LAN-1]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.publish(node, "carol", "carolbox");
    net.run(secs(20));
    for is_v4 in [true, false] {
        let times: Vec<_> = net
            .log
            .iter()
            .filter(|sent| sent.node == node && sent.to.is_ipv4() == is_v4)
            .filter(|sent| {
                sent.message
                    .answers
                    .iter()
                    .any(|r| r.record_type() == RecordType::SRV)
            })
            .map(|sent| sent.at)
            .collect();
        let [first, second, third] = times[..] else {
            panic!("announced at {times:?}");
        };
        assert_eq!([second - first, third - second], [secs(1), secs(2)]);
    }
}

#[test]
fn over_ipv6_only_ipv6_addresses_are_told() {
    // [LAN-1]
    let (mut net, node) = settled();
    net.tell(
        1,
        "fe80::1:9",
        &query(&[(host("carolbox-tincan"), RecordType::ANY)]),
    );
    let lines = lines(&net, node);
    assert!(
        has(&lines, "carolbox-tincan AAAA ttl=120 flush fe80::1:1"),
        "{lines:#?}"
    );
    assert!(!lines.iter().any(|line| line.contains(" A ")), "{lines:#?}");
}

#[test]
fn probes_come_first_and_claim_what_will_be_announced() {
    // [LAN-4]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.publish(node, "carol", "carolbox");
    net.run(PROBED);
    let v4: Vec<_> = net.log.iter().filter(|sent| sent.to.is_ipv4()).collect();
    let probes: Vec<_> = v4
        .iter()
        .filter(|s| !s.message.authorities.is_empty())
        .collect();
    assert_eq!(probes.len(), 3);
    assert!(
        probes
            .windows(2)
            .all(|pair| pair[1].at - pair[0].at == ms(250))
    );
    for probe in &probes {
        let questions: Vec<_> = probe.message.queries.iter().map(show_question).collect();
        assert!(
            questions.iter().all(|q| q.contains(" ANY")),
            "{questions:?}"
        );
        assert_eq!(probe.message.queries[0].name(), &full("carol@carolbox"));
        assert_eq!(probe.message.queries[1].name(), &host("carolbox-tincan"));
        let claims: Vec<_> = probe.message.authorities.iter().map(show).collect();
        assert_eq!(claims[0], "carol@carolbox SRV ttl=120 5298 carolbox-tincan");
        assert!(
            claims
                .iter()
                .any(|c| c == "carolbox-tincan A ttl=120 10.0.1.1")
        );
    }
    assert!(probes[0].message.queries[0].mdns_unicast_response());
    assert!(
        !probes[2].message.queries[0].mdns_unicast_response(),
        "beside another responder only answers to the group arrive"
    );
    let announced = v4
        .iter()
        .find(|s| s.message.message_type == MessageType::Response)
        .unwrap();
    assert!(announced.at >= probes[2].at + ms(250));
}

#[test]
fn where_the_name_is_taken_the_user_gets_digits_and_no_other_name_is_ever_announced() {
    // [LAN-4] [LAN-5]
    let mut net = Net::new();
    let node = net.node(&[1]);
    holder(&mut net, "10.0.1.9", &["carol@carolbox", "carol1@carolbox"]);
    net.publish(node, "carol", "carolbox");
    net.run(secs(10));
    assert_eq!(published(&mut net, node), ["carol2@carolbox"]);
    let announced = net.told_by(node);
    assert!(
        announced
            .iter()
            .any(|(_, line)| line.contains("carol2@carolbox"))
    );
    for (_, line) in announced {
        assert!(
            !line.contains("carol@") && !line.contains("carol1@"),
            "{line}"
        );
    }
}

#[test]
fn a_name_that_is_written_in_other_capitals_is_taken_too() {
    // [LAN-4]
    let mut net = Net::new();
    let node = net.node(&[1]);
    holder(&mut net, "fe80::1:9", &["Carol@CarolBox"]);
    net.publish(node, "carol", "carolbox");
    net.run(secs(5));
    assert_eq!(published(&mut net, node), ["carol1@carolbox"]);
}

#[test]
fn a_taken_host_label_changes_the_label_only() {
    // [LAN-4]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.peer(1, "10.0.1.9", |message, _| {
        asks(message, &host("carolbox-tincan"), RecordType::A)
            .then(|| response(vec![addr("carolbox-tincan", "10.0.1.9")]))
    });
    net.publish(node, "carol", "carolbox");
    net.run(secs(5));
    assert_eq!(published(&mut net, node), ["carol@carolbox"]);
    let lines = lines(&net, node);
    assert!(has(
        &lines,
        "carol@carolbox SRV ttl=120 flush 5298 carolbox-tincan-2"
    ));
    assert!(has(&lines, "carolbox-tincan-2 A ttl=120 flush 10.0.1.1"));
    assert!(
        !lines
            .iter()
            .any(|line| line.starts_with("carolbox-tincan "))
    );
}

#[test]
fn two_who_probe_at_the_same_time_end_with_two_names() {
    // [LAN-4] [LAN-5]
    let mut net = Net::new();
    let one = net.node(&[1]);
    let other = net.node(&[1]);
    net.publish(one, "carol", "carolbox");
    net.publish(other, "carol", "carolbox");
    net.run(secs(15));
    let mut names = published(&mut net, one);
    names.extend(published(&mut net, other));
    names.sort();
    assert_eq!(names, ["carol1@carolbox", "carol@carolbox"]);
}

#[test]
fn two_machines_that_are_called_the_same_end_with_two_names_and_two_labels() {
    // [LAN-4] [LAN-5]
    let mut net = Net::new();
    let one = net.node(&[1]);
    let other = net.node(&[1]);
    for node in [one, other] {
        // The same port too: only the addresses differ.
        net.with(node, |mdns, now| {
            let wish = Wish::new("carol", "carolbox");
            mdns.publish(wish, 5298, Profile::default(), None, now);
        });
        net.run(secs(5));
    }
    assert_eq!(published(&mut net, one), ["carol@carolbox"]);
    assert_eq!(published(&mut net, other), ["carol1@carolbox"]);
    let lines = lines(&net, other);
    assert!(has(
        &lines,
        "carol1@carolbox SRV ttl=120 flush 5298 carolbox-tincan-2"
    ));
    assert!(!lines.iter().any(|line| line.contains("carol@")));
}

#[test]
fn two_nodes_of_one_machine_share_its_host_label() {
    // [LAN-4] [LAN-49]
    let mut net = Net::new();
    let one = net.node(&[1]);
    let other = net.node(&[1]);
    net.set_interfaces(other, vec![interface(1, one)]);
    net.publish(one, "carol", "carolbox");
    net.run(secs(5));
    net.publish(other, "dave", "carolbox");
    net.run(secs(5));
    assert_eq!(published(&mut net, one), ["carol@carolbox"]);
    assert_eq!(published(&mut net, other), ["dave@carolbox"]);
    assert!(has(
        &lines(&net, other),
        "dave@carolbox SRV ttl=120 flush 5299 carolbox-tincan"
    ));
    net.publish(other, "carol", "carolbox");
    net.run(secs(5));
    assert_eq!(published(&mut net, other), ["carol1@carolbox"]);
}

#[test]
fn own_packets_that_come_back_over_another_cable_are_no_conflict() {
    // [LAN-4] [LAN-27]: both cables from the start, or the second later.
    for cables in [&[1, 2][..], &[1]] {
        let mut net = Net::new();
        let node = net.node(cables);
        net.publish(node, "carol", "carolbox");
        for round in 0..60 {
            if round == 30 {
                net.set_interfaces(node, vec![interface(1, node), interface(2, node)]);
            }
            net.run(ms(100));
            let echoes: Vec<_> = net
                .log
                .iter()
                .map(|s| (s.cable, s.to, s.message.clone()))
                .collect();
            net.forget_log();
            for (cable, to, message) in echoes {
                let from = if to.is_ipv4() {
                    v4(cable, node)
                } else {
                    v6(cable, node)
                };
                net.tell(3 - cable, &from.to_string(), &message);
            }
        }
        assert_eq!(published(&mut net, node), ["carol@carolbox"]);
        assert!(net.roster(node).is_empty());
    }
}

#[test]
fn a_name_contested_later_is_probed_again_and_given_up_if_it_is_lost() {
    // [LAN-4] [LAN-12]
    let (mut net, node) = settled();
    holder(&mut net, "10.0.1.9", &["carol@carolbox"]);
    net.tell(
        1,
        "10.0.1.9",
        &whole("carol@carolbox", 5298, "holder", "10.0.1.9"),
    );
    net.run(secs(5));
    assert_eq!(published(&mut net, node), ["carol1@carolbox"]);
    let lines = lines(&net, node);
    assert!(
        !lines.iter().any(|line| line.contains("carol@")),
        "{lines:#?}"
    );
    assert!(has(&lines, "_presence PTR ttl=4500 carol1@carolbox"));
}

#[test]
fn a_name_contested_by_somebody_who_does_not_answer_is_kept() {
    // [LAN-4]
    let (mut net, node) = settled();
    net.tell(
        1,
        "10.0.1.9",
        &response(vec![srv("carol@carolbox", 1, "ghost")]),
    );
    net.run(secs(5));
    assert_eq!(
        published(&mut net, node),
        [""; 0],
        "the name has not changed"
    );
    assert_eq!(
        net.nodes[node].mdns.name(),
        Some(&instance("carol@carolbox"))
    );
    assert!(has(
        &lines(&net, node),
        "_presence PTR ttl=4500 carol@carolbox"
    ));
}

#[test]
fn our_name_is_defended_at_once() {
    // [LAN-4]
    let (mut net, node) = settled();
    let mut probe = query(&[(full("carol@carolbox"), RecordType::ANY)]);
    probe.authorities = vec![srv("carol@carolbox", 9, "zzz")];
    net.tell(1, "10.0.1.9", &probe);
    assert!(has(
        &lines(&net, node),
        "carol@carolbox SRV ttl=120 flush 5298 carolbox-tincan"
    ));
    net.run(secs(2));
    assert_eq!(
        net.nodes[node].mdns.name(),
        Some(&instance("carol@carolbox"))
    );
}

#[test]
fn a_new_address_and_a_new_interface_are_announced() {
    // [LAN-3] [LAN-49]
    let (mut net, node) = settled();
    let mut first = interface(1, node);
    first.addresses.push(("10.0.1.77".parse().unwrap(), 24));
    net.set_interfaces(node, vec![first.clone()]);
    net.run(ms(10));
    let told = lines(&net, node);
    assert!(
        has(&told, "carolbox-tincan A ttl=120 flush 10.0.1.77"),
        "{told:#?}"
    );
    assert!(
        has(&told, "carolbox-tincan A ttl=120 flush 10.0.1.1"),
        "both replace what was"
    );

    net.forget_log();
    net.set_interfaces(node, vec![first, interface(2, node)]);
    net.run(secs(5));
    let on_second: Vec<_> = net.log.iter().filter(|sent| sent.cable == 2).collect();
    let records = || {
        on_second
            .iter()
            .flat_map(|sent| &sent.message.answers)
            .map(show)
    };
    assert!(records().any(|line| line == "carolbox-tincan A ttl=120 flush 10.0.2.1"));
    assert!(records().any(|line| line == "_presence PTR ttl=4500 carol@carolbox"));
    assert!(
        !records().any(|line| line.contains("10.0.1.")),
        "each cable has its own addresses"
    );
    assert_eq!(
        published(&mut net, node),
        [""; 0],
        "the name has not changed"
    );
}

#[test]
fn without_a_network_nothing_is_published_until_there_is_one() {
    // [LAN-4] [LAN-49]
    let mut net = Net::new();
    let node = net.node(&[]);
    net.publish(node, "carol", "carolbox");
    net.run(secs(5));
    assert_eq!(published(&mut net, node), [""; 0]);
    net.set_interfaces(node, vec![interface(1, node)]);
    net.run(PROBED);
    assert_eq!(published(&mut net, node), ["carol@carolbox"]);
}

#[test]
fn an_interface_without_ipv6_is_spoken_to_by_ipv4_alone() {
    // [LAN-49]
    let mut net = Net::new();
    let node = net.node(&[]);
    let v4_only = Interface {
        addresses: vec![(v4(1, node), 24)],
        ..interface(1, node)
    };
    net.set_interfaces(node, vec![v4_only]);
    net.publish(node, "carol", "carolbox");
    net.run(secs(5));
    assert_eq!(published(&mut net, node), ["carol@carolbox"]);
    assert!(net.log.iter().all(|sent| sent.to.is_ipv4()));
    assert!(!lines(&net, node).iter().any(|line| line.contains("AAAA")));
}

#[test]
fn ten_changes_in_a_second_are_at_most_one_announcement_a_second() {
    // [LAN-17]
    let (mut net, node) = settled();
    for change in 0..10 {
        let text = format!("change {change}");
        net.with(node, |mdns, now| mdns.update(with_text(&text), None, now));
        net.run(ms(100));
    }
    net.run(secs(10));
    let v4 = net.log.iter().filter(|sent| sent.to.is_ipv4());
    let times: Vec<_> = v4
        .filter(|sent| {
            sent.message
                .answers
                .iter()
                .any(|r| r.record_type() == RecordType::TXT)
        })
        .map(|sent| sent.at)
        .collect();
    assert!(
        times.len() >= 2,
        "the first and the last change are told: {times:?}"
    );
    assert!(
        times.windows(2).all(|pair| pair[1] - pair[0] >= secs(1)),
        "{times:?}"
    );
    let last = lines(&net, node).pop().unwrap();
    assert!(
        last.contains("flush") && last.contains("msg=change 9"),
        "{last}"
    );
}

#[test]
fn a_change_is_announced_at_once_and_repeated_at_least_a_second_later() {
    // [LAN-17]: who hears the new text less than a second after the old one keeps both, until the
    // repetition.
    // What was said before was last repeated one second ago, or long ago.
    for quiet in [2_000, 8_000] {
        let (mut net, node) = settled();
        net.with(node, |mdns, now| mdns.update(with_text("old"), None, now));
        net.run(ms(quiet));
        net.forget_log();
        let changed = net.elapsed();
        net.with(node, |mdns, now| mdns.update(with_text("new"), None, now));
        net.run(secs(10));
        for is_v4 in [true, false] {
            let texts: Vec<_> = net
                .log
                .iter()
                .filter(|sent| sent.to.is_ipv4() == is_v4)
                .filter(|sent| sent.message.message_type == MessageType::Response)
                .flat_map(|sent| sent.message.answers.iter().map(move |r| (sent.at, show(r))))
                .collect();
            let times: Vec<_> = texts.iter().map(|(at, _)| *at - changed).collect();
            assert_eq!(times, [secs(0), secs(1), secs(3)], "after {quiet} ms");
            let is_new =
                |line: &str| line.contains("TXT ttl=4500 flush") && line.contains("msg=new");
            assert!(texts.iter().all(|(_, line)| is_new(line)), "{texts:?}");
        }
    }
}

#[test]
fn a_change_right_after_an_answer_waits_until_a_second_has_passed() {
    // [LAN-17]
    let (mut net, node) = settled();
    net.tell(
        1,
        "10.0.1.9",
        &query(&[(full("carol@carolbox"), RecordType::TXT)]),
    );
    net.run(ms(300));
    net.with(node, |mdns, now| mdns.update(with_text("new"), None, now));
    net.run(secs(10));
    let times: Vec<_> = net
        .log
        .iter()
        .filter(|sent| sent.to.is_ipv4() && sent.message.message_type == MessageType::Response)
        .map(|sent| sent.at - net.log[0].at)
        .collect();
    assert_eq!(times, [secs(0), secs(1), secs(2), secs(4)]);
}

#[test]
fn a_network_that_is_joined_later_is_asked_before_anything_is_announced_there() {
    // [LAN-4] [LAN-49]
    let (mut net, node) = settled();
    net.peer(2, "10.0.2.9", |message, _| {
        asks(message, &full("carol@carolbox"), RecordType::SRV)
            .then(|| response(vec![srv("carol@carolbox", 5298, "holder")]))
    });
    net.set_interfaces(node, vec![interface(1, node), interface(2, node)]);
    net.run(secs(10));
    assert_eq!(published(&mut net, node), ["carol1@carolbox"]);
    let ours = net
        .log
        .iter()
        .filter(|s| s.message.message_type == MessageType::Response);
    let told = |cable| {
        let sent = ours.clone().filter(move |sent| sent.cable == cable);
        sent.flat_map(|sent| sent.message.answers.iter().map(show))
            .collect::<Vec<_>>()
    };
    assert!(
        !told(2).iter().any(|line| line.contains("carol@")),
        "{:#?}",
        told(2)
    );
    // Where the name was ours nobody else says that it is free.
    assert!(has(&told(1), "_presence PTR ttl=0 carol@carolbox"));
    for cable in [1, 2] {
        assert!(has(&told(cable), "_presence PTR ttl=4500 carol1@carolbox"));
    }
}

#[test]
fn while_a_network_is_joined_the_others_are_answered() {
    // [LAN-4] [LAN-49]
    let (mut net, node) = settled();
    net.set_interfaces(node, vec![interface(1, node), interface(2, node)]);
    net.run(ms(400));
    let question = query(&[(full("carol@carolbox"), RecordType::SRV)]);
    net.tell(1, "10.0.1.9", &question);
    net.tell(2, "10.0.2.9", &question);
    net.with(node, |mdns, now| mdns.update(with_text("new"), None, now));
    let answers = net
        .log
        .iter()
        .filter(|s| s.message.message_type == MessageType::Response);
    assert!(answers.clone().count() > 0);
    assert!(answers.clone().all(|sent| sent.cable == 1));
    net.run(secs(1));
    let on_new = net
        .log
        .iter()
        .filter(|s| s.cable == 2)
        .flat_map(|s| &s.message.answers);
    let on_new: Vec<_> = on_new.map(show).collect();
    assert!(has(&on_new, "_presence PTR ttl=4500 carol@carolbox"));
    assert!(on_new.iter().any(|line| line.contains("msg=new")));
}

#[test]
fn another_network_at_the_same_interface_is_a_new_one() {
    // [LAN-3] [LAN-4]
    let (mut net, node) = settled();
    let mut moved = interface(1, node);
    moved.addresses[0] = ("10.0.1.200".parse().unwrap(), 24);
    net.set_interfaces(node, vec![moved]);
    net.run(secs(5));
    let first = net
        .log
        .iter()
        .position(|s| s.message.message_type == MessageType::Response)
        .unwrap();
    let probes = net.log[..first]
        .iter()
        .filter(|s| !s.message.authorities.is_empty());
    assert_eq!(probes.count(), 6, "three on each of two families");
    let told = lines(&net, node);
    assert!(has(&told, "carolbox-tincan A ttl=120 flush 10.0.1.200"));
    assert!(has(&told, "_presence PTR ttl=4500 carol@carolbox"));
    assert_eq!(published(&mut net, node), [""; 0]);
}

#[test]
fn an_update_without_a_change_is_not_announced() {
    // [LAN-17]
    let (mut net, node) = settled();
    net.with(node, |mdns, now| mdns.update(Profile::default(), None, now));
    net.run(secs(5));
    assert_eq!(lines(&net, node), [""; 0]);
}

#[test]
fn the_picture_is_a_record_at_our_name_and_announced_alone() {
    // [LAN-29]
    let mut net = Net::new();
    let node = net.node(&[1]);
    let picture = Bytes::from(vec![7; 27_817]);
    net.publish_with(
        node,
        "carol",
        "carolbox",
        Profile::default(),
        Some(picture.clone()),
    );
    net.run(PROBED);
    let with_null: Vec<_> = net
        .log
        .iter()
        .filter(|sent| {
            sent.message
                .answers
                .iter()
                .any(|r| r.record_type() == RecordType::NULL)
        })
        .collect();
    assert!(!with_null.is_empty());
    for sent in with_null {
        assert_eq!(sent.message.answers.len(), 1);
        assert_eq!(sent.message.answers[0].name, full("carol@carolbox"));
        let RData::NULL(data) = &sent.message.answers[0].data else {
            panic!("not a picture");
        };
        assert_eq!(data.anything, picture);
    }
}

#[test]
fn the_biggest_picture_fits_a_datagram_and_a_bigger_one_is_not_published() {
    // [LAN-29]
    for (size, is_sent) in [(MAX_PICTURE, true), (MAX_PICTURE + 1, false)] {
        let mut net = Net::new();
        let node = net.node(&[1]);
        let picture = Some(Bytes::from(vec![7; size]));
        let user = "u".repeat(63 - "@carolbox".len());
        net.publish_with(node, &user, "carolbox", Profile::default(), picture);
        net.run(secs(5));
        let sent = lines(&net, node).iter().any(|line| line.contains(" NULL "));
        assert_eq!(sent, is_sent, "{size} bytes");
        let biggest = net
            .log
            .iter()
            .map(|s| s.message.to_vec().unwrap().len())
            .max()
            .unwrap();
        assert!(biggest <= 65_507, "UDP carries no more");
    }
}

#[test]
fn a_new_picture_is_served_before_the_text_with_its_hash_is_announced() {
    // [LAN-34]
    let mut net = Net::new();
    let node = net.node(&[1]);
    let old = Some(Bytes::from_static(b"old picture"));
    net.publish_with(node, "carol", "carolbox", Profile::default(), old);
    net.run(secs(10));
    net.forget_log();
    let profile = Profile {
        picture: Some("00112233445566778899aabbccddeeff00112233".into()),
        ..Profile::default()
    };
    let new = Some(Bytes::from_static(b"a new picture"));
    net.with(node, |mdns, now| mdns.update(profile, new, now));
    let told: Vec<_> = net
        .log
        .iter()
        .filter(|sent| sent.to.is_ipv4())
        .flat_map(|sent| sent.message.answers.iter().map(show))
        .collect();
    assert_eq!(told[0], "carol@carolbox NULL ttl=120 flush 13 bytes");
    assert!(
        told[1].contains("TXT") && told[1].contains("phsh=0011"),
        "{told:?}"
    );

    let gone = Profile::default();
    net.forget_log();
    net.run(secs(10));
    net.forget_log();
    net.with(node, |mdns, now| mdns.update(gone, None, now));
    assert!(has(
        &lines(&net, node),
        "carol@carolbox NULL ttl=0 flush 13 bytes"
    ));
}

#[test]
fn a_new_picture_waits_with_its_text_while_the_old_one_is_a_moment_old() {
    // [LAN-17] [LAN-34]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.publish_with(
        node,
        "carol",
        "carolbox",
        Profile::default(),
        Some(Bytes::from_static(b"1")),
    );
    net.run(secs(10));
    for picture in [&b"22"[..], b"333"] {
        let profile = with_text(&format!("{} bytes", picture.len()));
        let picture = Some(Bytes::copy_from_slice(picture));
        net.with(node, |mdns, now| mdns.update(profile, picture, now));
        net.run(ms(10));
    }
    net.run(secs(5));
    let told: Vec<_> = net
        .log
        .iter()
        .filter(|sent| sent.to.is_ipv4())
        .flat_map(|sent| sent.message.answers.iter().map(show))
        .collect();
    let at = |part: &str| told.iter().position(|line| line.contains(part)).unwrap();
    assert!(at("flush 3 bytes") < at("msg=3 bytes"), "{told:#?}");
}

#[test]
fn goodbye_takes_back_all_but_the_host_twice() {
    // [LAN-24]
    let mut net = Net::new();
    let node = net.node(&[1]);
    let picture = Some(Bytes::from_static(b"picture"));
    net.publish_with(node, "carol", "carolbox", Profile::default(), picture);
    net.run(secs(10));
    net.forget_log();
    net.with(node, |mdns, now| mdns.withdraw(now));
    assert!(!net.nodes[node].mdns.is_withdrawn());
    net.tell(
        1,
        "10.0.1.9",
        &query(&[(full("carol@carolbox"), RecordType::SRV)]),
    );
    net.run(ms(500));
    assert!(net.nodes[node].mdns.is_withdrawn());
    assert_eq!(net.nodes[node].mdns.name(), None);
    let lines = lines(&net, node);
    for expected in [
        "_presence PTR ttl=0 carol@carolbox",
        "carol@carolbox SRV ttl=0 flush 5298 carolbox-tincan",
        "carol@carolbox TXT ttl=0 flush txtvers=1 status=avail port.p2pj=5298",
        "carol@carolbox NULL ttl=0 flush 7 bytes",
    ] {
        // Twice on each of two families.
        assert_eq!(
            lines.iter().filter(|line| *line == expected).count(),
            4,
            "{expected}"
        );
    }
    assert_eq!(lines.len(), 16, "nothing else is said: {lines:#?}");
}

#[test]
fn who_was_never_announced_leaves_without_a_word() {
    // [LAN-24]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.publish(node, "carol", "carolbox");
    net.run(ms(300));
    net.with(node, |mdns, now| mdns.withdraw(now));
    assert!(net.nodes[node].mdns.is_withdrawn());
    net.run(secs(5));
    assert_eq!(lines(&net, node), [""; 0]);
}

#[test]
fn who_publishes_anew_takes_the_old_name_back() {
    // [LAN-24]
    let (mut net, node) = settled();
    net.publish(node, "karla", "carolbox");
    net.run(secs(3));
    let lines = lines(&net, node);
    let goodbye = "_presence PTR ttl=0 carol@carolbox";
    assert_eq!(lines.iter().filter(|line| *line == goodbye).count(), 4);
    assert_eq!(published(&mut net, node), ["karla@carolbox"]);
}

#[test]
fn questions_are_answered_with_what_helps_next() {
    // [LAN-1]
    let (mut net, node) = settled();
    net.tell(1, "10.0.1.9", &query(&[(service(), RecordType::PTR)]));
    assert_eq!(
        lines(&net, node),
        [""; 0],
        "others may answer too, so it waits"
    );
    net.run(ms(120));
    let answer = net.log.first().unwrap();
    assert_eq!(answer.message.answers.len(), 1);
    let kinds: Vec<_> = answer
        .message
        .additionals
        .iter()
        .map(|r| r.record_type())
        .collect();
    assert_eq!(
        kinds,
        [
            RecordType::SRV,
            RecordType::TXT,
            RecordType::A,
            RecordType::AAAA
        ]
    );

    for (asked, answered) in [
        (
            name(&["_services", "_dns-sd", "_udp", "local"]),
            "_services PTR ttl=4500 _presence",
        ),
        (
            host("CAROLBOX-tincan"),
            "carolbox-tincan A ttl=120 flush 10.0.1.1",
        ),
        (
            full("Carol@CarolBox"),
            "carol@carolbox SRV ttl=120 flush 5298 carolbox-tincan",
        ),
    ] {
        net.run(secs(2));
        net.forget_log();
        net.tell(1, "10.0.1.9", &query(&[(asked, RecordType::ANY)]));
        net.run(ms(120));
        assert!(has(&lines(&net, node), answered), "{answered}");
    }
}

#[test]
fn what_the_asker_knows_is_not_answered() {
    // [LAN-48]
    let (mut net, node) = settled();
    let mut known = query(&[(service(), RecordType::PTR)]);
    known.answers = vec![ptr("carol@carolbox")];
    net.tell(1, "10.0.1.9", &known);
    net.run(secs(1));
    assert_eq!(lines(&net, node), [""; 0]);
    let mut stale = known.clone();
    stale.answers[0].ttl = 2_000;
    net.tell(1, "10.0.1.9", &stale);
    net.run(secs(1));
    assert!(has(
        &lines(&net, node),
        "_presence PTR ttl=4500 carol@carolbox"
    ));
}

#[test]
fn known_answers_may_follow_in_another_message() {
    // [LAN-48]
    let (mut net, node) = settled();
    let mut question = query(&[(service(), RecordType::PTR)]);
    question.metadata.truncation = true;
    net.tell(1, "10.0.1.9", &question);
    let mut rest = query(&[]);
    rest.answers = vec![ptr("carol@carolbox")];
    net.run(ms(200));
    net.tell(1, "10.0.1.9", &rest);
    net.run(secs(1));
    assert_eq!(lines(&net, node), [""; 0]);
    net.tell(1, "10.0.1.9", &question);
    net.run(ms(500));
    assert!(has(
        &lines(&net, node),
        "_presence PTR ttl=4500 carol@carolbox"
    ));
}

#[test]
fn a_flood_of_questions_is_answered_once_a_second() {
    // [LAN-48]
    let (mut net, node) = settled();
    let questions = query(&[
        (service(), RecordType::PTR),
        (full("carol@carolbox"), RecordType::ANY),
        (host("carolbox-tincan"), RecordType::ANY),
    ]);
    for _ in 0..300 {
        net.tell(1, "10.0.1.9", &questions);
        net.run(ms(10));
    }
    let told = lines(&net, node);
    let count = |part: &str| told.iter().filter(|line| line.contains(part)).count();
    for part in [" PTR ", " SRV ", " TXT ", " A ", " AAAA "] {
        assert!(
            (1..=4).contains(&count(part)),
            "{part}: {} times in 3 s",
            count(part)
        );
    }
}

#[test]
fn who_knows_only_plain_dns_is_answered_alone_and_for_a_short_time() {
    // [LAN-48]
    let (mut net, node) = settled();
    let mut question = query(&[(service(), RecordType::PTR)]);
    question.metadata.id = 77;
    let asker = "10.0.1.1:40000".parse().unwrap();
    net.tell_from(1, asker, &question);
    let sent = net.log.first().unwrap();
    assert_eq!((sent.node, sent.to), (node, asker));
    assert_eq!((sent.message.id, sent.message.queries.len()), (77, 1));
    assert_eq!(sent.message.queries[0].name(), &service());
    let records = sent.message.answers.iter().chain(&sent.message.additionals);
    assert!(records.clone().count() >= 4);
    for record in records {
        assert!(
            record.ttl <= 10 && !record.mdns_cache_flush,
            "{}",
            show(record)
        );
    }
    net.forget_log();
    for _ in 0..10_000 {
        net.tell_from(1, asker, &question);
    }
    let bytes: usize = net
        .log
        .iter()
        .map(|s| s.message.to_vec().unwrap().len())
        .sum();
    assert!(bytes <= 128 * 1_024, "{bytes} bytes in a second");
}

#[test]
fn who_wishes_for_unicast_gets_it_while_the_group_has_to_wait() {
    // [LAN-32]
    let mut net = Net::new();
    let node = net.node(&[1]);
    let asker = net.node(&[1]);
    let picture = Some(Bytes::from_static(b"picture"));
    net.publish_with(node, "carol", "carolbox", Profile::default(), picture);
    net.run(secs(10));
    let mut question = query(&[(full("carol@carolbox"), RecordType::NULL)]);
    question.queries[0].set_mdns_unicast_response(true);
    let from = v4(1, asker).to_string();
    for expected_to_group in [true, false] {
        net.forget_log();
        net.tell(1, &from, &question);
        let sent = net.log.first().unwrap();
        assert_eq!(
            show(&sent.message.answers[0]),
            "carol@carolbox NULL ttl=120 flush 7 bytes"
        );
        assert_eq!(sent.to.ip().is_multicast(), expected_to_group);
    }
}

#[test]
fn a_text_too_long_for_one_frame_goes_alone() {
    // [LAN-10]
    let mut net = Net::new();
    let node = net.node(&[1]);
    let long = |letter: &str| Some(letter.repeat(240));
    let profile = Profile {
        first: long("f"),
        last: long("l"),
        email: long("e"),
        jid: long("j"),
        nick: long("n"),
        ..with_text("hello")
    };
    net.publish_with(node, "carol", "carolbox", profile, None);
    net.run(secs(5));
    let responses = || {
        net.log
            .iter()
            .filter(|sent| !sent.message.answers.is_empty())
    };
    let texts = responses().filter(|sent| sent.message.answers[0].record_type() == RecordType::TXT);
    assert!(texts.clone().count() > 0);
    assert!(texts.clone().all(|sent| sent.message.answers.len() == 1));
    assert!(responses().all(|sent| sent.message.to_vec().unwrap().len() <= 1_452));
    assert!(has(
        &lines(&net, node),
        "_presence PTR ttl=4500 carol@carolbox"
    ));
}

#[test]
fn a_node_that_only_looks_says_nothing_of_itself() {
    // [LAN-42]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.run(secs(60));
    net.tell(1, "10.0.1.9", &query(&[(service(), RecordType::PTR)]));
    net.run(secs(1));
    assert_eq!(lines(&net, node), [""; 0]);
    assert!(net.nodes[node].mdns.is_withdrawn());
}
