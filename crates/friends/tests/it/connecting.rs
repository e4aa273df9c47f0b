//! Becoming friends, and links [RS-2] [RS-3] [RS-4] [RS-6].

use std::time::Duration;

use friends::api::{Availability, Notice, Report, Request, Standing};

use crate::rig::{Net, other_machine};

// [RS-2] [RS-3] [RS-6]
#[test]
fn certificates_of_both_make_a_link() {
    let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
    let friend = net.approve_text(ana, bea, false);
    assert_eq!(friend.standing, Standing::Friend);
    assert_eq!(friend.pgp_id, net.pgp_id(bea).to_string());
    assert_eq!(
        friend.fingerprint,
        net.profile(bea).fingerprint().to_string()
    );
    net.approve_text(bea, ana, false);
    net.run(10);
    for (a, b) in [(ana, bea), (bea, ana)] {
        let friend = net.friend(a, b);
        assert_eq!(friend.availability, Availability::Online);
        assert_eq!(friend.name, net.profile(b).name());
        assert_eq!(friend.hint, None);
        let machine = &friend.locations[0];
        assert!(machine.is_online);
        assert_eq!(machine.name, net.hosts[b].config.location_name);
        assert_eq!(machine.version, "tincan test");
        assert!(machine.round_trip_ms.is_some(), "measured");
    }
    assert_eq!(net.open_wires(ana, bea), 1);
}

// [RS-2] [RS-3]
#[test]
fn short_invites_of_both_make_a_link_and_bring_the_keys() {
    let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
    let friend = net.approve_text(ana, bea, true);
    assert_eq!(
        friend.name,
        net.profile(bea).name(),
        "the invite has the name"
    );
    net.approve_text(bea, ana, true);
    net.run(10);
    assert!(net.is_online(ana, bea) && net.is_online(bea, ana));
    let who = net.pgp_id(bea).to_string();
    match net.ask(ana, Request::Key { who }) {
        Report::Key(key) => assert_eq!(key, net.profile(bea).packets()),
        other => panic!("no key: {other:?}"),
    }
    net.say(ana, bea, "by invite");
    net.run(1);
    assert_eq!(net.heard(bea, ana), ["by invite"]);
}

// [RS-2] [RS-3]
#[test]
fn a_short_invite_on_one_side_is_enough() {
    let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
    net.approve_text(ana, bea, true);
    net.approve_text(bea, ana, false);
    net.run(10);
    assert!(net.is_online(ana, bea) && net.is_online(bea, ana));
}

// [RS-2]
#[test]
fn an_invite_meets_a_certificate_that_came_later() {
    let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
    net.approve_text(ana, bea, true);
    net.approve_text(ana, bea, false);
    net.approve_text(bea, ana, false);
    net.run(10);
    assert!(net.is_online(ana, bea) && net.is_online(bea, ana));
}

// [RS-3]
#[test]
fn who_is_not_approved_is_told_what_is_missing() {
    let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
    net.approve_text(ana, bea, false);
    net.run(30);
    assert!(!net.is_online(ana, bea));
    let hint = net.friend(ana, bea).hint.expect("a hint");
    assert!(hint.contains("has not added you yet"), "{hint}");
    let told = net.take_notices(ana).into_iter().filter(
        |notice| matches!(notice, Notice::Approval { sentence, .. } if sentence.contains("not added you")),
    );
    assert_eq!(told.count(), 1, "told once");

    // Bea is asked, without anything of Ana having been read.
    let asks = net.friend(bea, ana);
    assert_eq!(asks.standing, Standing::Asks);
    let asked = net.take_notices(bea).into_iter().filter(
        |notice| matches!(notice, Notice::Approval { pgp_id, .. } if *pgp_id == asks.pgp_id),
    );
    assert_eq!(asked.count(), 1, "asked once");
    assert!(net.hosts[bea].closes > 0);
}

// [RS-3]
#[test]
fn approving_who_asked_connects() {
    let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
    net.approve_text(ana, bea, false);
    net.run(30);
    let who = net.pgp_id(ana).to_string();
    let report = net.ask(bea, Request::Approve { who });
    assert!(matches!(report, Report::Friend(_)), "{report:?}");
    net.run(30);
    assert!(net.is_online(ana, bea) && net.is_online(bea, ana));
    // The key that Bea did not have came over the link, and with it the name.
    assert_eq!(net.friend(bea, ana).name, net.profile(ana).name());
    assert_eq!(net.friend(ana, bea).hint, None);
    net.say(bea, ana, "so it is you");
    net.run(1);
    assert_eq!(net.heard(ana, bea), ["so it is you"]);
}

// [RS-3]
#[test]
fn who_is_denied_may_ask_again_after_a_day() {
    let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
    net.approve_text(ana, bea, false);
    net.run(30);
    let who = net.pgp_id(ana).to_string();
    net.done(bea, Request::Deny { who });
    assert_eq!(net.friend(bea, ana).standing, Standing::Denied);
    net.take_notices(bea);
    net.run(3600);
    assert_eq!(net.friend(bea, ana).standing, Standing::Denied);
    let is_asked = |notice: &Notice| matches!(notice, Notice::Approval { .. });
    assert!(!net.take_notices(bea).iter().any(is_asked));
    net.run(25 * 3600);
    assert_eq!(net.friend(bea, ana).standing, Standing::Asks);
    assert_eq!(
        net.take_notices(bea).iter().filter(|n| is_asked(n)).count(),
        1
    );
}

// [RS-3]
#[test]
fn removing_a_friend_ends_the_link_at_once() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.say(ana, bea, "before");
    net.run(1);
    let who = net.pgp_id(ana).to_string();
    net.done(bea, Request::Remove { who });
    assert_eq!(net.heard(bea, ana), ["before"], "what was said is kept");
    net.run(1);
    assert_eq!(net.open_wires(ana, bea), 0);
    assert!(!net.is_online(ana, bea));
    assert!(
        net.find(bea, ana)
            .is_none_or(|friend| friend.standing == Standing::Asks)
    );
    net.run(120);
    assert!(!net.is_online(ana, bea), "it comes back by approval only");
    assert_eq!(net.friend(bea, ana).standing, Standing::Asks);
    net.befriend(ana, bea);
    net.run(60);
    assert!(net.is_online(ana, bea));
}

// [RS-3]
#[test]
fn who_is_blocked_is_never_heard_of() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let who = net.pgp_id(ana).to_string();
    net.done(
        bea,
        Request::Block {
            who: who.clone(),
            is_blocked: true,
        },
    );
    net.take_notices(bea);
    net.run(3600);
    assert!(!net.is_online(ana, bea));
    assert!(net.take_notices(bea).is_empty(), "not a word");
    let text = net.text(ana, false);
    let why = net.refused(bea, Request::Add { text });
    assert!(why.contains("unblock"), "{why}");
    net.done(
        bea,
        Request::Block {
            who,
            is_blocked: false,
        },
    );
    net.approve_text(bea, ana, false);
    net.run(1200);
    assert!(net.is_online(ana, bea));
}

// [RS-6]
#[test]
fn calls_that_cross_leave_one_link() {
    // Both add each other at the same moment, so both call; with many seeds, calls cross in many ways.
    for seed in 0..12_u8 {
        let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
        for host in [ana, bea] {
            net.hosts[host].config.seed = [seed.wrapping_mul(31).wrapping_add(host as u8); 32];
            net.start(host);
        }
        net.befriend(ana, bea);
        net.run(15);
        assert_eq!(net.open_wires(ana, bea), 1, "seed {seed}");
        assert!(
            net.is_online(ana, bea) && net.is_online(bea, ana),
            "seed {seed}"
        );
        let calls = net.hosts[ana].calls.len() + net.hosts[bea].calls.len();
        assert!(calls <= 4, "seed {seed}: {calls} calls");
        for host in [ana, bea] {
            let told = net.take_notices(host);
            let is_blamed = |notice: &Notice| matches!(notice, Notice::Approval { .. });
            assert!(!told.iter().any(is_blamed), "seed {seed}: {told:?}");
        }
        net.run(120);
        assert_eq!(net.open_wires(ana, bea), 1, "seed {seed}, later");
    }
}

// [RS-6]
#[test]
fn a_machine_that_has_lost_its_link_replaces_it() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.run(60);
    // Ana's machine dies without a word; Bea does not know, and takes the new link.
    net.silence(ana);
    net.hosts[ana].node = None;
    net.start(ana);
    net.run(15);
    assert!(net.is_online(ana, bea) && net.is_online(bea, ana));
    assert_eq!(net.open_wires(ana, bea), 1);
    net.say(bea, ana, "still there?");
    net.run(1);
    assert_eq!(net.heard(ana, bea), ["still there?"]);
}

// [RS-1] [RS-3]
#[test]
fn another_machine_of_a_friend_is_theirs_by_its_signature() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let laptop = net.add("bea", &other_machine("bea", "cyd"));
    net.approve_text(laptop, ana, false);
    net.run(20);
    let friend = net.friend(ana, bea);
    assert_eq!(friend.locations.len(), 2);
    assert!(friend.locations.iter().all(|machine| machine.is_online));
    net.say(ana, bea, "to both");
    net.run(1);
    assert_eq!(net.heard(bea, ana), ["to both"]);
    assert_eq!(net.heard(laptop, ana), ["to both"]);
}

// [RS-1]
#[test]
fn two_machines_of_one_person_link() {
    let (mut net, [bea]) = Net::of(["bea"]);
    let laptop = net.add("bea", &other_machine("bea", "cyd"));
    net.approve_text(bea, laptop, false);
    net.run(20);
    assert!(net.is_online(bea, laptop) && net.is_online(laptop, bea));
    net.say(bea, laptop, "note to self");
    net.run(1);
    assert_eq!(net.heard(laptop, bea), ["note to self"]);
}

// [RS-10]
#[test]
fn a_lost_link_is_made_again() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.run(60);
    net.cut(ana);
    assert!(!net.is_online(ana, bea));
    net.run_for(Duration::from_secs(10));
    assert!(net.is_online(ana, bea) && net.is_online(bea, ana));
    assert_eq!(net.open_wires(ana, bea), 1);
}

// [RS-9]
#[test]
fn a_cable_that_is_pulled_is_noticed_by_the_missing_heartbeat() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.run(60);
    net.silence(ana);
    net.hosts[ana].node = None;
    net.run(50);
    assert!(net.is_online(bea, ana), "not yet");
    net.run(60);
    assert!(!net.is_online(bea, ana), "100 seconds are over");
    assert_eq!(net.friend(bea, ana).availability, Availability::Offline);
}

// [RS-4] [RS-6]
#[test]
fn shutting_down_ends_all_and_friends_see_it() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let now = net.now();
    net.with(ana, |node| node.shut_down(now));
    assert!(net.hosts[ana].is_over);
    assert_eq!(
        net.hosts[ana]
            .node
            .as_ref()
            .and_then(|node| node.poll_timeout()),
        None
    );
    net.run(1);
    assert_eq!(net.friend(bea, ana).availability, Availability::Offline);
    assert_eq!(net.open_wires(ana, bea), 0);
}

// [RS-6]
#[test]
fn an_offline_node_calls_nobody_and_lets_nobody_in() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.kill(ana);
    net.hosts[ana].config.is_offline = true;
    net.start(ana);
    net.hosts[ana].calls.clear();
    net.run(120);
    assert!(net.hosts[ana].calls.is_empty());
    assert!(!net.is_online(bea, ana));
    let who = net.pgp_id(bea).to_string();
    let why = net.refused(ana, Request::Call { who });
    assert!(why.contains("start the node"), "{why}");
    match net.ask(ana, Request::Me) {
        Report::Me(me) => assert!(!me.is_running),
        other => panic!("{other:?}"),
    }
}
