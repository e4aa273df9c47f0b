//! Clocks: deadlines follow the monotonic one, people read the other, numbers follow neither.

use std::time::Duration;

use hub::Settings;
use link::Exchange;
use model::{Command, Reply, Timestamp};

use crate::rig::{MORNING, Rig, caller, of, store_with};

// [HUB-14]
#[test]
fn a_jump_of_the_wall_clock_changes_no_deadline_and_no_order() {
    let day = 86_400_000;
    let mut rig = Rig::new(Settings {
        history: true,
        ..Settings::default()
    });
    let ana = rig.person("ana");
    rig.join(ana, "tea");
    rig.seen();
    let mut times = Vec::new();
    for wall in [MORNING.0, MORNING.0 - day, MORNING.0 + 400 * day, 0] {
        rig.now.wall = Timestamp(wall);
        rig.post(ana, "tea", "tick");
        times.push(wall);
        let due = rig.deadline().expect("history waits");
        assert!(due <= Duration::from_secs(1), "{wall}: {due:?}");
    }
    let events = rig.events();
    let at: Vec<_> = events.iter().map(|event| of(event).1.0).collect();
    assert_eq!(at, times, "people read the clock as it was");
    let numbers: Vec<_> = events.iter().map(|event| of(event).0).collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
    rig.hub.stop();
    assert_eq!(rig.kept("tea").len(), 4);
}

// [HUB-14] [CP-8]
#[test]
fn an_answer_held_back_is_due_by_the_monotonic_clock() {
    let store = store_with(&["ana"]);
    let mut rig = Rig::on(Settings::default(), &store);
    let mut held = None;
    for _ in 0..6 {
        let session = rig.open(&caller("cp", None));
        let id = rig.log_in(session, "ana", "wrong");
        held = rig.wait_for("a checked password", |rig| {
            match (rig.take_reply(session, id), rig.deadline()) {
                (Some(_), _) => Some(None),
                (None, Some(_)) => Some(Some((session, id))),
                (None, None) => None,
            }
        });
    }
    let (session, id) = held.expect("the sixth is held back");
    for wall in [0, u64::MAX / 2] {
        rig.now.wall = Timestamp(wall);
        rig.hub.handle_timeout(rig.now);
        rig.end_round();
        assert!(rig.take_reply(session, id).is_none(), "{wall}");
        assert_eq!(rig.deadline(), Some(Duration::from_secs(1)));
    }
    rig.pass(Duration::from_secs(1));
    assert!(rig.take_reply(session, id).is_some());
}

// [HUB-14] [494-27]
#[test]
fn a_resting_number_rests_by_the_monotonic_clock() {
    let mut rig = Rig::new(Settings::default());
    let (ana, bo) = (rig.person("ana"), rig.person("bo"));
    let id = crate::transfers::accepted(&mut rig, ana, bo, 100);
    rig.close(bo);
    rig.now.wall = Timestamp(u64::MAX / 2);
    rig.hub.handle_timeout(rig.now);
    let segment = |last| Command::Segment {
        id,
        data: bytes::Bytes::from_static(b"late").into(),
        last,
    };
    assert_eq!(rig.deadline(), Some(Duration::from_secs(30)));
    let dropped = rig.answer(ana, segment(false));
    assert!(matches!(dropped, Reply::Done), "{dropped:?}");
    rig.pass(Duration::from_secs(30));
    assert_eq!(rig.deadline(), None);
    let late = rig.answer(ana, segment(false));
    assert!(matches!(late, Reply::Refused(_)), "{late:?}");
}
