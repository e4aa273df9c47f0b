//! What survives, and what is damaged.

use friends::api::{Notice, Request, Standing, Trust};
use friends::kept::Area;

use crate::rig::Net;

// [RS-1] [RS-3]
#[test]
fn friends_survive_a_restart_with_all_that_is_known() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let who = net.pgp_id(bea).to_string();
    net.done(
        ana,
        Request::Trust {
            who,
            level: Trust::Marginal,
        },
    );
    let before = net.friend(ana, bea);
    net.kill(bea);
    net.run(1);
    net.kill(ana);
    net.start(ana);
    let after = net.friend(ana, bea);
    assert_eq!(after.trust, Trust::Marginal);
    assert_eq!(
        (after.name, after.fingerprint),
        (before.name, before.fingerprint)
    );
    assert_eq!(after.locations.len(), 1);
    assert_eq!(after.locations[0].name, before.locations[0].name);
    assert!(after.locations[0].last_seen > 0);
    net.start(bea);
    net.run(20);
    assert!(net.is_online(ana, bea));
}

// [RS-3]
#[test]
fn damaged_records_cost_a_warning_and_nothing_else() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.say(bea, ana, "kept");
    net.run(1);
    net.kill(ana);
    let shelf = &mut net.hosts[ana].shelf;
    let spoilt = [
        (Area::Friends, "0123456789ABCDEF"),
        (Area::Friends, "no id"),
        (Area::Chat, "garbage"),
        (Area::Mail, "0000000000000001"),
        (Area::Settings, "status"),
        (Area::Settings, "avatar"),
        (Area::Settings, "numbers"),
    ];
    for (area, key) in spoilt {
        shelf.insert((area, key.into()), b"{\"not\": what it was".to_vec());
    }
    net.take_notices(ana);
    net.start(ana);
    let warnings = net.take_notices(ana).into_iter();
    let warnings: Vec<_> = warnings
        .filter(|notice| matches!(notice, Notice::Warning(_)))
        .collect();
    assert!(warnings.len() >= 4, "{warnings:?}");
    net.run(20);
    assert!(net.is_online(ana, bea));
    assert_eq!(net.heard(ana, bea), ["kept"]);
    assert!(
        net.hosts[ana]
            .shelf
            .contains_key(&(Area::Chat, "garbage".into())),
        "kept aside"
    );
    let id = net.say(ana, bea, "and on");
    assert!(id > net.history(ana, bea)[0].id, "numbers still grow");
}

// [RS-3]
#[test]
fn every_friend_record_may_be_cut_anywhere() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.kill(ana);
    let key = (Area::Friends, net.pgp_id(bea).to_string());
    let whole = net.hosts[ana].shelf[&key].clone();
    for length in (0..whole.len()).step_by(97) {
        net.hosts[ana]
            .shelf
            .insert(key.clone(), whole[..length].to_vec());
        net.start(ana);
        assert!(net.find(ana, bea).is_none());
    }
    net.hosts[ana].shelf.insert(key, whole);
    net.start(ana);
    assert_eq!(net.friend(ana, bea).standing, Standing::Friend);
}
