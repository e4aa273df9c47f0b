//! Letters: on disk before they are acknowledged, in the mailbox until they have arrived.

use hub::{NameRules, Settings};
use link::Exchange;
use model::{Command, MessageId, Refusal, Reply, TellOutcome};
use store::MemoryStore;

use crate::rig::{
    Rig, caller, gated, mail, put_letter, refused, remove, room, store_with, tell, text, user,
};

fn told(reply: &Reply) -> TellOutcome {
    match reply {
        Reply::Told(outcome) => *outcome,
        other => panic!("{other:?}"),
    }
}

fn texts(store: &MemoryStore, owner: &str) -> Vec<String> {
    let reader = store::Store::reader(store).unwrap();
    let mut after = None;
    let mut texts = Vec::new();
    while let Some(letter) = reader.next_letter(&user(owner), after).unwrap() {
        after = Some(letter.id);
        texts.push(letter.text.to_string());
    }
    texts
}

// [HUB-7] [CP-9] [HUB-4]
#[test]
fn a_letter_is_on_disk_before_it_is_acknowledged() {
    for command in [tell("ana", "hello"), mail("ana", "hello")] {
        let store = store_with(&["ana"]);
        let (writer, gatekeeper) = gated(&store);
        let mut rig = Rig::with(Settings::default(), &store, writer);
        let bo = rig.person("bo");
        let id = rig.ask(bo, command);
        gatekeeper.await_begun();
        rig.wake();
        assert!(rig.take_reply(bo, id).is_none(), "not yet");
        assert_eq!(rig.letters("ana"), 0);
        gatekeeper.let_one_pass();
        assert_eq!(told(&rig.reply(bo, id)), TellOutcome::Kept);
        assert_eq!(texts(&store, "ana"), ["hello"]);
        drop(gatekeeper);
    }
}

// [HUB-7] [CP-9]
#[test]
fn what_could_not_be_stored_is_not_acknowledged_and_goes_nowhere() {
    let store = store_with(&["ana"]);
    let mut rig = Rig::on(Settings::default(), &store);
    let (bo, _) = (rig.person("bo"), rig.owner("ana", 1));
    store.fail_next_commits(1);
    let reply = rig.answer(bo, mail("ana", "lost"));
    assert_eq!(refused(&reply), &Refusal::StoreFailed);
    assert_eq!(rig.seen(), [""; 0], "nothing was delivered");
    assert_eq!(rig.letters("ana"), 0);
    // The next is no worse for it.
    assert_eq!(
        told(&rig.answer(bo, mail("ana", "kept"))),
        TellOutcome::Delivered
    );
    assert_eq!(texts(&store, "ana"), ["kept"]);
}

// [HUB-7]: those committed together with one that fails are tried alone.
#[test]
fn a_failure_is_only_of_the_batch_that_failed() {
    let store = store_with(&["ana"]);
    let (writer, gatekeeper) = gated(&store);
    let mut rig = Rig::with(Settings::default(), &store, writer);
    let bo = rig.person("bo");
    let first = rig.ask(bo, tell("ana", "first"));
    gatekeeper.await_begun();
    // These two wait for the writer, who takes both at once.
    let second = rig.ask(bo, tell("ana", "second"));
    let third = rig.ask(bo, tell("ana", "third"));
    gatekeeper.let_one_pass();
    assert_eq!(gatekeeper.await_begun(), 2);
    assert_eq!(told(&rig.reply(bo, first)), TellOutcome::Kept);
    // Both together fail, then the second alone; the third alone is kept.
    store.fail_next_commits(2);
    drop(gatekeeper);
    assert_eq!(refused(&rig.reply(bo, second)), &Refusal::StoreFailed);
    assert_eq!(told(&rig.reply(bo, third)), TellOutcome::Kept);
    assert_eq!(texts(&store, "ana"), ["first", "third"]);
}

// [CP-14]
#[test]
fn a_letter_to_an_owner_who_is_here_stays_until_it_has_arrived() {
    let store = store_with(&["ana"]);
    let mut rig = Rig::on(Settings::default(), &store);
    let (bo, ana) = (rig.person("bo"), rig.owner("ana", 1));
    assert_eq!(
        told(&rig.answer(bo, mail("ana", "hello"))),
        TellOutcome::Delivered
    );
    assert_eq!(rig.seen(), ["bo to ana: hello", "letter to ana"]);
    assert_eq!(rig.letters("ana"), 1, "seen twice rather than lost");
    rig.hub.confirm_letters(ana, rig.now);
    rig.end_round();
    rig.wait_for("the removal", |rig| (rig.letters("ana") == 0).then_some(()));
}

// [CP-14]
#[test]
fn a_letter_that_was_not_confirmed_comes_again() {
    let store = store_with(&["ana"]);
    let mut rig = Rig::on(Settings::default(), &store);
    let (bo, ana) = (rig.person("bo"), rig.owner("ana", 1));
    rig.answer(bo, mail("ana", "hello"));
    rig.close(ana);
    // Too late: whose session it was is gone.
    rig.hub.confirm_letters(ana, rig.now);
    rig.end_round();
    rig.seen();
    rig.owner("ana", 1);
    assert_eq!(seen(&mut rig, 2), ["bo to ana: hello", "letter to ana"]);
    assert_eq!(rig.letters("ana"), 1);
}

/// Waits until so much was seen.
fn seen(rig: &mut Rig, count: usize) -> Vec<String> {
    let mut all = Vec::new();
    rig.wait_for("more", |rig| {
        all.extend(rig.seen());
        (all.len() >= count).then_some(())
    });
    all
}

// [CP-14]
#[test]
fn on_arrival_an_owner_gets_the_whole_mailbox_oldest_first() {
    let store = store_with(&["ana"]);
    for (id, what) in [(1, "one"), (2, "two"), (3, "three")] {
        put_letter(&store, id, "ana", what);
    }
    let mut rig = Rig::on(Settings::default(), &store);
    let ana = rig.owner("ana", 1);
    let expected = ["one", "two", "three"]
        .map(|what| [format!("zoe to ana: {what}"), "letter to ana".to_owned()]);
    assert_eq!(seen(&mut rig, 6), expected.concat());
    rig.hub.confirm_letters(ana, rig.now);
    rig.end_round();
    rig.wait_for("the removal", |rig| (rig.letters("ana") == 0).then_some(()));
}

// [HUB-2] [CP-14]
#[test]
fn letters_are_for_sessions_that_proved_the_account() {
    let store = store_with(&["ana"]);
    put_letter(&store, 1, "ana", "private");
    let settings = Settings {
        names: NameRules {
            open_names: true,
            ..NameRules::default()
        },
        ..Settings::default()
    };
    let mut rig = Rig::on(settings, &store);
    let borrower = rig.person("ana");
    let bo = rig.person("bo");
    assert_eq!(
        told(&rig.answer(bo, mail("ana", "hello"))),
        TellOutcome::Kept
    );
    let reply = rig.answer(borrower, Command::TakeMail { after: None });
    assert_eq!(refused(&reply), &Refusal::NotPossible);
    assert_eq!(rig.seen(), [""; 0]);
    assert_eq!(texts(&store, "ana"), ["private", "hello"]);
    // Said to whoever is there under the name, it is delivered there [HUB-4].
    assert_eq!(
        told(&rig.answer(bo, tell("ana", "hi"))),
        TellOutcome::Delivered
    );
    assert_eq!(rig.seen(), ["bo to ana: hi"]);
}

// [CP-14]: the owner came while the letter was on its way to the disk.
#[test]
fn an_owner_who_arrives_while_a_letter_is_written_gets_it() {
    let store = store_with(&["ana"]);
    let (writer, gatekeeper) = gated(&store);
    let mut rig = Rig::with(Settings::default(), &store, writer);
    let bo = rig.person("bo");
    let id = rig.ask(bo, tell("ana", "just now"));
    gatekeeper.await_begun();
    rig.owner("ana", 1);
    gatekeeper.let_one_pass();
    assert_eq!(told(&rig.reply(bo, id)), TellOutcome::Delivered);
    assert_eq!(
        seen(&mut rig, 2)[..2],
        ["bo to ana: just now", "letter to ana"]
    );
    assert_eq!(rig.letters("ana"), 1);
    drop(gatekeeper);
}

// [CP-10] [CP-12]
#[test]
fn a_mailbox_is_taken_letter_by_letter_and_only_what_is_dropped_is_gone() {
    let store = store_with(&["ana"]);
    for (id, what) in [(1, "one"), (2, "two")] {
        put_letter(&store, id, "ana", what);
    }
    let mut rig = Rig::on(Settings::default(), &store);
    let mailboxes = [rig.mailbox("ana", "pw-ana"), rig.mailbox("ana", "pw-ana")];
    let take = |rig: &mut Rig, who, after| match rig.answer(who, Command::TakeMail { after }) {
        Reply::Mail(letter) => letter.map(|letter| letter.text.to_string()),
        other => panic!("{other:?}"),
    };
    let [first, second] = mailboxes;
    assert_eq!(take(&mut rig, first, None).as_deref(), Some("one"));
    assert_eq!(
        take(&mut rig, second, None).as_deref(),
        Some("one"),
        "not dropped yet"
    );
    let after = Some(MessageId(1));
    assert_eq!(take(&mut rig, first, after).as_deref(), Some("two"));
    // Both acknowledge it: the second finds nothing to remove, and is told that it is done.
    for who in mailboxes {
        let id = MessageId(1);
        assert!(matches!(
            rig.answer(who, Command::DropMail { id }),
            Reply::Done
        ));
    }
    assert_eq!(take(&mut rig, second, None).as_deref(), Some("two"));
    store.fail_next_commits(1);
    let id = MessageId(2);
    let reply = rig.answer(first, Command::DropMail { id });
    assert_eq!(refused(&reply), &Refusal::StoreFailed);
    assert_eq!(texts(&store, "ana"), ["two"]);
}

// [HUB-9] [CP-14]: a flood of letters does not stand in memory; what is not handed over waits on
// disk, and comes when there is room.
#[test]
fn letters_in_doubt_are_bounded_and_none_is_lost() {
    let store = store_with(&["ana"]);
    let mut rig = Rig::on(Settings::default(), &store);
    let (bo, ana) = (rig.person("bo"), rig.owner("ana", 1));
    let mut handed = 0;
    for n in 0..300 {
        let reply = rig.answer(bo, mail("ana", &format!("letter {n}")));
        handed += usize::from(told(&reply) == TellOutcome::Delivered);
    }
    assert_eq!((handed, rig.letters("ana")), (256, 300));
    let letters = |lines: Vec<String>| lines.iter().filter(|line| line.contains(": ")).count();
    assert_eq!(letters(rig.seen()), 256);
    rig.hub.confirm_letters(ana, rig.now);
    let rest = seen(&mut rig, 2 * 44);
    assert_eq!(rest[0], "bo to ana: letter 256");
    assert_eq!(letters(rest), 44);
    assert_eq!(rig.letters("ana"), 44, "those that have arrived are gone");
    rig.hub.confirm_letters(ana, rig.now);
    rig.end_round();
    rig.wait_for("the removals", |rig| {
        (rig.letters("ana") == 0).then_some(())
    });
}

// [HUB-7]: an account removed meanwhile takes its mail along; the answer is the truth of the moment.
#[test]
fn mail_to_an_account_that_is_being_removed_disturbs_nobody() {
    let store = store_with(&["ana", "cy"]);
    let (writer, gatekeeper) = gated(&store);
    let mut rig = Rig::with(Settings::default(), &store, writer);
    let bo = rig.person("bo");
    let id = rig.ask(bo, tell("ana", "too late"));
    gatekeeper.await_begun();
    remove(&store, "ana");
    drop(gatekeeper);
    assert!(matches!(rig.reply(bo, id), Reply::Told(_)));
    assert_eq!(rig.letters("ana"), 0);
    assert_eq!(
        told(&rig.answer(bo, tell("cy", "hello"))),
        TellOutcome::Kept
    );
    assert_eq!(texts(&store, "cy"), ["hello"]);
}

// [HUB-6] [HUB-4]
#[test]
fn letters_need_no_history() {
    let store = store_with(&["ana"]);
    let settings = Settings {
        history: false,
        ..Settings::default()
    };
    let mut rig = Rig::on(settings, &store);
    let bo = rig.open(&caller("cs594", None));
    rig.sign_in(bo, "bo");
    rig.join(bo, "tea");
    assert_eq!(
        told(&rig.answer(bo, tell("ana", "hello"))),
        TellOutcome::Kept
    );
    let command = Command::Post {
        rooms: vec![room("tea")],
        text: text("nothing kept"),
        manner: model::SaidAs::Post,
        from_outside: false,
    };
    rig.answer(bo, command);
    rig.hub.stop();
    assert_eq!(texts(&store, "ana"), ["hello"]);
    assert_eq!(rig.kept("tea"), [""; 0]);
    let reader = rig.reader();
    let pair = reader.private_history(&user("bo"), &user("ana"), None, 10);
    assert_eq!(pair.unwrap().len(), 0);
}
