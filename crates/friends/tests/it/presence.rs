//! How people are [RS-9].

use friends::api::{Availability, Notice, Report, Request};

use crate::rig::Net;

fn announce(net: &mut Net, host: usize, availability: Availability, message: Option<&str>) {
    let request = Request::Announce {
        availability,
        message: message.map(str::to_owned),
    };
    net.done(host, request);
    net.run(1);
}

// [RS-9]
#[test]
fn availability_and_words_are_seen_and_kept() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    for state in [
        Availability::Away,
        Availability::Busy,
        Availability::Idle,
        Availability::Online,
    ] {
        announce(&mut net, ana, state, Some("on the <b>boat</b> & sea"));
        let friend = net.friend(bea, ana);
        assert_eq!(friend.availability, state);
        assert_eq!(friend.message.as_deref(), Some("on the <b>boat</b> & sea"));
    }
    announce(&mut net, ana, Availability::Away, None);
    assert_eq!(net.friend(bea, ana).message, None);
    announce(&mut net, ana, Availability::Busy, Some("later"));
    net.kill(ana);
    net.start(ana);
    net.run(20);
    let friend = net.friend(bea, ana);
    assert_eq!(
        (friend.availability, friend.message.as_deref()),
        (Availability::Busy, Some("later"))
    );
    match net.ask(ana, Request::Me) {
        Report::Me(me) => assert_eq!(me.availability, Availability::Busy),
        other => panic!("{other:?}"),
    }
}

// [RS-9]
#[test]
fn who_comes_late_is_told_how_others_are() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.kill(bea);
    net.run(1);
    announce(&mut net, ana, Availability::Away, Some("lunch"));
    net.start(bea);
    net.run(20);
    let friend = net.friend(bea, ana);
    assert_eq!(
        (friend.availability, friend.message.as_deref()),
        (Availability::Away, Some("lunch"))
    );
}

// [RS-9]
#[test]
fn offline_is_told_once() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.run(30);
    net.take_notices(bea);
    net.kill(ana);
    net.run(1);
    let told: Vec<Availability> = net
        .take_notices(bea)
        .into_iter()
        .filter_map(|notice| match notice {
            Notice::Friend(friend) => Some(friend.availability),
            _ => None,
        })
        .collect();
    assert_eq!(told, [Availability::Offline]);
}
