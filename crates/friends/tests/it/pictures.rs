//! Pictures [RS-11].

use bytes::Bytes;
use friends::Closed;
use friends::api::{Notice, Report, Request};
use wire_retroshare::chat::{Chat, flags};
use wire_retroshare::{Item, ServiceList};

use crate::rig::{Net, other_machine, profile};
use crate::stage::{Stage, invite};

// [RS-11]
#[test]
fn pictures_are_announced_asked_for_and_kept() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let picture = [&b"\x89PNG\r\n\x1a\n"[..], &[7; 3000]].concat();
    net.done(ana, Request::SetAvatar(Some(picture.clone())));
    net.run(2);
    let who = net.pgp_id(ana).to_string();
    let shown = |net: &mut Net| match net.ask(bea, Request::Avatar { who: who.clone() }) {
        Report::Picture(image) => image,
        other => panic!("{other:?}"),
    };
    assert_eq!(shown(&mut net), picture);
    let hash = net.friend(bea, ana).avatar;
    assert_eq!(hash.as_ref().map(String::len), Some(40));
    net.kill(bea);
    net.start(bea);
    assert_eq!(shown(&mut net), picture, "kept");
    // Another one, while Bea was away.
    net.kill(bea);
    let other = [&b"\xff\xd8\xff"[..], &[9; 100]].concat();
    net.run(10);
    net.done(ana, Request::SetAvatar(Some(other.clone())));
    net.start(bea);
    net.run(20);
    assert_eq!(shown(&mut net), other);
    for bad in [
        vec![1, 2, 3],
        [&b"\x89PNG\r\n\x1a\n"[..], &[7; 40_000]].concat(),
    ] {
        let why = net.refused(ana, Request::SetAvatar(Some(bad)));
        assert!(why.contains("PNG or JPEG"), "{why}");
    }
}

// [RS-11]
#[test]
fn a_picture_that_is_taken_back_is_gone_at_all_friends() {
    let (mut net, [ana, bea, cyd]) = Net::of_friends(["ana", "bea", "cyd"]);
    let picture = [&b"\x89PNG\r\n\x1a\n"[..], &[7; 3000]].concat();
    net.done(ana, Request::SetAvatar(Some(picture.clone())));
    net.run(2);
    assert!(net.friend(bea, ana).avatar.is_some() && net.friend(cyd, ana).avatar.is_some());
    net.kill(cyd);
    net.run(1);
    net.take_notices(bea);
    net.done(ana, Request::SetAvatar(None));
    net.run(1);
    assert_eq!(net.friend(bea, ana).avatar, None);
    let who = net.profile(ana).name().to_owned();
    let is_told = |notice: &Notice| matches!(notice, Notice::Friend(friend) if friend.name == who && friend.avatar.is_none());
    assert!(net.take_notices(bea).iter().any(is_told));
    // Also at who comes later, and when we have been away ourselves.
    net.kill(ana);
    net.start(ana);
    net.start(cyd);
    net.run(30);
    assert_eq!(net.friend(cyd, ana).avatar, None);
    net.kill(bea);
    net.start(bea);
    assert_eq!(net.friend(bea, ana).avatar, None, "kept");
    // Another one is shown as ever.
    net.done(ana, Request::SetAvatar(Some(picture)));
    net.run(30);
    assert!(net.friend(bea, ana).avatar.is_some() && net.friend(cyd, ana).avatar.is_some());
}

/// Items about pictures.
fn pictures(items: Vec<Item>) -> Vec<Chat> {
    let chat = items.into_iter().filter_map(|item| match item {
        Item::Chat(chat) => Some(chat),
        _ => None,
    });
    let is_one = |chat: &Chat| match chat {
        Chat::Avatar(_) | Chat::AvatarInfo { .. } => true,
        Chat::Message { flags: bits, .. } => bits & flags::ASKS_AVATAR != 0,
        Chat::Status { .. } | Chat::Room(_) => false,
    };
    chat.filter(is_one).collect()
}

fn asks_picture(sent_at: u32) -> Chat {
    Chat::Message {
        flags: flags::PRIVATE | flags::ASKS_AVATAR,
        sent_at,
        text: String::new(),
    }
}

// [RS-11] [RS-21] A real node forgets a picture for which it gets an empty one, asked for or not.
#[test]
fn real_nodes_get_an_empty_picture_for_one_that_is_gone() {
    let mut stage = Stage::with_bea();
    let first = stage.bea();
    assert_eq!(pictures(stage.heard(first)), [], "there never was one");
    stage.item(first, &Item::Chat(asks_picture(0)));
    assert_eq!(pictures(stage.heard(first)), []);
    let picture = b"\xff\xd8\xff, and so on".to_vec();
    stage.ask(Request::SetAvatar(Some(picture.clone())));
    let timestamp = (stage.now.wall.0 / 1000) as u32;
    assert_eq!(
        pictures(stage.heard(first)),
        [Chat::AvatarInfo { timestamp }]
    );
    stage.item(first, &Item::Chat(asks_picture(0)));
    assert_eq!(pictures(stage.heard(first)), [Chat::Avatar(picture.into())]);
    stage.ask(Request::SetAvatar(None));
    let none = Chat::Avatar(Bytes::new());
    assert_eq!(pictures(stage.heard(first)), std::slice::from_ref(&none));
    stage.item(first, &Item::Chat(asks_picture(0)));
    assert_eq!(pictures(stage.heard(first)), std::slice::from_ref(&none));
    stage.node.handle_closed(first, Closed::Ended, stage.now);
    stage.obey();
    stage.restart();
    let second = stage.bea();
    assert_eq!(pictures(stage.heard(second)), [none]);
}

// [RS-11] [RS-21] A real node that shows no picture any more says that it has changed, and gives an empty one.
#[test]
fn a_real_nodes_picture_that_is_gone_is_forgotten() {
    let mut stage = Stage::with_bea();
    let id = stage.bea();
    let now = (stage.now.wall.0 / 1000) as u32;
    let shows = |stage: &mut Stage, timestamp, image: &[u8]| {
        stage.heard(id);
        stage.item(id, &Item::Chat(Chat::AvatarInfo { timestamp }));
        assert_eq!(
            pictures(stage.heard(id)),
            [asks_picture(now)],
            "{timestamp}"
        );
        let image = Bytes::copy_from_slice(image);
        stage.item(id, &Item::Chat(Chat::Avatar(image)));
        stage.friends()[0].avatar.is_some()
    };
    let picture = b"\xff\xd8\xff, and so on";
    assert!(shows(&mut stage, 5, picture));
    assert!(!shows(&mut stage, 6, b""));
    stage.restart();
    assert_eq!(stage.friends()[0].avatar, None, "kept");
}

// [RS-11] [RS-21]
#[test]
fn a_picture_of_unknown_age_is_asked_for() {
    let mut stage = Stage::with_bea();
    let id = stage.bea();
    stage.heard(id);
    for image in [b"\xff\xd8\xff, one", b"\xff\xd8\xff, two"] {
        stage.item(id, &Item::Chat(Chat::AvatarInfo { timestamp: 0 }));
        assert_eq!(pictures(stage.heard(id)).len(), 1);
        let image = Bytes::from_static(image);
        stage.item(id, &Item::Chat(Chat::Avatar(image.clone())));
        let who = profile("bea").pgp_id().to_string();
        let report = stage.ask(Request::Avatar { who });
        assert!(matches!(report, Report::Picture(shown) if shown == image));
    }
}

// [RS-11]
#[test]
fn one_machine_takes_back_no_picture_of_another() {
    let mut stage = Stage::with_bea();
    let first = stage.bea();
    let info = |timestamp| Item::Chat(Chat::AvatarInfo { timestamp });
    let image = |image: &'static [u8]| Item::Chat(Chat::Avatar(Bytes::from_static(image)));
    stage.item(first, &info(5));
    stage.item(first, &image(b"\xff\xd8\xff, and so on"));
    stage.add(invite(
        &other_machine("bea", "cyd"),
        profile("bea").fingerprint(),
        "bea",
    ));
    let second = stage.call([10, 0, 0, 3], &other_machine("bea", "cyd"));
    stage.item(second, &Item::ServiceInfo(ServiceList::ours()));
    stage.item(second, &image(b""));
    assert!(stage.friends()[0].avatar.is_some());
    stage.item(first, &image(b""));
    assert_eq!(stage.friends()[0].avatar, None);
}
