//! Whoever does not read: bounded, closed, and nobody else's trouble.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use gate::Why;
use net::switchboard::Settings;

use crate::rig::{Rig, Setup};
use crate::wire::{farewell, hello, say};

fn with_queue(send_queue_bytes: usize) -> Rig {
    let mut setup = Setup {
        board: Settings {
            send_queue_bytes,
            ..Settings::default()
        },
        ..Setup::default()
    };
    setup.cs494.push_room_list = false;
    Rig::with(setup)
}

const POST: usize = 5 + 128 + 101;

fn long(n: usize) -> String {
    format!("{n:0100}")
}

// [HUB-9] [HUB-11] [494-15]
#[test]
fn a_reader_that_stays_behind_is_closed_at_the_limit_and_nobody_else_notices() {
    let limit = 64 * 1024;
    let mut rig = with_queue(limit);
    let [ana, bo, cy] = rig.people("tea", ["ana", "bo", "cy"]);
    rig.reads_only(bo, 1_000);
    let mut posted = 0;
    while rig.closed(bo).is_none() {
        rig.say(ana, &say("tea", &long(posted)));
        posted += 1;
        assert!(
            posted * POST <= 1_000 + limit + POST,
            "its queue has a limit"
        );
    }
    assert!(posted * POST > limit, "and is not closed before: {posted}");
    assert_eq!(rig.closed(bo), Some(&Why::TooSlow));
    assert_eq!(rig.metrics.too_slow.load(Relaxed), 1);
    assert_eq!(rig.got(bo).len(), 1_000);
    for who in [ana, cy] {
        let mut expected: Vec<_> = (0..posted)
            .map(|n| format!("ana in tea: {}", long(n)))
            .collect();
        expected.push("in tea: ana, cy".to_owned());
        assert_eq!(rig.hear(who), expected);
    }
    // The name is free, the room goes on.
    rig.say(ana, &say("tea", "done"));
    assert_eq!(rig.hear(cy), ["ana in tea: done"]);
    rig.person("bo");
}

// [494-15] [494-19]: nothing but listings may be dropped.
#[test]
fn a_reader_that_stops_and_goes_on_misses_nothing() {
    let mut rig = with_queue(1024 * 1024);
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    let mut got = Vec::new();
    for n in 0..500 {
        // Odd amounts, so that packets are cut anywhere.
        rig.reads_only(bo, (n * 37) % 200);
        rig.say(ana, &say("tea", &long(n)));
        got.extend(rig.got(bo));
    }
    assert!(got.len() < 500 * POST);
    rig.reads_all(bo);
    rig.settle();
    got.extend(rig.got(bo));
    let expected: Vec<_> = (0..500)
        .map(|n| format!("ana in tea: {}", long(n)))
        .collect();
    assert_eq!(crate::wire::packets(&mut got), expected);
    assert!(got.is_empty());
}

// [HUB-9]: a whole round at once may pass the limit too.
#[test]
fn one_round_of_many_messages_is_counted_like_many_rounds() {
    let limit = 10_000;
    let mut rig = with_queue(limit);
    let [ana, bo, cy] = rig.people("tea", ["ana", "bo", "cy"]);
    rig.reads_only(bo, 0);
    let many: Vec<u8> = (0..100).flat_map(|n| say("tea", &long(n))).collect();
    rig.say(ana, &many);
    assert_eq!(rig.closed(bo), Some(&Why::TooSlow));
    let said = rig.hear(cy);
    assert_eq!(
        said.iter().filter(|line| line.starts_with("ana")).count(),
        100
    );
}

// [494-11] [HUB-9]
#[test]
fn last_words_wait_a_second_for_their_reader_and_no_longer() {
    for (reads_after, told) in [(900, true), (1_100, false)] {
        let mut rig = with_queue(1024 * 1024);
        let [ana] = rig.people("tea", ["ana"]);
        rig.reads_only(ana, 0);
        // Another NEW_CLIENT is ignored; an unknown kind is not.
        rig.say(
            ana,
            &[hello("ana"), say("tea", "x"), vec![0x77, 0, 0, 0, 0]].concat(),
        );
        assert_eq!(rig.closed(ana), None, "not before it could read");
        rig.pass(Duration::from_millis(reads_after));
        rig.reads_all(ana);
        rig.settle();
        assert!(matches!(rig.closed(ana), Some(Why::PeerMisbehaved(_))));
        let heard = rig.hear(ana);
        match told {
            true => assert_eq!(heard, ["ana in tea: x", "error 0x02"]),
            false => assert_eq!(heard, [""; 0]),
        }
    }
}

// [494-11] [HUB-9]
#[test]
fn last_words_after_a_long_sleep_of_the_loop_have_their_second_too() {
    let mut rig = with_queue(1024 * 1024);
    let [ana] = rig.people("tea", ["ana"]);
    rig.reads_only(ana, 0);
    rig.now.instant += Duration::from_secs(3);
    rig.say(ana, &[0x77, 0, 0, 0, 0]);
    assert_eq!(rig.closed(ana), None, "not before it could read");
    rig.reads_all(ana);
    rig.settle();
    assert_eq!(rig.hear(ana), ["error 0x02"]);
}

// [494-12] [HUB-9]
#[test]
fn a_line_that_breaks_ends_its_session_at_the_next_write() {
    let mut rig = with_queue(1024 * 1024);
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    rig.breaks(bo);
    rig.say(ana, &say("tea", "x"));
    assert_eq!(rig.closed(bo), Some(&Why::PeerClosed));
    assert_eq!(rig.hear(ana), ["ana in tea: x", "in tea: ana"]);
}

// [HUB-9]
#[test]
fn a_line_that_breaks_while_it_is_behind_ends_its_session_too() {
    let mut rig = with_queue(1024 * 1024);
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    rig.reads_only(bo, 0);
    rig.say(ana, &say("tea", "x"));
    rig.breaks(bo);
    rig.settle();
    assert_eq!(rig.closed(bo), Some(&Why::PeerClosed));
    assert_eq!(rig.hear(ana), ["ana in tea: x", "in tea: ana"]);
}

// [HUB-8] [HUB-9]: whoever breaks while it is being closed must not hold up a shutdown.
#[test]
fn a_line_that_breaks_amid_its_last_words_is_over_at_once() {
    let mut rig = with_queue(1024 * 1024);
    let [ana] = rig.people("tea", ["ana"]);
    rig.reads_only(ana, 0);
    rig.say(ana, &[say("tea", "x"), farewell("bye")].concat());
    assert_eq!(rig.closed(ana), None);
    rig.breaks(ana);
    rig.settle();
    assert!(rig.closed(ana).is_some());
}
