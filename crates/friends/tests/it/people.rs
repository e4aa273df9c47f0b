//! Names, keys, trust [RS-2] [RS-3] [RS-5].

use friends::api::{Report, Request, Standing, Trust};
use friends::kept::Area;
use rand::SeedableRng;
use wire_retroshare::{Certificate, Invite};

use crate::rig::{Net, key, profile};

impl Net {
    /// Starts a host's node anew with another record of somebody.
    fn restart_with(&mut self, host: usize, who: &str, person: &serde_json::Value) {
        self.kill(host);
        let value = serde_json::to_vec(person).expect("JSON");
        let shelf = &mut self.hosts[host].shelf;
        shelf.insert((Area::Friends, who.to_owned()), value);
        self.start(host);
    }
}

// [RS-2]
#[test]
fn damaged_texts_change_nothing_and_say_what_is_wrong() {
    let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
    let text = net.text(bea, false);
    let cut = text[..text.len() / 2].to_owned();
    let mut changed = text.clone().into_bytes();
    changed[40] = if changed[40] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    for bad in [
        cut,
        changed,
        String::new(),
        "hello Ana".into(),
        "-----BEGIN PGP".into(),
    ] {
        let why = net.refused(ana, Request::Add { text: bad });
        assert!(why.contains("cannot be used"), "{why}");
    }
    assert!(net.friends(ana).is_empty());
    let own = net.text(ana, false);
    let why = net.refused(ana, Request::Add { text: own });
    assert!(why.contains("your own"), "{why}");
    // Mail programs quote and break lines.
    let quoted: String = text.lines().map(|line| format!("  {line}  \r\n")).collect();
    net.add_text(ana, quoted);
    assert_eq!(net.friends(ana).len(), 1);
}

// [RS-2] [RS-22]
#[test]
fn another_key_with_the_same_id_is_refused() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let mut fingerprint = *profile("bea").fingerprint().as_bytes();
    fingerprint[0] ^= 1;
    let invite = Invite {
        location: wire_retroshare::LocationId::from_bytes([9; 16]),
        fingerprint: wire_retroshare::Fingerprint::from_bytes(fingerprint),
        name: "bea".into(),
        hidden: None,
        dns: None,
        external: None,
        local: None,
        locators: Vec::new(),
    };
    let before = net.friend(ana, bea);
    let why = net.refused(
        ana,
        Request::Add {
            text: invite.to_url(),
        },
    );
    assert!(why.contains("another key"), "{why}");
    assert_eq!(net.friend(ana, bea), before);
}

// [RS-2] [RS-22]
#[test]
fn an_invite_is_only_met_by_the_key_that_it_names() {
    // Ana's invite of Bea has been changed on the way: another fingerprint with the same id at its end.
    let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
    let Report::Text(text) = net.ask(
        bea,
        Request::OwnText {
            is_short: true,
            addresses: Vec::new(),
        },
    ) else {
        panic!("no text");
    };
    let mut invite = Invite::parse(&text).unwrap();
    let mut fingerprint = *invite.fingerprint.as_bytes();
    fingerprint[3] ^= 0x10;
    invite.fingerprint = wire_retroshare::Fingerprint::from_bytes(fingerprint);
    net.add_text(ana, invite.to_url());
    net.approve_text(bea, ana, false);
    net.run(20);
    assert!(!net.is_online(ana, bea));
    let is_told = |notice: &friends::Notice| matches!(notice, friends::Notice::Warning(why) if why.contains("not who you approved"));
    assert!(net.take_notices(ana).iter().any(is_told));
    let who = net.pgp_id(bea).to_string();
    let report = net.ask(
        ana,
        Request::Say {
            who,
            text: "secret".into(),
        },
    );
    assert!(
        matches!(report, Report::Queued { is_sent: false, .. }),
        "{report:?}"
    );
    net.run(600);
    assert!(net.heard(bea, ana).is_empty());
}

// [RS-3]
#[test]
fn people_are_found_by_name_id_fingerprint_and_machine() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let friend = net.friend(ana, bea);
    let names = [
        friend.name.clone(),
        friend.name.to_uppercase(),
        friend.pgp_id.clone(),
        friend.pgp_id.to_lowercase(),
        friend.fingerprint.clone(),
        friend.locations[0].id.clone(),
        format!(" {} ", friend.name),
    ];
    for who in names {
        net.done(
            ana,
            Request::Trust {
                who,
                level: Trust::Full,
            },
        );
    }
    for who in [
        "",
        "x",
        "0000000000000000",
        &"0".repeat(40),
        &"0".repeat(32),
    ] {
        net.refused(
            ana,
            Request::Trust {
                who: who.into(),
                level: Trust::Full,
            },
        );
    }
}

// [RS-3] [RS-22]
#[test]
fn two_of_one_name_are_told_apart() {
    let (mut net, [ana, bea, cyd]) = Net::of(["ana", "bea", "cyd"]);
    net.approve_text(ana, bea, false);
    let name = net.friend(ana, bea).name;
    // Cyd's invite says that she is called as Bea is.
    let Report::Text(text) = net.ask(
        cyd,
        Request::OwnText {
            is_short: true,
            addresses: Vec::new(),
        },
    ) else {
        panic!("no text");
    };
    let mut invite = Invite::parse(&text).unwrap();
    invite.name = name.clone();
    let second = net.add_text(ana, invite.to_url());
    let first = net.friend(ana, bea);
    assert_eq!(first.name, format!("{name}#{}", &first.pgp_id[8..]));
    assert_eq!(second.name, format!("{name}#{}", &second.pgp_id[8..]));
    let why = net.refused(
        ana,
        Request::Trust {
            who: name.clone(),
            level: Trust::Full,
        },
    );
    assert!(why.contains("more than one"), "{why}");
    net.done(
        ana,
        Request::Trust {
            who: first.name,
            level: Trust::Full,
        },
    );
    net.done(ana, Request::Remove { who: second.name });
    assert_eq!(net.friend(ana, bea).name, name);
}

// [RS-5]
#[test]
fn our_signature_on_a_friends_key_is_kept_and_spreads() {
    let (mut net, [ana, bea, cyd]) = Net::of_friends(["ana", "bea", "cyd"]);
    let mut rng = rand::rngs::StdRng::seed_from_u64(1);
    let signed = key("ana")
        .certify(&profile("bea"), 1_750_000_000, &mut rng)
        .expect("signed");
    assert!(!net.friend(ana, bea).is_signed);
    let unsigned = profile("bea").packets().to_vec();
    net.refused(ana, Request::Signed { key: unsigned });
    net.done(
        ana,
        Request::Signed {
            key: signed.packets().to_vec(),
        },
    );
    assert!(net.friend(ana, bea).is_signed);
    net.kill(ana);
    net.start(ana);
    assert!(net.friend(ana, bea).is_signed, "kept");
    // To check a signature takes a while, so it is done when it comes, and not at each start.
    let who = net.pgp_id(bea).to_string();
    let record = net.hosts[ana].shelf[&(Area::Friends, who.clone())].clone();
    let mut person: serde_json::Value = serde_json::from_slice(&record).unwrap();
    person["signed_by"] = serde_json::json!([]);
    net.restart_with(ana, &who, &person);
    assert!(!net.friend(ana, bea).is_signed, "checked again");
    // A record of an older program does not say.
    person.as_object_mut().unwrap().remove("signed_by");
    net.restart_with(ana, &who, &person);
    assert!(net.friend(ana, bea).is_signed, "found out");
    assert_eq!(net.hosts[ana].shelf[&(Area::Friends, who)], record);
    // Cyd is told by Bea herself, once Bea has it: Bea adds her own key as Ana has signed it.
    net.kill(cyd);
    net.run(30);
    assert!(net.friend(ana, bea).is_signed);
    let who = net.pgp_id(bea).to_string();
    let Report::Key(packets) = net.ask(ana, Request::Key { who }) else {
        panic!("no key");
    };
    let location = net.hosts[bea].config.location;
    let certificate = Certificate {
        pgp_key: packets.into(),
        location: Some((location, "bea".into())),
        external: None,
        local: None,
        dns: None,
        hidden: None,
        locators: Vec::new(),
    };
    net.start(cyd);
    net.add_text(cyd, certificate.to_text(true));
    let friend = net.friend(cyd, bea);
    assert_eq!(friend.signed_by, [net.friend(cyd, ana).name]);
    assert!(!friend.is_signed, "not by Cyd");
    net.done(
        cyd,
        Request::Remove {
            who: net.pgp_id(ana).to_string(),
        },
    );
    assert!(
        net.friend(cyd, bea).signed_by.is_empty(),
        "a stranger's counts for nothing"
    );
}

// [RS-3]
#[test]
fn requests_about_people_are_refused_where_they_make_no_sense() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let who = net.pgp_id(bea).to_string();
    let me = net.pgp_id(ana).to_string();
    let refusals = [
        (Request::Approve { who: who.clone() }, "already"),
        (Request::Deny { who: who.clone() }, "remove or block"),
        (
            Request::Block {
                who: who.clone(),
                is_blocked: false,
            },
            "not blocked",
        ),
        (
            Request::Block {
                who: me,
                is_blocked: true,
            },
            "block themselves",
        ),
        (Request::Avatar { who }, "no picture"),
        (Request::Signed { key: vec![1, 2, 3] }, "cannot be used"),
    ];
    for (request, expected) in refusals {
        let why = net.refused(ana, request);
        assert!(why.contains(expected), "{why}");
    }
    assert_eq!(net.friend(ana, bea).standing, Standing::Friend);
}
