//! Whose a machine is, and how much one friend may make of what is theirs [RS-3] [RS-22].

use bytes::Bytes;
use friends::ConnectionId;
use friends::api::{Notice, Request, Standing};
use identity::ProfileKey;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sha1::{Digest, Sha1};
use wire_retroshare::discovery::{Discovery, ListMode};
use wire_retroshare::location::{assemble, tbs};
use wire_retroshare::{Certificate, Item, LocationId, PgpId, ServiceList};

use crate::rig::{certificate, key, location_of, profile};
use crate::stage::{Stage, certificate_text, spki_of, words};

/// The text of somebody, who says that this machine is theirs.
fn text_with(name: &str, machine: LocationId) -> String {
    let text = Certificate {
        pgp_key: profile(name).packets().to_vec().into(),
        location: Some((machine, format!("{name}s"))),
        external: None,
        local: None,
        dns: None,
        hidden: None,
        locators: Vec::new(),
    };
    text.to_text(true)
}

/// A certificate of the oldest format, in which the machine's id is the end of the signature.
fn oldest(name: &str) -> Vec<u8> {
    let mut document = tbs(profile(name).pgp_id(), &spki_of(name));
    let format = document.windows(3).position(|bytes| bytes == [7, 0, 1]);
    let at = format.expect("the format is in it");
    document[at..at + 3].copy_from_slice(&[6, 0, 0]);
    let hash: [u8; 20] = Sha1::digest(&document).into();
    let mut rng = StdRng::seed_from_u64(5);
    let signature = key(name).sign_detached(&hash, 1_700_000_000, &mut rng);
    assemble(&document, &signature.expect("signed"))
}

/// The one that says it is this machine's owner, by the list of friends.
fn owner(stage: &mut Stage, machine: LocationId) -> Option<String> {
    let id = machine.to_string();
    let mut friends = stage.friends().into_iter();
    friends
        .find(|friend| friend.locations.iter().any(|machine| machine.id == id))
        .map(|friend| friend.name)
}

// [RS-3] [RS-22]
#[test]
fn an_old_certificate_takes_no_machine_from_another() {
    let old = oldest("cyd");
    let machine = location_of(&old);
    // Without a rival the old format is as good as it ever was.
    let mut stage = Stage::alone();
    stage.add(certificate_text("cyd"));
    let id = stage.call([10, 0, 0, 3], &old);
    assert!(stage.is_open(id));
    assert_eq!(owner(&mut stage, machine), Some("cyd".into()));

    let mut stage = Stage::alone();
    stage.add(text_with("bea", machine));
    stage.add(certificate_text("cyd"));
    let id = stage.call([10, 0, 0, 3], &old);
    assert!(!stage.is_open(id), "the id is Bea's");
    assert!(stage.heard(id).is_empty());
    assert_eq!(owner(&mut stage, machine), Some("bea".into()));
}

// [RS-3] [RS-22]
#[test]
fn a_text_takes_no_machine_from_a_friend() {
    let machine = location_of(&certificate("bea"));
    for has_called in [false, true] {
        let mut stage = Stage::with_bea();
        let link = has_called.then(|| stage.bea());
        stage.add(text_with("cyd", machine));
        assert_eq!(owner(&mut stage, machine), Some("bea".into()));
        let warned = stage.notices.iter().any(
            |notice| matches!(notice, Notice::Warning(why) if why.contains("known as one of bea")),
        );
        assert!(warned, "{:?}", stage.notices);
        let link = link.unwrap_or_else(|| stage.bea());
        stage.item(link, &words("still me"));
        assert!(stage.is_open(link));
    }
}

// [RS-3]
#[test]
fn a_machine_of_which_was_only_said_whose_it_is_goes_to_who_proves_it() {
    let machine = location_of(&certificate("bea"));
    let mut stage = Stage::alone();
    // Cyd's text lies.
    stage.add(text_with("cyd", machine));
    stage.add(certificate_text("bea"));
    assert_eq!(owner(&mut stage, machine), Some("cyd".into()));
    let link = stage.bea();
    assert!(stage.is_open(link));
    assert_eq!(owner(&mut stage, machine), Some("bea".into()));
    // From then on it stays hers.
    stage.add(text_with("cyd", machine));
    assert_eq!(owner(&mut stage, machine), Some("bea".into()));
}

// [RS-3] [RS-5] [RS-22]
#[test]
fn a_knock_takes_no_machine_from_a_friend() {
    let machine = location_of(&certificate("cyd"));
    let cyd = profile("cyd").pgp_id();
    let mut stage = Stage::alone();
    stage.add(text_with("bea", machine));
    let link = stage.bea();
    // Cyd is known through Bea, so her key is.
    stage.item(link, &friends_are(&[cyd]));
    let key = Bytes::copy_from_slice(profile("cyd").packets());
    stage.item(link, &Item::Discovery(Discovery::PgpKey { id: cyd, key }));
    let is_known = |friend: &friends::api::Friend| friend.pgp_id == cyd.to_string();
    assert!(stage.friends().iter().any(is_known));
    let id = stage.call([10, 0, 0, 3], &certificate("cyd"));
    assert!(!stage.is_open(id));
    let asks = stage.friends().into_iter().find(is_known);
    assert_eq!(asks.map(|friend| friend.standing), Some(Standing::Asks));
    assert_eq!(owner(&mut stage, machine), Some("bea".into()));
    // Once she is a friend, her certificate is more than Bea's word.
    stage.ask(Request::Approve {
        who: cyd.to_string(),
    });
    let id = stage.call([10, 0, 0, 3], &certificate("cyd"));
    assert!(stage.is_open(id));
    assert_eq!(owner(&mut stage, machine), Some("cyd".into()));
}

/// Another machine of the same owner; each time of signing makes one.
fn machine_of(owner: &ProfileKey, signed_at: u32) -> Vec<u8> {
    let mut rng = StdRng::seed_from_u64(7);
    let made = owner.sign_location(&spki_of("bea"), signed_at, &mut rng);
    made.expect("signed").der().to_vec()
}

// [RS-3] [RS-22]
#[test]
fn one_friend_has_no_more_links_than_machines() {
    let bea = key("bea");
    for is_quiet in [true, false] {
        let mut stage = Stage::with_bea();
        let links: Vec<ConnectionId> = (0..40)
            .map(|number| {
                let from = [10, 0, 1, number];
                let id = stage.call(from, &machine_of(&bea, 1_700_000_000 + u32::from(number)));
                if !is_quiet && stage.is_open(id) {
                    stage.item(id, &Item::ServiceInfo(ServiceList::ours()));
                }
                id
            })
            .collect();
        let open = |stage: &Stage| links.iter().filter(|id| stage.is_open(**id)).count();
        assert_eq!(open(&stage), 16, "quiet: {is_quiet}");
        assert_eq!(stage.node.size().0, 16);
        let seen = stage.friends().remove(0).locations.len();
        assert_eq!(seen, 16);
        // The same machine again takes the place of its own link, and another that of one that went.
        let again = stage.call([10, 0, 2, 1], &machine_of(&bea, 1_700_000_000));
        assert!(stage.is_open(again));
        stage.item(again, &Item::ServiceInfo(ServiceList::ours()));
        assert_eq!(stage.node.size().0, 16);
        assert_eq!(open(&stage), 15, "and its own");
        stage
            .node
            .handle_closed(again, friends::Closed::Ended, stage.now);
        stage.obey();
        let other = stage.bea();
        assert!(stage.is_open(other));
        assert_eq!(stage.node.size().0, 16);
    }
}

fn friends_are(ids: &[PgpId]) -> Item {
    Item::Discovery(Discovery::PgpList {
        mode: ListMode::Friends,
        ids: ids.iter().copied().collect(),
    })
}

/// Whose keys our node has asked for since the last time.
fn asked(stage: &mut Stage, id: ConnectionId) -> Vec<PgpId> {
    let heard = stage.heard(id).into_iter();
    heard
        .flat_map(|item| match item {
            Item::Discovery(Discovery::PgpList {
                mode: ListMode::SendKeys,
                ids,
            }) => ids.into_iter().collect(),
            _ => Vec::new(),
        })
        .collect()
}

// [RS-5] [RS-22]
#[test]
fn a_key_that_cannot_be_used_is_asked_for_once_a_link() {
    let cyd = profile("cyd");
    let id = cyd.pgp_id();
    let mut spoilt = cyd.packets().to_vec();
    let end = spoilt.len();
    spoilt[end - 1] ^= 1;
    for key in [&spoilt[..], b"no key", profile("bea").packets()] {
        let key = Bytes::copy_from_slice(key);
        let mut stage = Stage::with_bea();
        let link = stage.bea();
        stage.heard(link);
        stage.item(link, &friends_are(&[id]));
        assert_eq!(asked(&mut stage, link), [id]);
        stage.item(link, &Item::Discovery(Discovery::PgpKey { id, key }));
        for _ in 0..3 {
            stage.item(link, &friends_are(&[id]));
            assert_eq!(asked(&mut stage, link), []);
        }
        // A new link may bring a better one.
        let link = stage.bea();
        stage.heard(link);
        stage.item(link, &friends_are(&[id]));
        assert_eq!(asked(&mut stage, link), [id]);
        let key = Bytes::copy_from_slice(cyd.packets());
        stage.item(link, &Item::Discovery(Discovery::PgpKey { id, key }));
        assert_eq!(stage.friends().len(), 2);
    }
}

// [RS-5] [RS-22]
#[test]
fn who_brings_bad_keys_only_is_asked_for_no_more() {
    let mut stage = Stage::with_bea();
    let link = stage.bea();
    stage.heard(link);
    let ids = |from: u8, to: u8| -> Vec<PgpId> {
        (from..to).map(|n| PgpId::from_bytes([n; 8])).collect()
    };
    for from in [0, 100] {
        let some = ids(from, from + 100);
        stage.item(link, &friends_are(&some));
        assert_eq!(asked(&mut stage, link), some);
        for id in some {
            let key = Bytes::from_static(b"no key");
            stage.item(link, &Item::Discovery(Discovery::PgpKey { id, key }));
        }
        stage.pass(std::time::Duration::from_secs(5));
        stage.item(link, &Item::Heartbeat);
    }
    stage.item(link, &friends_are(&ids(200, 210)));
    assert_eq!(asked(&mut stage, link), []);
    assert!(stage.is_open(link));
}

// [RS-5] [RS-22]
#[test]
fn a_large_key_costs_as_much_as_many_words() {
    let mut stage = Stage::with_bea();
    let link = stage.bea();
    let id = profile("cyd").pgp_id();
    let small = Bytes::copy_from_slice(profile("cyd").packets());
    for _ in 0..20 {
        let key = small.clone();
        stage.item(link, &Item::Discovery(Discovery::PgpKey { id, key }));
    }
    assert!(!stage.paused.contains(&link), "as many as that are welcome");
    let key = Bytes::from(vec![0; 200_000]);
    stage.item(link, &Item::Discovery(Discovery::PgpKey { id, key }));
    stage.item(link, &Item::Heartbeat);
    assert!(stage.paused.contains(&link), "reading rests");
}
