//! Friends of friends, addresses, keys [RS-5] [RS-6].

use std::time::Duration;

use core::net::SocketAddr;
use friends::api::{Notice, Request, Standing};
use wire_retroshare::discovery::{Discovery, Place};
use wire_retroshare::{Item, ServiceList};

use crate::rig::{Net, certificate, location_of};
use crate::stage::{Stage, certificate_text, contact};

/// Ana and Cyd know Bea, and not each other.
fn triangle() -> (Net, [usize; 3]) {
    let (mut net, [ana, bea, cyd]) = Net::of(["ana", "bea", "cyd"]);
    net.befriend(ana, bea);
    net.befriend(bea, cyd);
    net.run(20);
    (net, [ana, bea, cyd])
}

// [RS-5]
#[test]
fn friends_of_friends_are_known_and_cannot_talk_until_both_approve() {
    let (mut net, [ana, bea, cyd]) = triangle();
    let seen = net.friend(ana, cyd);
    assert_eq!(seen.standing, Standing::FriendOfFriend);
    assert_eq!(seen.name, net.profile(cyd).name());
    assert_eq!(seen.fingerprint, net.profile(cyd).fingerprint().to_string());
    assert_eq!(seen.through, [net.friend(ana, bea).name]);
    let who = net.pgp_id(cyd).to_string();
    let why = net.refused(
        ana,
        Request::Say {
            who: who.clone(),
            text: "hi".into(),
        },
    );
    assert!(why.contains("approve them first"), "{why}");

    net.ask(ana, Request::Approve { who });
    net.run(60);
    assert!(!net.is_online(ana, cyd), "only one side");
    let who = net.pgp_id(ana).to_string();
    net.ask(cyd, Request::Approve { who });
    net.run(60);
    // Bea has told both where the other is.
    assert!(net.is_online(ana, cyd) && net.is_online(cyd, ana));
    net.say(ana, cyd, "hello friend of a friend");
    net.run(1);
    assert_eq!(net.heard(cyd, ana), ["hello friend of a friend"]);
}

// [RS-5]
#[test]
fn a_friend_of_a_removed_friend_is_forgotten() {
    let (mut net, [ana, bea, cyd]) = triangle();
    assert!(net.find(ana, cyd).is_some());
    let name = net.friend(ana, cyd).name;
    net.take_notices(ana);
    net.done(
        ana,
        Request::Remove {
            who: net.pgp_id(bea).to_string(),
        },
    );
    assert!(net.find(ana, cyd).is_none());
    let told = net.take_notices(ana);
    assert!(
        told.iter()
            .any(|notice| matches!(notice, Notice::NoFriend(who) if *who == name))
    );
}

// [RS-5]
#[test]
fn who_is_no_longer_a_friends_friend_is_forgotten() {
    let (mut net, [ana, bea, cyd]) = triangle();
    assert!(net.find(ana, cyd).is_some());
    net.done(
        bea,
        Request::Remove {
            who: net.pgp_id(cyd).to_string(),
        },
    );
    net.run(5);
    assert!(net.find(ana, cyd).is_none());
    assert!(net.is_online(ana, bea));
}

// [RS-5]
#[test]
fn discovery_can_be_switched_off() {
    let (mut net, [ana, bea, cyd]) = Net::of(["ana", "bea", "cyd"]);
    net.kill(bea);
    net.hosts[bea].config.tells_friends_of_friends = false;
    net.start(bea);
    net.befriend(ana, bea);
    net.befriend(bea, cyd);
    net.run(30);
    assert!(net.is_online(ana, bea) && net.is_online(cyd, bea));
    assert!(net.find(ana, cyd).is_none());
    assert!(net.find(cyd, ana).is_none());
    assert!(
        net.find(bea, cyd)
            .is_some_and(|friend| friend.locations[0].version == "tincan test")
    );
}

// [RS-5]
#[test]
fn an_invite_still_works_where_discovery_is_off() {
    let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
    for host in [ana, bea] {
        net.kill(host);
        net.hosts[host].config.tells_friends_of_friends = false;
        net.start(host);
    }
    net.approve_text(ana, bea, true);
    net.approve_text(bea, ana, true);
    net.run(20);
    assert!(net.is_online(ana, bea) && net.is_online(bea, ana));
}

// [RS-6] [RS-10]
#[test]
fn a_new_address_is_told_to_friends_who_are_online() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let now = net.now();
    let elsewhere = SocketAddr::from(([192, 168, 44, 5], 7812));
    net.with(bea, |node| node.handle_addresses(&[elsewhere], now));
    net.run(1);
    net.kill(bea);
    net.hosts[bea].address = elsewhere;
    net.hosts[ana].calls.clear();
    net.run(30);
    let called = net.hosts[ana]
        .calls
        .iter()
        .any(|(_, to)| *to == friends::Place::Address(elsewhere));
    assert!(called, "{:?}", net.hosts[ana].calls);
}

// [RS-6]
#[test]
fn a_friend_in_common_tells_where_the_other_has_moved() {
    let (mut net, [ana, bea, cyd]) = Net::of_friends(["ana", "bea", "cyd"]);
    net.run(60);
    // Ana and Cyd are both cut off from each other; Cyd has moved and only Bea knows.
    let elsewhere = SocketAddr::from(([192, 168, 44, 9], 7812));
    net.kill(cyd);
    net.kill(ana);
    net.run(5);
    net.hosts[cyd].address = elsewhere;
    net.start(cyd);
    net.run(30);
    assert!(net.is_online(bea, cyd));
    net.start(ana);
    net.run(60);
    assert!(net.is_online(ana, cyd));
    let called = net.hosts[ana]
        .calls
        .iter()
        .any(|(_, to)| *to == friends::Place::Address(elsewhere));
    let calling = net.hosts[cyd].calls.len();
    assert!(called || calling > 0);
}

// [RS-6]
#[test]
fn we_learn_from_where_friends_see_us() {
    let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
    let outside = SocketAddr::from(([198, 51, 100, 77], 40_123));
    net.hosts[ana].from = outside;
    let now = net.now();
    net.with(bea, |node| node.handle_addresses(&[], now));
    net.approve_text(bea, ana, false);
    // Bea cannot call Ana, so Ana calls, and Bea sees her router.
    net.kill(bea);
    let behind = SocketAddr::from(([192, 168, 1, 2], 7812));
    net.with(ana, |node| node.handle_addresses(&[behind], now));
    let real = net.hosts[ana].address;
    net.hosts[ana].address = SocketAddr::from(([9, 9, 9, 9], 9));
    net.start(bea);
    net.approve_text(ana, bea, false);
    net.run(30);
    let _ = real;
    assert!(net.is_online(ana, bea));
    let friends::Report::Me(me) = net.ask(ana, Request::Me) else {
        panic!("not me");
    };
    assert!(
        me.addresses.contains(&"198.51.100.77:7812".to_owned()),
        "{:?}",
        me.addresses
    );
}

// [RS-6] [RS-21] Real nodes show when an address was seen.
#[test]
fn own_addresses_are_told_as_seen_now_and_told_once() {
    let mut stage = Stage::with_bea();
    let addresses = [[10, 0, 0, 1], [10, 9, 0, 1], [192, 0, 2, 1], [192, 0, 2, 2]];
    let addresses = addresses.map(|ip| SocketAddr::from((ip, 7812)));
    stage.node.handle_addresses(&addresses, stage.now);
    let id = stage.bea();
    let own = location_of(&certificate("ana"));
    let told = |stage: &mut Stage| -> Vec<Vec<u64>> {
        let items = stage.heard(id).into_iter();
        let own = items.filter_map(|item| match item {
            Item::Discovery(Discovery::Contact(contact)) if contact.location_id == own => {
                match contact.place {
                    Place::Open {
                        local, external, ..
                    } => Some(local.iter().chain(&external).map(|at| at.seen).collect()),
                    Place::Hidden { .. } => None,
                }
            }
            _ => None,
        });
        own.collect()
    };
    let now = stage.now.wall.0 / 1000;
    assert_eq!(told(&mut stage), [[now, now]]);
    // Time alone is no news, nor is that the shell says the same again.
    for _ in 0..10 {
        stage.pass(Duration::from_secs(3));
        stage.item(id, &Item::Heartbeat);
        stage.node.handle_addresses(&addresses, stage.now);
        stage.obey();
    }
    assert!(told(&mut stage).is_empty());
}

// [RS-6] [RS-22] By the version it is known whether a machine sends words again.
#[test]
fn nobody_else_says_what_a_machine_is_called_and_runs() {
    let mut stage = Stage::with_bea();
    stage.add(certificate_text("cyd"));
    let bea = stage.bea();
    stage.item(bea, &contact(&certificate("bea"), "tincan 1"));
    let cyd = stage.call([10, 0, 0, 3], &certificate("cyd"));
    stage.item(cyd, &Item::ServiceInfo(ServiceList::ours()));
    stage.item(cyd, &contact(&certificate("bea"), "RetroShare 0.6"));
    let friends = stage.friends();
    let bea = friends.iter().find(|friend| friend.name == "bea");
    let machine = &bea.expect("known").locations[0];
    assert_eq!(machine.version, "tincan 1");
}
