//! Letters to owners who are here: gone from the mailbox only when they have surely arrived.

use model::SessionId;

use crate::rig::{CP, CS494, CS594, Rig, Setup, store_with};
use crate::wire::{direct, heartbeat, hello};

/// ana's owner is here on cs494, and somebody has an open mailbox session on cp.
fn scene() -> (Rig, SessionId, SessionId) {
    let mut setup = Setup {
        store: store_with(&["ana", "cy"]),
        ..Setup::default()
    };
    setup.cs494.push_room_list = false;
    let mut rig = Rig::with(setup);
    let ana = rig.open(CS494);
    let now = rig.now;
    rig.board.set_certificate(ana, None, [1; 32], now);
    rig.say(ana, &hello("ana"));
    let cy = rig.open(CP);
    rig.say(cy, b"USERcy\r\nPASSpw-cy\r\n");
    rig.wait_for_text(cy, "230");
    rig.forget_all();
    (rig, ana, cy)
}

// [CP-14] [HUB-4]
#[test]
fn a_letter_leaves_the_mailbox_when_its_receiver_shows_life_after_it() {
    let (mut rig, ana, cy) = scene();
    rig.say(cy, b"SMSGana:hello\r\n");
    rig.wait_for_text(cy, "240");
    assert_eq!(rig.hear(ana), ["cy: hello"]);
    assert_eq!(rig.letters("ana"), 1);
    rig.say(ana, &heartbeat());
    rig.wait_for("the removal", |rig| (rig.letters("ana") == 0).then_some(()));
}

// [CP-14]
#[test]
fn life_shown_before_the_letter_was_flushed_proves_nothing() {
    let (mut rig, ana, cy) = scene();
    rig.reads_only(ana, 20);
    rig.say(cy, b"SMSGana:hello\r\n");
    rig.wait_for_text(cy, "240");
    // Half of it is with the socket, the rest waits here.
    rig.say(ana, &heartbeat());
    rig.say(ana, &heartbeat());
    assert_eq!(rig.letters("ana"), 1);
    rig.reads_all(ana);
    rig.settle();
    assert_eq!(rig.hear(ana), ["cy: hello"]);
    assert_eq!(rig.letters("ana"), 1);
    rig.say(ana, &heartbeat());
    rig.wait_for("the removal", |rig| (rig.letters("ana") == 0).then_some(()));
}

// [CP-14] [HUB-10]
#[test]
fn life_shown_while_the_letter_waits_inside_tls_proves_nothing() {
    let (mut rig, ana, cy) = scene();
    rig.holds(ana, true);
    rig.say(cy, b"SMSGana:hello\r\n");
    rig.wait_for_text(cy, "240");
    rig.say(ana, &heartbeat());
    rig.say(ana, &heartbeat());
    assert_eq!(rig.letters("ana"), 1);
    rig.holds(ana, false);
    rig.settle();
    assert_eq!(rig.letters("ana"), 1);
    rig.say(ana, &heartbeat());
    rig.wait_for("the removal", |rig| (rig.letters("ana") == 0).then_some(()));
}

// [CP-14] [594-26]
#[test]
fn life_shown_while_the_letter_waits_for_its_pace_proves_nothing() {
    let (mut rig, ana, cy) = scene();
    rig.board.lose(ana, rig.now);
    rig.settle();
    // The author's kind of client: a packet at a time, without a line end.
    let ana = rig.open(CS594);
    let now = rig.now;
    rig.board.set_certificate(ana, None, [1; 32], now);
    let connect = br#"{"Header":{"OP-CODE":1,"Length":5},"Payload":"ana"}"#;
    rig.say(ana, connect);
    assert!(rig.got_text(ana).contains("\"OP-CODE\":2"));
    // Two letters: the second is held back for its pace.
    rig.say(cy, b"SMSGana:one\r\nSMSGana:two\r\n");
    rig.wait_for("both", |rig| (rig.letters("ana") == 2).then_some(()));
    rig.settle();
    let first = rig.got_text(ana);
    assert!(!(first.contains("one") && first.contains("two")), "{first}");
    // A request lets the next packet go, and is no proof for it.
    rig.say(ana, br#"{"Header":{"OP-CODE":6,"Length":2},"Payload":""}"#);
    assert_eq!(rig.letters("ana"), 2, "neither is known to have come");
}

// [CP-14]
#[test]
fn a_letter_to_somebody_who_is_cut_off_stays() {
    let (mut rig, ana, cy) = scene();
    rig.reads_only(ana, 20);
    rig.say(cy, b"SMSGana:hello\r\n");
    rig.wait_for_text(cy, "240");
    rig.breaks(ana);
    rig.settle();
    assert!(rig.closed(ana).is_some());
    let again = rig.open(CS494);
    let now = rig.now;
    rig.board.set_certificate(again, None, [1; 32], now);
    rig.say(again, &hello("ana"));
    let heard = rig.wait_for("the letter", |rig| {
        let heard = rig.hear(again);
        (!heard.is_empty()).then_some(heard)
    });
    assert_eq!(heard, ["cy: hello"]);
    assert_eq!(rig.letters("ana"), 1);
}

// [CP-14] [494-20]: what is told on a wire without mailboxes waits for an owner who is away.
#[test]
fn a_private_message_to_an_owner_who_is_away_comes_when_they_do() {
    let (mut rig, ana, _) = scene();
    rig.board.lose(ana, rig.now);
    rig.settle();
    let bo = rig.person("bo");
    rig.say(bo, &direct("ana", "for later"));
    let told = rig.wait_for("an answer", |rig| {
        let heard = rig.hear(bo);
        (!heard.is_empty()).then_some(heard)
    });
    assert_eq!(told, ["ana is 0"], "kept, and yet not here");
    assert_eq!(rig.letters("ana"), 1);
    let again = rig.open(CS494);
    let now = rig.now;
    rig.board.set_certificate(again, None, [1; 32], now);
    rig.say(again, &hello("ana"));
    let heard = rig.wait_for("the letter", |rig| {
        let heard = rig.hear(again);
        (!heard.is_empty()).then_some(heard)
    });
    assert_eq!(heard, ["bo: for later"]);
    rig.say(again, &heartbeat());
    rig.wait_for("the removal", |rig| (rig.letters("ana") == 0).then_some(()));
}
