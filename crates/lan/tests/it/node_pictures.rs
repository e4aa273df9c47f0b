//! Pictures of others: asked for once, checked, kept.

use bytes::Bytes;
use lan::{MAX_PICTURE, Output};
use model::Signal;
use sha1::{Digest, Sha1};

use crate::node_rig::{Net, SECOND, Who};

fn hash(data: &[u8]) -> String {
    Sha1::digest(data)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

fn stored(net: &Net, who: Who) -> Vec<(String, usize)> {
    let stored = net.machines[who]
        .log
        .iter()
        .filter_map(|output| match output {
            Output::StorePicture { hash, data, .. } => Some((hash.clone(), data.len())),
            _ => None,
        });
    stored.collect()
}

fn shown(net: &Net, who: Who) -> Option<String> {
    let contacts = net.signals(who).filter_map(|signal| match signal {
        Signal::Contact(contact) => Some(contact.picture.as_deref().map(str::to_owned)),
        _ => None,
    });
    contacts.last().flatten()
}

fn pictured(net: &mut Net, name: &'static str, picture: &Bytes) -> Who {
    let mut config = Net::config(name);
    config.picture = Some(picture.clone());
    net.node_with(name, config)
}

#[test]
fn a_picture_is_fetched_checked_and_kept() {
    // [LAN-31]
    let mut net = Net::new();
    let picture = Bytes::from(vec![7; 5_000]);
    let ana = net.node("ana@abox");
    net.run(SECOND * 3);
    pictured(&mut net, "bo@bbox", &picture);
    net.run(SECOND * 10);
    assert_eq!(stored(&net, ana), [(hash(&picture), 5_000)]);
    assert_eq!(shown(&net, ana), Some(hash(&picture)));
}

#[test]
fn a_picture_in_the_store_is_not_asked_for() {
    // [LAN-30]
    let mut net = Net::new();
    let picture = Bytes::from(vec![7; 5_000]);
    let mut config = Net::config("ana@abox");
    config.pictures = vec![hash(&picture)];
    let ana = net.node_with("ana@abox", config);
    pictured(&mut net, "bo@bbox", &picture);
    net.run(SECOND * 10);
    assert!(stored(&net, ana).is_empty());
    assert_eq!(shown(&net, ana), Some(hash(&picture)));
}

#[test]
fn what_does_not_fit_the_hash_is_not_kept() {
    // [LAN-31]
    let mut net = Net::new();
    let ana = net.node("ana@abox");
    let profile = lan::txt::Profile {
        picture: Some("ab".repeat(20)),
        ..Default::default()
    };
    net.raw_with("eve@evebox", profile, Some(Bytes::from_static(b"not that")));
    net.run(SECOND * 30);
    assert!(stored(&net, ana).is_empty());
    assert_eq!(shown(&net, ana), None);
    assert_eq!(net.contacts(ana), ["eve@evebox"]);
}

#[test]
fn a_picture_that_is_too_large_is_not_published() {
    // [LAN-29]
    let mut net = Net::new();
    let ana = net.node("ana@abox");
    pictured(&mut net, "bo@bbox", &Bytes::from(vec![7; MAX_PICTURE + 1]));
    net.run(SECOND * 10);
    assert!(stored(&net, ana).is_empty());
    assert_eq!(shown(&net, ana), None);
}
