//! The door: one face at a time, and an end.

use bytes::Bytes;
use link::{Door, Happening, Link};
use model::Refusal;
use node::lan::{LanDoor, LanError};

use crate::keys::settings;

/// What a face does at its end: asks no more, and reads to the last happening.
fn leave(link: Link) -> Vec<Happening> {
    let Link {
        commands,
        mut happenings,
        ..
    } = link;
    drop(commands);
    std::iter::from_fn(|| happenings.blocking_recv()).collect()
}

#[test]
fn a_second_face_is_refused_while_there_is_one() {
    // [LAN-50]
    let folder = tempfile::tempdir().unwrap();
    let door = LanDoor::open(settings(folder.path())).unwrap();
    let link = door.admit().unwrap();
    assert_eq!(door.admit().unwrap_err(), Refusal::HubFull);
    assert_eq!(link.features, door.features());
    let told = leave(link);
    assert!(matches!(told.last(), Some(Happening::Ended(_))), "{told:?}");
}

#[test]
fn dropping_the_link_ends_the_node_before_the_door_is_gone() {
    // [LAN-24]
    let folder = tempfile::tempdir().unwrap();
    let door = LanDoor::open(settings(folder.path())).unwrap();
    let link = door.admit().unwrap();
    let commands = link.commands.clone();
    drop(link);
    drop(door);
    assert!(commands.is_closed());
}

#[test]
fn a_link_goes_on_without_its_door() {
    // [LAN-50]
    let folder = tempfile::tempdir().unwrap();
    let door = LanDoor::open(settings(folder.path())).unwrap();
    let link = door.admit().unwrap();
    drop(door);
    assert!(!link.commands.is_closed());
    assert!(matches!(leave(link).last(), Some(Happening::Ended(_))));
}

#[test]
fn who_is_to_be_seen_has_a_port_even_where_the_wish_is_taken() {
    // [LAN-2]
    let [one, other] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let visible = |folder: &tempfile::TempDir, port| {
        let mut settings = settings(folder.path());
        settings.is_visible = true;
        settings.port = port;
        LanDoor::open(settings).unwrap()
    };
    let first = visible(&one, 0);
    let port = first.port().unwrap();
    let second = visible(&other, port);
    assert_ne!(second.port().unwrap(), 0);
    assert_ne!(second.port().unwrap(), port);
    // On both protocols, where this machine has both.
    std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        std::net::TcpStream::connect(("::1", port)).unwrap();
    }
}

#[test]
fn who_only_looks_does_not_listen() {
    // [LAN-2]
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(LanDoor::open(settings(folder.path())).unwrap().port(), None);
}

#[test]
fn a_picture_that_no_record_holds_is_refused() {
    // [LAN-29]
    let folder = tempfile::tempdir().unwrap();
    let with = |size| {
        let mut settings = settings(folder.path());
        settings.picture = Some(Bytes::from(vec![0; size]));
        LanDoor::open(settings)
    };
    assert!(with(65_399).is_ok());
    assert!(matches!(with(65_536), Err(LanError::PictureSize(65_536))));
}
