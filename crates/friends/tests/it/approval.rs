//! Who was approved before their key was known: which key it may be [RS-3] [RS-2].

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use friends::ConnectionId;
use friends::api::{Friend, Notice, Report, Request, Standing};
use rand::SeedableRng;
use rand::rngs::StdRng;
use wire_retroshare::discovery::Discovery;
use wire_retroshare::location::{assemble, tbs};
use wire_retroshare::{Certificate, Fingerprint, Item, LocationCertificate, ServiceList};

use crate::golden::identity;
use crate::rig::{certificate, key, profile};
use crate::stage::{Stage, certificate_text, contact, invite, spki_of};

fn real_certificate() -> Vec<u8> {
    let text = identity("location_certificate_der_base64 ");
    BASE64_STANDARD.decode(text).expect("as recorded")
}

fn real_key() -> Bytes {
    let text = Certificate::parse(&identity("certificate_text "));
    text.expect("as recorded").pgp_key
}

fn key_item(der: &[u8], key: impl Into<Bytes>) -> Item {
    let certificate = LocationCertificate::parse(der).expect("a certificate");
    let (id, key) = (certificate.issuer_pgp_id(), key.into());
    Item::Discovery(Discovery::PgpKey { id, key })
}

/// Somebody calls, is approved by the id, and calls again; what was asked of the person is the first
/// answer.
fn approved(stage: &mut Stage, der: &[u8]) -> (String, Friend, ConnectionId) {
    let knock = stage.call([10, 0, 0, 9], der);
    assert!(!stage.is_open(knock), "nobody has approved them");
    let asked = stage.notices.drain(..).find_map(|notice| match notice {
        Notice::Approval { sentence, .. } => Some(sentence),
        _ => None,
    });
    let who = LocationCertificate::parse(der)
        .expect("a certificate")
        .issuer_pgp_id()
        .to_string();
    let friend = match stage.ask(Request::Approve { who }) {
        Report::Friend(friend) => *friend,
        other => panic!("not approved: {other:?}"),
    };
    let link = stage.call([10, 0, 0, 9], der);
    assert!(stage.is_open(link));
    stage.item(link, &Item::ServiceInfo(ServiceList::ours()));
    stage.item(link, &contact(der, "1"));
    (asked.expect("asked"), friend, link)
}

fn only(stage: &mut Stage) -> Friend {
    let mut all = stage.friends();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn warnings(stage: &mut Stage) -> Vec<String> {
    let notices = stage.notices.drain(..);
    notices
        .filter_map(|notice| match notice {
            Notice::Warning(sentence) => Some(sentence),
            _ => None,
        })
        .collect()
}

// [RS-3] [RS-21] The certificate of a real node tells the whole fingerprint: it is what the person compares,
// and from the approval on no other key will do.
#[test]
fn a_caller_who_tells_a_fingerprint_is_approved_by_it() {
    let der = real_certificate();
    let fingerprint = identity("pgp_fingerprint ");
    let mut stage = Stage::alone();
    let (asked, friend, link) = approved(&mut stage, &der);
    assert!(asked.contains(&fingerprint), "{asked}");
    assert_eq!(friend.fingerprint, fingerprint);
    stage.item(link, &key_item(&der, real_key()));
    assert_eq!(only(&mut stage).name, "nodeA");
    assert!(warnings(&mut stage).is_empty(), "it was compared already");
}

// [RS-3] Of others the id alone is known; the fingerprint is told when the key has come.
#[test]
fn a_caller_of_whom_the_id_alone_is_known_is_compared_when_the_key_comes() {
    let der = certificate("bea");
    let mut stage = Stage::alone();
    let (asked, friend, link) = approved(&mut stage, &der);
    assert!(asked.contains("compare the id"), "{asked}");
    assert_eq!(friend.fingerprint, "");
    stage.item(link, &key_item(&der, profile("bea").packets().to_vec()));
    let fingerprint = profile("bea").fingerprint().to_string();
    assert_eq!(only(&mut stage).fingerprint, fingerprint);
    let told = warnings(&mut stage);
    assert_eq!(told.len(), 1);
    assert!(told[0].contains(&fingerprint), "{told:?}");
}

// [RS-3] [RS-22] The first key has to have the id, and to have signed the machine that was approved.
#[test]
fn no_key_but_the_one_that_has_signed_the_machine_is_taken() {
    // Signed by Cyd, in the name of Bea: before her key is known nobody can tell.
    let document = tbs(profile("bea").pgp_id(), &spki_of("cyd"));
    let mut rng = StdRng::seed_from_u64(3);
    let signature = key("cyd").sign_detached(&document, 1_700_000_000, &mut rng);
    let forged = assemble(&document, &signature.expect("signed"));
    for (der, key, why) in [
        (certificate("bea"), "cyd", "another one"),
        (forged.clone(), "cyd", "another one"),
        (forged, "bea", "signature"),
    ] {
        let mut stage = Stage::alone();
        let (_, _, link) = approved(&mut stage, &der);
        stage.item(link, &key_item(&der, profile(key).packets().to_vec()));
        assert!(!stage.is_open(link), "the link is ended");
        let told = warnings(&mut stage);
        assert!(told.iter().any(|told| told.contains(why)), "{told:?}");
        let bea = only(&mut stage);
        assert_eq!(
            (bea.fingerprint.as_str(), bea.standing),
            ("", Standing::Friend)
        );
    }
}

// [RS-3] [RS-22] What is pinned by its whole fingerprint stays that key.
#[test]
fn a_known_fingerprint_never_becomes_another() {
    let mut bytes = *profile("bea").fingerprint().as_bytes();
    bytes[0] ^= 1;
    let other = Fingerprint::from_bytes(bytes);
    assert_eq!(
        other.pgp_id(),
        profile("bea").pgp_id(),
        "the id is the same"
    );
    let invite = |fingerprint| invite(&certificate("bea"), fingerprint, "bea");
    // By the key itself, and by an invite.
    for first in [
        certificate_text("bea"),
        invite(profile("bea").fingerprint()),
    ] {
        let mut stage = Stage::alone();
        stage.add(first);
        let text = invite(other);
        match stage.ask(Request::Add { text }) {
            Report::Refused(why) => assert!(why.contains("another key"), "{why}"),
            answer => panic!("{answer:?}"),
        }
        let fingerprint = profile("bea").fingerprint().to_string();
        assert_eq!(only(&mut stage).fingerprint, fingerprint);
    }
    // A key of the same id that is not the one that was meant.
    let mut stage = Stage::alone();
    stage.add(invite(other));
    let link = stage.bea();
    stage.item(link, &contact(&certificate("bea"), "1"));
    let key = key_item(&certificate("bea"), profile("bea").packets().to_vec());
    stage.item(link, &key);
    assert!(!stage.is_open(link));
    assert_eq!(only(&mut stage).fingerprint, other.to_string());
}

// [RS-3] [RS-22] What a stranger claims binds nobody: the certificate of the friend who is meant counts.
#[test]
fn a_claim_is_forgotten_when_the_person_adds_a_text() {
    let der = real_certificate();
    let mut stage = Stage::alone();
    stage.call([10, 0, 0, 9], &der);
    assert_eq!(only(&mut stage).fingerprint, identity("pgp_fingerprint "));
    // Over a restart it is still the one to compare.
    stage.restart();
    assert_eq!(only(&mut stage).fingerprint, identity("pgp_fingerprint "));
    let mut bytes: [u8; 20] = *identity("pgp_fingerprint ")
        .parse::<Fingerprint>()
        .expect("as recorded")
        .as_bytes();
    bytes[0] ^= 1;
    let other = Fingerprint::from_bytes(bytes);
    stage.add(invite(&der, other, "the real one"));
    assert_eq!(only(&mut stage).fingerprint, other.to_string());
}
