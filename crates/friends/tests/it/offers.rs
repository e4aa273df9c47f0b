//! Single files on offer, as far as the node joins the parts [RS-16] [RS-20].

use std::path::PathBuf;

use friends::RequestId;
use friends::api::{OfferToUs, OwnOffer, Report, Request, SendState};
use identity::{KeyBits, ProfileKey};
use rand::SeedableRng;
use wire_retroshare::{Certificate, Item, ServiceList};

use crate::rig::{Net, profile};
use crate::stage::{Stage, certificate_text, spki_of, words};

fn offer(net: &mut Net, from: usize, to: usize) {
    let file = PathBuf::from("/ana/film.ogv");
    net.hosts[from].files.insert(file.clone(), vec![7; 1000]);
    let who = net.pgp_id(to).to_string();
    let now = net.now();
    let id = RequestId(80_000);
    net.with(from, |node| {
        node.handle_request(id, Request::Offer { who, file }, now);
    });
    net.run(5);
    let report = net.hosts[from].reports.remove(&id);
    assert!(matches!(report, Some(Report::Offered(_))), "{report:?}");
}

fn offers(net: &mut Net, at: usize) -> (Vec<OwnOffer>, Vec<OfferToUs>) {
    match net.ask(at, Request::Offers) {
        Report::Offers { ours, theirs } => (ours, theirs),
        other => panic!("{other:?}"),
    }
}

// [RS-11] [RS-20] Who takes files has not read what was said.
#[test]
fn to_look_at_offers_makes_nothing_seen() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.say(ana, bea, "look at what comes");
    offer(&mut net, ana, bea);
    net.run(1);
    for _ in 0..2 {
        let theirs = offers(&mut net, bea).1;
        let [one] = &theirs[..] else {
            panic!("{theirs:?}")
        };
        assert_eq!((&one.who[..], &one.link.name[..]), ("ana", "film.ogv"));
        net.kill(bea);
        net.start(bea);
    }
    let Report::Unread(unread) = net.ask(bea, Request::Watch) else {
        panic!("no answer");
    };
    assert_eq!(unread.len(), 2);
    assert_eq!(
        offers(&mut net, bea).1.len(),
        1,
        "nor does reading take a file"
    );
}

// [RS-11] [RS-16]
#[test]
fn an_offer_that_waits_is_not_said_once_it_is_taken_back() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.kill(bea);
    net.run(15);
    offer(&mut net, ana, bea);
    let waits = |net: &mut Net| match net.ask(ana, Request::Outbox) {
        Report::Outbox(waiting) => waiting.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(waits(&mut net), 1);
    let (ours, _) = offers(&mut net, ana);
    let request = Request::Unoffer {
        file: ours[0].path.clone(),
        who: Some("bea".into()),
    };
    let report = net.ask(ana, request.clone());
    let Report::Unoffered { from, still } = report else {
        panic!("{report:?}");
    };
    assert_eq!((&from[..], still.len()), (&["bea".to_owned()][..], 0));
    assert_eq!(waits(&mut net), 0);
    let who = net.pgp_id(bea).to_string();
    let history = Request::History {
        who,
        before: None,
        limit: 10,
    };
    let Report::Said(said) = net.ask(ana, history) else {
        panic!("no history");
    };
    assert_eq!(said[0].state, SendState::Dropped);
    assert!(matches!(net.ask(ana, request), Report::Refused(_)));
    net.start(bea);
    net.run(15);
    assert!(offers(&mut net, bea).1.is_empty());
    assert!(net.heard(bea, ana).is_empty());
}

// [RS-20] [RS-22] A friend who takes another's id for a name offers in nobody else's.
#[test]
fn an_offer_is_of_whoever_said_it_whatever_they_are_called() {
    let cyd = profile("cyd").pgp_id();
    let mut rng = rand::rngs::StdRng::seed_from_u64(7);
    let name = cyd.to_string();
    let key = ProfileKey::generate(&name, None, KeyBits::Rsa2048, 1_700_000_000, &mut rng);
    let key = key.expect("made");
    let machine = key.sign_location(&spki_of("cyd"), 1_700_000_000, &mut rng);
    let machine = machine.expect("signed");
    let text = Certificate {
        pgp_key: key.public().packets().to_vec().into(),
        location: Some((machine.location_id(), "x".into())),
        external: None,
        local: None,
        dns: None,
        hidden: None,
        locators: Vec::new(),
    };
    let mut stage = Stage::alone();
    stage.add(certificate_text("cyd"));
    stage.add(text.to_text(true));
    let link = stage.call([10, 0, 0, 9], machine.der());
    stage.item(link, &Item::ServiceInfo(ServiceList::ours()));
    let hash = "7".repeat(40);
    let said = format!("retroshare://file?name=x&size=7&hash={hash}");
    stage.item(link, &words(&said));
    let Report::Offers { theirs, .. } = stage.ask(Request::Offers) else {
        panic!("no offers");
    };
    assert_eq!(theirs.len(), 1);
    let key_of = |id: &dyn std::fmt::Display| format!("offered-by {id} {hash}");
    let kept = |key: String| stage.kept.keys().any(|(_, kept)| *kept == key);
    assert!(kept(key_of(&key.public().pgp_id())));
    assert!(!kept(key_of(&cyd)));
    // Nor is what is answered to them for Cyd's eyes.
    let who = theirs[0].who.clone();
    let text = "thank you".into();
    let say = Request::Say { who, text };
    assert!(matches!(stage.ask(say), Report::Queued { .. }));
    let history = |who: String| Request::History {
        who,
        before: None,
        limit: 10,
    };
    for (who, count) in [(key.public().pgp_id(), 2), (cyd, 0)] {
        let report = stage.ask(history(who.to_string()));
        assert!(
            matches!(&report, Report::Said(said) if said.len() == count),
            "{report:?}"
        );
    }
}
