//! Rates and counts, by address and by session.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use model::Refusal;
use net::switchboard::Settings;

use crate::rig::{CS494, CS594, Rig, Setup, noise};
use crate::wire::{accept, enter, file, file_data, hello, offer, query, say};

const HERE: Option<&str> = Some("192.0.2.1");
const THERE: Option<&str> = Some("192.0.2.2");

fn with(board: Settings) -> Rig {
    let mut setup = Setup {
        board,
        ..Setup::default()
    };
    setup.cs494.push_room_list = false;
    Rig::with(setup)
}

// [HUB-11]
#[test]
fn packets_above_the_rate_are_read_later_and_none_is_lost() {
    let rate = 50;
    let mut rig = with(Settings {
        packets_per_second: Some(rate),
        ..Settings::default()
    });
    let ana = rig.open_from(CS494, HERE).unwrap();
    let bo = rig.open_from(CS494, THERE).unwrap();
    for (who, name) in [(ana, "ana"), (bo, "bo")] {
        rig.say(who, &[hello(name), enter("tea")].concat());
    }
    rig.forget_all();
    let posts: Vec<u8> = (0..1_000)
        .flat_map(|n| say("tea", &n.to_string()))
        .collect();
    rig.say(ana, &posts);
    let mut heard = rig.hear(bo);
    let at_once = heard.len();
    assert!(
        (90..=200).contains(&at_once),
        "two seconds' worth: {at_once}"
    );
    assert!(!rig.board.wants_input(ana) && rig.board.wants_input(bo));
    assert!(rig.metrics.throttled.load(Relaxed) > 0);
    // Others are served meanwhile.
    rig.say(bo, &query("ana"));
    assert_eq!(rig.hear(bo), ["ana is 1"]);
    let mut seconds = 0;
    while heard.len() < 1_000 {
        rig.pass_alive(1, &[bo]);
        heard.extend(rig.hear(bo));
        seconds += 1;
        let most = at_once as u64 + (seconds + 2) * u64::from(rate) + 64;
        assert!(heard.len() as u64 <= most, "{seconds} s: {}", heard.len());
        assert!(seconds < 30, "it goes on at its rate: {}", heard.len());
    }
    let expected: Vec<_> = (0..1_000).map(|n| format!("ana in tea: {n}")).collect();
    assert_eq!(heard, expected);
    assert_eq!(rig.closed_count(), 0, "nobody is closed for it");
}

// [HUB-11]
#[test]
fn who_keeps_to_the_rate_is_never_held_up() {
    let mut rig = with(Settings {
        packets_per_second: Some(50),
        ..Settings::default()
    });
    let ana = rig.open_from(CS494, HERE).unwrap();
    rig.say(ana, &hello("ana"));
    for _ in 0..500 {
        rig.pass(Duration::from_millis(20));
        rig.say(ana, &query("ana"));
        assert_eq!(rig.hear(ana), ["ana is 1"]);
    }
    assert_eq!(rig.metrics.throttled.load(Relaxed), 0);
}

// [HUB-11]
#[test]
fn loopback_has_no_rate_unless_the_settings_say_so() {
    for (exempt_loopback, address, held) in [
        (true, Some("127.0.0.1"), false),
        (true, Some("::1"), false),
        (true, None, false),
        (false, Some("127.0.0.1"), true),
        (true, HERE, true),
    ] {
        let mut rig = with(Settings {
            packets_per_second: Some(10),
            exempt_loopback,
            ..Settings::default()
        });
        let ana = rig.open_from(CS494, address).unwrap();
        let queries: Vec<u8> = (0..500).flat_map(|_| query("ana")).collect();
        rig.say(ana, &[hello("ana"), queries].concat());
        let answered = rig.hear(ana).len();
        assert_eq!(answered < 500, held, "{address:?}: {answered}");
    }
}

// [HUB-11] [494-26]: files are paced by their receivers.
#[test]
fn files_are_not_counted_against_the_rate() {
    let mut rig = with(Settings {
        packets_per_second: Some(10),
        ..Settings::default()
    });
    let ana = rig.open_from(CS494, HERE).unwrap();
    let bo = rig.open_from(CS494, HERE).unwrap();
    rig.say(ana, &hello("ana"));
    rig.say(bo, &hello("bo"));
    let data = noise(1024 * 1024);
    let size = data.len() as u32;
    rig.say(ana, &offer("ana", "bo", size));
    let number = rig.hear(bo)[0].rsplit(' ').next().unwrap().parse().unwrap();
    rig.say(bo, &accept("ana", "bo", number, size));
    rig.say(ana, &file(number, &data));
    assert!(file_data(&rig.got(bo)) == data);
    assert_eq!(rig.metrics.throttled.load(Relaxed), 0);
}

// [HUB-11] [494-9]: being held back is no silence.
#[test]
fn a_session_above_its_rate_is_not_called_silent() {
    let mut rig = with(Settings {
        packets_per_second: Some(1),
        ..Settings::default()
    });
    let ana = rig.open_from(CS494, HERE).unwrap();
    let queries: Vec<u8> = (0..200).flat_map(|_| query("ana")).collect();
    rig.say(ana, &[hello("ana"), queries].concat());
    let mut answered = rig.hear(ana).len();
    // As many as a turn takes at once, paid for by so many seconds.
    rig.pass(Duration::from_secs(185));
    answered += rig.hear(ana).len();
    assert_eq!(answered, 200);
    assert_eq!(rig.closed(ana), None);
}

// [HUB-11] [HUB-10]
#[test]
fn connections_are_counted_by_address() {
    let mut rig = with(Settings {
        connections_per_address: 3,
        ..Settings::default()
    });
    let mine: Vec<_> = (0..3)
        .map(|_| rig.open_from(CS494, HERE).unwrap())
        .collect();
    let refused = |rig: &mut Rig, address| rig.open_from(CS594, address) == Err(Refusal::HubFull);
    assert!(refused(&mut rig, HERE), "whatever the wire");
    assert_eq!(rig.metrics.refused.load(Relaxed), 1);
    assert!(rig.open_from(CS594, THERE).is_ok());
    for _ in 0..20 {
        assert!(rig.open_from(CS494, Some("127.0.0.1")).is_ok(), "exempt");
    }
    rig.board.lose(mine[0], rig.now);
    assert!(refused(&mut rig, HERE), "closing is not closed");
    rig.round();
    assert!(rig.open_from(CS494, HERE).is_ok());
    assert!(refused(&mut rig, HERE));
}

// [HUB-11]
#[test]
fn loopback_is_counted_where_the_settings_say_so() {
    let mut rig = with(Settings {
        connections_per_address: 1,
        exempt_loopback: false,
        ..Settings::default()
    });
    assert!(rig.open_from(CS494, Some("127.0.0.1")).is_ok());
    assert_eq!(
        rig.open_from(CS494, Some("127.0.0.1")),
        Err(Refusal::HubFull)
    );
    assert!(rig.open_from(CS494, Some("::1")).is_ok());
}

// [HUB-11] [HUB-9]: whoever has one has 2^64 of them.
#[test]
fn addresses_of_one_network_of_ipv6_count_as_one() {
    let mut rig = with(Settings {
        connections_per_address: 2,
        ..Settings::default()
    });
    assert!(rig.open_from(CS494, Some("2001:db8:0:1::1")).is_ok());
    let second = rig.open_from(CS494, Some("2001:db8:0:1:ffff::2")).unwrap();
    let third = Some("2001:db8:0:1::3");
    assert_eq!(rig.open_from(CS494, third), Err(Refusal::HubFull));
    assert!(rig.open_from(CS494, Some("2001:db8:0:2::1")).is_ok());
    rig.board.lose(second, rig.now);
    rig.round();
    assert!(rig.open_from(CS494, third).is_ok());
}

// [HUB-11]
#[test]
fn new_connections_are_limited_a_second() {
    let mut rig = with(Settings {
        connections_per_address: usize::MAX,
        ..Settings::default()
    });
    let burst = |rig: &mut Rig, address| {
        let tries = (0..200).filter(|_| rig.open_from(CS494, address).is_ok());
        tries.count()
    };
    assert_eq!(burst(&mut rig, HERE), 50);
    assert_eq!(burst(&mut rig, HERE), 0);
    assert_eq!(burst(&mut rig, THERE), 50, "each address has its own");
    rig.now.instant += Duration::from_millis(500);
    assert_eq!(burst(&mut rig, HERE), 25);
    rig.now.instant += Duration::from_secs(3_600);
    assert_eq!(burst(&mut rig, HERE), 50, "no credit is saved up");
}

// [HUB-11] [494-8]
#[test]
fn connections_are_counted_altogether() {
    let mut rig = with(Settings {
        connections: 5,
        ..Settings::default()
    });
    let open: Vec<_> = (0..5).map(|_| rig.open(CS494)).collect();
    assert_eq!(rig.open_from(CS494, None), Err(Refusal::HubFull));
    rig.board.lose(open[2], rig.now);
    rig.round();
    assert_eq!(rig.board.len(), 4);
    assert!(rig.open_from(CS494, None).is_ok());
}
