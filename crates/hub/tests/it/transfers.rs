//! Files: who is told what.

use bytes::Bytes;
use hub::{Limits, Settings};
use link::Exchange;
use model::{Claim, Command, FileName, Refusal, Reply, SessionId, TransferId};

use crate::rig::{Rig, refused, user};

pub(crate) fn offer(to: &str, size: u64) -> Command {
    Command::Offer {
        to: user(to),
        name: FileName::parse("plan.txt").unwrap(),
        size,
    }
}

pub(crate) fn answer(id: TransferId, accept: bool) -> Command {
    let (from, to) = (None, None);
    Command::Answer {
        claim: Claim { id, from, to },
        accept,
    }
}

fn segment(id: TransferId, bytes: usize, last: bool) -> Command {
    Command::Segment {
        id,
        data: Bytes::from(vec![b'x'; bytes]).into(),
        last,
    }
}

fn offered(rig: &mut Rig, from: SessionId, to: SessionId, size: u64) -> TransferId {
    let name = rig.hub.name(to).unwrap().to_string();
    match rig.answer(from, offer(&name, size)) {
        Reply::Offered(transfer) => transfer.id,
        other => panic!("{other:?}"),
    }
}

/// A transfer that was offered and taken; nothing of it is left to be seen.
pub(crate) fn accepted(rig: &mut Rig, from: SessionId, to: SessionId, size: u64) -> TransferId {
    let id = offered(rig, from, to, size);
    assert!(matches!(rig.answer(to, answer(id, true)), Reply::Done));
    rig.seen();
    id
}

// [494-22] [494-23] [494-24] [594-24]
#[test]
fn a_file_goes_from_offer_to_end() {
    let mut rig = Rig::new(Settings::default());
    let (ana, bo) = (rig.person("ana"), rig.person("bo"));
    let id = offered(&mut rig, ana, bo, 10);
    assert_eq!(rig.seen(), ["bo gets an offer of plan.txt"]);
    rig.answer(bo, answer(id, true));
    assert_eq!(rig.seen(), ["ana gets an answer: true"]);
    assert_eq!(rig.hub.senders_to(bo), [ana]);
    assert_eq!(rig.hub.senders_to(ana), []);
    for (bytes, last) in [(4, false), (6, true)] {
        let reply = rig.answer(ana, segment(id, bytes, last));
        assert!(matches!(reply, Reply::Done));
    }
    let bytes = [
        "bo gets 4 bytes, last: false",
        "bo gets 6 bytes, last: true",
    ];
    assert_eq!(rig.seen(), bytes);
    assert_eq!(rig.hub.senders_to(bo), []);
}

// [494-23]
#[test]
fn a_second_yes_is_nothing_new_and_a_no_ends_it() {
    let mut rig = Rig::new(Settings::default());
    let (ana, bo) = (rig.person("ana"), rig.person("bo"));
    let id = accepted(&mut rig, ana, bo, 10);
    assert!(matches!(rig.answer(bo, answer(id, true)), Reply::Done));
    assert_eq!(rig.seen(), [""; 0]);
    assert!(matches!(rig.answer(bo, answer(id, false)), Reply::Done));
    assert_eq!(rig.seen(), ["ana gets an answer: false"]);
    // What is under way of a file that was taken is dropped [494-27].
    assert!(matches!(
        rig.answer(ana, segment(id, 4, false)),
        Reply::Done
    ));
    assert_eq!(rig.seen(), [""; 0]);
}

// [494-23]
#[test]
fn a_wrong_answer_ends_the_offer_and_its_offerer_hears_it_with_number_zero() {
    let mut rig = Rig::new(Settings::default());
    let (ana, bo, cy) = (rig.person("ana"), rig.person("bo"), rig.person("cy"));
    let id = offered(&mut rig, ana, bo, 10);
    rig.seen();
    let strangers = rig.answer(cy, answer(id, true));
    assert_eq!(refused(&strangers), &Refusal::NoSuchTransfer);
    assert_eq!(rig.seen(), [""; 0], "touches nobody");
    let claim = Claim {
        id,
        from: Some(user("cy")),
        to: None,
    };
    let accept = true;
    let reply = rig.answer(bo, Command::Answer { claim, accept });
    assert_eq!(refused(&reply), &Refusal::NoSuchTransfer);
    assert_eq!(rig.seen(), ["ana gets an end: BadAnswer"]);
    let again = rig.answer(bo, answer(id, true));
    assert_eq!(refused(&again), &Refusal::NoSuchTransfer);
}

// [494-24]
#[test]
fn a_broken_announcement_ends_the_file_and_its_receiver_hears_it() {
    for (bytes, last) in [(11, false), (9, true), (11, true)] {
        let mut rig = Rig::new(Settings::default());
        let (ana, bo) = (rig.person("ana"), rig.person("bo"));
        let id = accepted(&mut rig, ana, bo, 10);
        let reply = rig.answer(ana, segment(id, bytes, last));
        assert_eq!(refused(&reply), &Refusal::TransferViolation);
        assert_eq!(rig.seen(), ["bo gets an end: OtherSide"], "{bytes} {last}");
    }
}

// [494-12] [494-27]
#[test]
fn whoever_goes_away_ends_all_their_transfers_for_the_others() {
    let mut rig = Rig::new(Settings::default());
    let (ana, bo, cy) = (rig.person("ana"), rig.person("bo"), rig.person("cy"));
    let to_bo = accepted(&mut rig, ana, bo, 10);
    accepted(&mut rig, bo, cy, 10);
    offered(&mut rig, bo, ana, 10);
    let others = accepted(&mut rig, ana, cy, 10);
    rig.close(bo);
    let ends = [
        "ana gets an end: OtherSide",
        "cy gets an end: OtherSide",
        "ana gets an end: OtherSide",
    ];
    assert_eq!(rig.seen(), ends);
    assert!(matches!(
        rig.answer(ana, segment(to_bo, 1, false)),
        Reply::Done
    ));
    assert!(matches!(
        rig.answer(ana, segment(others, 10, true)),
        Reply::Done
    ));
    assert_eq!(rig.seen(), ["cy gets 10 bytes, last: true"]);
}

// [494-27]
#[test]
fn either_side_may_cancel() {
    for canceller in [0, 1] {
        let mut rig = Rig::new(Settings::default());
        let sides = [rig.person("ana"), rig.person("bo")];
        let id = accepted(&mut rig, sides[0], sides[1], 10);
        let reply = rig.answer(sides[canceller], Command::Cancel { id });
        assert!(matches!(reply, Reply::Done));
        let other = ["bo", "ana"][canceller];
        assert_eq!(rig.seen(), [format!("{other} gets an end: OtherSide")]);
    }
}

// [494-22] [594-24]
#[test]
fn offers_that_cannot_stand_are_refused_and_reach_nobody() {
    let mut rig = Rig::new(Settings {
        limits: Limits {
            transfers_per_user: 1,
            ..Limits::default()
        },
        ..Settings::default()
    });
    let (ana, bo) = (rig.person("ana"), rig.person("bo"));
    let reply = rig.answer(ana, offer("cy", 1));
    assert_eq!(refused(&reply), &Refusal::NoSuchUser("cy".into()));
    let reply = rig.answer(ana, offer("bo", 0));
    assert_eq!(refused(&reply), &Refusal::FileSize);
    rig.hub.set_takes_files(bo, false);
    let reply = rig.answer(ana, offer("bo", 1));
    assert_eq!(refused(&reply), &Refusal::TakesNoFiles(user("bo")));
    assert_eq!(rig.seen(), [""; 0]);
    rig.hub.set_takes_files(bo, true);
    assert!(matches!(rig.answer(ana, offer("bo", 1)), Reply::Offered(_)));
    let reply = rig.answer(ana, offer("bo", 1));
    assert_eq!(refused(&reply), &Refusal::TooManyTransfers);
}

// [594-24] [594-26]: who takes no files from the start takes none after signing in either.
#[test]
fn a_session_may_say_that_it_takes_no_files_before_it_has_a_name() {
    let mut rig = Rig::new(Settings::default());
    let ana = rig.person("ana");
    let bo = rig.open(&crate::rig::caller("cs594", None));
    rig.hub.set_takes_files(bo, false);
    rig.sign_in(bo, "bo");
    let reply = rig.answer(ana, offer("bo", 1));
    assert_eq!(refused(&reply), &Refusal::TakesNoFiles(user("bo")));
}
