//! A slow disk: nothing waits for it but what must, nothing grows without bound, nothing is lost.

use std::sync::mpsc::channel;
use std::thread;

use hub::Settings;
use link::Exchange;
use model::{Command, SaidAs};
use store::MemoryStore;

use crate::rig::{Rig, gated, room, store_with, tell, text};

fn keeping() -> Settings {
    Settings {
        history: true,
        ..Settings::default()
    }
}

fn post(what: &str) -> Command {
    Command::Post {
        rooms: vec![room("tea")],
        text: text(what),
        manner: SaidAs::Post,
        from_outside: false,
    }
}

// [HUB-9] [HUB-6]
#[test]
fn while_the_writer_is_stuck_people_talk_on_until_the_queue_is_full() {
    let store = MemoryStore::default();
    let (writer, gatekeeper) = gated(&store);
    let mut rig = Rig::with(keeping(), &store, writer);
    let ana = rig.person("ana");
    rig.join(ana, "tea");
    rig.seen();
    let mut said = 0;
    while rig.hub.is_ready() {
        // A round of a thousand posts.
        for _ in 0..1_000 {
            rig.ask_amid(ana, post(&said.to_string()));
            said += 1;
        }
        assert_eq!(rig.events().len(), 1_000, "heard at once");
        rig.end_round();
        assert!(said < 200_000, "bounded");
    }
    assert!(said > 10_000, "a queue worth its name: {said}");
    // Once stuck it stays so, whatever else is tried.
    rig.wake();
    assert!(!rig.hub.is_ready());
    drop(gatekeeper);
    rig.wait_for("room in the queue", |rig| rig.hub.is_ready().then_some(()));
    rig.hub.stop();
    let kept = rig.kept("tea");
    assert_eq!(kept.len(), said);
    assert!(
        kept.iter()
            .enumerate()
            .all(|(n, text)| *text == n.to_string())
    );
}

// [HUB-7] [HUB-8]
#[test]
fn stopping_writes_everything_pending_and_waits_for_a_slow_writer() {
    let store = store_with(&["bo"]);
    let (writer, gatekeeper) = gated(&store);
    let mut rig = Rig::with(keeping(), &store, writer);
    let ana = rig.person("ana");
    rig.join(ana, "tea");
    rig.ask(ana, tell("bo", "first"));
    gatekeeper.await_begun();
    for n in 0..20 {
        rig.ask_amid(ana, post(&n.to_string()));
    }
    rig.ask_amid(ana, tell("bo", "second"));
    let (done, stopped) = channel();
    let stopping = thread::spawn(move || {
        rig.hub.stop();
        done.send(()).unwrap();
        rig
    });
    assert!(stopped.try_recv().is_err(), "the writer is still stuck");
    drop(gatekeeper);
    let rig = stopping.join().unwrap();
    assert_eq!(rig.kept("tea").len(), 20);
    assert_eq!(rig.letters("bo"), 2);
}

// [HUB-7]
#[test]
fn a_hub_that_is_dropped_has_written_everything() {
    let store = MemoryStore::default();
    let mut rig = Rig::on(keeping(), &store);
    let ana = rig.person("ana");
    rig.join(ana, "tea");
    rig.ask_amid(ana, post("hello"));
    drop(rig);
    let reader = store::Store::reader(&store).unwrap();
    let kept = reader.room_history(&room("tea"), None, 10).unwrap();
    assert_eq!(kept.len(), 1);
}

// [HUB-9]: more readings than the reader's queue holds wait, and each is answered once.
#[test]
fn every_reading_is_answered_however_many_there_are() {
    let store = MemoryStore::default();
    let mut rig = Rig::on(keeping(), &store);
    let ana = rig.person("ana");
    rig.join(ana, "tea");
    let mut open = Vec::new();
    for _ in 0..3_000 {
        let command = Command::History {
            place: model::Place::Room(room("tea")),
            before: None,
            limit: 1,
        };
        open.push(rig.ask_amid(ana, command));
    }
    let mut answered = 0;
    for id in open {
        rig.reply(ana, id);
        assert!(rig.take_reply(ana, id).is_none());
        answered += 1;
    }
    assert_eq!(answered, 3_000);
}
