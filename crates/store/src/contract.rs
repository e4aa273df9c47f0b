//! What every store must do, as one suite for all backends.
//!
//! A backend instantiates it in its tests with [`contract_tests!`](crate::contract_tests) and a
//! factory of empty stores; each function here becomes one test of the same name. The functions
//! panic where the promise is broken.

#![allow(
    clippy::unwrap_used,
    reason = "a suite for tests: it may stop at the first surprise"
)]

use std::sync::Arc;

use model::{Event, MessageId, RoomName, Said, SaidAs, Text, Timestamp, Told, UserName};

use crate::{Account, Reader, Store, StoreError, Write};

/// Makes a `#[test]` of each behaviour of the contract.
///
/// The argument is a function without arguments that gives an empty store and whatever must live as
/// long as it (a temporary directory, or `()`).
#[macro_export]
macro_rules! contract_tests {
    ($factory:expr) => {
        $crate::contract_tests!(@each $factory;
            an_empty_store_holds_nothing
            a_batch_is_kept_whole_or_not_at_all
            a_number_is_never_used_twice
            an_empty_batch_changes_nothing
            a_message_and_its_letter_share_a_number
            the_last_id_covers_history_and_letters
            the_last_id_never_shrinks
            room_history_is_the_latest_oldest_first
            room_history_ends_just_before_a_message
            rooms_do_not_mix
            private_history_is_the_same_from_both_sides
            private_history_is_between_these_two_only
            history_keeps_every_field
            names_are_one_after_composition
            texts_come_back_as_they_were
            letters_come_oldest_first
            letters_are_counted_by_owner
            dropping_a_letter_twice_is_no_error
            a_letter_without_an_account_is_not_kept
            letters_go_with_their_account
            accounts_come_in_order_with_their_certificates
            a_new_password_keeps_the_mailbox
            the_generation_grows_with_each_account_change_only
            a_search_wants_all_the_words
            a_search_does_not_mind_case_and_diacritics
            a_search_gives_the_newest_first
            a_search_takes_any_string
            retention_by_age_removes_what_is_older
            retention_by_bytes_removes_the_oldest
            retention_takes_any_amount
            retention_never_removes_letters
            retention_makes_messages_unfindable
            a_reader_sees_what_is_committed
            a_reader_works_on_another_thread
        );
    };
    (@each $factory:expr; $($behaviour:ident)+) => {$(
        #[test]
        fn $behaviour() {
            let (mut store, _alive) = ($factory)();
            $crate::contract::$behaviour(&mut store);
        }
    )+};
}

/// Before the first commit there is nothing, and asking is no error [HUB-6].
pub fn an_empty_store_holds_nothing(store: &mut dyn Store) {
    let reader = reader(store);
    assert_eq!(reader.last_id().unwrap(), MessageId(0));
    assert!(in_room(&*reader, "lounge").is_empty());
    assert!(between(&*reader, "ana", "bo").is_empty());
    assert!(found(&*reader, "hello").is_empty());
    assert_eq!(reader.next_letter(&user("ana"), None).unwrap(), None);
    assert_eq!(reader.letters(&user("ana")).unwrap(), 0);
    assert_eq!(reader.accounts().unwrap(), []);
    assert_eq!(reader.account(&user("ana")).unwrap(), None);
    assert_eq!(store.retain(Some(Timestamp(u64::MAX)), Some(0)).unwrap(), 0);
}

/// A batch with one write that cannot be leaves nothing of itself [HUB-7].
pub fn a_batch_is_kept_whole_or_not_at_all(store: &mut dyn Store) {
    store
        .commit(&[account("ana"), said(1, "lounge", "one")])
        .unwrap();
    let reader = reader(store);
    let generation = reader.generation().unwrap();
    let batch = [
        said(2, "lounge", "two"),
        told(3, "bo", "ana", "three"),
        letter(3, "bo", "ana", "three"),
        account("bo"),
        Write::RemoveAccount(user("ana")),
        said(1, "lounge", "one again"),
    ];
    assert!(matches!(store.commit(&batch), Err(StoreError::Failed(_))));
    assert_eq!(reader.last_id().unwrap(), MessageId(1));
    assert_eq!(in_room(&*reader, "lounge"), [1]);
    assert!(between(&*reader, "ana", "bo").is_empty());
    assert_eq!(reader.letters(&user("ana")).unwrap(), 0);
    assert_eq!(reader.generation().unwrap(), generation);
    assert!(reader.account(&user("ana")).unwrap().is_some());
    assert!(reader.account(&user("bo")).unwrap().is_none());
    store.commit(&batch[..4]).unwrap();
    assert_eq!(reader.last_id().unwrap(), MessageId(3));
    assert_eq!(in_room(&*reader, "lounge"), [1, 2]);
}

/// Messages and letters are never replaced by others of the same number [HUB-6].
pub fn a_number_is_never_used_twice(store: &mut dyn Store) {
    store
        .commit(&[
            account("ana"),
            said(1, "lounge", "first"),
            letter(2, "bo", "ana", "first"),
        ])
        .unwrap();
    for again in [
        said(1, "other", "second"),
        told(1, "ana", "bo", "second"),
        letter(2, "cy", "ana", "second"),
    ] {
        assert!(matches!(store.commit(&[again]), Err(StoreError::Failed(_))));
    }
    let twice = [said(3, "lounge", "a"), told(3, "ana", "bo", "b")];
    assert!(matches!(store.commit(&twice), Err(StoreError::Failed(_))));
    let reader = reader(store);
    assert_eq!(found(&*reader, "first"), [1]);
    assert!(found(&*reader, "second").is_empty());
    let kept = reader.next_letter(&user("ana"), None).unwrap().unwrap();
    assert_eq!(kept.text.as_str(), "first");
}

/// Committing nothing is no error [HUB-7].
pub fn an_empty_batch_changes_nothing(store: &mut dyn Store) {
    store.commit(&[said(9, "lounge", "one")]).unwrap();
    store.commit(&[]).unwrap();
    assert_eq!(reader(store).last_id().unwrap(), MessageId(9));
}

/// A private message to somebody offline is history and letter at once [HUB-4].
pub fn a_message_and_its_letter_share_a_number(store: &mut dyn Store) {
    store
        .commit(&[
            account("ana"),
            told(5, "bo", "ana", "for later"),
            letter(5, "bo", "ana", "for later"),
        ])
        .unwrap();
    let reader = reader(store);
    assert_eq!(between(&*reader, "ana", "bo"), [5]);
    assert_eq!(mailbox(&*reader, "ana"), [5]);
}

/// New numbers are above those of the history and of the mailboxes [HUB-6].
pub fn the_last_id_covers_history_and_letters(store: &mut dyn Store) {
    let reader = reader(store);
    store.commit(&[account("ana")]).unwrap();
    assert_eq!(reader.last_id().unwrap(), MessageId(0));
    store
        .commit(&[told(9, "ana", "bo", "hi"), said(4, "lounge", "hi")])
        .unwrap();
    assert_eq!(reader.last_id().unwrap(), MessageId(9));
    store.commit(&[letter(20, "bo", "ana", "hi")]).unwrap();
    assert_eq!(reader.last_id().unwrap(), MessageId(20));
    store.commit(&[said(12, "lounge", "late")]).unwrap();
    assert_eq!(reader.last_id().unwrap(), MessageId(20));
}

/// A number is not given again after its message is gone [HUB-6].
pub fn the_last_id_never_shrinks(store: &mut dyn Store) {
    store
        .commit(&[
            account("ana"),
            said(1, "lounge", "hi"),
            letter(2, "bo", "ana", "hi"),
            letter(3, "bo", "ana", "hi"),
        ])
        .unwrap();
    store
        .commit(&[
            Write::DropLetter(MessageId(2)),
            Write::RemoveAccount(user("ana")),
        ])
        .unwrap();
    store.retain(Some(Timestamp(u64::MAX)), Some(0)).unwrap();
    let reader = reader(store);
    assert!(in_room(&*reader, "lounge").is_empty());
    assert_eq!(reader.last_id().unwrap(), MessageId(3));
}

/// History is the latest so many, oldest first [594-25].
pub fn room_history_is_the_latest_oldest_first(store: &mut dyn Store) {
    let batch: Vec<Write> = (1..=7).map(|id| said(id, "lounge", "hi")).collect();
    store.commit(&batch).unwrap();
    let reader = reader(store);
    let page = |limit| ids(&reader.room_history(&room("lounge"), None, limit).unwrap());
    assert_eq!(page(3), [5, 6, 7]);
    assert_eq!(page(7), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(page(u32::MAX), [1, 2, 3, 4, 5, 6, 7]);
    assert!(page(0).is_empty());
}

/// `Before` pages backwards, whatever number the client names [594-25].
pub fn room_history_ends_just_before_a_message(store: &mut dyn Store) {
    let batch: Vec<Write> = (1..=4).map(|n| said(n * 10, "lounge", "hi")).collect();
    store.commit(&batch).unwrap();
    let reader = reader(store);
    let page = |before| {
        let page = reader.room_history(&room("lounge"), Some(MessageId(before)), 2);
        ids(&page.unwrap())
    };
    assert_eq!(page(40), [20, 30]);
    assert_eq!(page(35), [20, 30]);
    assert_eq!(page(20), [10]);
    assert!(page(10).is_empty());
    assert!(page(0).is_empty());
    assert_eq!(page(u64::MAX), [30, 40]);
}

/// Rooms are told apart by their exact name, and from private messages [HUB-1].
pub fn rooms_do_not_mix(store: &mut dyn Store) {
    store
        .commit(&[
            said(1, "lounge", "hi"),
            said(2, "Lounge", "hi"),
            said(3, "lounge2", "hi"),
            told(4, "ana", "lounge", "hi"),
            said(5, "lounge", "hi"),
        ])
        .unwrap();
    let reader = reader(store);
    assert_eq!(in_room(&*reader, "lounge"), [1, 5]);
    assert_eq!(in_room(&*reader, "Lounge"), [2]);
    assert_eq!(in_room(&*reader, "lounge2"), [3]);
    assert!(in_room(&*reader, "ana").is_empty());
    assert_eq!(between(&*reader, "ana", "lounge"), [4]);
}

/// Both people see the same conversation, paged alike [594-25].
pub fn private_history_is_the_same_from_both_sides(store: &mut dyn Store) {
    store
        .commit(&[
            told(1, "ana", "bo", "hi"),
            told(2, "bo", "ana", "hi"),
            told(3, "ana", "bo", "hi"),
            told(4, "bo", "ana", "hi"),
        ])
        .unwrap();
    let reader = reader(store);
    for (one, other) in [("ana", "bo"), ("bo", "ana")] {
        assert_eq!(between(&*reader, one, other), [1, 2, 3, 4]);
        let page = |before, limit| {
            let page = reader.private_history(&user(one), &user(other), before, limit);
            ids(&page.unwrap())
        };
        assert_eq!(page(None, 2), [3, 4]);
        assert_eq!(page(Some(MessageId(3)), 1), [2]);
        assert_eq!(page(Some(MessageId(u64::MAX)), 1), [4]);
    }
}

/// Nobody's private messages show up in somebody else's conversation [594-25].
pub fn private_history_is_between_these_two_only(store: &mut dyn Store) {
    store
        .commit(&[
            told(1, "a", "bc", "hi"),
            told(2, "ab", "c", "hi"),
            told(3, "a", "c", "hi"),
            told(4, "a", "a", "to myself"),
            said(5, "a", "hi"),
        ])
        .unwrap();
    let reader = reader(store);
    assert_eq!(between(&*reader, "a", "bc"), [1]);
    assert_eq!(between(&*reader, "c", "ab"), [2]);
    assert_eq!(between(&*reader, "a", "c"), [3]);
    assert_eq!(between(&*reader, "a", "a"), [4]);
    assert!(between(&*reader, "bc", "c").is_empty());
}

/// Number, time, sender, target, text and manner come back [HUB-6].
pub fn history_keeps_every_field(store: &mut dyn Store) {
    let manners = [SaidAs::Post, SaidAs::Group, SaidAs::Farewell];
    let spoken: Vec<Arc<Said>> = (1..)
        .zip(manners)
        .map(|(id, manner)| {
            Arc::new(Said {
                id: MessageId(id),
                at: Timestamp(1_700_000_000_000 + id),
                from: user("ana"),
                room: room("lounge"),
                text: text("hello"),
                manner,
            })
        })
        .collect();
    let whispered = Arc::new(Told {
        id: MessageId(9),
        at: Timestamp(1_700_000_000_009),
        from: user("ana"),
        to: user("bo"),
        text: text("psst"),
    });
    let mut batch: Vec<Write> = spoken
        .iter()
        .zip(["cs494", "cs594", "cp"])
        .map(|(said, wire)| Write::Said(said.clone(), wire))
        .collect();
    batch.push(Write::Told(whispered.clone(), "cp"));
    store.commit(&batch).unwrap();

    let reader = reader(store);
    let history = reader.room_history(&room("lounge"), None, 9).unwrap();
    assert_eq!(history.len(), spoken.len());
    for (event, said) in history.iter().zip(&spoken) {
        assert!(matches!(event, Event::Said(kept) if kept == said));
    }
    let history = reader.private_history(&user("bo"), &user("ana"), None, 9);
    let [Event::Told(kept)] = &history.unwrap()[..] else {
        panic!("one private message was kept");
    };
    assert_eq!(*kept, whispered);
}

/// A name is found however its accents were typed; other alphabets are kept [HUB-1].
pub fn names_are_one_after_composition(store: &mut dyn Store) {
    store
        .commit(&[
            account("Ame\u{301}lie"),
            said(1, "cafe\u{301}", "hi"),
            told(2, "Am\u{e9}lie", "日本", "hi"),
            letter(3, "Ольга", "Am\u{e9}lie", "hi"),
        ])
        .unwrap();
    let reader = reader(store);
    assert_eq!(in_room(&*reader, "caf\u{e9}"), [1]);
    assert_eq!(between(&*reader, "日本", "Ame\u{301}lie"), [2]);
    assert_eq!(mailbox(&*reader, "Am\u{e9}lie"), [3]);
    let account = reader.account(&user("Am\u{e9}lie")).unwrap();
    assert_eq!(account.unwrap().name.as_str(), "Am\u{e9}lie");
    assert_eq!(reader.account(&user("amelie")).unwrap(), None);
    let sender = reader.next_letter(&user("Amélie"), None).unwrap().unwrap();
    assert_eq!(sender.from, user("Ольга"));
}

/// Texts are neither cut nor changed, in history and in mailboxes [HUB-6].
pub fn texts_come_back_as_they_were(store: &mut dyn Store) {
    let long = "x".repeat(model::MAX_TEXT_BYTES);
    let texts = [
        "two\nlines\tand a tab",
        "'; DROP TABLE messages; -- \"quoted\" \\ % _ ?1 :name",
        " leading and trailing ",
        "👩‍👩‍👧 日本 e\u{301} ≠ é",
        &long,
    ];
    store.commit(&[account("bo")]).unwrap();
    for (n, text) in (0..).zip(texts) {
        let id = n * 3;
        let batch = [
            said(id + 1, "lounge", text),
            told(id + 2, "ana", "bo", text),
            letter(id + 3, "ana", "bo", text),
        ];
        store.commit(&batch).unwrap();
    }
    let reader = reader(store);
    let spoken = reader.room_history(&room("lounge"), None, 99).unwrap();
    let whispered = reader.private_history(&user("ana"), &user("bo"), None, 99);
    assert_eq!(spoken.iter().map(text_of).collect::<Vec<_>>(), texts);
    assert_eq!(
        whispered.unwrap().iter().map(text_of).collect::<Vec<_>>(),
        texts
    );
    let mut after = None;
    for text in texts {
        let letter = reader.next_letter(&user("bo"), after).unwrap().unwrap();
        assert_eq!(letter.text.as_str(), text);
        after = Some(letter.id);
    }
}

/// Mail comes oldest first, each with its sender and time [CP-10].
pub fn letters_come_oldest_first(store: &mut dyn Store) {
    store
        .commit(&[
            account("ana"),
            account("bo"),
            letter(3, "bo", "ana", "second"),
        ])
        .unwrap();
    store.commit(&[letter(8, "cy", "ana", "third")]).unwrap();
    store
        .commit(&[letter(2, "cy", "ana", "first"), letter(5, "ana", "bo", "x")])
        .unwrap();
    let reader = reader(store);
    assert_eq!(mailbox(&*reader, "ana"), [2, 3, 8]);
    assert_eq!(mailbox(&*reader, "bo"), [5]);
    let first = reader.next_letter(&user("ana"), None).unwrap().unwrap();
    assert_eq!((first.from.as_str(), first.to.as_str()), ("cy", "ana"));
    assert_eq!(first.at, at(2));
    let next = |after| {
        let next = reader.next_letter(&user("ana"), Some(MessageId(after)));
        next.unwrap().map(|letter| letter.id.0)
    };
    assert_eq!(next(4), Some(8));
    assert_eq!(next(8), None);
    assert_eq!(next(u64::MAX), None);
    store.commit(&[Write::DropLetter(MessageId(2))]).unwrap();
    assert_eq!(mailbox(&*reader, "ana"), [3, 8]);
}

/// Each mailbox counts its own [CP-10].
pub fn letters_are_counted_by_owner(store: &mut dyn Store) {
    store
        .commit(&[
            account("ana"),
            account("Ana"),
            letter(1, "bo", "ana", "hi"),
            letter(2, "bo", "ana", "hi"),
            letter(3, "ana", "Ana", "hi"),
        ])
        .unwrap();
    let reader = reader(store);
    assert_eq!(reader.letters(&user("ana")).unwrap(), 2);
    assert_eq!(reader.letters(&user("Ana")).unwrap(), 1);
    assert_eq!(reader.letters(&user("bo")).unwrap(), 0);
}

/// Two sessions of one account may both acknowledge a letter [CP-12].
pub fn dropping_a_letter_twice_is_no_error(store: &mut dyn Store) {
    store
        .commit(&[
            account("ana"),
            letter(1, "bo", "ana", "hi"),
            letter(2, "bo", "ana", "hi"),
        ])
        .unwrap();
    let drop = || Write::DropLetter(MessageId(1));
    store.commit(&[drop(), drop()]).unwrap();
    store.commit(&[drop()]).unwrap();
    store
        .commit(&[Write::DropLetter(MessageId(u64::MAX))])
        .unwrap();
    assert_eq!(mailbox(&*reader(store), "ana"), [2]);
}

/// A letter that meets the removal of its account on the way is gone with it: whoever gets the name
/// next does not find it [CP-13].
pub fn a_letter_without_an_account_is_not_kept(store: &mut dyn Store) {
    store
        .commit(&[letter(1, "bo", "ana", "hi"), account("ana")])
        .unwrap();
    let reader = reader(store);
    assert_eq!(reader.letters(&user("ana")).unwrap(), 0);
    assert_eq!(reader.last_id().unwrap(), MessageId(1));
}

/// Removing an account removes its mailbox, and no other [CP-13].
pub fn letters_go_with_their_account(store: &mut dyn Store) {
    store
        .commit(&[
            account("ana"),
            account("bo"),
            letter(1, "bo", "ana", "hi"),
            letter(2, "ana", "bo", "hi"),
            told(3, "bo", "ana", "hi"),
        ])
        .unwrap();
    store.commit(&[Write::RemoveAccount(user("ana"))]).unwrap();
    let reader = reader(store);
    assert!(mailbox(&*reader, "ana").is_empty());
    store.commit(&[account("ana")]).unwrap();
    assert!(mailbox(&*reader, "ana").is_empty());
    assert_eq!(mailbox(&*reader, "bo"), [2]);
    assert_eq!(between(&*reader, "ana", "bo"), [3]);
}

/// Accounts come with all they were made of, in the order of their names [HUB-2].
pub fn accounts_come_in_order_with_their_certificates(store: &mut dyn Store) {
    let made = |name: &str, certificate| Account {
        name: user(name),
        password_hash: format!("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$hash-of-{name}"),
        certificate,
        created: Timestamp(1_700_000_000_000),
    };
    let mut fingerprint = [0; 32];
    (0..).zip(&mut fingerprint).for_each(|(n, byte)| *byte = n);
    let expected = [
        made("Zoe", None),
        made("ana", Some(fingerprint)),
        made("bo", Some([0xFF; 32])),
        made("Ольга", None),
    ];
    for n in [2, 0, 3, 1] {
        store
            .commit(&[Write::PutAccount(expected[n].clone())])
            .unwrap();
    }
    let reader = reader(store);
    assert_eq!(reader.accounts().unwrap(), expected);
    for account in &expected {
        assert_eq!(
            reader.account(&account.name).unwrap().as_ref(),
            Some(account)
        );
    }
}

/// A changed password or certificate leaves the mailbox and the time of making [CP-13].
pub fn a_new_password_keeps_the_mailbox(store: &mut dyn Store) {
    let change = |hash: &str, certificate, created| {
        Write::PutAccount(Account {
            name: user("ana"),
            password_hash: hash.into(),
            certificate,
            created: Timestamp(created),
        })
    };
    store
        .commit(&[
            change("old", Some([1; 32]), 100),
            letter(1, "bo", "ana", "hi"),
        ])
        .unwrap();
    store.commit(&[change("new", None, 200)]).unwrap();
    let reader = reader(store);
    let now = reader.account(&user("ana")).unwrap().unwrap();
    assert_eq!(
        (&*now.password_hash, now.certificate, now.created),
        ("new", None, Timestamp(100))
    );
    assert_eq!(mailbox(&*reader, "ana"), [1]);
}

/// The hub sees by one number whether accounts changed [HUB-2].
pub fn the_generation_grows_with_each_account_change_only(store: &mut dyn Store) {
    let reader = reader(store);
    let mut last = reader.generation().unwrap();
    let mut step = |batch: &[Write], grows: bool| {
        store.commit(batch).unwrap();
        let now = reader.generation().unwrap();
        assert_eq!(now > last, grows, "{batch:?}");
        assert!(now >= last);
        last = now;
    };
    step(&[account("ana")], true);
    step(&[account("ana")], true);
    step(
        &[said(1, "lounge", "hi"), letter(2, "bo", "ana", "hi")],
        false,
    );
    step(&[Write::DropLetter(MessageId(2))], false);
    step(&[Write::RemoveAccount(user("nobody"))], false);
    step(&[said(3, "lounge", "hi"), account("bo")], true);
    step(&[Write::RemoveAccount(user("ana"))], true);
    step(&[], false);
}

/// Every word must be there, as a whole word, in a room or in private [HUB-6].
pub fn a_search_wants_all_the_words(store: &mut dyn Store) {
    store
        .commit(&[
            said(1, "lounge", "the quick brown fox"),
            told(2, "ana", "bo", "a brown, QUICK dog"),
            said(3, "lounge", "quickly, brownies"),
            said(4, "lounge", "well-known foot-notes"),
        ])
        .unwrap();
    let reader = reader(store);
    assert_eq!(found(&*reader, "brown quick"), [2, 1]);
    assert_eq!(found(&*reader, "  fox\n"), [1]);
    assert_eq!(found(&*reader, "quick cat"), []);
    assert_eq!(found(&*reader, "well-known"), [4]);
    assert_eq!(found(&*reader, "known-well"), []);
    assert_eq!(found(&*reader, "notes known"), [4]);
    assert_eq!(found(&*reader, "fox !"), [1]);
}

/// `cafe` finds `café`, and the other way round [HUB-6].
pub fn a_search_does_not_mind_case_and_diacritics(store: &mut dyn Store) {
    store
        .commit(&[
            said(1, "lounge", "im Caf\u{e9}"),
            said(2, "lounge", "im Cafe\u{301}"),
            said(3, "lounge", "im cafe"),
            said(4, "lounge", "ПРИВЕТ мир"),
        ])
        .unwrap();
    let reader = reader(store);
    for word in ["cafe", "CAFÉ", "cafe\u{301}", "caf\u{e9}"] {
        assert_eq!(found(&*reader, word), [3, 2, 1], "{word}");
    }
    assert_eq!(found(&*reader, "привет"), [4]);
}

/// The newest come first, at most so many [HUB-6].
pub fn a_search_gives_the_newest_first(store: &mut dyn Store) {
    store
        .commit(&[said(5, "lounge", "hello"), said(2, "lounge", "hello")])
        .unwrap();
    store.commit(&[told(3, "ana", "bo", "hello")]).unwrap();
    let reader = reader(store);
    let page = |limit| ids(&reader.search("hello", limit).unwrap());
    assert_eq!(page(9), [5, 3, 2]);
    assert_eq!(page(2), [5, 3]);
    assert_eq!(page(0), []);
}

/// Nothing that can be typed is an operator or an error [HUB-9].
pub fn a_search_takes_any_string(store: &mut dyn Store) {
    store
        .commit(&[
            said(1, "lounge", "this or that"),
            said(2, "lounge", "near text"),
        ])
        .unwrap();
    let reader = reader(store);
    let nothing = [
        "",
        " ",
        "\"",
        "\"*^:()",
        "*",
        "(",
        ")",
        "\0",
        "\"\"",
        "'",
        "-",
        "👍",
        "text:this",
        "NEAR(this that)",
        "this NOT that",
        "thi*",
    ];
    for words in nothing {
        assert_eq!(found(&*reader, words), [], "{words:?}");
    }
    assert_eq!(found(&*reader, "this OR that"), [1]);
    assert_eq!(found(&*reader, "OR"), [1]);
    assert_eq!(found(&*reader, "NEAR"), [2]);
    assert_eq!(found(&*reader, "\"this\" ^that* (or)"), [1]);
    assert_eq!(found(&*reader, "this\0that"), [1]);
    assert_eq!(found(&*reader, &"this ".repeat(5_000)), [1]);
    assert_eq!(found(&*reader, &"\"(".repeat(5_000)), []);
    assert_eq!(found(&*reader, &"this-".repeat(5_000)), []);
}

/// What is older than the time goes, by its time and not by its number [HUB-6].
pub fn retention_by_age_removes_what_is_older(store: &mut dyn Store) {
    store
        .commit(&[
            said_at(1, 300, "lounge", "after the clock was set back"),
            said_at(2, 100, "lounge", "old"),
            said_at(3, 199, "lounge", "old"),
            said_at(4, 200, "lounge", "just young enough"),
            told(5, "ana", "bo", "old"),
        ])
        .unwrap();
    assert_eq!(store.retain(Some(Timestamp(200)), None).unwrap(), 3);
    let reader = reader(store);
    assert_eq!(in_room(&*reader, "lounge"), [1, 4]);
    assert!(between(&*reader, "ana", "bo").is_empty());
    assert_eq!(store.retain(Some(Timestamp(200)), None).unwrap(), 0);
    assert_eq!(store.retain(None, None).unwrap(), 0);
}

/// The oldest go until the texts fit [HUB-6].
pub fn retention_by_bytes_removes_the_oldest(store: &mut dyn Store) {
    store
        .commit(&[
            said(1, "lounge", "12345"),
            told(2, "ana", "bo", "ééé"),
            said(3, "lounge", "123"),
            said(4, "lounge", "1234"),
        ])
        .unwrap();
    let reader = reader(store);
    assert_eq!(store.retain(None, Some(18)).unwrap(), 0);
    assert_eq!(store.retain(None, Some(17)).unwrap(), 1);
    assert_eq!(in_room(&*reader, "lounge"), [3, 4]);
    assert_eq!(between(&*reader, "ana", "bo"), [2]);
    assert_eq!(store.retain(None, Some(7)).unwrap(), 1);
    store.commit(&[said(5, "lounge", "1")]).unwrap();
    assert_eq!(store.retain(None, Some(7)).unwrap(), 1);
    assert_eq!(in_room(&*reader, "lounge"), [4, 5]);
    assert_eq!(store.retain(None, Some(0)).unwrap(), 2);
    assert!(in_room(&*reader, "lounge").is_empty());
}

/// However much there is to remove, repeated calls remove it, and only it [HUB-6].
pub fn retention_takes_any_amount(store: &mut dyn Store) {
    let batch: Vec<Write> = (1..=2_600)
        .map(|id| said_at(id, id, "lounge", "ten bytes!"))
        .collect();
    store.commit(&batch).unwrap();
    let mut removed = |before, max_bytes| {
        let steps = std::iter::repeat_with(|| store.retain(before, max_bytes).unwrap());
        steps.take_while(|removed| *removed > 0).sum::<u64>()
    };
    assert_eq!(removed(Some(Timestamp(1_301)), None), 1_300);
    assert_eq!(removed(None, Some(25)), 1_298);
    assert_eq!(in_room(&*reader(store), "lounge"), [2_599, 2_600]);
}

/// Mail waits for its owner however long and however much [CP-10].
pub fn retention_never_removes_letters(store: &mut dyn Store) {
    store
        .commit(&[
            account("ana"),
            letter(1, "bo", "ana", "old and long"),
            told(2, "bo", "ana", "hi"),
        ])
        .unwrap();
    assert_eq!(store.retain(None, Some(2)).unwrap(), 0);
    assert_eq!(store.retain(Some(Timestamp(u64::MAX)), Some(0)).unwrap(), 1);
    assert_eq!(mailbox(&*reader(store), "ana"), [1]);
}

/// What is gone is not found either [HUB-6].
pub fn retention_makes_messages_unfindable(store: &mut dyn Store) {
    store
        .commit(&[
            said_at(1, 1, "lounge", "hello old"),
            said_at(2, 9, "lounge", "hello new"),
        ])
        .unwrap();
    store.retain(Some(Timestamp(5)), None).unwrap();
    let reader = reader(store);
    assert_eq!(found(&*reader, "hello"), [2]);
    assert_eq!(found(&*reader, "old"), []);
}

/// Readers made before see what is committed after [HUB-2].
pub fn a_reader_sees_what_is_committed(store: &mut dyn Store) {
    let early = reader(store);
    assert_eq!(early.last_id().unwrap(), MessageId(0));
    for id in 1..=3 {
        store.commit(&[said(id, "lounge", "hi")]).unwrap();
        let late = reader(store);
        for reader in [&early, &late] {
            assert_eq!(reader.last_id().unwrap(), MessageId(id));
            assert_eq!(
                in_room(&**reader, "lounge"),
                (1..=id).collect::<Vec<_>>()[..]
            );
        }
    }
}

/// Reading needs neither the writer nor its thread, and sees whole batches only [HUB-7].
pub fn a_reader_works_on_another_thread(store: &mut dyn Store) {
    const BATCHES: u64 = 50;
    let reader = reader(store);
    let watch = std::thread::spawn(move || {
        let mut seen = 0;
        while seen < BATCHES * 2 {
            let now = in_room(&*reader, "lounge").len() as u64;
            assert!(now >= seen && now.is_multiple_of(2), "{now} after {seen}");
            seen = now;
            std::thread::yield_now();
        }
        seen
    });
    for n in 1..=BATCHES {
        let batch = [said(n * 2 - 1, "lounge", "hi"), said(n * 2, "lounge", "hi")];
        store.commit(&batch).unwrap();
    }
    assert_eq!(watch.join().unwrap(), BATCHES * 2);
}

fn reader(store: &dyn Store) -> Box<dyn Reader> {
    store.reader().unwrap()
}

fn in_room(reader: &dyn Reader, name: &str) -> Vec<u64> {
    ids(&reader.room_history(&room(name), None, 10_000).unwrap())
}

fn between(reader: &dyn Reader, one: &str, other: &str) -> Vec<u64> {
    let history = reader.private_history(&user(one), &user(other), None, 10_000);
    ids(&history.unwrap())
}

fn found(reader: &dyn Reader, words: &str) -> Vec<u64> {
    ids(&reader.search(words, 10_000).unwrap())
}

fn mailbox(reader: &dyn Reader, owner: &str) -> Vec<u64> {
    let mut ids = Vec::new();
    let mut after = None;
    while let Some(letter) = reader.next_letter(&user(owner), after).unwrap() {
        ids.push(letter.id.0);
        after = Some(letter.id);
    }
    assert_eq!(reader.letters(&user(owner)).unwrap(), ids.len() as u64);
    ids
}

fn ids(events: &[Event]) -> Vec<u64> {
    let id = |event: &Event| match event {
        Event::Said(said) => said.id.0,
        Event::Told(told) => told.id.0,
    };
    events.iter().map(id).collect()
}

fn text_of(event: &Event) -> &str {
    match event {
        Event::Said(said) => said.text.as_str(),
        Event::Told(told) => told.text.as_str(),
    }
}

fn said(id: u64, name: &str, text: &str) -> Write {
    said_at(id, at(id).0, name, text)
}

fn said_at(id: u64, at: u64, name: &str, what: &str) -> Write {
    let said = Said {
        id: MessageId(id),
        at: Timestamp(at),
        from: user("ana"),
        room: room(name),
        text: text(what),
        manner: SaidAs::Post,
    };
    Write::Said(Arc::new(said), "cs494")
}

fn told(id: u64, from: &str, to: &str, what: &str) -> Write {
    Write::Told(message(id, from, to, what), "cs594")
}

fn letter(id: u64, from: &str, to: &str, what: &str) -> Write {
    Write::Letter(message(id, from, to, what))
}

fn message(id: u64, from: &str, to: &str, what: &str) -> Arc<Told> {
    Arc::new(Told {
        id: MessageId(id),
        at: at(id),
        from: user(from),
        to: user(to),
        text: text(what),
    })
}

fn account(name: &str) -> Write {
    Write::PutAccount(Account {
        name: user(name),
        password_hash: "$argon2id$".into(),
        certificate: None,
        created: Timestamp(1),
    })
}

fn at(id: u64) -> Timestamp {
    Timestamp(100 + id)
}

fn user(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

fn text(text: &str) -> Text {
    Text::adapt(text).unwrap()
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_behaviour_is_left_out_of_the_macro() {
        // [HUB-6] A behaviour that is missing from the list would hold nobody to anything.
        let source = include_str!("contract.rs");
        let names: Vec<&str> = source
            .lines()
            .filter_map(|line| line.strip_prefix("pub fn ")?.split('(').next())
            .collect();
        assert!(names.len() > 25);
        for name in names {
            let listed = source.lines().any(|line| line.trim() == name);
            assert!(listed, "{name} is not in contract_tests!");
        }
    }
}
