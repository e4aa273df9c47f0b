//! What is kept, of what, and how it is read.

use std::time::Duration;

use hub::{Retention, Settings};
use model::{Command, Event, MessageId, Place, Refusal, Reply};

use crate::rig::{MORNING, Rig, caller, of, refused, room, tell, user};

fn keeping() -> Settings {
    Settings {
        history: true,
        ..Settings::default()
    }
}

fn texts(reply: Reply) -> Vec<String> {
    events(reply).iter().map(|event| of(event).2).collect()
}

fn events(reply: Reply) -> Vec<Event> {
    match reply {
        Reply::History(events) => events,
        other => panic!("{other:?}"),
    }
}

fn history(place: Place, before: Option<MessageId>, limit: u32) -> Command {
    Command::History {
        place,
        before,
        limit,
    }
}

fn of_room(name: &str) -> Place {
    Place::Room(room(name))
}

// [HUB-6]
#[test]
fn what_is_said_and_told_is_kept_with_its_wire_and_time() {
    let mut rig = Rig::new(keeping());
    let ana = rig.open(&caller("cs594", None));
    rig.sign_in(ana, "ana");
    rig.person("bo");
    rig.join(ana, "tea");
    rig.seen();
    rig.post(ana, "tea", "aloud");
    rig.answer(ana, tell("bo", "quietly"));
    rig.hub.stop();
    let reader = rig.reader();
    let said = reader.room_history(&room("tea"), None, 10).unwrap();
    let told = reader.private_history(&user("bo"), &user("ana"), None, 10);
    let kept = [said, told.unwrap()].concat();
    let words: Vec<_> = kept.iter().map(|event| of(event).2).collect();
    assert_eq!(words, ["aloud", "quietly"]);
    for event in &kept {
        let (id, at, _) = of(event);
        assert_eq!(at, MORNING);
        assert_eq!(rig.store.wire_of(id), Some("cs594"));
    }
}

// [HUB-6]
#[test]
fn off_means_off_for_the_hub_and_for_a_room() {
    let off_the_record = || [room("den")].into();
    for (history, tea, den) in [(true, 1, 0), (false, 0, 0)] {
        let mut rig = Rig::new(Settings {
            history,
            off_the_record: off_the_record(),
            ..Settings::default()
        });
        let ana = rig.person("ana");
        for name in ["tea", "den"] {
            rig.join(ana, name);
            rig.post(ana, name, "hello");
        }
        let said = rig.seen().into_iter().filter(|line| line.contains("hello"));
        assert_eq!(said.count(), 2, "heard all the same");
        rig.hub.stop();
        assert_eq!((rig.kept("tea").len(), rig.kept("den").len()), (tea, den));
    }
}

// [HUB-6] [594-25]
#[test]
fn where_nothing_is_kept_asking_for_it_is_refused() {
    let mut rig = Rig::new(Settings::default());
    let ana = rig.person("ana");
    rig.join(ana, "tea");
    let reply = rig.answer(ana, history(of_room("tea"), None, 10));
    assert_eq!(refused(&reply), &Refusal::HistoryOff);
}

// [594-25]
#[test]
fn history_comes_in_pages_oldest_first() {
    let mut rig = Rig::new(keeping());
    let ana = rig.person("ana");
    rig.join(ana, "tea");
    for n in 0..250 {
        rig.post(ana, "tea", &format!("{n}"));
    }
    rig.pass(Duration::from_secs(1));
    rig.wait_until_kept("tea", 250);
    let numbers = |from: usize, to: usize| (from..to).map(|n| n.to_string()).collect::<Vec<_>>();
    let mut page = |before, limit| rig.answer(ana, history(of_room("tea"), before, limit));

    let latest = events(page(None, 50));
    let words: Vec<_> = latest.iter().map(|event| of(event).2).collect();
    assert_eq!(words, numbers(200, 250));
    let before = Some(of(&latest[0]).0);
    assert_eq!(texts(page(before, 50)), numbers(150, 200));
    assert_eq!(texts(page(before, 5_000)), numbers(0, 200), "200 at most");
    assert_eq!(texts(page(before, 0)), numbers(199, 200), "one at least");
    let oldest = events(page(None, 200)).first().map(|event| of(event).0);
    assert_eq!(texts(page(oldest, 200)), numbers(0, 50));
    assert_eq!(texts(page(Some(MessageId(0)), 50)), numbers(0, 0));
    assert_eq!(texts(page(Some(MessageId(u64::MAX)), 1)), numbers(249, 250));
}

// [594-25]
#[test]
fn history_is_of_rooms_one_is_in_and_of_ones_own_private_messages() {
    let mut rig = Rig::new(keeping());
    let (ana, bo, cy) = (rig.person("ana"), rig.person("bo"), rig.person("cy"));
    rig.join(ana, "tea");
    rig.post(ana, "tea", "aloud");
    rig.answer(ana, tell("bo", "to bo"));
    rig.answer(bo, tell("ana", "to ana"));
    rig.answer(cy, tell("ana", "from cy"));
    rig.pass(Duration::from_secs(1));
    rig.wait_until_kept("tea", 1);
    let with = |name| Place::Person(user(name));
    let both = ["to bo", "to ana"];
    assert_eq!(texts(rig.answer(ana, history(with("bo"), None, 9))), both);
    assert_eq!(texts(rig.answer(bo, history(with("ana"), None, 9))), both);
    let none = rig.answer(cy, history(with("bo"), None, 9));
    assert_eq!(texts(none), [""; 0]);
    let outside = rig.answer(cy, history(of_room("tea"), None, 9));
    assert_eq!(refused(&outside), &Refusal::NotMember(room("tea")));
    let nowhere = rig.answer(cy, history(of_room("den"), None, 9));
    assert_eq!(refused(&nowhere), &Refusal::NoSuchRoom(room("den")));
}

// [HUB-6]: delivered at once, on disk within a second, though nobody waits for it.
#[test]
fn kept_messages_are_heard_at_once_and_on_disk_within_a_second() {
    let mut rig = Rig::new(keeping());
    let ana = rig.person("ana");
    rig.join(ana, "tea");
    rig.seen();
    assert_eq!(rig.deadline(), None, "nothing to do, nothing to wait for");
    rig.post(ana, "tea", "one");
    assert_eq!(rig.seen(), ["ana in tea: one"]);
    rig.pass(Duration::from_millis(50));
    rig.post(ana, "tea", "two");
    let due = rig.deadline().expect("they will be handed over");
    assert!(due < Duration::from_secs(1));
    assert_eq!(rig.kept("tea"), [""; 0]);
    rig.pass(due);
    rig.wait_until_kept("tea", 2);
    assert_eq!(rig.kept("tea"), ["one", "two"]);
    assert_eq!(rig.deadline(), None);
}

// [HUB-6]
#[test]
fn old_history_goes_when_the_hub_starts() {
    let store = store::MemoryStore::default();
    {
        let mut rig = Rig::on(keeping(), &store);
        let ana = rig.person("ana");
        rig.join(ana, "tea");
        // Long before any clock that this may run by.
        rig.now.wall = model::Timestamp(1);
        rig.post(ana, "tea", "old");
        rig.now.wall = model::Timestamp(u64::MAX / 2);
        rig.post(ana, "tea", "new");
        rig.hub.stop();
        assert_eq!(rig.kept("tea"), ["old", "new"]);
    }
    let settings = Settings {
        retention: Retention {
            age: Some(Duration::from_secs(3_600)),
            bytes: None,
        },
        ..keeping()
    };
    let mut rig = Rig::on(settings, &store);
    rig.hub.stop();
    assert_eq!(rig.kept("tea"), ["new"]);
    let settings = Settings {
        retention: Retention {
            age: None,
            bytes: Some(2),
        },
        ..keeping()
    };
    let mut rig = Rig::on(settings, &store);
    rig.hub.stop();
    assert_eq!(rig.kept("tea"), [""; 0]);
}

// [HUB-6] [594-25]: numbers go on where they were, so a page's `before` means the same after a restart.
#[test]
fn numbers_go_on_after_a_restart() {
    let store = store::MemoryStore::default();
    let mut numbers = Vec::new();
    for _ in 0..3 {
        let mut rig = Rig::on(keeping(), &store);
        let ana = rig.person("ana");
        rig.join(ana, "tea");
        rig.seen();
        for _ in 0..2 {
            rig.post(ana, "tea", "again");
        }
        numbers.extend(rig.events().iter().map(|event| of(event).0));
        rig.hub.stop();
    }
    assert_eq!(numbers.len(), 6);
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
}
