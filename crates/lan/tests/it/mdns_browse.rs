//! Finding others: the roster and the pictures.

use hickory_proto::rr::RecordType;
use lan::mdns::Event;
use lan::txt::Profile;
use model::Availability;

use crate::mdns_net::*;

/// One node that looks.
fn looking() -> (Net, usize) {
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.run(secs(20));
    (net, node)
}

fn profiles(net: &mut Net, node: usize) -> Vec<Option<Profile>> {
    let events = net.events(node).into_iter();
    events
        .filter_map(|event| match event {
            Event::Seen { profile, .. } => Some(profile.map(|profile| *profile)),
            Event::Published(_)
            | Event::Gone(_)
            | Event::Resolved { .. }
            | Event::Picture { .. } => None,
        })
        .collect()
}

fn pictures(net: &mut Net, node: usize) -> Vec<Vec<u8>> {
    let events = net.events(node).into_iter();
    events
        .filter_map(|event| match event {
            Event::Picture { data, .. } => Some(data.to_vec()),
            Event::Published(_) | Event::Seen { .. } | Event::Gone(_) | Event::Resolved { .. } => {
                None
            }
        })
        .collect()
}

/// What is asked, after `from`, besides who is here.
fn details(net: &Net, node: usize) -> Vec<String> {
    let asked = net.asked_by(node).into_iter();
    asked
        .map(|(_, line)| line)
        .filter(|line| !line.starts_with("_presence "))
        .collect()
}

#[test]
fn who_is_here_is_asked_at_once_and_then_more_and_more_seldom() {
    // [LAN-11]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.run(secs(20_000));
    let v4: Vec<_> = net.log.iter().filter(|sent| sent.to.is_ipv4()).collect();
    assert!(v4.iter().all(|sent| sent.message.queries.len() == 1));
    assert_eq!(show_question(&v4[0].message.queries[0]), "_presence PTR");
    assert!((ms(20)..=ms(120)).contains(&v4[0].at), "{:?}", v4[0].at);
    let gaps: Vec<_> = v4.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    let expected = [1, 3, 9, 27, 81, 243, 729, 2_187, 3_600, 3_600, 3_600].map(secs);
    assert_eq!(gaps[..expected.len()], expected);
    assert_eq!(details(&net, node), [""; 0]);
}

#[test]
fn two_nodes_see_each_other_and_not_themselves() {
    // [LAN-12] [LAN-15]
    let mut net = Net::new();
    let carol = net.node(&[1]);
    let dave = net.node(&[1]);
    net.publish(carol, "carol", "carolbox");
    net.publish(dave, "日本", "davebox");
    net.run(secs(10));
    assert_eq!(net.roster(carol), ["日本@davebox"]);
    assert_eq!(net.roster(dave), ["carol@carolbox"]);
    net.with(dave, |mdns, now| mdns.withdraw(now));
    net.run(ms(1_300));
    assert_eq!(net.roster(carol), [""; 0]);
}

#[test]
fn after_a_rename_the_old_name_is_in_the_roster_only_for_whoever_has_it() {
    // [LAN-12]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.publish(node, "carol", "carolbox");
    net.run(secs(10));
    net.peer(1, "10.0.1.9", |message, _| {
        (asks(message, &full("carol@carolbox"), RecordType::SRV)
            || asks(message, &service(), RecordType::PTR)
                && !message.answers.iter().any(|r| show(r).contains("carol@")))
        .then(|| whole("carol@carolbox", 5298, "holder", "10.0.1.9"))
    });
    net.tell(
        1,
        "10.0.1.9",
        &whole("carol@carolbox", 5298, "holder", "10.0.1.9"),
    );
    net.run(secs(5));
    assert_eq!(
        net.nodes[node].mdns.name(),
        Some(&instance("carol1@carolbox"))
    );
    assert_eq!(
        net.roster(node),
        ["carol@carolbox"],
        "that is the other one"
    );
}

#[test]
fn our_own_late_packets_do_not_bring_a_former_name_back() {
    // [LAN-12]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.publish(node, "carol", "carolbox");
    net.run(secs(10));
    net.publish(node, "karla", "carolbox");
    net.run(secs(3));
    net.tell(
        1,
        &v4(1, node).to_string(),
        &response(vec![ptr("carol@carolbox")]),
    );
    net.run(secs(3));
    assert_eq!(net.roster(node), [""; 0]);
}

#[test]
fn the_name_in_the_roster_is_the_instance_whatever_is_in_it() {
    // [LAN-15] [LAN-16]
    let (mut net, node) = looking();
    let names = [
        "john.doe@Johns-MacBook-Pro",
        "bob@bobbox (2)",
        "dävé smith",
        "a\\b@c",
        "日本@x",
    ];
    for who in names {
        let records = vec![ptr(who), txt(who, &["nick=Nick", "1st=F", "last=L"])];
        net.tell(1, "10.0.1.9", &response(records));
    }
    let mut expected = names.map(str::to_owned);
    expected.sort();
    assert_eq!(net.roster(node), expected);
    let shown = profiles(&mut net, node);
    assert!(
        shown
            .iter()
            .flatten()
            .all(|p| p.shown().as_deref() == Some("Nick"))
    );
    assert_eq!(shown.len(), 5);
}

#[test]
fn somebody_who_tells_nothing_is_seen_all_the_same() {
    // [LAN-10] [LAN-13]
    let (mut net, node) = looking();
    net.forget_log();
    net.tell(1, "10.0.1.9", &response(vec![ptr("mute@box")]));
    assert_eq!(profiles(&mut net, node), [None]);
    net.run(secs(200));
    assert_eq!(
        details(&net, node),
        [""; 0],
        "nothing is asked before somebody wants to talk"
    );
    net.tell(1, "10.0.1.9", &response(vec![txt("mute@box", &[""])]));
    assert_eq!(profiles(&mut net, node), [Some(Profile::default())]);
}

#[test]
fn status_and_text_follow_announcements_and_nothing_is_told_twice() {
    // [LAN-8] [LAN-17]
    let (mut net, node) = looking();
    net.tell(
        1,
        "10.0.1.9",
        &whole("alice@alicebox", 5298, "alicebox", "10.0.1.9"),
    );
    assert_eq!(profiles(&mut net, node).len(), 1);
    for _ in 0..3 {
        net.run(secs(1));
        net.tell(
            1,
            "fe80::1:9",
            &whole("alice@alicebox", 5298, "alicebox", "10.0.1.9"),
        );
    }
    assert_eq!(profiles(&mut net, node), []);
    for (status, expected) in [
        ("away", Availability::Away),
        ("dnd", Availability::Busy),
        ("avail", Availability::Available),
    ] {
        let status = format!("status={status}");
        net.tell(
            1,
            "10.0.1.9",
            &response(vec![txt("alice@alicebox", &[&status, "msg=x"])]),
        );
        let told = profiles(&mut net, node);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].as_ref().unwrap().presence.availability, expected);
    }
}

#[test]
fn of_two_texts_the_later_counts_with_the_flush_bit_or_without() {
    // [LAN-17]
    let (mut net, node) = looking();
    let mut old = txt("alice@alicebox", &["msg=old"]);
    old.mdns_cache_flush = false;
    let mut new = txt("alice@alicebox", &["msg=new"]);
    new.mdns_cache_flush = false;
    net.tell(1, "10.0.1.9", &response(vec![ptr("alice@alicebox"), old]));
    net.tell(1, "10.0.1.9", &response(vec![new]));
    let told = profiles(&mut net, node);
    let texts: Vec<_> = told
        .iter()
        .flatten()
        .map(|p| p.presence.message.as_deref())
        .collect();
    assert_eq!(texts, [Some("old"), Some("new")]);
}

#[test]
fn a_goodbye_takes_effect_after_a_second() {
    // [LAN-26]
    let (mut net, node) = looking();
    net.tell(
        1,
        "10.0.1.9",
        &whole("alice@alicebox", 5298, "alicebox", "10.0.1.9"),
    );
    net.run(secs(5));
    net.tell(1, "10.0.1.9", &response(vec![gone(ptr("alice@alicebox"))]));
    net.run(ms(999));
    assert_eq!(net.roster(node), ["alice@alicebox"]);
    net.run(ms(1));
    assert_eq!(net.roster(node), [""; 0]);
}

#[test]
fn whoever_comes_back_within_that_second_never_left() {
    // [LAN-26]
    let (mut net, node) = looking();
    let alice = whole("alice@alicebox", 5298, "alicebox", "10.0.1.9");
    net.tell(1, "10.0.1.9", &alice);
    net.events(node);
    net.tell(1, "10.0.1.9", &response(vec![gone(ptr("alice@alicebox"))]));
    net.run(ms(500));
    net.tell(1, "10.0.1.9", &alice);
    net.run(secs(60));
    assert_eq!(net.events(node), []);
}

#[test]
fn text_and_service_taken_back_are_a_goodbye_too() {
    // [LAN-26]
    let (mut net, node) = looking();
    net.tell(
        1,
        "10.0.1.9",
        &whole("alice@alicebox", 5298, "alicebox", "10.0.1.9"),
    );
    net.tell(
        1,
        "10.0.1.9",
        &response(vec![gone(txt("alice@alicebox", &["status=avail"]))]),
    );
    net.run(secs(3));
    assert_eq!(
        net.roster(node),
        ["alice@alicebox"],
        "one of them may just change"
    );
    net.tell(
        1,
        "10.0.1.9",
        &response(vec![gone(srv("alice@alicebox", 5298, "alicebox"))]),
    );
    net.run(secs(1));
    assert_eq!(net.roster(node), [""; 0]);
}

#[test]
fn whoever_falls_silent_is_asked_for_and_gone_when_the_record_ends() {
    // [LAN-26]
    let (mut net, node) = looking();
    let mut short = whole("alice@alicebox", 5298, "alicebox", "10.0.1.9");
    for record in &mut short.answers {
        record.ttl = 100;
    }
    net.tell(1, "10.0.1.9", &short);
    let heard = net.elapsed();
    net.forget_log();
    net.run(ms(99_900));
    assert_eq!(net.roster(node), ["alice@alicebox"]);
    let v4 = net.log.iter().filter(|sent| sent.to.is_ipv4());
    let asked: Vec<_> = v4
        .map(|sent| (sent.at - heard).as_secs())
        .filter(|at| *at >= 80)
        .collect();
    assert_eq!(asked.len(), 4, "at 80, 85, 90 and 95 hundredths: {asked:?}");
    for (at, least) in asked.iter().zip([80, 85, 90, 95]) {
        assert!((least..=least + 2).contains(at), "{asked:?}");
    }
    net.run(ms(100));
    assert_eq!(net.roster(node), [""; 0]);
}

#[test]
fn whoever_answers_the_question_stays() {
    // [LAN-26]
    let mut net = Net::new();
    let node = net.node(&[1]);
    net.peer(1, "10.0.1.9", |message, _| {
        let knows = message
            .answers
            .iter()
            .any(|r| show(r).contains("alice@alicebox"));
        (asks(message, &service(), RecordType::PTR) && !knows)
            .then(|| whole("alice@alicebox", 5298, "alicebox", "10.0.1.9"))
    });
    net.run(secs(20_000));
    assert_eq!(net.roster(node), ["alice@alicebox"]);
    let told = net.events(node).len();
    assert_eq!(told, 1, "seen once, and here ever since");
}

#[test]
fn known_people_are_named_in_the_question() {
    // [LAN-11]
    let (mut net, node) = looking();
    net.tell(
        1,
        "10.0.1.9",
        &response(vec![ptr("alice@alicebox"), ptr("bob@bobbox")]),
    );
    net.forget_log();
    net.run(secs(30));
    let sent = net.log.iter().find(|sent| sent.node == node).unwrap();
    let known: Vec<_> = sent.message.answers.iter().map(show).collect();
    assert_eq!(known.len(), 2);
    net.publish(node, "carol", "carolbox");
    net.run(secs(200));
    let last = net
        .log
        .iter()
        .rfind(|sent| !sent.message.queries.is_empty())
        .unwrap();
    let known_too: Vec<_> = last.message.answers.iter().map(show).collect();
    assert_eq!(
        known_too[0], "_presence PTR ttl=4500 carol@carolbox",
        "nor need we answer"
    );
    assert!(
        known
            .iter()
            .all(|line| line.starts_with("_presence PTR ttl=44")),
        "{known:?}"
    );
}

#[test]
fn one_person_on_two_cables_is_one_and_leaves_with_the_second() {
    // [LAN-27] [LAN-49]
    let mut net = Net::new();
    let node = net.node(&[1, 2]);
    net.run(secs(5));
    net.tell(
        1,
        "10.0.1.9",
        &whole("alice@alicebox", 5298, "alicebox", "10.0.1.9"),
    );
    net.tell(
        2,
        "10.0.2.9",
        &whole("alice@alicebox", 5298, "alicebox", "10.0.2.9"),
    );
    assert_eq!(profiles(&mut net, node).len(), 1, "told once");
    net.tell(1, "10.0.1.9", &response(vec![gone(ptr("alice@alicebox"))]));
    net.run(secs(2));
    assert_eq!(net.events(node), [], "still on the other cable");
    net.tell(2, "10.0.2.9", &response(vec![gone(ptr("alice@alicebox"))]));
    net.run(secs(2));
    assert_eq!(net.events(node), [Event::Gone(instance("alice@alicebox"))]);
}

#[test]
fn what_was_heard_on_a_cable_goes_with_it() {
    // [LAN-49]
    let mut net = Net::new();
    let node = net.node(&[1, 2]);
    net.tell(1, "10.0.1.9", &response(vec![ptr("alice@alicebox")]));
    net.tell(
        2,
        "10.0.2.9",
        &response(vec![ptr("alice@alicebox"), ptr("bob@bobbox")]),
    );
    assert_eq!(net.roster(node), ["alice@alicebox", "bob@bobbox"]);
    net.set_interfaces(node, vec![interface(1, node)]);
    assert_eq!(net.roster(node), ["alice@alicebox"]);
    net.forget_log();
    net.set_interfaces(node, vec![interface(1, node), interface(2, node)]);
    net.run(ms(120));
    assert!(
        net.log.iter().any(|sent| sent.cable == 2),
        "a cable that comes is asked at once"
    );
}

#[test]
fn a_picture_is_asked_for_three_times_and_no_more() {
    // [LAN-31] [LAN-32]
    let (mut net, node) = looking();
    net.tell(1, "10.0.1.9", &response(vec![ptr("alice@alicebox")]));
    net.forget_log();
    let asked_at = net.elapsed();
    net.with(node, |mdns, now| {
        mdns.fetch_picture(&instance("alice@alicebox"), now);
    });
    net.run(secs(60));
    let asked = net.asked_by(node).into_iter();
    let times: Vec<_> = asked
        .filter(|(_, line)| line == "alice@alicebox NULL QU")
        .map(|(at, _)| at - asked_at)
        .collect();
    let both = [0, 0, 1, 1, 3, 3].map(secs);
    assert_eq!(times, both, "to the groups of both families");
}

#[test]
fn a_picture_that_came_is_not_asked_for_again() {
    // [LAN-33]
    let (mut net, node) = looking();
    let alice = instance("alice@alicebox");
    net.tell(1, "10.0.1.9", &response(vec![ptr("alice@alicebox")]));
    net.with(node, |mdns, now| mdns.fetch_picture(&alice, now));
    // COMPAT(avahi): after a change two records can come; the caller takes the one it wants.
    let big = vec![9; 60_000];
    net.tell(
        1,
        "10.0.1.9",
        &response(vec![null("alice@alicebox", b"old")]),
    );
    net.tell(1, "10.0.1.9", &response(vec![null("ALICE@alicebox", &big)]));
    assert_eq!(pictures(&mut net, node), [b"old".to_vec(), big]);
    net.with(node, |mdns, _| mdns.cancel_picture(&alice));
    net.forget_log();
    net.run(secs(10));
    assert_eq!(details(&net, node), [""; 0]);
    net.tell(
        1,
        "10.0.1.9",
        &response(vec![null("alice@alicebox", b"unasked")]),
    );
    assert_eq!(pictures(&mut net, node), [[0; 0]; 0]);
}

#[test]
fn a_goodbye_ends_the_question_for_the_picture() {
    // [LAN-25]
    let (mut net, node) = looking();
    net.tell(1, "10.0.1.9", &response(vec![ptr("alice@alicebox")]));
    net.with(node, |mdns, now| {
        mdns.fetch_picture(&instance("alice@alicebox"), now);
    });
    net.tell(1, "10.0.1.9", &response(vec![gone(ptr("alice@alicebox"))]));
    net.forget_log();
    net.run(secs(10));
    assert_eq!(details(&net, node), [""; 0]);
}

#[test]
fn a_node_fetches_another_nodes_picture() {
    // [LAN-29] [LAN-31]
    let mut net = Net::new();
    let carol = net.node(&[1]);
    let picture: bytes::Bytes = vec![3; 20_000].into();
    net.publish_with(
        carol,
        "carol",
        "carolbox",
        Profile::default(),
        Some(picture.clone()),
    );
    net.run(secs(10));
    let dave = net.node(&[1]);
    net.run(secs(5));
    net.with(dave, |mdns, now| {
        mdns.fetch_picture(&instance("carol@carolbox"), now);
    });
    let came = pictures(&mut net, dave);
    assert!(!came.is_empty(), "by either family");
    assert!(came.iter().all(|data| *data == picture));
}

#[test]
fn after_a_long_sleep_everything_is_asked_once() {
    // [LAN-26]
    let (mut net, node) = looking();
    let people = (0..20).map(|n| ptr(&format!("alice{n}@box"))).collect();
    net.tell(1, "10.0.1.9", &response(people));
    net.forget_log();
    // Beyond the last refresh of every record, and before its end.
    net.now += secs(4_499);
    net.with(node, |mdns, now| {
        mdns.handle_timeout(now);
        assert!(mdns.poll_timeout().is_some_and(|at| at > now));
    });
    assert_eq!(net.asked_by(node).len(), 2, "once on each of two families");
    net.run(secs(60));
    assert_eq!(net.roster(node), [""; 0]);
}
