//! Names, rooms and what membership tells.

use hub::{Limits, Settings};
use link::Exchange;
use model::{Command, Proof, Refusal, Reply, SaidAs, SessionId};

use crate::rig::{Rig, caller, refused, room, tell, text, user};

// [HUB-1] [494-8]
#[test]
fn a_name_is_one_person_whatever_the_wire() {
    let mut rig = Rig::new(Settings::default());
    rig.person("ana");
    for (wire, wished) in [("cs494", "ana"), ("cs594", "ana"), ("cs594", "Ana")] {
        let session = rig.open(&caller(wire, None));
        let reply = rig.sign_in(session, wished);
        assert_eq!(refused(&reply), &Refusal::NameInUse(user(wished)), "{wire}");
    }
}

// [494-12] [594-23] [HUB-1]
#[test]
fn a_connection_that_ends_leaves_rooms_and_name() {
    let mut rig = Rig::new(Settings::default());
    let (ana, bo) = (rig.person("ana"), rig.person("bo"));
    for name in ["tea", "den"] {
        rig.join(ana, name);
    }
    rig.join(bo, "tea");
    rig.seen();
    rig.close(ana);
    assert_eq!(rig.seen(), ["members of tea", "rooms"]);
    assert_eq!(rig.hub.name(ana), None);
    rig.person("ana");
}

// [494-10]
#[test]
fn a_farewell_is_heard_in_every_room_before_the_leaving_is_seen() {
    let mut rig = Rig::new(Settings::default());
    let (ana, bo) = (rig.person("ana"), rig.person("bo"));
    for who in [ana, bo] {
        rig.join(who, "tea");
    }
    rig.join(bo, "den");
    rig.seen();
    let farewell = Some(text("so long"));
    let reply = rig.answer(bo, Command::SignOut { farewell });
    assert!(matches!(reply, Reply::Done));
    let expected = [
        "bo in tea: so long",
        "bo in den: so long",
        "members of tea",
        "rooms",
    ];
    assert_eq!(rig.seen(), expected);
    // The connection may go on, as somebody else.
    assert!(matches!(rig.sign_in(bo, "cy"), Reply::Done));
}

// [494-13] [494-14] [494-16]
#[test]
fn every_change_of_membership_is_told_and_openings_and_closings() {
    let mut rig = Rig::new(Settings::default());
    let (ana, bo) = (rig.person("ana"), rig.person("bo"));
    rig.join(ana, "tea");
    assert_eq!(rig.seen(), ["rooms", "members of tea"]);
    rig.join(bo, "tea");
    assert_eq!(rig.seen(), ["members of tea"]);
    // Already in: the asker alone is answered.
    rig.join(bo, "tea");
    let listing = r#"bo gets members of tea: [UserName("ana"), UserName("bo")]"#;
    assert_eq!(rig.seen(), [listing]);
    let leave = || Command::Leave {
        rooms: vec![room("tea")],
    };
    rig.answer(ana, leave());
    assert_eq!(rig.seen(), ["members of tea"]);
    rig.answer(bo, leave());
    assert_eq!(rig.seen(), ["rooms"]);
    assert_eq!(rig.hub.rooms().len(), 0);
}

// [HUB-3] [494-17] [494-19]
#[test]
fn what_is_said_is_told_once_a_room_in_the_order_it_was_said() {
    let mut rig = Rig::new(Settings::default());
    let (ana, bo) = (rig.person("ana"), rig.person("bo"));
    for who in [ana, bo] {
        rig.join(who, "tea");
    }
    rig.seen();
    for (who, what) in [(ana, "one"), (bo, "two"), (ana, "three")] {
        assert!(matches!(rig.post(who, "tea", what), Reply::Done));
    }
    let said = ["ana in tea: one", "bo in tea: two", "ana in tea: three"];
    assert_eq!(rig.seen(), said);
    let cy = rig.person("cy");
    let outside = rig.post(cy, "tea", "four");
    assert_eq!(refused(&outside), &Refusal::NotMember(room("tea")));
    let nowhere = rig.post(cy, "den", "four");
    assert_eq!(refused(&nowhere), &Refusal::NoSuchRoom(room("den")));
    assert_eq!(rig.seen(), [""; 0]);
}

// [494-17]
#[test]
fn a_setting_of_the_wire_lets_outsiders_speak() {
    let mut rig = Rig::new(Settings::default());
    let (ana, cy) = (rig.person("ana"), rig.person("cy"));
    rig.join(ana, "tea");
    rig.seen();
    let command = Command::Post {
        rooms: vec![room("tea")],
        text: text("hello in there"),
        manner: SaidAs::Post,
        from_outside: true,
    };
    assert!(matches!(rig.answer(cy, command), Reply::Done));
    assert_eq!(rig.seen(), ["cy in tea: hello in there"]);
}

// [494-18]
#[test]
fn a_broadcast_is_one_message_a_room() {
    let mut rig = Rig::new(Settings::default());
    let ana = rig.person("ana");
    for name in ["tea", "den"] {
        rig.join(ana, name);
    }
    rig.seen();
    let text = text("all");
    rig.answer(ana, Command::PostEverywhere { text });
    assert_eq!(rig.seen(), ["ana in tea: all", "ana in den: all"]);
}

// [494-20] [494-21] [594-15] [HUB-4]
#[test]
fn private_messages_and_queries_know_who_is_here() {
    let mut rig = Rig::new(Settings::default());
    let (ana, bo) = (rig.person("ana"), rig.person("bo"));
    let query = |name| Command::Query { user: user(name) };
    for (name, here) in [("bo", true), ("ana", true), ("cy", false), ("Bo", false)] {
        let reply = rig.answer(ana, query(name));
        assert!(
            matches!(reply, Reply::Presence { online, .. } if online == here),
            "{name}"
        );
    }
    rig.answer(ana, tell("bo", "psst"));
    assert_eq!(rig.seen(), ["ana to bo: psst"]);
    rig.close(bo);
    let gone = rig.answer(ana, tell("bo", "psst"));
    assert_eq!(refused(&gone), &Refusal::NoSuchUser("bo".into()));
    let reply = rig.answer(ana, query("bo"));
    assert!(matches!(reply, Reply::Presence { online: false, .. }));
}

// [HUB-11] [594-11]
#[test]
fn limits_are_the_settings_ones() {
    let settings = Settings {
        limits: Limits {
            users: 2,
            rooms: 1,
            ..Limits::default()
        },
        ..Settings::default()
    };
    let mut rig = Rig::new(settings);
    let ana = rig.person("ana");
    rig.person("bo");
    let third = rig.open(&caller("cs494", None));
    assert_eq!(refused(&rig.sign_in(third, "cy")), &Refusal::HubFull);
    rig.join(ana, "tea");
    let rooms = vec![room("tea"), room("den")];
    let reply = rig.answer(ana, Command::Join { rooms });
    assert_eq!(refused(&reply), &Refusal::TooManyRooms);
}

// [594-12]
#[test]
fn a_setting_sends_listings_to_all_of_that_wire() {
    for (setting, wire, hearers) in [
        (None, "cs594", vec![]),
        (Some("cs594"), "cs594", vec!["bo"]),
        (Some("cs594"), "cs494", vec![]),
    ] {
        let settings = Settings {
            listings_to_all: setting,
            ..Settings::default()
        };
        let mut rig = Rig::new(settings);
        let ana = rig.open(&caller(wire, None));
        rig.sign_in(ana, "ana");
        let bo = rig.open(&caller("cs594", None));
        rig.sign_in(bo, "bo");
        let cy = rig.open(&caller("cs494", None));
        rig.sign_in(cy, "cy");
        for who in [ana, bo, cy] {
            rig.join(who, "tea");
        }
        rig.seen();
        let room = room("tea");
        let reply = rig.answer(ana, Command::ListMembers { room });
        assert!(matches!(reply, Reply::Members { names, .. } if names.len() == 3));
        let members = r#"[UserName("ana"), UserName("bo"), UserName("cy")]"#;
        let expected: Vec<_> = hearers
            .iter()
            .map(|name| format!("{name} gets members of tea: {members}"))
            .collect();
        assert_eq!(rig.seen(), expected, "{setting:?} {wire}");
    }
}

// [HUB-9]
#[test]
fn a_session_that_is_over_or_never_was_disturbs_nobody() {
    let mut rig = Rig::new(Settings::default());
    let ana = rig.person("ana");
    rig.join(ana, "tea");
    let old = SessionId::new(u32::try_from(ana.slot()).unwrap(), 7);
    let never = SessionId::new(99, 1);
    rig.seen();
    for stranger in [old, never] {
        rig.close(stranger);
        rig.hub.confirm_letters(stranger, rig.now);
        let reply = rig.post(stranger, "tea", "boo");
        assert_eq!(refused(&reply), &Refusal::NotSignedIn);
    }
    assert_eq!(rig.seen(), [""; 0]);
    assert_eq!(rig.hub.name(ana), Some(&user("ana")));
}

// [594-21]
#[test]
fn nobody_signs_in_twice() {
    let mut rig = Rig::new(Settings::default());
    let ana = rig.person("ana");
    assert_eq!(refused(&rig.sign_in(ana, "bo")), &Refusal::AlreadySignedIn);
    let proof = Proof::Password(model::Secret::new("x".to_owned()));
    let name = user("bo");
    let reply = rig.answer(ana, Command::SignIn { name, proof });
    assert_eq!(refused(&reply), &Refusal::AlreadySignedIn);
}
