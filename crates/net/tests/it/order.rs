//! What comes before what.

use std::time::Duration;

use crate::rig::{CS494, CS594, Rig, Setup};
use crate::wire::{direct, enter, farewell, hello, leave, list_rooms, query, say};

/// Without lists of rooms that come when they please.
fn quiet() -> Rig {
    let mut setup = Setup::default();
    setup.cs494.push_room_list = false;
    Rig::with(setup)
}

// [494-4] [494-8] [494-17] [494-21]
#[test]
fn answers_to_one_segment_come_in_the_order_of_its_packets() {
    let mut rig = quiet();
    let ana = rig.open(CS494);
    let segment = [
        hello("ana"),
        query("ana"),
        enter("tea"),
        say("tea", "one"),
        query("bo"),
        say("tea", "two"),
        list_rooms(),
        direct("bo", "psst"),
        direct("ana", "me"),
    ];
    rig.say(ana, &segment.concat());
    let answers = [
        "ana is 1",
        "in tea: ana",
        "ana in tea: one",
        "bo is 0",
        "ana in tea: two",
        "rooms: tea",
        "bo is 0",
        "ana: me",
    ];
    assert_eq!(rig.hear(ana), answers);
    assert_eq!(rig.writes(ana), 1, "a round is one write");
}

// [494-13] [494-17]: within one round.
#[test]
fn who_comes_hears_what_is_said_from_then_on_and_who_leaves_what_was_said_until_then() {
    let mut rig = quiet();
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    let cy = rig.person("cy");
    rig.send(ana, &say("tea", "before"));
    // Sessions are read in the order of their slots: ana, bo, cy.
    rig.send(bo, &leave("tea"));
    rig.send(cy, &[enter("tea"), say("tea", "after")].concat());
    rig.settle();
    let all = ["ana in tea: before", "in tea: ana, cy", "cy in tea: after"];
    assert_eq!(rig.hear(ana), all);
    assert_eq!(rig.hear(bo), ["ana in tea: before"]);
    assert_eq!(rig.hear(cy), ["in tea: ana, cy", "cy in tea: after"]);
}

// [494-10] [494-12]
#[test]
fn a_farewell_is_the_last_that_is_heard_of_somebody() {
    let mut rig = quiet();
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    let last = [say("tea", "well"), farewell("so long"), say("tea", "no")];
    rig.say(ana, &last.concat());
    let heard = ["ana in tea: well", "ana in tea: so long", "in tea: bo"];
    assert_eq!(rig.hear(bo), heard);
    assert_eq!(
        rig.hear(ana),
        ["ana in tea: well"],
        "who has left is no member"
    );
    assert_eq!(rig.closed(ana), Some(&gate::Why::Departed));
}

// [494-19] [HUB-3]
#[test]
fn everybody_on_every_wire_hears_a_room_in_the_same_order() {
    let mut rig = quiet();
    let people = rig.people("tea", ["ana", "bo", "cy"]);
    let dee = rig.open(CS594);
    let packet = |code: u8, payload: &str| {
        format!("{{\"Header\":{{\"OP-CODE\":{code},\"Length\":0}},\"Payload\":{payload}}}\n")
    };
    rig.say(dee, packet(1, r#""dee""#).as_bytes());
    let join = packet(3, r#"{"Room-Name":["tea"],"User-Name":"dee"}"#);
    rig.say(dee, join.as_bytes());
    rig.forget_all();
    for round in 0..5 {
        for (n, who) in people.into_iter().enumerate() {
            for line in 0..3 {
                rig.send(who, &say("tea", &format!("<{round}.{n}.{line}>")));
            }
        }
        let mine =
            format!(r#"{{"Room-Name":["tea"],"User-Name":"dee","Message":"<{round}.dee>"}}"#);
        rig.send(dee, packet(4, &mine).as_bytes());
        rig.round();
    }
    let marks = |text: &str| -> Vec<String> {
        let parts = text.split('<').skip(1);
        parts
            .map(|part| part.split('>').next().unwrap().to_owned())
            .collect()
    };
    let first = marks(&rig.hear(people[0]).join("\n"));
    assert_eq!(first.len(), 5 * 10);
    for (n, _) in people.iter().enumerate() {
        let of = |mark: &&String| mark.split('.').nth(1) == Some(&n.to_string());
        let mine: Vec<_> = first.iter().filter(of).collect();
        assert!(mine.is_sorted(), "{mine:?}");
    }
    for other in &people[1..] {
        assert_eq!(marks(&rig.hear(*other).join("\n")), first);
    }
    assert_eq!(marks(&rig.got_text(dee)), first);
}

// [494-19]: a message to one and one to all keep the order in which they were sent.
#[test]
fn what_is_told_and_what_is_said_keep_their_order() {
    let mut rig = quiet();
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    let words = [
        say("tea", "one"),
        direct("bo", "two"),
        say("tea", "three"),
        direct("bo", "four"),
    ];
    rig.say(ana, &words.concat());
    let heard = [
        "ana in tea: one",
        "ana: two",
        "ana in tea: three",
        "ana: four",
    ];
    assert_eq!(rig.hear(bo), heard);
}

// [494-11] [494-13]
#[test]
fn after_an_error_nothing_more_of_the_segment_is_done() {
    let mut setup = Setup::default();
    setup.hub.limits.rooms_per_user = 1;
    setup.cs494.push_room_list = false;
    let mut rig = Rig::with(setup);
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    rig.say(
        ana,
        &[enter("den"), say("tea", "am I still here?")].concat(),
    );
    assert_eq!(rig.hear(ana), ["error 0x09"]);
    assert_eq!(rig.hear(bo), ["in tea: bo"]);
}

// [494-16] [494-15]: the listing that a round owes is of the round's end.
#[test]
fn coming_and_going_in_one_round_is_one_change() {
    let mut rig = quiet();
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    rig.send(bo, &[leave("tea"), enter("tea"), leave("tea")].concat());
    rig.settle();
    assert_eq!(rig.hear(ana), ["in tea: ana"]);
    assert_eq!(rig.hear(bo), [""; 0]);
    rig.pass(Duration::from_secs(2));
    assert_eq!(rig.hear(ana), [""; 0]);
}
