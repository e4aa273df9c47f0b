//! How sessions begin and end.

use std::time::Duration;

use bytes::BytesMut;
use gate::Why;
use link::Exchange;
use model::SessionId;

use crate::rig::{CP, CS494, CS594, Rig, Setup, store_with};
use crate::wire::{enter, heartbeat, hello, query, say};

const SECOND: Duration = Duration::from_secs(1);

// [494-8] [594-17] [HUB-14]
#[test]
fn whoever_says_nothing_is_not_kept() {
    let half_an_hour = Duration::from_secs(30 * 60);
    let half_a_minute = Duration::from_secs(30);
    for (wire, deadline) in [
        (CS494, half_a_minute),
        (CS594, half_a_minute),
        (CP, half_an_hour),
    ] {
        let mut rig = Rig::new();
        let session = rig.open(wire);
        rig.pass(deadline - SECOND);
        assert_eq!(rig.closed(session), None, "wire {wire}");
        rig.pass(2 * SECOND);
        assert!(rig.closed(session).is_some(), "wire {wire}");
        assert_eq!(rig.board.len(), 0);
    }
}

// [494-9] [HUB-14]
#[test]
fn heartbeats_keep_a_session_and_come_to_it() {
    let mut rig = Rig::new();
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    rig.pass_alive(28, &[ana]);
    assert_eq!(rig.closed(bo), None);
    rig.pass_alive(4, &[ana]);
    assert_eq!(rig.closed(bo), Some(&Why::Silent));
    let beats = rig
        .got(ana)
        .windows(5)
        .filter(|w| *w == heartbeat())
        .count();
    assert!(beats >= 32 / 5, "at least every five seconds: {beats}");
    rig.pass_alive(300, &[ana]);
    assert_eq!(rig.closed(ana), None);
}

// [494-9] [HUB-14]: the loop is told when to look, and looking then is enough.
#[test]
fn a_silent_session_is_closed_at_its_deadline_without_anything_else_happening() {
    let mut rig = Rig::new();
    let session = rig.person("ana");
    let start = rig.now.instant;
    let mut rounds = 0;
    while rig.closed(session).is_none() {
        let next = rig.board.poll_timeout().expect("there is a deadline");
        assert!(next > rig.now.instant, "which lies ahead");
        rig.now.instant = next;
        rig.round();
        rounds += 1;
    }
    let lasted = rig.now.instant - start;
    assert!(lasted >= Duration::from_secs(30) && lasted < Duration::from_secs(31));
    assert!(rounds < 20, "only heartbeats between: {rounds}");
}

// [HUB-9] [494-12]
#[test]
fn two_thousand_who_go_in_one_round_are_gone_in_one_round() {
    let mut rig = Rig::new();
    let [witness] = rig.people("tea", ["witness"]);
    let crowd: Vec<_> = (0..2_000).map(|n| rig.person(&format!("u{n}"))).collect();
    for who in &crowd {
        rig.send(*who, &enter("tea"));
    }
    rig.settle();
    rig.forget_all();
    for who in &crowd {
        rig.board.lose(*who, rig.now);
    }
    rig.round();
    assert_eq!(rig.closed_count(), 2_000);
    assert_eq!(rig.board.len(), 1);
    assert_eq!(rig.hear(witness), ["in tea: witness"]);
}

// [HUB-9]: each broken line is found while the one before is told of.
#[test]
fn a_room_full_of_broken_lines_empties_in_one_round() {
    let mut rig = Rig::new();
    let [ana] = rig.people("tea", ["ana"]);
    let crowd: Vec<_> = (0..500).map(|n| rig.person(&format!("u{n}"))).collect();
    for who in &crowd {
        rig.send(*who, &enter("tea"));
    }
    rig.settle();
    rig.forget_all();
    for who in &crowd {
        rig.breaks(*who);
    }
    rig.send(ana, &say("tea", "anybody?"));
    rig.round();
    assert_eq!(rig.closed_count(), 500);
    assert_eq!(rig.hear(ana), ["ana in tea: anybody?", "in tea: ana"]);
}

// [HUB-9]
#[test]
fn a_session_that_is_over_touches_nobody() {
    let mut rig = Rig::new();
    let old = rig.person("ana");
    rig.board.lose(old, rig.now);
    rig.round();
    let new = rig.person("bo");
    assert_eq!(new.slot(), old.slot(), "slots are used again");
    assert_ne!(new, old);
    rig.say(new, &enter("tea"));
    rig.forget_all();
    let never = SessionId::new(4_000_000, 3);
    for stranger in [old, never] {
        let now = rig.now;
        let mut bytes = BytesMut::from(&say("tea", "boo")[..]);
        rig.board.receive(stranger, &mut bytes, now);
        assert!(bytes.is_empty());
        rig.board.put_back(stranger, b"rest");
        rig.board.take_rest(stranger, &mut Vec::new());
        rig.board.handle_writable(stranger, &mut rig.far, now);
        rig.board.resume(stranger, now);
        rig.board.set_certificate(stranger, None, [1; 32], now);
        rig.board.end(stranger, now);
        rig.board.lose(stranger, now);
        rig.board.remove(stranger);
        assert!(!rig.board.wants_input(stranger));
    }
    rig.settle();
    assert_eq!(rig.hear(new), [""; 0]);
    assert_eq!(rig.closed(new), None);
    assert_eq!(rig.board.len(), 1);
    let bo = rig.board.exchange().name(new).map(ToString::to_string);
    assert_eq!(bo.as_deref(), Some("bo"));
}

// [HUB-8] [494-10] [594-22] [CP-11]
#[test]
fn everybody_hears_goodbye_on_their_own_wire() {
    let mut rig = Rig::new();
    let [ana] = rig.people("tea", ["ana"]);
    let bo = rig.open(CS594);
    let hello = br#"{"Header":{"OP-CODE":1,"Length":0},"Payload":"bo"}"#;
    rig.say(bo, &[&hello[..], b"\n"].concat());
    let cy = rig.open(CP);
    rig.say(cy, b"USERcy\r\n");
    let nobody = rig.open(CS494);
    rig.forget_all();
    let now = rig.now;
    rig.board.shut_down(now);
    rig.settle();
    assert_eq!(rig.hear(ana), ["goodbye"], "and no more of who else goes");
    let goodbye = rig.got_text(bo);
    assert!(goodbye.contains(r#""OP-CODE":14"#) && goodbye.contains(r#""User-Name":"bo""#));
    assert_eq!(rig.got_text(cy), "");
    for who in [ana, bo, cy, nobody] {
        assert_eq!(rig.closed(who), Some(&Why::Shutdown));
    }
    assert!(rig.board.is_empty());
}

// [HUB-8]
#[test]
fn a_goodbye_waits_for_who_is_behind_and_comes_after_what_was_owed() {
    let mut rig = Rig::new();
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    rig.reads_only(bo, 10);
    rig.say(ana, &say("tea", "last"));
    let now = rig.now;
    rig.board.shut_down(now);
    rig.settle();
    assert_eq!((rig.board.len(), rig.closed(bo)), (1, None));
    rig.reads_all(bo);
    rig.settle();
    assert_eq!(rig.hear(bo), ["ana in tea: last", "goodbye"]);
    assert!(rig.board.is_empty());
}

// [CP-8] [CP-1]: a late answer, and everything that was sent behind the question meanwhile.
#[test]
fn what_is_sent_behind_a_question_waits_for_its_answer() {
    let setup = Setup {
        store: store_with(&["ana"]),
        ..Setup::default()
    };
    let mut rig = Rig::with(setup);
    let ana = rig.open(CP);
    rig.say(
        ana,
        b"USERana\r\nPASSpw-ana\r\nSMSGana:note\r\nRMSG\r\n250 ok\r\nTERM\r\nWHAT\r\n",
    );
    rig.wait_for_text(ana, "255");
    let answers = rig.wait_for("the last answer", |rig| {
        let now = rig.now;
        rig.board.handle_wake(now);
        rig.settle();
        let got = rig.got_text(ana);
        (!got.is_empty()).then_some(got)
    });
    let codes: Vec<_> = answers.lines().map(|line| &line[..3]).collect();
    assert_eq!(codes, ["220", "230", "240", "RMS", "255", "500"]);
}

// [594-16] [CP-11] [494-4]: whoever pipes a session in and closes its side still gets all answers.
#[test]
fn a_peer_that_has_said_all_is_still_answered() {
    let setup = Setup {
        store: store_with(&["cy"]),
        ..Setup::default()
    };
    let mut rig = Rig::with(setup);
    let ana = rig.open(CS494);
    rig.send(
        ana,
        &[hello("ana"), query("ana"), query("bo")[..20].to_vec()].concat(),
    );
    rig.ends(ana);
    rig.settle();
    assert_eq!(rig.hear(ana), ["ana is 1"]);
    assert_eq!(rig.closed(ana), Some(&Why::PeerClosed));

    let cy = rig.open(CP);
    rig.send(cy, b"USERcy\r\nPASSpw-cy\r\nRMSG\r\n");
    rig.ends(cy);
    rig.wait_for("the end", |rig| rig.closed(cy).map(|_| ()));
    let answers = rig.got_text(cy);
    let codes: Vec<_> = answers.lines().map(|line| &line[..3]).collect();
    assert_eq!(codes, ["220", "230", "256"]);
}

// [494-1] [494-2] [494-11] [HUB-9]
#[test]
fn nonsense_is_answered_by_the_wires_error_and_disturbs_nobody() {
    for (wire, nonsense, answer) in [
        (CS494, &[0xFF; 300][..], &[1, 0, 0, 0, 1][..]),
        (CS494, b"GET / HTTP/1.1\r\n\r\n", &[1, 0, 0, 0, 1]),
        (CS594, b"\0\0\0\0\n", b"{\"Header\":{\"OP-CODE\":205"),
        (CP, b"GET / HTTP/1.1\r\n\r\n", b"500"),
    ] {
        let mut rig = Rig::new();
        let [ana, bo] = rig.people("tea", ["ana", "bo"]);
        let stranger = rig.open(wire);
        rig.say(stranger, nonsense);
        let got = rig.got(stranger);
        assert!(got.starts_with(answer), "{wire}: {got:?}");
        assert_eq!(rig.closed(stranger).is_some(), wire == CS494);
        rig.say(ana, &say("tea", "calm"));
        assert_eq!(rig.hear(bo), ["ana in tea: calm"]);
    }
}
