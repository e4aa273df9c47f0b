//! Accounts: passwords, slow answers to wrong ones, changes while the hub runs.

use std::time::Duration;

use hub::Settings;
use link::Exchange;
use model::{Command, Refusal, Reply};

use crate::rig::{Rig, account, caller, put, refused, remove, store_with, tell, user};

const HERE: &str = "192.0.2.1";

// [CP-8] [CP-13]
#[test]
fn a_password_opens_its_own_mailbox_and_no_other() {
    let store = store_with(&["ana", "bo"]);
    let mut rig = Rig::on(Settings::default(), &store);
    for (name, password, right) in [
        ("ana", "pw-ana", true),
        ("ana", "pw-bo", false),
        ("ana", "", false),
        ("nobody", "pw-nobody", false),
        ("bo", "pw-bo", true),
    ] {
        let session = rig.open(&caller("cp", None));
        let id = rig.log_in(session, name, password);
        let reply = rig.reply(session, id);
        match right {
            true => assert!(matches!(reply, Reply::Done), "{name} {password}: {reply:?}"),
            false => assert_eq!(refused(&reply), &Refusal::BadCredentials, "{name}"),
        }
        assert_eq!(rig.hub.name(session).is_some(), right);
        rig.close(session);
    }
}

// [CP-12] [HUB-1]
#[test]
fn mailbox_sessions_are_not_present_and_may_be_many() {
    let store = store_with(&["ana"]);
    let mut rig = Rig::on(Settings::default(), &store);
    let mailboxes = [rig.mailbox("ana", "pw-ana"), rig.mailbox("ana", "pw-ana")];
    let bo = rig.person("bo");
    let user = user("ana");
    let reply = rig.answer(bo, Command::Query { user });
    assert!(matches!(reply, Reply::Presence { online: false, .. }));
    rig.owner("ana", 1);
    for mailbox in mailboxes {
        let reply = rig.answer(mailbox, Command::TakeMail { after: None });
        assert!(matches!(reply, Reply::Mail(None)));
        let reply = rig.answer(mailbox, Command::ListRooms);
        assert_eq!(refused(&reply), &Refusal::NotPossible);
    }
}

/// Asks for a log-in, and says after how many virtual seconds it was answered.
fn seconds_until_answered(rig: &mut Rig, address: &str, name: &str, password: &str) -> u64 {
    let session = rig.open(&caller("cp", Some(address)));
    let before = rig.now.instant;
    let id = rig.log_in(session, name, password);
    // The check itself is over when the hub either answers or has something to wait for.
    let reply = rig.wait_for("a checked password", |rig| {
        let reply = rig.take_reply(session, id);
        (reply.is_some() || rig.deadline().is_some()).then_some(reply)
    });
    let reply = match reply {
        Some(reply) => reply,
        None => {
            let left = rig.deadline().unwrap();
            rig.pass(left - Duration::from_millis(1));
            assert!(rig.take_reply(session, id).is_none(), "not before its time");
            rig.pass(Duration::from_millis(1));
            rig.take_reply(session, id).unwrap()
        }
    };
    let right = password == format!("pw-{name}");
    assert_eq!(matches!(reply, Reply::Done), right, "{reply:?}");
    rig.close(session);
    (rig.now.instant - before).as_secs()
}

// [CP-8] [HUB-14]
#[test]
fn wrong_passwords_slow_the_answers_and_a_right_one_forgives() {
    let store = store_with(&["ana", "bo"]);
    let mut rig = Rig::on(Settings::default(), &store);
    let mut delays = Vec::new();
    for _ in 0..12 {
        delays.push(seconds_until_answered(&mut rig, HERE, "ana", "wrong"));
    }
    assert_eq!(delays, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30]);
    // By address, and by name, each for itself; somebody else elsewhere notices nothing.
    let elsewhere = "192.0.2.2";
    assert_eq!(seconds_until_answered(&mut rig, HERE, "bo", "wrong"), 30);
    assert_eq!(
        seconds_until_answered(&mut rig, elsewhere, "bo", "wrong"),
        0
    );
    // Never locked: the right password is slow once, and then all is well.
    assert_eq!(seconds_until_answered(&mut rig, HERE, "ana", "pw-ana"), 30);
    assert_eq!(seconds_until_answered(&mut rig, HERE, "ana", "wrong"), 0);
}

// [CP-8] [HUB-11]
#[test]
fn failures_from_loopback_count_for_the_name_only_where_loopback_is_exempt() {
    for (exempt_loopback, delay) in [(true, 0), (false, 1)] {
        let store = store_with(&["ana", "bo"]);
        let settings = Settings {
            exempt_loopback,
            ..Settings::default()
        };
        let mut rig = Rig::on(settings, &store);
        for _ in 0..5 {
            seconds_until_answered(&mut rig, "127.0.0.1", "ana", "wrong");
        }
        let another = seconds_until_answered(&mut rig, "127.0.0.1", "bo", "wrong");
        assert_eq!(another, delay);
        assert_eq!(seconds_until_answered(&mut rig, HERE, "ana", "wrong"), 1);
    }
}

// [CP-8] [HUB-9]: who hangs up while an answer is held back is not answered, nor anybody else.
#[test]
fn a_held_back_answer_dies_with_its_session() {
    let store = store_with(&["ana"]);
    let mut rig = Rig::on(Settings::default(), &store);
    for _ in 0..6 {
        seconds_until_answered(&mut rig, HERE, "ana", "wrong");
    }
    let session = rig.open(&caller("cp", Some(HERE)));
    let id = rig.log_in(session, "ana", "pw-ana");
    rig.wait_for("a checked password", |rig| rig.deadline());
    rig.close(session);
    assert_eq!(rig.hub.name(session), None);
    rig.pass(Duration::from_secs(60));
    // The reply may still be handed out: it names a session that nobody is any more.
    let late = rig.take_reply(session, id);
    assert!(late.is_none_or(|reply| matches!(reply, Reply::Done)));
    assert_eq!(rig.hub.name(session), None);
}

// [HUB-2]
#[test]
fn accounts_made_and_removed_by_another_process_count_at_once() {
    let store = store_with(&[]);
    let mut rig = Rig::on(Settings::default(), &store);
    let session = rig.open(&caller("cs494", None));
    put(&store, account("ana", 1));
    for wished in ["ana", "Ana"] {
        let reply = rig.sign_in(session, wished);
        assert_eq!(refused(&reply), &Refusal::NameReserved(user(wished)));
    }
    let bo = rig.person("bo");
    let id = rig.ask(bo, tell("ana", "for the mailbox"));
    assert!(matches!(rig.reply(bo, id), Reply::Told(_)));
    let mailbox = rig.mailbox("ana", "pw-ana");
    remove(&store, "ana");
    let reply = rig.answer(mailbox, Command::TakeMail { after: None });
    assert_eq!(
        refused(&reply),
        &Refusal::NotPossible,
        "nothing left to prove"
    );
    let reply = rig.answer(bo, tell("ana", "nobody"));
    assert_eq!(refused(&reply), &Refusal::NoSuchUser("ana".into()));
    assert!(matches!(rig.sign_in(session, "ana"), Reply::Done));
}

// [HUB-2] [HUB-10]
#[test]
fn a_certificate_proves_the_account_it_was_registered_with() {
    let store = store_with(&["ana", "bo"]);
    let mut rig = Rig::on(Settings::default(), &store);
    for (shown, name, proves) in [(1, "ana", true), (1, "bo", false), (9, "ana", false)] {
        let mut caller = caller("cs594", None);
        caller.certificate = Some([shown; 32]);
        let session = rig.open(&caller);
        let reply = rig.sign_in(session, name);
        match proves {
            true => assert!(matches!(reply, Reply::Done)),
            false => assert_eq!(refused(&reply), &Refusal::NameReserved(user(name))),
        }
        rig.close(session);
    }
}

// [HUB-2]: an account without a certificate is proved by none.
#[test]
fn no_certificate_is_no_proof() {
    let store = store_with(&[]);
    let mut plain = account("ana", 1);
    plain.certificate = None;
    put(&store, plain);
    let mut rig = Rig::on(Settings::default(), &store);
    let session = rig.open(&caller("cs494", None));
    let reply = rig.sign_in(session, "ana");
    assert_eq!(refused(&reply), &Refusal::NameReserved(user("ana")));
}
