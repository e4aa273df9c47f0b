//! Who is in a room, which rooms there are: told once a round, to the slow only the newest.

use std::time::Duration;

use crate::rig::{CS494, Rig, Setup};
use crate::wire::{enter, hello, leave, list_rooms, say};

fn setup() -> Setup {
    let mut setup = Setup::default();
    setup.cs494.push_room_list = false;
    setup
}

// [494-15] [494-13]
#[test]
fn three_hundred_who_join_at_once_cost_one_listing_each() {
    let mut rig = Rig::with(setup());
    let everybody: Vec<_> = (0..300).map(|n| rig.person(&format!("u{n}"))).collect();
    for who in &everybody {
        rig.send(*who, &enter("tea"));
    }
    rig.settle();
    let names: Vec<_> = (0..300).map(|n| format!("u{n}")).collect();
    let listing = format!("in tea: {}", names.join(", "));
    for who in &everybody {
        assert_eq!(rig.hear(*who), [listing.as_str()]);
    }
}

// [494-15]
#[test]
fn strict_listings_are_one_for_every_change() {
    let mut setup = setup();
    setup.board.strict_listings = true;
    let mut rig = Rig::with(setup);
    let names = ["ana", "bo", "cy", "dee"];
    let people = names.map(|name| rig.person(name));
    for who in people {
        rig.send(who, &enter("tea"));
    }
    rig.send(people[3], &leave("tea"));
    rig.settle();
    let listings = [
        "ana",
        "ana, bo",
        "ana, bo, cy",
        "ana, bo, cy, dee",
        "ana, bo, cy",
    ];
    let listings = listings.map(|names| format!("in tea: {names}"));
    assert_eq!(rig.hear(people[0]), listings);
    assert_eq!(rig.hear(people[2]), listings[2..]);
    assert_eq!(rig.hear(people[3]), listings[3..4]);
}

// [494-15]
#[test]
fn a_slow_reader_gets_the_newest_listing_and_every_message() {
    let mut rig = Rig::with(setup());
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    rig.reads_only(bo, 100);
    rig.say(ana, &say("tea", "one"));
    for n in 0..5 {
        let other = rig.person(&format!("u{n}"));
        rig.say(other, &enter("tea"));
        rig.say(ana, &say("tea", &format!("hello {n}")));
    }
    assert_eq!(rig.got(bo).len(), 100);
    assert_eq!(rig.hear(ana).len(), 1 + 2 * 5, "nobody else is held up");
    // What was taken before belongs to what comes.
    rig.forget_all();
    rig.reads_all(bo);
    rig.settle();
    let rest = rig.got(bo);
    let first = say_length("one") - 100;
    let mut rest = rest[first..].to_vec();
    let heard = crate::wire::packets(&mut rest);
    let messages: Vec<_> = (0..5).map(|n| format!("ana in tea: hello {n}")).collect();
    assert_eq!(heard[..5], messages);
    assert_eq!(heard[5..], ["in tea: ana, bo, u0, u1, u2, u3, u4"]);
    assert!(rest.is_empty());
}

/// Bytes of a POST_MESSAGE.
fn say_length(text: &str) -> usize {
    5 + 128 + text.len() + 1
}

// [494-15]: a room that was left meanwhile is owed no listing.
#[test]
fn a_slow_reader_is_not_told_of_rooms_it_has_left() {
    let mut rig = Rig::with(setup());
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    rig.say(bo, &enter("den"));
    rig.forget_all();
    rig.reads_only(bo, 0);
    rig.say(ana, &say("tea", "x"));
    let cy = rig.person("cy");
    rig.say(cy, &[enter("tea"), enter("den")].concat());
    rig.say(bo, &leave("den"));
    rig.reads_all(bo);
    rig.settle();
    assert_eq!(rig.hear(bo), ["ana in tea: x", "in tea: ana, bo, cy"]);
}

// [494-16]
#[test]
fn the_list_of_rooms_comes_unasked_and_at_most_once_a_second() {
    let mut rig = Rig::new();
    let ana = rig.person("ana");
    let nobody = rig.open(CS494);
    rig.say(ana, &enter("a"));
    let at_once = rig.hear(ana);
    assert!(at_once.contains(&"rooms: a".to_owned()), "{at_once:?}");
    for name in ["b", "c", "d"] {
        rig.say(ana, &enter(name));
    }
    rig.say(ana, &leave("b"));
    let listings = |heard: Vec<String>| {
        let rooms = heard.into_iter().filter(|line| line.starts_with("rooms"));
        rooms.collect::<Vec<_>>()
    };
    assert_eq!(listings(rig.hear(ana)), [""; 0]);
    rig.pass(Duration::from_millis(999));
    assert_eq!(listings(rig.hear(ana)), [""; 0]);
    rig.pass(Duration::from_millis(1));
    assert_eq!(listings(rig.hear(ana)), ["rooms: a, c, d"]);
    rig.pass_alive(10, &[ana]);
    assert_eq!(listings(rig.hear(ana)), [""; 0], "nothing has changed");
    // Who has no name yet is told nothing; asking always helps.
    assert_eq!(rig.hear(nobody), [""; 0]);
    rig.say(nobody, &hello("bo"));
    rig.say(nobody, &list_rooms());
    assert_eq!(rig.hear(nobody), ["rooms: a, c, d"]);
}

// [494-16] [494-15]
#[test]
fn a_slow_reader_gets_only_the_newest_list_of_rooms() {
    let mut rig = Rig::new();
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    rig.reads_only(bo, 0);
    rig.say(ana, &say("tea", "x"));
    for name in ["b", "c", "d"] {
        rig.say(ana, &enter(name));
        rig.pass_alive(2, &[ana, bo]);
    }
    rig.reads_all(bo);
    rig.settle();
    assert_eq!(rig.hear(bo), ["ana in tea: x", "rooms: b, c, d, tea"]);
    let seen = rig
        .hear(ana)
        .into_iter()
        .filter(|line| line.starts_with("rooms"));
    assert_eq!(seen.count(), 3);
}
